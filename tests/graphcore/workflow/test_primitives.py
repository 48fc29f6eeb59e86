"""Values that PrimitiveNodes push into the widgets they are linked to."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore.workflow import to_prompt


def document(values: Any, **primitive: Any) -> dict[str, Any]:
    """A primitive at the seed of Noise 2, beside a picture that is linked as pictures are."""
    nodes = [
        {"id": 1, "type": "PrimitiveNode", "widgets_values": values, **primitive},
        {"id": 2, "type": "Noise", "inputs": [{"name": "seed", "link": 1, "widget": {"name": "seed"}}]},
        {"id": 3, "type": "Picture"},
        {"id": 4, "type": "Show", "inputs": [{"name": "images", "link": 2}]},
    ]
    return {"nodes": nodes, "links": [[1, 1, 0, 2, 0, "INT"], [2, 3, 0, 4, 0, "IMAGE"], [3, 1, 0, 99, 0, "INT"]]}


@pytest.mark.parametrize("values", [[5, "fixed"], {"value": 5}])
def test_the_value_is_that_of_the_primitive(catalogue: dict[str, Any], values: Any) -> None:
    prompt = to_prompt(document(values), catalogue).prompt
    assert prompt["2"]["inputs"]["seed"] == 5
    assert prompt["4"]["inputs"] == {"images": ["3", 0]}


@pytest.mark.parametrize("values", [None, [], {}, "five"])
def test_without_a_value_the_widget_keeps_its_own(catalogue: dict[str, Any], values: Any) -> None:
    assert to_prompt(document(values), catalogue).prompt["2"]["inputs"]["seed"] == 0
