"""What has to be in place before the first pack is imported, and where its nodes go then."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from graphcore.folders import Folders
from graphcore.node import NodeSpec
from nodes.builtin.names import CLASS_PACKS
from nodes.compat import firewall, installation
from nodes.compat.class_nodes import ClassNodes
from nodes.compat.class_table import ClassTable
from nodes.compat.pack_entries import Entry, code_mark
from nodes.compat.pack_import import Exports


class Active:
    """The modules of the reference, bound to this program's folders and nodes.

    `classes` is NODE_CLASS_MAPPINGS.
    """

    def __init__(self, folders: Folders, native: Mapping[str, NodeSpec]):
        installation.bind(folders, native)
        firewall.install(folders.base, folders.roots("custom_nodes"))
        answers = importlib.import_module("nodes.compat.modules.nodes_answers")
        answers.bind()
        importlib.import_module("folder_paths").bind(folders)
        server = importlib.import_module("nodes.compat.modules.server_answers")
        firewall.answer_for("nodes", answers.answer, answers.public)
        firewall.answer_for("server", server.answer, server.public)
        self.server = server.PromptServer.instance = server.PromptServer()
        self.classes: ClassTable = answers.NODE_CLASS_MAPPINGS
        self.titles: dict[str, str] = answers.NODE_DISPLAY_NAME_MAPPINGS
        self.web: dict[str, str] = answers.EXTENSION_WEB_DIRS
        self.module_dirs: dict[str, str] = answers.LOADED_MODULE_DIRS
        self._nodes = ClassNodes(self.classes, self.titles)
        self._specs: dict[str, NodeSpec] = {}  # of packs in folders that are written for Graphcore
        self._marks: dict[str, str] = {}  # node id -> mark of the code that it is of
        self.prestarted: set[Entry] = set()

    def __contains__(self, id: object) -> bool:
        return id in self.classes or id in self._specs

    def __getitem__(self, id: str) -> NodeSpec:
        spec = self._nodes[id] if id in self.classes else self._specs[id]
        mark = self._marks.get(id)
        return spec if mark is None else replace(spec, pack_version=f"{spec.pack_version}+{mark}")

    def add(self, entry: Entry, exports: Exports, rank: Mapping[str, int]) -> list[str]:
        """Take in what a pack exports; the ids of its nodes. A node of Graphcore's own keeps its id, an earlier pack's
        node does not; `rank` is the place of each pack."""
        own = rank.get(f"custom_nodes.{entry.name}", 0)
        added = []
        for id, kind in exports.classes.items():
            if self.classes.native(id) is not None:
                continue
            added.append(id)
            holder = rank.get(str(getattr(self.classes.get(id), "RELATIVE_PYTHON_MODULE", "")), -1)
            if holder <= own:
                self.classes[id] = kind
                self._specs.pop(id, None)
        for pack in exports.packs:
            own_nodes = {id: spec for id, spec in pack.nodes.items() if self.classes.native(id) is None}
            self.drop(entry, own_nodes)  # classes that it had before
            self._specs.update(own_nodes)
            added += own_nodes
        self._marks.update(dict.fromkeys(added, code_mark(entry)))
        self.titles.update(exports.titles)
        self.web.update(exports.web)
        self.module_dirs[entry.name] = str(entry.path)
        return added

    def drop(self, entry: Entry, ids: Iterable[str]) -> None:
        """Let nodes of a pack go, unless another pack has taken them."""
        for id in ids:
            if getattr(self.classes.get(id), "RELATIVE_PYTHON_MODULE", "") == f"custom_nodes.{entry.name}":
                del self.classes[id]
                self.titles.pop(id, None)
            self._specs.pop(id, None)

    def state(self) -> Any:
        """What packs may change for everybody: lists of samplers and schedulers, our own nodes' classes and titles."""
        samplers = sys.modules.get(CLASS_PACKS)
        names = [list(getattr(samplers, table, ())) for table in ("SAMPLER_NAMES", "SCHEDULER_NAMES")]
        changed = sorted(id for id in installation.current.native if not self.classes.untouched(id))
        titles = {id: title for id, title in self.titles.items() if id in installation.current.native}
        return names, changed, titles, len(firewall.assignments)
