"""Packs: a `Pack` collects nodes as they are declared; a `Registry` merges packs and reports every clash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from graphcore.errors import DeclarationError, UserError
from graphcore.model_files import ModelTools
from graphcore.node import NodeSpec
from graphcore.serial import Codec, NoCodec
from graphcore.signature import spec_of

F = TypeVar("F", bound=Callable[..., Any])

API_VERSION = "1.0"
"""The version of what pack authors import and write against. The first number changes when packs must be changed."""


class Specs(MutableMapping[str, NodeSpec]):
    """Node id -> spec, where a spec may be made when it is first asked for."""

    def __init__(self) -> None:
        self._found: dict[str, NodeSpec | Callable[[], NodeSpec]] = {}

    def declare(self, id: str, spec: NodeSpec | Callable[[], NodeSpec]) -> None:
        """Add a spec, or what makes it."""
        self._found[id] = spec

    def __getitem__(self, id: str) -> NodeSpec:
        spec = self._found[id]
        if not isinstance(spec, NodeSpec):
            spec = self._found[id] = spec()
        return spec

    def __setitem__(self, id: str, spec: NodeSpec) -> None:
        self._found[id] = spec

    def __delitem__(self, id: str) -> None:
        del self._found[id]

    def __contains__(self, id: object) -> bool:
        return id in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the code under a pack's nodes does for the engine.

    `warm(types)`, given the node types of a workflow, imports the libraries that they are going to need. `relieve()`
    frees what memory it can. `environment()` names what results depend on beside versions, such as the device.
    `memory()`: bytes that models may take on that device, all together; None where nobody can say.
    `models`: what it knows about model files. `codec`: how results of its nodes are stored on disk.
    """

    warm: Callable[[frozenset[str]], None] = _nothing
    relieve: Callable[[], None] = _nothing
    environment: Callable[[], Mapping[str, str]] = dict
    models: ModelTools | None = None
    codec: Codec | None = None
    memory: Callable[[], int | None] = _nothing


class Pack:
    """A named set of nodes.

    `namespace=True` (the rule for third-party packs) makes ids `pack/function`; the built-in pack keeps the field's.
    `runtime` is what the code under the nodes does for the engine.
    `deferred=True` reads a signature when its node is first used instead of at import: for a large pack whose own tests
    touch every node, as wrong declarations then show up late. `api`: the versions of the authoring API that the pack is
    written for (">=1,<2"); with another one it is a DeclarationError, which says so before anything else goes wrong.
    """

    def __init__(
        self,
        name: str,
        *,
        version: str = "0",
        namespace: bool = True,
        deferred: bool = False,
        runtime: Runtime | None = None,
        api: str = "",
    ):
        if api:
            _check_api(name, api)
        self.name, self.version, self.namespace, self.deferred = name, version, namespace, deferred
        self.runtime = runtime or Runtime()
        self.nodes = Specs()

    def node(
        self,
        *,
        id: str | None = None,
        title: str = "",
        category: str = "",
        output: bool = False,
        lane: str = "device",
        volatile: bool = False,
        fingerprint: Callable[..., Any] | None = None,
        version: int = 1,
        migrate: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None,
        deprecated: bool = False,
        experimental: bool = False,
        aliases: Iterable[str] = (),
        explores: bool = False,
    ) -> Callable[[F], F]:
        """Declare a function as a node; the function itself stays as it is, so a test just calls it.

        `output`: worth running for its own sake. `lane="io"`: runs beside the device (files, network).
        `volatile`: runs every time. `fingerprint`: a function of some of the inputs (and `folders`), whose value is
        part of the cache key. `version` and `migrate(old_version, inputs)`: how older workflows load. `explores`: its
        expansion may name any node of the workflow, so results are kept until the run is over.
        """

        def declare(function: F) -> F:
            name = id or function.__name__
            full = f"{self.name}/{name}" if self.namespace else name
            if full in self.nodes:
                raise DeclarationError(f"Node {full} is declared twice in pack '{self.name}'; rename one of the two.")
            read = partial(
                spec_of,
                function,
                id=full,
                title=title or name.replace("_", " ").title(),
                category=category or self.name,
                output=output,
                lane=lane,
                volatile=volatile,
                fingerprint=fingerprint,
                version=version,
                migrate=migrate,
                deprecated=deprecated,
                experimental=experimental,
                aliases=tuple(aliases),
                explores=explores,
                pack=self.name,
                pack_version=self.version,
            )
            self.nodes.declare(full, read if self.deferred else read())
            return function

        return declare


def _check_api(pack: str, wanted: str) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = SpecifierSet(wanted).contains(API_VERSION)
    except InvalidSpecifier:
        raise DeclarationError(f"Pack '{pack}': api='{wanted}' is no range of versions; write '>=1,<2'.") from None
    if not fits:
        raise DeclarationError(
            f"Pack '{pack}' is written for version {wanted} of Graphcore's authoring API, and this is {API_VERSION}. "
            "Fetch another version of the pack, or of Graphcore."
        )


class Registry(Mapping[str, NodeSpec]):
    """Node id -> spec, merged from packs. The first to take an id keeps it; `clashes` lists the others.

    A namespaced node (`film/grain`) is found by its last part (`grain`) too, while no other node has that name.
    """

    def __init__(self, *packs: Pack):
        self._homes: dict[str, tuple[str, Mapping[str, NodeSpec]]] = {}  # node id -> its pack, and where its spec is
        self.packs: dict[str, Pack] = {}
        self.clashes: list[str] = []
        self._short: dict[str, str] = {}  # last part of a namespaced id -> the id; "" where several have it
        for pack in packs:
            self.add(pack)

    def add(self, pack: Pack) -> None:
        """Merge one more pack."""
        self.packs[pack.name] = pack
        for id in pack.nodes:
            self._settle(id, pack.name, pack.nodes)

    def path_of(self, pack: str) -> Path | None:
        """Where a pack lies that was found in a folder; None for any other."""
        return None

    def register(self, spec: NodeSpec) -> None:
        """Merge one more node."""
        self._settle(spec.id, spec.pack, {spec.id: spec})

    def _settle(self, id: str, pack: str, home: Mapping[str, NodeSpec]) -> None:
        taken, first = self._homes.setdefault(id, (pack, home))
        short = id.rpartition("/")[2]
        if short != id:
            self._short[short] = id if self._short.get(short, id) == id else ""
        if first is not home:
            self.clashes.append(f"Node {id} of pack '{pack}' is hidden by the one of pack '{taken}'.")

    def warm(self, prompt: Mapping[str, Any]) -> None:
        """Import what the nodes of a prompt are going to need, before they need it."""
        types = frozenset(node["class_type"] for node in prompt.values() if node["class_type"] in self)
        for pack in self.packs.values():
            pack.runtime.warm(types)

    def relieve(self) -> None:
        """Free what memory the packs' runtimes can free."""
        for pack in self.packs.values():
            pack.runtime.relieve()

    def environment(self) -> dict[str, str]:
        """What results depend on, as the packs' runtimes know it: device, number format."""
        return {name: value for pack in self.packs.values() for name, value in pack.runtime.environment().items()}

    def memory(self) -> int | None:
        """Bytes that models may take, as the packs' runtimes know it; None if none does."""
        found = [memory for pack in self.packs.values() if (memory := pack.runtime.memory()) is not None]
        return min(found, default=None)

    def codec(self) -> Codec:
        """How results are stored on disk, as the first pack that knows says."""
        return next((pack.runtime.codec for pack in self.packs.values() if pack.runtime.codec), NoCodec())

    def model_tools(self) -> ModelTools:
        """What the first pack that knows about model files knows. UserError if none does."""
        for pack in self.packs.values():
            if pack.runtime.models is not None:
                return pack.runtime.models
        raise UserError("No installed pack knows about model files; reinstall graphcore to get its own nodes back.")

    def __getitem__(self, id: str) -> NodeSpec:
        full = self.full_id(id)
        return self._homes[full][1][full]

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self.full_id(id) in self._homes

    def full_id(self, id: str) -> str:
        """The id that a short one stands for; any other as it is."""
        return id if id in self._homes else self._short.get(id) or id

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)
