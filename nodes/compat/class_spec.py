"""`ClassSpec`: the engine's view of a node class, and what V1 and V3 classes have in common."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from graphcore import mapping
from graphcore.node import Blocker, NodeSpec, Output, Port, Validator
from graphcore.sockets import ANY
from nodes.compat.groups import Groups
from nodes.compat.inputs import LazyNames


@dataclass(frozen=True)
class ClassSpec(NodeSpec):
    """A node whose inputs are read from its class. `types` is the class's own RETURN_TYPES, asked by index.

    `accepts_all`: inputs that are not declared are passed too, whatever they are. `groups`: inputs with members.
    """

    awaits_lazy: ClassVar[bool] = False

    types: Any = ()
    accepts_all: bool = False
    groups: Groups | None = None

    @cached_property
    def lazy(self) -> AbstractSet[str]:
        """Names of inputs that are computed only when asked for."""
        return LazyNames(self.inputs, self.port)

    @cached_property
    def file_ports(self) -> tuple[Port, ...]:
        """None: such a class watches its files itself, through IS_CHANGED."""
        return ()

    def type_of(self, index: int) -> Any:
        """The wire type of an output. Some sequences answer any index, so theirs is the last word."""
        if index < 0:
            raise IndexError(f"output {index} does not exist")
        return self.types[index]

    def ports_of(self, values: Mapping[str, Any]) -> Mapping[str, Port]:
        """The inputs that a node with those values has."""
        return {**self.inputs, **self.groups.ports(values)} if self.groups else self.inputs

    def port(self, name: str) -> Port | None:
        """The declared input of that name."""
        found = self.inputs.get(name)
        if found is None and self.groups:
            found = self.groups.port(name)
        return Port(name, ANY, required=False, config=(ANY, {})) if found is None and self.accepts_all else found


def outputs_of(types: Sequence[Any], names: Sequence[Any], flags: Sequence[Any]) -> tuple[Output, ...]:
    """Outputs from the three parallel sequences of the class contract, the latter two maybe shorter."""
    return tuple(
        Output(
            str(names[i] if i < len(names) else kind if isinstance(kind, str) else "COMBO"),
            kind,
            bool(flags[i]) if i < len(flags) else False,
        )
        for i, kind in enumerate(list(types))
    )


def validator_of(function: Callable[..., Any], check: Callable[[str, dict[str, Any]], Any]) -> Validator:
    """A validator that takes what the function's signature names."""
    parameters = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = frozenset(parameter.name for parameter in parameters if parameter.kind in named)
    everything = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)
    return Validator(check, names - {"input_types"}, everything, "input_types" in names)


def change_fingerprint(
    spec: NodeSpec, id: str, node: Mapping[str, Any], call: Callable[[dict[str, Any]], Any]
) -> list[Any] | Awaitable[list[Any]]:
    """What a change function gives for each set of inputs; the values of wires are not known yet, so None."""
    results = [call(arguments) for arguments in mapping.spread(spec, mapping.before_run(spec, id, node))]
    return _gathered(results) if any(inspect.isawaitable(result) for result in results) else results


async def _gathered(results: list[Any]) -> list[Any]:
    return list(await asyncio.gather(*results))


def values_of(result: Any, count: int) -> tuple[Any, ...] | Blocker:
    """The output values in what a function returned. TypeError for what is no sequence of them."""
    if isinstance(result, Blocker):
        return result
    if isinstance(result, tuple | list):
        return tuple(result)
    if result is None and not count:
        return ()
    raise TypeError(
        f"it returned {'None' if result is None else 'a ' + type(result).__name__}, where a tuple with one value for "
        f"each of its {count} outputs is needed; write 'return (value,)'."
    )
