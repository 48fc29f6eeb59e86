"""How large an editor draws a node, estimated from its title, sockets and widgets."""

from __future__ import annotations

from collections.abc import Sequence

from graphcore.workflow.widgets import Template

TITLE_HEIGHT = 30.0
_MIN_WIDTH, _TEXT_WIDTH = 210.0, 400.0
_CHARACTER, _SLOT_ROW, _WIDGET_ROW, _TEXT_ROWS, _PICTURE = 7.5, 20.0, 24.0, 120.0, 220.0
_PICTURE_KINDS = frozenset(
    {"IMAGEUPLOAD", "LOAD_3D", "LOAD_3D_ANIMATION", "PREVIEW_3D", "PREVIEW_3D_ANIMATION", "WEBCAM"}
)


def estimated_size(
    title: str, inputs: Sequence[str], outputs: Sequence[str], template: Template | None, values: Sequence[object]
) -> tuple[float, float]:
    """(width, height) in pixels, without the title bar. `inputs` and `outputs` are the names of the drawn sockets."""
    rows = max(len(inputs), len(outputs))
    height, width = rows * _SLOT_ROW + 10, len(title) * _CHARACTER + 60
    if rows:
        width = max(width, (_longest(inputs) + _longest(outputs)) * _CHARACTER + 60)
    if template is None:
        height += len(values) * _WIDGET_ROW
        return max(width, _MIN_WIDTH), height
    for widget, value in zip(template.widgets, values, strict=True):
        if widget.kind == "STRING" and widget.input.options.get("multiline"):
            width, height = max(width, _TEXT_WIDTH), height + _TEXT_ROWS
        else:
            shown = min(len(str(value)), 40)
            width, height = max(width, (len(widget.name) + shown) * _CHARACTER + 50), height + _WIDGET_ROW
            height += _PICTURE if widget.kind in _PICTURE_KINDS else 0
    if template.type.is_output and "IMAGE" in {slot.type for slot in template.sockets}:
        height += _PICTURE
    return max(width, _MIN_WIDTH), height


def _longest(names: Sequence[str]) -> int:
    return max(map(len, names), default=0)
