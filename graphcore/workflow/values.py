"""Which stored value belongs to which widget: `widgets_values` lists carry no names, and have a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphcore.workflow.catalogue import NodeType
from graphcore.workflow.widgets import CONTROL_WORDS, DYNAMIC_COMBO, UNDEFINED, Widget, control_name, widgets_of

_NEVER_NULL = frozenset({"INT", "FLOAT", "BOOLEAN", "STRING"})
_MAX_DYNAMIC_LEVELS = 16


@dataclass(frozen=True, slots=True)
class Stored:
    """What a file keeps for the widgets of a node: values in widget order, and values by name, which win."""

    listed: list[Any]
    named: Mapping[str, Any]


def stored_values(node: Mapping[str, Any]) -> Stored:
    """The stored values of a node as it stands in a file."""
    listed, named = node.get("widgets_values"), node.get("widgets_values_named")
    if isinstance(listed, dict):
        return Stored([], listed)
    return Stored(listed if isinstance(listed, list) else [], named if isinstance(named, dict) else {})


def widget_values(type: NodeType, stored: Stored, widgets: tuple[Widget, ...]) -> tuple[tuple[Widget, ...], list[Any]]:
    """The widgets of a node with the value of each.

    `widgets` are those of the type as nobody touched it; a dynamic combo changes them with its value, so the list
    that counts comes back too.
    """
    values = assign(widgets, stored, type)
    for _ in range(_MAX_DYNAMIC_LEVELS):
        chosen = {w.name: v for w, v in zip(widgets, values, strict=True) if w.kind == DYNAMIC_COMBO}
        shown = widgets_of(type, chosen) if chosen else widgets
        if shown == widgets:
            break
        widgets = shown
        values = assign(widgets, stored, type)
    return widgets, values


def assign(widgets: Sequence[Widget], stored: Stored, type: NodeType) -> list[Any]:
    """One value for each widget: from the file where it has one, else the default."""
    listed = _listed(widgets, stored.listed, type) if stored.listed else [w.default for w in widgets]
    if not stored.named:
        return listed
    return [_usable(w, stored.named.get(w.name, value)) for w, value in zip(widgets, listed, strict=True)]


def _listed(widgets: Sequence[Widget], stored: list[Any], type: NodeType) -> list[Any]:
    if _has_holes(widgets, stored):
        return [_usable(w, value) if w.in_values else w.default for w, value in zip(widgets, stored, strict=True)]
    supply = iter(realigned([w for w in widgets if w.in_values], without_dummies(type, stored)))
    return [_usable(w, next(supply, w.default)) if w.in_values else w.default for w in widgets]


def _usable(widget: Widget, value: Any) -> Any:
    if value is UNDEFINED or (value is None and widget.kind in _NEVER_NULL):
        return widget.default
    return value


def _has_holes(widgets: Sequence[Widget], stored: Sequence[Any]) -> bool:
    """Whether `stored` counts all widgets.

    An editor saves by place in the full list, leaving null for widgets that keep no value, but loads by place among
    those that do. A list of full length with null in just those places was not loaded since it was saved.
    """
    if len(stored) != len(widgets) or all(w.in_values for w in widgets):
        return False
    return all(value is None for w, value in zip(widgets, stored, strict=True) if not w.in_values)


def without_dummies(type: NodeType, stored: list[Any]) -> list[Any]:
    """`stored` without the places that inputs with `forceInput` took in files saved before frontend 1.16."""
    flags: list[bool] = []
    for input in type.inputs:
        forced = bool(input.options.get("forceInput"))
        if not (forced or input.widget_type):
            continue
        flags.append(forced)
        if control_name(input):
            flags.append(False)
    if len(flags) != len(stored) or not any(flags):
        return stored
    return [value for value, dummy in zip(stored, flags, strict=True) if not dummy]


def realigned(widgets: Sequence[Widget], stored: list[Any]) -> list[Any]:
    """`stored` with places inserted or removed where a node type gained or lost a control since the file was saved.

    Left as it is when that does not make every value fit.
    """
    values = list(stored)
    for _ in range(len(widgets) + 1):
        misfit = next((i for i, (w, v) in enumerate(zip(widgets, values, strict=False)) if not _fits(w, v)), None)
        if misfit is None:
            return values
        if widgets[misfit].kind == "control":
            values.insert(misfit, "fixed")
        else:
            del values[misfit]
    return stored


def _fits(widget: Widget, value: Any) -> bool:
    if widget.kind == "control":
        return value is None or isinstance(value, bool) or (isinstance(value, str) and value in CONTROL_WORDS)
    if widget.kind in ("INT", "FLOAT"):
        return not (isinstance(value, str) and value in CONTROL_WORDS)
    return True


def control_word(value: Any) -> str:
    """A control value as the word for it; files before the words existed store booleans."""
    if isinstance(value, bool):
        return "randomize" if value else "fixed"
    return value if isinstance(value, str) and value in CONTROL_WORDS else "fixed"


def by_name(widgets: Iterable[Widget], values: Iterable[Any]) -> dict[str, Any]:
    """Values by widget name; of two widgets with one name the first counts."""
    named: dict[str, Any] = {}
    for widget, value in zip(widgets, values, strict=True):
        named.setdefault(widget.name, value)
    return named
