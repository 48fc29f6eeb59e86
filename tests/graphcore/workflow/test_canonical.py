from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.errors import WorkflowError
from graphcore.workflow.canonical import canonical, canonical_bytes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)

DOCUMENT = {
    "zebra": 1,
    "version": 0.4,
    "links": [[10, 1, 0, 2, 0, "IMAGE"], [9, 1, 0, 2, 1, "IMAGE"], None],
    "nodes": [
        {
            "unknown": {"b": 1, "a": [1.5, 2]},
            "inputs": [
                {"link": 9, "widget": {"name": "a"}, "name": "a", "type": "IMAGE"},
                {"link": 10, "name": "b", "type": "IMAGE"},
            ],
            "id": 12,
            "type": "B",
        },
        {"id": 3, "type": "A", "pos": [1, 2]},
    ],
}


def test_nodes_and_links_are_sorted_and_small_things_stay_on_a_line() -> None:
    assert canonical(DOCUMENT).splitlines() == [
        "{",
        '  "version": 0.4,',
        '  "nodes": [',
        '    {"id": 3, "type": "A", "pos": [1, 2]},',
        "    {",
        '      "id": 12,',
        '      "type": "B",',
        '      "inputs": [',
        '        {"name": "a", "type": "IMAGE", "link": 9, "widget": {"name": "a"}},',
        '        {"name": "b", "type": "IMAGE", "link": 10}',
        "      ],",
        '      "unknown": {"a": [1.5, 2], "b": 1}',
        "    }",
        "  ],",
        '  "links": [',
        "    null,",
        '    [9, 1, 0, 2, 1, "IMAGE"],',
        '    [10, 1, 0, 2, 0, "IMAGE"]',
        "  ],",
        '  "zebra": 1',
        "}",
    ]


def test_prompts_are_sorted_by_id_but_keep_the_order_of_inputs() -> None:
    prompt = {"12:3": {"inputs": {"z": 1, "a": 2}, "class_type": "A"}, "9": {"class_type": "B", "inputs": {}}}
    again = json.loads(canonical(prompt))
    assert list(again) == ["9", "12:3"]
    assert list(again["12:3"]) == ["class_type", "inputs"]
    assert list(again["12:3"]["inputs"]) == ["z", "a"]


@settings(deadline=None)
@given(extra=JSON)
def test_nothing_is_lost_and_formatting_twice_changes_nothing(extra: Any) -> None:
    document = {"nodes": [], "extra": extra}
    once = canonical_bytes(json.dumps(document).encode())
    assert canonical_bytes(once) == once
    assert json.dumps(json.loads(once), sort_keys=True) == json.dumps(document, sort_keys=True)


def test_only_workflows_are_formatted() -> None:
    with pytest.raises(WorkflowError, match="neither"):
        canonical_bytes(b'{"a": 1}')


def test_data_that_is_no_workflow_has_its_keys_sorted() -> None:
    assert canonical({"b": 1, "title": 2, "a": {"d": 3, "c": 4}}) == '{"title": 2, "a": {"c": 4, "d": 3}, "b": 1}\n'
