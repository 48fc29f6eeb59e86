from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphcore.errors import WorkflowError
from graphcore.workflow.export import to_python

CASES = Path(__file__).parents[2] / "cases"
PROMPTS = {
    file.stem: case["prompt"]
    for file in sorted(CASES.glob("P*.json"))
    if (case := json.loads(file.read_text()))["prompt"]
}


def rebuilt(script: str) -> Any:
    """The prompt that an exported script builds."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(script, "exported.py", "exec"), names)
    return names["build"]().prompt


@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_scripts_build_the_same_prompt(name: str) -> None:
    prompt = PROMPTS[name]
    built = rebuilt(to_python(prompt, name))
    assert {id: (node["class_type"], node["inputs"]) for id, node in built.items()} == {
        id: (node["class_type"], node["inputs"]) for id, node in prompt.items()
    }


def test_scripts_read_well() -> None:
    prompt = {
        "9": {"class_type": "Show", "inputs": {"images": ["4", 1]}},
        "4": {"class_type": "Load", "inputs": {"type": "sd", "seed": 5}, "_meta": {"title": "My model (1)"}},
    }
    body = to_python(prompt, "demo").split("pipeline = Pipeline()\n")[1].split("    return")[0]
    assert body == (
        "    my_model_1 = pipeline.add('Load', '4', 'My model (1)', type='sd', seed=5)\n"
        "    show = pipeline.add('Show', '9', images=my_model_1[1])\n"
    )


def test_odd_names_and_values_are_written_safely() -> None:
    odd = {"a b": 1, "class": "x", "pipeline": [float("inf"), {"k": "\"'\n"}], "n": True}
    wrapped = {name: {"__value__": value} if isinstance(value, list) else value for name, value in odd.items()}
    prompt = {
        "1": {"class_type": "A'\"\\", "inputs": wrapped, "_meta": {"title": "import os"}},
        "2": {"class_type": "A", "inputs": {}, "_meta": {"title": "for"}},
        "3": {"class_type": "A", "inputs": {}, "_meta": {"title": "日本"}},
        "4": {"class_type": "A", "inputs": {}, "_meta": {"title": "pipeline"}},
    }
    assert rebuilt(to_python(prompt, 'x"""; import os; """\\')) == prompt


def test_circles_and_loose_ends_are_named() -> None:
    with pytest.raises(WorkflowError, match="circle through nodes 1, 2"):
        to_python(
            {"1": {"class_type": "A", "inputs": {"x": ["2", 0]}}, "2": {"class_type": "A", "inputs": {"x": ["1", 0]}}}
        )
    with pytest.raises(WorkflowError, match="node 7"):
        to_python({"1": {"class_type": "A", "inputs": {"x": ["7", 0]}}})
