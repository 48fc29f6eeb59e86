"""`NodeSpec`: what the engine knows of a node, whichever way it was written. `signature.py` reads it off a function."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from graphcore.job import Job, Run
from graphcore.widgets import InputFile, ModelFile, Widget

MISSING: Any = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Port:
    """One input. `type` is the wire type, or 'COMBO' with a Choice widget."""

    name: str
    type: Any
    widget: Widget | None = None
    default: Any = MISSING
    required: bool = True
    lazy: bool = False
    growing: bool = False
    raw_link: bool = False
    members: type[enum.Enum] | None = None  # the function takes members of this, the wire carries their values
    tooltip: str = ""
    config: Any = None  # the class contract's own input spec, for catalogues and error reports


@dataclass(frozen=True, slots=True)
class Output:
    """One output; `many` spreads a returned list over the calls that follow."""

    name: str
    type: Any
    many: bool = False


class Blocker:
    """A value that keeps the nodes it reaches from being called; `message` is reported once, at the first of them."""

    __slots__ = ("message",)

    def __init__(self, message: str | None = None):
        self.message = message


@dataclass(frozen=True, slots=True)
class Validator:
    """A node's own check of its inputs (the class contract's VALIDATE_INPUTS), asked after the built-in ones.

    `names` are the inputs it looks at, whose range and choices are then its own business; `everything` if it takes all;
    `takes_types` if it judges the types of wires itself. `check(node id, inputs)` gives True, or what is wrong; maybe
    awaitable.
    """

    check: Callable[[str, dict[str, Any]], Any]
    names: frozenset[str] = frozenset()
    everything: bool = False
    takes_types: bool = False

    def covers(self, name: str) -> bool:
        """Whether the built-in checks of an input give way to this one."""
        return self.everything or name in self.names


@dataclass(slots=True)
class Outcome:
    """What one call gave: output values, what to show, and a graph to run in its place (or none)."""

    values: tuple[Any, ...] | Blocker
    ui: Mapping[str, Any] | None = None
    graph: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class NodeSpec:
    """A node as the engine sees it, whichever way it was written.

    `call(inputs, run)` runs the author's code for one set of inputs (or gives an awaitable, if `is_async`);
    `outcome(result, run)` reads what it returned.

    For the class contract: `hidden(node id, job)` gives further inputs that no wire or widget does (job is None while
    nothing runs yet); `changed(spec, node id, prompt node)` the change fingerprint, maybe awaitable; `refresh()` the
    spec as the class describes it now; `explores` says that a node may name any other node when it expands.
    """

    awaits_lazy: ClassVar[bool] = True  # the function is handed a Lazy, instead of being asked what it lacks

    id: str
    title: str
    category: str
    description: str
    inputs: Mapping[str, Port]
    outputs: tuple[Output, ...]
    call: Callable[[dict[str, Any], Run], Any]
    outcome: Callable[[Any, Run], Outcome]
    output: bool = False
    is_async: bool = False
    gathers: bool = False
    gathered: frozenset[str] = frozenset()
    lane: str = "device"
    volatile: bool = False
    per_node: bool = False
    fingerprint: Callable[..., Any] | None = None
    fingerprint_inputs: tuple[str, ...] | None = None
    lazy_status: Callable[[dict[str, Any], Run], Any] | None = None
    validator: Validator | None = None
    version: int = 1
    migrate: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None
    deprecated: bool = False
    experimental: bool = False
    pack: str = ""
    pack_version: str = ""
    module: str = ""
    catalogue: Callable[[], dict[str, Any]] | None = None
    function: Callable[..., Any] | None = None
    aliases: tuple[str, ...] = field(default=())
    hidden: Callable[[str, Job | None], Mapping[str, Any]] | None = None
    changed: Callable[[NodeSpec, str, Mapping[str, Any]], Any] | None = None
    refresh: Callable[[], NodeSpec] | None = None
    explores: bool = False

    @cached_property
    def identity(self) -> str:
        """What tells this node from every other in cache keys: type, pack and versions."""
        return f"{self.id!a}/{self.pack!a}/{self.pack_version!a}/{self.version}"

    @cached_property
    def lazy(self) -> AbstractSet[str]:
        """Names of inputs that are computed only when asked for."""
        return frozenset(name for name, port in self.inputs.items() if port.lazy)

    @cached_property
    def file_ports(self) -> tuple[Port, ...]:
        """The inputs whose value names a file."""
        return tuple(port for port in self.inputs.values() if isinstance(port.widget, ModelFile | InputFile))

    @cached_property
    def many(self) -> tuple[bool, ...]:
        """Which outputs spread; those beyond do not."""
        return tuple(output.many for output in self.outputs)

    def ports_of(self, values: Mapping[str, Any]) -> Mapping[str, Port]:
        """The inputs that a node with those input values has: the declared ones, unless a class says otherwise."""
        return self.inputs

    def type_of(self, index: int) -> Any:
        """The wire type of an output; IndexError if there is no such output."""
        if index < 0:
            raise IndexError(f"output {index} does not exist")
        return self.outputs[index].type

    def port(self, name: str) -> Port | None:
        """The declared input of that name; `pictures.0` belongs to a growing input `pictures`."""
        found = self.inputs.get(name)
        if found is None and "." in name:
            head = self.inputs.get(name.partition(".")[0])
            return head if head is not None and head.growing else None
        return found
