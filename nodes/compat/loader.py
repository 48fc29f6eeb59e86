"""Packs written for the reference, from the folders of custom nodes: found, indexed, and imported when they are needed.

Nothing is looked at before a node is asked for that the installed packs do not have. Then the index tells which pack
has it, and that one is imported; a pack that is new or has changed is imported to find out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphcore.folders import Folders
from graphcore.living import PackReport, Source
from graphcore.node import NodeSpec
from nodes.builtin import names
from nodes.compat.pack_entries import Entry, entries, fingerprint, wants_a_process
from nodes.compat.pack_index import PackIndex, PackRecord

if TYPE_CHECKING:
    from nodes.compat.activation import Active
    from nodes.compat.isolation.host import Host
    from nodes.compat.pack_import import Exports
    from nodes.compat.reloading import Watch

INDEX = "packs_index.json"  # in the user folder
log = logging.getLogger(__name__)


def load(folders: Folders, native: Mapping[str, NodeSpec]) -> FolderPacks:
    """The packs in the folders of custom nodes; see `graphcore.plugins`."""
    packs = FolderPacks(folders, native, folders.only_packs)
    names.before_listing = packs.known
    return packs


class FolderPacks(Source):
    """Node id -> spec, of all packs in folders; `only`: of those of some names. `native`: nodes that come first."""

    def __init__(self, folders: Folders, native: Mapping[str, NodeSpec], only: Collection[str] | None = None):
        self.folders, self.native, self.only = folders, native, only
        self._lock = threading.RLock()
        self._known: dict[Entry, PackRecord] | None = None
        self._loaded: dict[Entry, Exports] = {}
        self.hosts: dict[Entry, Host] = {}  # of packs that run in processes of their own
        self._retitled: dict[str, NodeSpec] = {}  # our own nodes under titles of packs
        self._watch: Watch | None = None
        self._index: PackIndex | None = None
        self._active: Active | None = None
        self._send: Callable[[Any, Any, str | None], None] | None = None

    # -- the nodes ---------------------------------------------------------------------------------------------------

    def __getitem__(self, id: str) -> NodeSpec:
        with self._lock:
            if self._active is None or id not in self._active:
                owner = self._owner(id)
                if owner is None:
                    raise KeyError(id)
                self._require(owner)
            return self._activated()[id]

    def __contains__(self, id: object) -> bool:
        if self._active is not None and id in self._active:
            return True
        return isinstance(id, str) and self._owner(id) is not None

    def __iter__(self) -> Iterator[str]:
        listed = dict.fromkeys(id for record in self.known().values() for id in record.nodes)
        added = list(self._active.classes) if self._active is not None else []
        return iter(dict.fromkeys([*listed, *(id for id in added if id not in self.native)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def replaces(self, id: str) -> bool:
        """Whether packs have changed or exchanged the class of a node of Graphcore's own."""
        active = self._active
        return active is not None and id in self.native and not active.classes.untouched(id)

    def retitled(self, spec: NodeSpec) -> NodeSpec:
        """A node of Graphcore's own under the title that a pack has given it."""
        title = None if self._active is None else self._active.titles.get(spec.id)
        if title is None or title == spec.title:
            return spec
        known = self._retitled.get(spec.id)
        if known is None or known.title != title:
            known = self._retitled[spec.id] = replace(spec, title=title)
        return known

    # -- the packs ---------------------------------------------------------------------------------------------------

    def known(self) -> Mapping[Entry, PackRecord]:
        """Every pack, in the order in which a later one may take an earlier one's node. Imports what is new."""
        with self._lock:
            if self._known is None:
                self._known = {}
                for entry in entries(self.folders.roots("custom_nodes"), self.only):
                    self._known[entry] = self._record(entry)
            return self._known

    def load_all(self) -> list[PackReport]:
        """Import every pack, prestartup scripts first; how each fared."""
        with self._lock:
            self._activated()
            for entry in entries(self.folders.roots("custom_nodes"), self.only):
                self._prestart(entry)
            for entry in self.known():
                self._require(entry)
            return self.reports()

    def reports(self) -> list[PackReport]:
        """How each pack fared so far."""
        return [self._report(entry, record) for entry, record in self.known().items()]

    def reload(self) -> list[PackReport]:
        """Load packs anew whose files have changed. One that cannot be loaded stays as it was."""
        if self._watch is None:
            from nodes.compat.reloading import Watch

            self._watch = Watch(lambda: self.folders.roots("custom_nodes"), self.only)
        changed, gone = self._watch.changed(), self._watch.gone()
        with self._lock:
            if self._known is None:  # nobody has asked for a node yet
                return []
            for entry in gone:
                record = self._known.pop(entry)
                self._activated().drop(entry, record.nodes)
                log.info("Pack '%s' is gone.", entry.name)
            return [self._renew(entry) for entry in changed]

    def _renew(self, entry: Entry) -> PackReport:
        from nodes.compat.reloading import set_aside

        assert self._known is not None
        active, before = self._activated(), self._known.get(entry)
        with set_aside(entry, active.server) as attempt:
            record = self._import(entry, fingerprint(entry))
            attempt.succeeded = not record.problem
        if record.problem and before is not None and not before.problem:
            report = replace(self._report(entry, before), problem=f"{record.problem} The version before stays.")
        else:
            active.drop(entry, set(before.nodes if before else ()) - set(record.nodes))
            self._known[entry] = record
            if self._index is not None:
                self._index.put(entry.path, record)
            report = self._report(entry, record)
        log.log(logging.WARNING if report.problem else logging.INFO, "%s", _told(report))
        return report

    # -- what packs do beside nodes ----------------------------------------------------------------------------------

    def connect(self, send: Callable[[Any, Any, str | None], None]) -> None:
        """Have messages of packs sent: (event, data, client id or None for all)."""
        self._send = send
        if self._active is not None:
            self._active.server.sender = send

    def routes(self) -> list[Any]:
        """The URL handlers and folders that packs add, to be hosted: each has `register(router)` for aiohttp's."""
        self.load_all()
        return list(self._activated().server.routes)

    def middlewares(self) -> list[Any]:
        """What packs put around handlers, as aiohttp has it."""
        return list(self._activated().server.app.middlewares)

    def prepare(self, app: Any) -> None:
        """Give the application that hosts them what packs have put on theirs: values, functions for its start."""
        self._activated().server.app.prepare(app)

    def on_prompt(self, body: dict[str, Any]) -> dict[str, Any]:
        """A submission as packs change it before it is checked."""
        self.load_all()
        changed: dict[str, Any] = self._activated().server.trigger_on_prompt(body)
        return changed

    def _report(self, entry: Entry, record: PackRecord) -> PackReport:
        from nodes.compat.firewall import assignments

        state = "failed" if record.problem else "loaded" if entry in self._loaded else "known"
        replaced = [symbol for pack, symbol in assignments if pack == entry.name]
        return PackReport(
            entry.name, entry.path, state, record.nodes, record.seconds, record.problem, list(dict.fromkeys(replaced))
        )

    def _owner(self, id: str) -> Entry | None:
        return next((entry for entry, record in reversed(list(self.known().items())) if id in record.nodes), None)

    def _record(self, entry: Entry) -> PackRecord:
        self._index = self._index or PackIndex(self.folders.user / INDEX)
        mark = fingerprint(entry)
        found = self._index.find(entry.path, mark)
        if found is None:
            found = self._import(entry, mark)
            self._index.put(entry.path, found)
        if found.problem:
            log.warning(found.problem)
        elif found.eager:
            self._require(entry)
        return found

    def _require(self, entry: Entry) -> None:
        """Have a pack imported. One that could be imported before, and cannot now, is a pack without nodes."""
        if entry in self._loaded or (self._known or {}).get(entry, PackRecord("")).problem:
            return
        record = self._import(entry, fingerprint(entry))
        if self._known is not None:
            self._known[entry] = record
        if record.problem:
            log.warning(record.problem)

    def _import(self, entry: Entry, mark: str) -> PackRecord:
        from nodes.compat.pack_import import PackFailed, import_pack

        active = self._activated()
        if wants_a_process(entry):
            return self._isolate(entry, mark)
        self._prestart(entry)
        before, started = active.state(), time.perf_counter()
        try:
            exports = import_pack(entry)
        except PackFailed as failure:
            return PackRecord(mark, problem=str(failure), seconds=time.perf_counter() - started)
        self._loaded[entry] = exports
        nodes = active.add(entry, exports, self._rank())
        return PackRecord(mark, nodes, seconds=time.perf_counter() - started, eager=active.state() != before)

    def _isolate(self, entry: Entry, mark: str) -> PackRecord:
        """Have a pack loaded in a process of its own."""
        from nodes.compat.isolation.isolated import isolated

        active, started = self._activated(), time.perf_counter()
        found = isolated(entry, self.folders, self._tell)
        seconds = time.perf_counter() - started
        if isinstance(found, str):
            return PackRecord(mark, problem=found, seconds=seconds)
        host, exports = found
        self.hosts[entry] = host
        self._loaded[entry] = exports
        return PackRecord(mark, active.add(entry, exports, self._rank()), seconds=seconds)

    def _tell(self, event: Any, data: Any, client: str | None) -> None:
        if self._send is not None:
            self._send(event, data, client)

    def _prestart(self, entry: Entry) -> None:
        active = self._activated()
        if entry not in active.prestarted and not wants_a_process(entry):
            from nodes.compat.pack_import import run_prestartup

            active.prestarted.add(entry)
            run_prestartup(entry)

    def _rank(self) -> dict[str, int]:
        found = entries(self.folders.roots("custom_nodes"), self.only)
        return {f"custom_nodes.{entry.name}": place for place, entry in enumerate(found)}

    def _activated(self) -> Active:
        if self._active is None:
            from nodes.compat.activation import Active

            self._active = Active(self.folders, self.native)
            self._active.server.sender = self._send
        return self._active


def _told(report: PackReport) -> str:
    return report.problem or f"Pack '{report.name}' was loaded anew, with {len(report.nodes)} nodes."
