"""A registry with nodes behind it that may come, go and change while the program runs: those of class packs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from graphcore.node import NodeSpec
from graphcore.pack import Registry


@dataclass(slots=True)
class PackReport:
    """How one pack fared. `state`: 'installed', 'loaded', 'failed', 'off', or 'known' while only its index entry was
    needed.

    `seconds`: how long its import took. `assignments`: what it has replaced of what others use.
    """

    name: str
    path: Path | None
    state: str
    nodes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    problem: str = ""
    assignments: list[str] = field(default_factory=list)
    version: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {**asdict(self), "path": None if self.path is None else str(self.path)}


class Source(Mapping[str, NodeSpec]):
    """Where such nodes are looked up, each time anew."""

    def reports(self) -> list[PackReport]:
        """How each pack fared so far."""
        return []

    def load_all(self) -> list[PackReport]:
        """Have every pack loaded; how each fared."""
        return self.reports()

    def reload(self) -> list[PackReport]:
        """Load anew what has changed since this was last asked; how each of those packs fared."""
        return []

    def replaces(self, id: str) -> bool:
        """Whether its node of this id takes the place of the registered one, on purpose."""
        return False

    def retitled(self, spec: NodeSpec) -> NodeSpec:
        """A registered node under the title that a pack has given it; itself if none has."""
        return spec


class LivingRegistry(Registry):
    """The packs' own nodes first; what they do not have is asked of the sources, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[Source] = []

    def path_of(self, pack: str) -> Path | None:
        """Where a pack lies that a source has found; None for any other."""
        reports = (report for source in self.sources for report in source.reports())
        return next((report.path for report in reports if report.name == pack), None)

    def full_id(self, id: str) -> str:
        """The id that a short one stands for, among the sources' nodes too; any other as it is."""
        full = super().full_id(id)
        if full != id or "/" in id or id in self._homes or any(id in source for source in self.sources):
            return full
        ending = f"/{id}"
        found = {known for source in self.sources for known in source if known.endswith(ending)}
        return found.pop() if len(found) == 1 else id

    def __getitem__(self, id: str) -> NodeSpec:
        for source in self.sources:
            if source.replaces(id):
                return source[id]
        if id in self._homes:
            spec = super().__getitem__(id)
            for source in self.sources:
                spec = source.retitled(spec)
            return spec
        for name in (id, self.full_id(id)):  # whole ids first
            for source in self.sources:
                if name in source:
                    return source[name]
        return super().__getitem__(id)

    def __contains__(self, id: object) -> bool:
        if super().__contains__(id) or any(id in source for source in self.sources):
            return True
        return isinstance(id, str) and self.full_id(id) != id

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        seen: set[str] = set()
        for source in self.sources:
            for id in source:
                if id not in self._homes and id not in seen:
                    seen.add(id)
                    yield id

    def __len__(self) -> int:
        return sum(1 for _ in self)
