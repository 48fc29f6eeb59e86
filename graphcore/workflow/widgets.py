"""The widgets that an editor draws for a node type, in the order in which files list their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from graphcore.workflow.catalogue import Input, NodeType, read_input
from graphcore.workflow.editor import Slot

CONTROL_WORDS = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"


class _Undefined:
    """A widget without any value: its input is left out of the prompt."""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = _Undefined()

_ZERO: Mapping[str, Any] = {"INT": 0, "FLOAT": 0, "BOOLEAN": False, "STRING": "", "COLOR": "#000000"}


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget of a node.

    `kind` is the widget type, or `control`, `filter`, `toggle`, `button` for helpers that belong to the widget before
    them. `in_prompt`: its value is sent to the engine. `in_values`: files keep its value.
    """

    name: str
    kind: str
    default: Any
    input: Input
    in_prompt: bool = True
    in_values: bool = True


@dataclass(frozen=True, slots=True)
class Template:
    """What every node of a type looks like in an editor, before a file fills it in.

    `kept` are the widgets that files list values for; `sockets` come in the editor's order, plain ones first, then
    those of widgets; `dummies` marks the places in old files that inputs with `forceInput` took (empty: none has it).
    """

    type: NodeType
    widgets: tuple[Widget, ...]
    kept: tuple[Widget, ...]
    sockets: tuple[Slot, ...]
    dummies: tuple[bool, ...]
    dynamic: bool
    """Whether the widgets depend on the value of one of them."""
    telling: tuple[tuple[int, bool], ...]
    """Places in `kept` whose values tell whether a list fits: (place, whether it is a control's, else a number's)."""


def template_of(type: NodeType, chosen: Mapping[str, Any] | None = None) -> Template:
    """The template of a node type. `chosen` says what each dynamic combo is set to; by default its first option."""
    inputs = list(_shown(type.inputs, chosen or {}))
    widgets = tuple(widget for input in inputs if input.widget_type for widget in widgets_of_input(input))
    drawn = [input for input in inputs if input.widget_type and not input.options.get("socketless")]
    plain = [Slot(input.name, input.type, None) for input in inputs if not input.widget_type]
    kept = tuple(widget for widget in widgets if widget.in_values)
    telling = [(i, w.kind == "control") for i, w in enumerate(kept) if w.kind in ("control", "INT", "FLOAT")]
    return Template(
        type=type,
        widgets=widgets,
        kept=kept,
        sockets=(*plain, *(Slot(input.name, input.type, None, input.name) for input in drawn)),
        dummies=_dummies(inputs),
        dynamic=any(widget.kind == DYNAMIC_COMBO for widget in widgets),
        telling=tuple(telling),
    )


def _shown(inputs: Iterable[Input], chosen: Mapping[str, Any]) -> Iterator[Input]:
    for input in inputs:
        yield input
        yield from _shown(dynamic_inputs(input, chosen), chosen)


def _dummies(inputs: Iterable[Input]) -> tuple[bool, ...]:
    flags: list[bool] = []
    for input in inputs:
        forced = bool(input.options.get("forceInput"))
        if forced or input.widget_type:
            flags.append(forced)
            flags += [False] if control_name(input) else []
    return tuple(flags) if any(flags) else ()


def dynamic_inputs(input: Input, chosen: Mapping[str, Any]) -> Iterator[Input]:
    """The inputs that a dynamic combo shows for its chosen key, under dotted names."""
    if input.type != DYNAMIC_COMBO:
        return
    key = chosen.get(input.name, _first_key(input))
    for option in _dynamic_options(input):
        if option.get("key") == key:
            sections = option.get("inputs")
            for section in ("required", "optional"):
                declared = sections.get(section) if isinstance(sections, Mapping) else None
                for name, spec in declared.items() if isinstance(declared, Mapping) else ():
                    yield replace(read_input(f"{input.name}.{name}", spec), required=section == "required")


def widgets_of_input(input: Input) -> Iterator[Widget]:
    """The widget of one input and the helpers behind it."""
    kind, options = input.widget_type, input.options
    if kind in ("IMAGEUPLOAD", "AUDIOUPLOAD"):
        yield Widget(input.name, kind, "image" if kind == "IMAGEUPLOAD" else "", input, in_prompt=False)
        return
    if kind == "AUDIO_UI":
        yield Widget(input.name, kind, "", input, in_values=False)
        return
    yield Widget(input.name, kind, default_of(input), input)
    if kind == "COMBO" and options.get("remote"):
        yield Widget("Auto-refresh after generation", "toggle", False, input, in_prompt=False)
        if isinstance(options["remote"], Mapping) and options["remote"].get("refresh_button"):
            # A stray key of the stock editor: harmless, and kept so that prompts agree.
            yield Widget("refresh", "button", "refresh", input)
    control = control_name(input)
    if control:
        yield Widget(control, "control", "fixed", input, in_prompt=False)
        if kind == "COMBO":
            yield Widget("control_filter_list", "filter", "", input, in_prompt=False)


def control_name(input: Input) -> str:
    """Name of the widget that changes the value after each run; empty where there is none."""
    if input.widget_type not in ("INT", "COMBO"):
        return ""
    declared = input.options.get("control_after_generate")
    seed = input.widget_type == "INT" and input.name in ("seed", "noise_seed")
    if not (seed if "control_after_generate" not in input.options else declared):
        return ""
    name = declared if isinstance(declared, str) else "control_after_generate"
    prefix = input.options.get("control_prefix")
    return f"{prefix} {name}" if prefix else name


def default_of(input: Input) -> Any:
    """The value that an editor gives the widget of an input before anybody touches it."""
    default, kind = input.options.get("default"), input.widget_type
    if kind == "COMBO":
        if input.options.get("multi_select"):
            return default if isinstance(default, list) else []
        if default:
            return default
        return input.choices[0] if input.choices else UNDEFINED
    if kind == DYNAMIC_COMBO:
        return _first_key(input)
    if default is not None:
        return default
    return _ZERO.get(kind, "")


def _dynamic_options(input: Input) -> list[Mapping[str, Any]]:
    options = input.options.get("options")
    return [option for option in options if isinstance(option, Mapping)] if isinstance(options, list) else []


def _first_key(input: Input) -> Any:
    options = _dynamic_options(input)
    return input.options.get("default") or (options[0].get("key") if options else UNDEFINED)
