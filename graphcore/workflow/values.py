"""Which stored value belongs to which widget: `widgets_values` lists carry no names, and have a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphcore.workflow.widgets import CONTROL_WORDS, DYNAMIC_COMBO, UNDEFINED, Template, Widget, template_of

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


def widget_values(template: Template, stored: Stored) -> tuple[Template, list[Any]]:
    """The value of each widget of a node.

    A dynamic combo changes the widgets with its value, so the template that counts comes back too.
    """
    values = assign(template, stored)
    if not template.dynamic:
        return template, values
    for _ in range(_MAX_DYNAMIC_LEVELS):
        pairs = zip(template.widgets, values, strict=True)
        shown = template_of(template.type, {w.name: v for w, v in pairs if w.kind == DYNAMIC_COMBO})
        if shown.widgets == template.widgets:
            break
        template, values = shown, assign(shown, stored)
    return template, values


def assign(template: Template, stored: Stored) -> list[Any]:
    """One value for each widget: from the file where it has one, else the default."""
    widgets = template.widgets
    listed = _listed(template, stored.listed) if stored.listed else [w.default for w in widgets]
    if not stored.named:
        return listed
    return [_usable(w, stored.named.get(w.name, value)) for w, value in zip(widgets, listed, strict=True)]


def _listed(template: Template, stored: list[Any]) -> list[Any]:
    widgets = template.widgets
    if _has_holes(template, stored):
        return [_usable(w, value) if w.in_values else w.default for w, value in zip(widgets, stored, strict=True)]
    values = realigned(template, without_dummies(template.dummies, stored))
    if len(values) == len(widgets) == len(template.kept) and None not in values:
        return values
    supply = iter(values)
    return [_usable(w, next(supply, w.default)) if w.in_values else w.default for w in widgets]


def _usable(widget: Widget, value: Any) -> Any:
    if value is UNDEFINED or (value is None and widget.kind in _NEVER_NULL):
        return widget.default
    return value


def _has_holes(template: Template, stored: list[Any]) -> bool:
    """Whether `stored` counts all widgets.

    An editor saves by place in the full list, leaving null for widgets that keep no value, but loads by place among
    those that do. A list of full length with null in just those places was not loaded since it was saved.
    """
    if len(stored) != len(template.widgets) or len(template.kept) == len(template.widgets):
        return False
    return all(value is None for w, value in zip(template.widgets, stored, strict=True) if not w.in_values)


def without_dummies(dummies: Sequence[bool], stored: list[Any]) -> list[Any]:
    """`stored` without the places that inputs with `forceInput` took in files saved before frontend 1.16."""
    if len(dummies) != len(stored):
        return stored
    return [value for value, dummy in zip(stored, dummies, strict=True) if not dummy]


def realigned(template: Template, stored: list[Any]) -> list[Any]:
    """`stored` with places inserted or removed where a node type gained or lost a control since the file was saved.

    Left as it is when that does not make every value fit.
    """
    misfit = _misfit(template, stored)
    if misfit is None:
        return stored
    values = list(stored)
    for _ in template.kept:
        if template.kept[misfit].kind == "control":
            values.insert(misfit, "fixed")
        else:
            del values[misfit]
        misfit = _misfit(template, values)
        if misfit is None:
            return values
    return stored


def _misfit(template: Template, values: Sequence[Any]) -> int | None:
    """The first place where a number is a control word, or a control is not one."""
    for i, is_control in template.telling:
        if i >= len(values):
            return None
        value = values[i]
        if is_control:
            if not (value is None or isinstance(value, bool) or _is_control_word(value)):
                return i
        elif isinstance(value, str) and value in CONTROL_WORDS:
            return i
    return None


def _is_control_word(value: Any) -> bool:
    return isinstance(value, str) and value in CONTROL_WORDS


def by_name(widgets: Iterable[Widget], values: Iterable[Any]) -> dict[str, Any]:
    """Values by widget name; of two widgets with one name the first counts."""
    named: dict[str, Any] = {}
    for widget, value in zip(widgets, values, strict=True):
        named.setdefault(widget.name, value)
    return named
