"""A node within one run: what it waits for, who waits for it, what came out. Plain state; the executor moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcore.cache import Entry
from graphcore.expand import Expansion
from graphcore.keys import Key
from graphcore.node import NodeSpec, Outcome
from graphcore.prompt import is_link, title_of

# What a task that is done has in place of its own; never changed.
NO_LINKS: dict[str, Sequence[Any]] = {}
NO_LITERALS: dict[str, Any] = {}
NO_SOURCES: dict[str, None] = {}
NOBODY: list[Task] = []


class Task:
    """One node of one run.

    `display` is the node that a user sees, `root` the node of the submitted workflow that this one belongs to (they
    differ from `id` only inside expansions). `done` stays true after `entry` was released to save memory.
    """

    __slots__ = (
        "asked",
        "called",
        "consumers",
        "display",
        "done",
        "eager",
        "entry",
        "expansions",
        "id",
        "key",
        "later",
        "links",
        "literals",
        "longest",
        "node",
        "outcomes",
        "parent",
        "rank",
        "root",
        "seconds",
        "serial",
        "sources",
        "spec",
        "waiting",
    )

    def __init__(self, id: str, node: Mapping[str, Any], spec: NodeSpec, key: Key | None, serial: int):
        self.id, self.node, self.spec, self.key, self.serial = id, node, spec, key, serial
        self.links: dict[str, Sequence[Any]] = {}  # input -> (source id, output index)
        self.literals: dict[str, Any] = {}
        # Tuples and dicts of texts where lists and sets would do: the garbage collector need not walk them, and a large
        # graph has many.
        self.later: tuple[str, ...] = ()  # sources that run only if asked for
        eager: dict[str, None] = {}
        lazy = spec.lazy
        for name, value in node["inputs"].items():
            if is_link(value):
                self.links[name] = value if type(value[1]) is int else (value[0], int(value[1]))
                if name in lazy:
                    self.later += (value[0],)
                else:
                    eager[value[0]] = None
            elif spec.port(name) is not None:
                self.literals[name] = value
        self.eager = tuple(eager)  # sources that must be done before the node may start
        self.parent = ""
        self.display = self.root = id
        self.waiting = 0  # sources not done yet
        self.asked: tuple[Task, ...] = ()  # what its lazy inputs wait for, or did
        self.longest = 1  # of the lists that its lazy inputs turned out to carry
        self.sources: dict[str, None] = {}  # tasks whose results this one holds on to
        self.consumers: list[Task] = []  # tasks that wait for this one
        self.rank = 0 if spec.output or spec.is_async or spec.lane == "io" else 3
        self.entry: Entry | None = None
        self.done = False
        self.called = False  # whether its code was called, rather than its result known already
        self.seconds = 0.0
        self.outcomes: Sequence[Outcome] = ()
        self.expansions: tuple[Expansion, ...] = ()

    def close(self) -> None:
        """Let go of what is only needed until the result is there."""
        self.links, self.literals, self.sources, self.consumers = NO_LINKS, NO_LITERALS, NO_SOURCES, NOBODY
        self.eager = self.later = self.asked = self.outcomes = self.expansions = ()

    def __lt__(self, other: Task) -> bool:
        """The order in which ready tasks are picked: towards outputs first, then the order of discovery.

        What goes on beside the device counts as an output: begun early, it holds up nobody.
        """
        return (self.rank, self.serial) < (other.rank, other.serial)

    @property
    def spent(self) -> bool:
        """Whether the result was there and is released; who needs it after all must make the task anew."""
        return self.done and self.entry is None

    @property
    def title(self) -> str:
        """What people call the node."""
        return title_of(self.node)
