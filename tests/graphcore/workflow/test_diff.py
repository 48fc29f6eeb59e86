from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from graphcore.workflow import Workflow
from graphcore.workflow.diff import Change, diff

Edit = Callable[[dict[int, dict[str, Any]]], Any]

BASE: dict[str, Any] = {
    "nodes": [
        {"id": 1, "type": "Picture", "pos": [0, 0]},
        {"id": 2, "type": "Maybe", "inputs": [{"name": "a", "link": 1}], "widgets_values": [0.5], "pos": [9, 0]},
        {"id": 3, "type": "Note", "widgets_values": ["hi"]},
    ],
    "links": [[1, 1, 0, 2, 0, "IMAGE"]],
}


def changes(edit: Edit, catalogue: dict[str, Any]) -> list[Change]:
    after = copy.deepcopy(BASE)
    nodes = {node["id"]: node for node in after["nodes"]}
    edit(nodes)
    after["nodes"] = list(nodes.values())
    return diff(Workflow.load(BASE), Workflow.load(after), catalogue)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda n: n[2].update(widgets_values=[0.75]), "Node 2 (Maybe): amount 0.5 -> 0.75."),
        (lambda n: n[2].update(title="x"), "Node 2 is now called 'x', was 'Maybe'."),
        (lambda n: n[2].update(mode=4), "Node 2 (Maybe) is now bypassed."),
        (lambda n: n[2]["inputs"][0].update(link=None), "Node 2 (Maybe): input a is no longer linked."),
        (lambda n: n[2].update(pos=[0, 1]), "Moved or resized 1 node."),
        (lambda n: n[3].update(widgets_values=["ho"]), 'Node 3 (Note): value 1 "hi" -> "ho".'),
        (lambda n: n[3].update(type="MarkdownNote"), "Node 3 (MarkdownNote) was of type Note, now MarkdownNote."),
        (lambda n: n.pop(3), "Removed node 3 (Note)."),
        (lambda n: n.update({4: {"id": 4, "type": "Two"}}), "Added node 4 (Two)."),
    ],
)
def test_each_change_is_one_sentence(edit: Edit, sentence: str, catalogue: dict[str, Any]) -> None:
    assert [change.sentence for change in changes(edit, catalogue)] == [sentence]


def test_nothing_changed(catalogue: dict[str, Any]) -> None:
    assert changes(lambda nodes: None, catalogue) == []


def test_links_name_both_ends(catalogue: dict[str, Any]) -> None:
    before = {
        "1": {"class_type": "Picture", "inputs": {}},
        "2": {"class_type": "Two", "inputs": {}},
        "3": {"class_type": "Show", "inputs": {"images": ["1", 0]}},
    }
    after = {**before, "3": {"class_type": "Show", "inputs": {"images": ["2", 0]}}}
    (change,) = diff(Workflow.load(before), Workflow.load(after))
    assert change.sentence == "Node 3 (Show): input images was linked to node 1 output 0, now to node 2 (Two) output 0."
    assert change.as_dict() == {
        "kind": "link",
        "node": "3",
        "sentence": change.sentence,
        "input": "images",
        "before": ["1", 0],
        "after": ["2", 0],
    }


def test_inner_nodes_and_equal_numbers_of_other_types_count(catalogue: dict[str, Any]) -> None:
    def document(value: Any, links: list[Any]) -> dict[str, Any]:
        inner = {"id": 5, "type": "Maybe", "widgets_values": [value], "inputs": [{"name": "a", "link": 1}]}
        sub = {"id": "s", "name": "Sub", "nodes": [{"id": 4, "type": "Picture"}, inner], "links": links}
        return {"nodes": [], "definitions": {"subgraphs": [sub]}}

    changes = diff(Workflow.load(document(1, [])), Workflow.load(document(True, [[1, 4, 0, 5, 0, "IMAGE"]])), catalogue)
    assert [change.sentence for change in changes] == [
        "Node Sub/5 (Maybe): amount 1 -> true.",
        "Node Sub/5 (Maybe): input a is now linked to node Sub/4 (A Picture) output 0.",
    ]


def test_forms_are_compared_as_prompts(catalogue: dict[str, Any]) -> None:
    prompt = Workflow.load(BASE).prompt(catalogue)
    assert diff(Workflow.load(BASE), Workflow.load(prompt), catalogue) == []
