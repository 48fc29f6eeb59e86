"""What a run reports, as it happens: a closed union of frozen records, JSON-ready through `dataclasses.asdict`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins; `nodes` counts the nodes that the wanted outputs may need."""

    nodes: int


@dataclass(frozen=True, slots=True)
class NodesCached:
    """These nodes have their results already, in the order of the prompt."""

    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeStarted:
    """A node's code is about to be called. `display` is the node that a user sees (they differ inside expansions)."""

    node: str
    display: str
    parent: str
    root: str


@dataclass(frozen=True, slots=True)
class NodeProgress:
    """A node reports that `value` of `total` steps are done."""

    node: str
    value: float
    total: float


@dataclass(frozen=True, slots=True)
class NodePreview:
    """A node shows a picture that is no file: what it gave to `Run.preview`."""

    node: str
    image: Any
    rough: bool = False


@dataclass(frozen=True, slots=True)
class NodeShown:
    """A node that goes on, as a graph in its place, has something to show already."""

    node: str
    display: str
    ui: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeDone:
    """A node has its result. `ui` is what it wants shown, unless it was shown before; `cached` if nothing was called.

    A node whose result was there from the start is reported only if it is a wanted output.
    """

    node: str
    display: str
    ui: Mapping[str, Any] | None
    seconds: float
    cached: bool


@dataclass(frozen=True, slots=True)
class NodeBlocked:
    """A node was not called, because a value that reached it is a blocker with this message."""

    node: str
    message: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class RunDone:
    """The run ended well."""

    seconds: float


Event = (
    RunStarted | NodesCached | NodeStarted | NodeProgress | NodePreview | NodeShown | NodeDone | NodeBlocked | RunDone
)


def nobody(event: Event) -> None:
    """A listener that is none. Making an event takes longer than to see that this is who would hear of it."""
