"""`spec_of`: the spec of an annotated function. The only file that looks at signatures.

A wrong declaration raises DeclarationError naming node and parameter.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import GeneratorType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from graphcore import docstring
from graphcore.errors import DeclarationError
from graphcore.expand import Expansion
from graphcore.job import Run
from graphcore.node import MISSING, Blocker, NodeSpec, Outcome, Output, Port
from graphcore.sockets import ANY, EXPAND, MANY, Lazy, Role, Socket, Wildcard
from graphcore.widgets import Choice, Listed, Range, Text, Widget, Wire

PYTHON_TYPES: dict[Any, str] = {int: "INT", float: "FLOAT", str: "STRING", bool: "BOOLEAN"}
DEFAULT_WIDGETS: dict[str, Widget] = {"INT": Range(), "FLOAT": Range(), "STRING": Text(), "BOOLEAN": Widget()}
DEFAULTS: dict[str, tuple[type, ...]] = {"INT": (int,), "FLOAT": (float, int), "STRING": (str,), "BOOLEAN": (bool,)}
LANES = ("device", "io")


def spec_of(function: Callable[..., Any], **declared: Any) -> NodeSpec:
    """The spec of an annotated function; `declared` are the decorator's arguments (see `Pack.node`)."""
    id = declared["id"]
    hints = _hints(function, id)
    signature = inspect.signature(function)
    ports: dict[str, Port] = {}
    gathered: set[str] = set()
    run_name = ""
    for parameter in signature.parameters.values():
        if hints[parameter.name] is Run:
            run_name = parameter.name
            continue
        ports[parameter.name], many = _port(id, parameter, hints[parameter.name])
        if many:
            gathered.add(parameter.name)
    outputs, expands = _outputs(id, hints.get("return", MISSING))
    _check(id, function, ports, declared)
    description, tips = docstring.read(function.__doc__)
    ports = {name: replace(port, tooltip=tips.get(name, "")) for name, port in ports.items()}
    fingerprint = declared.pop("fingerprint", None)
    return NodeSpec(
        description=description,
        inputs=ports,
        outputs=outputs,
        call=_caller(function, ports, run_name),
        outcome=_reader(outputs, expands, _without_blocker(hints.get("return"))),
        is_async=inspect.iscoroutinefunction(function),
        gathered=frozenset(gathered),
        fingerprint=fingerprint,
        fingerprint_inputs=_subset(id, fingerprint, ports) if fingerprint else None,
        module=function.__module__,
        function=function,
        **declared,
    )


def _hints(function: Callable[..., Any], id: str) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError) as error:
        raise DeclarationError(
            f"Node {id}: its annotations cannot be read ({error}). Import every name used."
        ) from None
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            raise DeclarationError(f"Node {id}, parameter '**{name}': name each input; **{name} cannot be drawn.")
        if name not in hints:
            raise DeclarationError(f"Node {id}, parameter '{name}': give it a type, such as 'Image' or 'int'.")
    return hints


def _port(id: str, parameter: inspect.Parameter, hint: Any) -> tuple[Port, bool]:
    """The input that a parameter declares, and whether it gathers a whole list."""
    name, default = parameter.name, parameter.default
    growing = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    hint, absent, marks = _unwrap_optional(hint, ())
    hint, lazy = _unwrap_lazy(hint)
    hint, inner = _unwrap_annotated(hint)
    hint, optional, marks = _unwrap_optional(hint, inner + marks)
    optional = optional or absent
    many = MANY in marks
    if many:
        hint, marks = _unwrap_annotated(get_args(hint)[0])
    if optional and default is MISSING:
        raise DeclarationError(f"Node {id}, parameter '{name}': an optional input needs a default; write '= None'.")
    type, widget = _wire_type(id, name, hint, marks)
    widget = None if optional and not isinstance(widget, Listed) and type not in DEFAULT_WIDGETS else widget
    members = hint if isinstance(hint, enum.EnumType) else None
    required = not growing and not optional
    port = Port(name, type, widget, default, required=required, lazy=lazy, growing=growing, members=members)
    _check_default(id, port)
    return port, many


def _unwrap_lazy(hint: Any) -> tuple[Any, bool]:
    return (get_args(hint)[0], True) if get_origin(hint) is Lazy else (hint, False)


def _unwrap_annotated(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    return (get_args(hint)[0], hint.__metadata__) if get_origin(hint) is Annotated else (hint, ())


def _unwrap_optional(hint: Any, marks: tuple[Any, ...]) -> tuple[Any, bool, tuple[Any, ...]]:
    if get_origin(hint) not in (Union, types.UnionType) or type(None) not in get_args(hint):
        return hint, False, marks
    rest = [item for item in get_args(hint) if item is not type(None)]
    if len(rest) > 1:
        return Union[tuple(rest)], True, marks  # noqa: UP007 - built at run time
    inner, more = _unwrap_annotated(rest[0])
    return inner, True, more + marks


def _wire_type(id: str, name: str, hint: Any, marks: tuple[Any, ...]) -> tuple[Any, Widget | None]:
    """Wire type and widget of an annotation without its wrappers."""
    widget = next((mark for mark in marks if isinstance(mark, Widget)), None)
    socket = next((mark.name for mark in marks if isinstance(mark, Socket)), None)
    if socket is not None:
        return socket, widget
    if isinstance(widget, Listed):
        return "COMBO", widget
    if get_origin(hint) is Literal:
        return "COMBO", Choice(list(get_args(hint)), extra=dict(widget.extra) if widget else {})
    if isinstance(hint, enum.EnumType):
        return "COMBO", Choice([hint[name].value for name in hint.__members__])
    if hint in PYTHON_TYPES:
        wire = PYTHON_TYPES[hint]
        return wire, None if isinstance(widget, Wire) else widget or DEFAULT_WIDGETS[wire]
    if hint is Any:
        return ANY, None
    if get_origin(hint) in (Union, types.UnionType):
        return _union(id, name, hint), None
    raise DeclarationError(
        f"Node {id}, parameter '{name}': {_spell(hint)} is not a socket type. Use one of graphcore's (Image, Latent, "
        f"int, ...), or declare your own with Annotated[{_spell(hint)}, Socket('NAME')]."
    )


def _union(id: str, name: str, hint: Any) -> str:
    parts = [_wire_type(id, name, *_unwrap_annotated(item))[0] for item in get_args(hint)]
    return ANY if any(isinstance(part, Wildcard) for part in parts) else ",".join(parts)


def _spell(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint))


def _check_default(id: str, port: Port) -> None:
    if port.default is MISSING or port.default is None:
        return
    kinds = DEFAULTS.get(port.type) if isinstance(port.type, str) else None
    if kinds is not None and type(port.default) not in kinds:
        raise DeclarationError(
            f"Node {id}, parameter '{port.name}': its default {port.default!r} is not of its type {port.type}."
        )
    if isinstance(port.widget, Range):
        low, high = port.widget.min, port.widget.max
        if (low is not None and port.default < low) or (high is not None and port.default > high):
            raise DeclarationError(
                f"Node {id}, parameter '{port.name}': its default {port.default} is outside {low} to {high}."
            )
    elif isinstance(port.widget, Choice) and not callable(port.widget.values) and port.widget.values:
        value = port.default.value if isinstance(port.default, enum.Enum) else port.default
        if value not in port.widget.values:
            raise DeclarationError(f"Node {id}, parameter '{port.name}': its default '{value}' is not a choice.")


def _outputs(id: str, hint: Any) -> tuple[tuple[Output, ...], bool]:
    """The outputs that a return annotation declares, and whether the node may expand."""
    if hint is MISSING:
        raise DeclarationError(f"Node {id}: say what it returns, such as '-> Image', or '-> None' for none.")
    hint, marks = _unwrap_annotated(_without_blocker(hint))
    expands = EXPAND in marks
    if expands:
        hint, marks = _unwrap_annotated(next(item for item in get_args(hint) if item is not Any))
    if hint is type(None) or hint is None:
        return (), expands
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        try:
            fields = typing.get_type_hints(hint, include_extras=True)
        except (NameError, TypeError) as error:
            raise DeclarationError(
                f"Node {id}: the types of {hint.__name__}, which it returns, cannot be read ({error})."
            ) from None
        return tuple(_output(id, fields[name], name) for name in hint._fields), expands
    if get_origin(hint) is tuple:
        return tuple(_output(id, item) for item in get_args(hint)), expands
    return (_output(id, Annotated[hint, *marks] if marks else hint),), expands


def _without_blocker(hint: Any) -> Any:
    """`Image | Blocker`, as a type checker wants it, is an Image to the engine: any output may be a blocker."""
    if get_origin(hint) not in (Union, types.UnionType) or Blocker not in get_args(hint):
        return hint
    return Union[tuple(item for item in get_args(hint) if item is not Blocker)]  # noqa: UP007 - built at run time


def _output(id: str, hint: Any, name: str = "") -> Output:
    hint, marks = _unwrap_annotated(_without_blocker(hint))
    many = any(isinstance(mark, Role) and mark is MANY for mark in marks)
    if many:
        hint, marks = _unwrap_annotated(get_args(hint)[0])
    hint, _, marks = _unwrap_optional(hint, marks)
    type, _ = _wire_type(id, "return", hint, marks)
    return Output(name or str(type), type, many)


def _check(id: str, function: Callable[..., Any], ports: Mapping[str, Port], declared: Mapping[str, Any]) -> None:
    lazy = [name for name, port in ports.items() if port.lazy]
    if lazy and not inspect.iscoroutinefunction(function):
        raise DeclarationError(f"Node {id}, parameter '{lazy[0]}': lazy inputs are awaited; write 'async def'.")
    growing = next((name for name in lazy if ports[name].growing), None)
    if growing is not None:
        raise DeclarationError(f"Node {id}, parameter '*{growing}': growing inputs cannot be lazy.")
    if declared.get("lane", "device") not in LANES:
        raise DeclarationError(f"Node {id}: lane '{declared['lane']}' is unknown; use one of {', '.join(LANES)}.")
    if declared.get("migrate") and declared.get("version", 1) < 2:
        raise DeclarationError(f"Node {id}: migrate= has nothing to migrate from; raise version= to 2 or more.")


def _subset(id: str, fingerprint: Callable[..., Any], ports: Mapping[str, Port]) -> tuple[str, ...]:
    if inspect.iscoroutinefunction(fingerprint):
        raise DeclarationError(f"Node {id}: its fingerprint is async; make it a plain function.")
    names = tuple(inspect.signature(fingerprint).parameters)
    unknown = [name for name in names if name not in ports and name != "folders"]
    if unknown:
        raise DeclarationError(f"Node {id}: its fingerprint takes '{unknown[0]}', which is not one of its inputs.")
    return names


def _caller(
    function: Callable[..., Any], ports: Mapping[str, Port], run_name: str
) -> Callable[[dict[str, Any], Run], Any]:
    """`call(inputs, run)` for an author's function; enums are rebuilt, growing inputs collected in order."""
    growing = next((port.name for port in ports.values() if port.growing), "")
    fixed = [port.name for port in ports.values() if not port.growing]
    enums = {name: port.members for name, port in ports.items() if port.members is not None and not port.lazy}

    def call(inputs: dict[str, Any], run: Run) -> Any:
        for name, members in enums.items():
            if name in inputs:
                inputs[name] = _member(members, inputs[name])
        if run_name:
            inputs[run_name] = run
        if not growing:
            return function(**inputs)
        grown = sorted((name for name in inputs if name.partition(".")[0] == growing), key=_serial)
        values = [inputs.pop(name) for name in grown]
        leading = [inputs.pop(name, ports[name].default) for name in fixed[: list(ports).index(growing)]]
        return function(*leading, *values, **inputs)

    return call


def _member(members: type[enum.Enum], value: Any) -> Any:
    return [members(item) for item in value] if isinstance(value, list) else members(value)


def _serial(name: str) -> tuple[int, str]:
    tail = name.partition(".")[2]  # none if the one item was wired to the input itself
    return (int(tail or 0), "") if tail.isdecimal() or not tail else (1 << 62, tail)


def _reader(outputs: tuple[Output, ...], expands: bool, hint: Any) -> Callable[[Any, Run], Outcome]:
    """`outcome(result, run)` for an author's function."""
    count = len(outputs)
    single = count == 1 and not _is_tuple(hint)
    spreads = single and outputs[0].many

    def outcome(result: Any, run: Run) -> Outcome:
        ui = run.shown or None
        if expands and isinstance(result, Expansion):
            if len(result.results) != count:
                raise TypeError(f"its expansion has {len(result.results)} results, but it declares {count} outputs")
            return Outcome(result.results, ui, result.graph)
        if isinstance(result, Blocker):
            return Outcome(result, ui)
        if isinstance(result, GeneratorType) and not spreads:
            raise TypeError("it returned a generator; declare the output as Many[...], or return a list")
        if single:
            return Outcome((result,), ui)
        if count == 0:
            return Outcome((), ui)
        values = tuple(result) if isinstance(result, tuple | list) else (result,)
        if len(values) != count:
            raise TypeError(f"it returned {len(values)} values, but declares {count} outputs")
        return Outcome(values, ui)

    return outcome


def _is_tuple(hint: Any) -> bool:
    hint, marks = _unwrap_annotated(hint)
    if EXPAND in marks:
        hint, _ = _unwrap_annotated(next(item for item in get_args(hint) if item is not Any))
    return get_origin(hint) is tuple or (isinstance(hint, type) and issubclass(hint, tuple))
