"""Lists of stored values whose history does not fit the node type of today."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore.workflow.catalogue import read_node_type
from graphcore.workflow.values import realigned, stored_values, widget_values
from graphcore.workflow.widgets import Template, template_of


def template(catalogue: dict[str, Any], name: str) -> Template:
    return template_of(read_node_type(name, catalogue[name]))


@pytest.mark.parametrize(
    ("stored", "values"),
    [
        ([7, "randomize", 20], [7, "randomize", 20]),
        ([7, 20], [7, "fixed", 20]),
        ([7, "fixed", "fixed", 20], [7, "fixed", 20]),
        ([7], [7]),
    ],
)
def test_lost_and_gained_controls_are_made_up_for(
    catalogue: dict[str, Any], stored: list[Any], values: list[Any]
) -> None:
    assert realigned(template(catalogue, "Noise"), stored) == values


def test_a_list_that_cannot_be_made_to_fit_is_left_alone(catalogue: dict[str, Any]) -> None:
    stored = ["fixed"] * 9
    assert realigned(template(catalogue, "Noise"), stored) == ["fixed"] * 9


def nested(levels: int) -> Any:
    """A dynamic combo that is off; switched on, it shows another one, and so on."""
    inner = {"deeper": nested(levels - 1)} if levels else {"end": ["INT", {"default": 5}]}
    options = [{"key": "off", "inputs": {}}, {"key": "on", "inputs": {"required": inner}}]
    return ["COMFY_DYNAMICCOMBO_V3", {"options": options}]


def read(levels: int) -> tuple[list[str], list[Any]]:
    """Names and values of the widgets of such a node, whose file has everything switched on."""
    type = read_node_type("Deep", {"input": {"required": {"mode": nested(levels)}}})
    found, values = widget_values(template_of(type), stored_values({"widgets_values": ["on"] * (levels + 1) + [8]}))
    return [widget.name for widget in found.widgets], values


def test_dynamic_combos_within_dynamic_combos() -> None:
    names, values = read(3)
    assert names == ["mode", "mode.deeper", "mode.deeper.deeper", "mode.deeper.deeper.deeper", f"{names[3]}.end"]
    assert values == ["on"] * 4 + [8]


def test_dynamic_combos_without_end_are_followed_for_a_while() -> None:
    names, values = read(40)
    assert len(names) == 17
    assert values == ["on"] * 17
