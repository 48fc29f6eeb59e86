from __future__ import annotations

import json
from typing import Any

from graphcore.workflow import Workflow

DOCUMENT: dict[str, Any] = {
    "unknown": {"kept": True},
    "nodes": [
        {"id": 1, "type": "Noise", "widgets_values": [7, "randomize", 20, "rest"], "mine": [1]},
        {"id": 2, "type": "Noise", "widgets_values": {"seed": 7, "steps": 20, "other": 1}},
        {"id": 3, "type": "Noise", "widgets_values": [7]},
        {"id": 4, "type": "Mystery", "widgets_values": [7]},
        {"id": 5, "type": "Maybe", "widgets_values": [1]},
        "no node",
    ],
}


def edited(catalogue: dict[str, Any], **inputs: Any) -> Workflow:
    workflow = Workflow.load(DOCUMENT)
    prompt = workflow.prompt(catalogue)
    for node in prompt.values():
        node["inputs"] |= inputs
    return workflow.with_values(catalogue, prompt)


def test_values_take_their_places_and_everything_else_stays(catalogue: dict[str, Any]) -> None:
    before = json.dumps(DOCUMENT)
    after = edited(catalogue, seed=9)
    values = [node["widgets_values"] for node in after.document["nodes"][:5]]
    assert values == [[9, "randomize", 20, "rest"], {"seed": 9, "steps": 20, "other": 1}, [9, "fixed", 20], [7], [1]]
    assert after.prompt(catalogue)["1"]["inputs"] == {"seed": 9, "steps": 20}
    assert {**after.document, "nodes": None} == {**DOCUMENT, "nodes": None}
    assert after.document["nodes"][0]["mine"] == [1]
    assert json.dumps(DOCUMENT) == before


def test_what_does_not_differ_is_not_touched(catalogue: dict[str, Any]) -> None:
    assert edited(catalogue).document == DOCUMENT
    assert edited(catalogue, amount=1.0).document["nodes"][4]["widgets_values"] == [1.0]
    assert type(edited(catalogue, amount=1.0).document["nodes"][4]["widgets_values"][0]) is float


def test_links_are_no_values(catalogue: dict[str, Any]) -> None:
    assert edited(catalogue, seed=["2", 0]).document == DOCUMENT


def test_prompts_are_taken_as_they_ran() -> None:
    workflow = Workflow.load({"1": {"class_type": "A", "inputs": {"x": 1}}})
    ran = {"1": {"class_type": "A", "inputs": {"x": 2}}}
    assert workflow.with_values({}, ran).document == ran
