from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.workflow import Workflow, to_prompt
from graphcore.workflow.build import to_editor
from graphcore.workflow.sizes import TITLE_HEIGHT

CASES = Path(__file__).parents[2] / "cases"
CONVERTING = sorted(file.stem for file in CASES.glob("P*.json") if json.loads(file.read_text())["prompt"])


def overlaps(nodes: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Pairs of nodes whose boxes, title bars included, share more than an edge."""
    boxes = [
        (n["pos"][0], n["pos"][1] - TITLE_HEIGHT, n["pos"][0] + n["size"][0], n["pos"][1] + n["size"][1]) for n in nodes
    ]
    return [
        (nodes[i]["id"], nodes[j]["id"])
        for i, a in enumerate(boxes)
        for j, b in enumerate(boxes[:i])
        if min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])
    ]


def backward(document: dict[str, Any]) -> list[Any]:
    """Links whose target does not lie to the right of their source."""
    nodes = {node["id"]: node for node in document["nodes"]}
    return [
        link
        for link in document["links"]
        if nodes[link[1]]["pos"][0] + nodes[link[1]]["size"][0] >= nodes[link[3]]["pos"][0]
    ]


@pytest.mark.parametrize("name", CONVERTING)
def test_prompts_survive_the_way_to_the_editor_and_back(
    name: str, catalogue: dict[str, Any], read_case: Callable[[str], dict[str, Any]]
) -> None:
    case = read_case(name)
    document = to_editor(case["prompt"], catalogue)
    assert Workflow.load(document).form == "editor"
    back = to_prompt(document, catalogue).prompt
    for id, node in case["prompt"].items():
        assert back[id]["class_type"] == node["class_type"]
        assert back[id]["_meta"] == node["_meta"]
        assert {**back[id]["inputs"], **node["inputs"]} == back[id]["inputs"]
    assert not overlaps(document["nodes"])
    assert not backward(document)


def test_values_links_and_titles_take_their_places(catalogue: dict[str, Any]) -> None:
    prompt = {
        "7": {"class_type": "Picture", "inputs": {}},
        "8": {"class_type": "Maybe", "inputs": {"a": ["7", 0], "amount": 0.25}, "_meta": {"title": "half"}},
        "save:1": {"class_type": "Unheard", "inputs": {"pictures": ["8", 0], "name": "x"}},
    }
    document = to_editor(prompt, catalogue)
    picture, maybe, unknown = document["nodes"]
    assert "title" not in picture
    assert picture["outputs"] == [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]
    assert maybe["title"] == "half"
    assert maybe["widgets_values"] == [0.25]
    assert [slot["name"] for slot in maybe["inputs"]] == ["a", "mask"]
    assert unknown["id"] == "save:1"
    assert unknown["widgets_values"] == {"name": "x"}
    assert document["links"] == [[1, 7, 0, 8, 0, "IMAGE"], [2, 8, 0, "save:1", 0, "IMAGE"]]
    assert document["last_node_id"] == 8


def test_controls_come_fixed_so_that_the_value_stays(catalogue: dict[str, Any]) -> None:
    document = to_editor({"1": {"class_type": "Noise", "inputs": {"seed": 5, "steps": 9}}}, catalogue)
    assert document["nodes"][0]["widgets_values"] == [5, "fixed", 9]


def test_linked_widgets_become_sockets(catalogue: dict[str, Any]) -> None:
    prompt = {
        "1": {"class_type": "Text", "inputs": {"text": "hi"}},
        "2": {"class_type": "Encode", "inputs": {"text": ["1", 0]}},
    }
    encode = to_editor(prompt, catalogue)["nodes"][1]
    assert encode["inputs"][1] == {"name": "text", "type": "STRING", "link": 1, "widget": {"name": "text"}}


@settings(deadline=None, max_examples=50)
@given(edges=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=60))
def test_any_acyclic_prompt_is_laid_out_forward_and_apart(edges: list[tuple[int, int]]) -> None:
    inputs: dict[int, dict[str, Any]] = {i: {} for i in range(26)}
    for i, (a, b) in enumerate(edges):
        if a != b:
            inputs[max(a, b)][f"in{i}"] = [str(min(a, b)), i % 3]
    document = to_editor({str(i): {"class_type": "Unheard", "inputs": links} for i, links in inputs.items()}, {})
    assert not overlaps(document["nodes"])
    assert not backward(document)


def test_circles_are_laid_out_too() -> None:
    prompt = {str(i): {"class_type": "Unheard", "inputs": {"x": [str((i + 1) % 4), 0]}} for i in range(4)}
    assert not overlaps(to_editor(prompt, {})["nodes"])


def test_deep_prompts_need_no_recursion() -> None:
    prompt = {str(i): {"class_type": "U", "inputs": {"x": [str(i - 1), 0]} if i else {}} for i in range(5000)}
    assert not backward(to_editor(prompt, {}))
