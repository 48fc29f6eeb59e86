from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphcore.errors import WorkflowError
from graphcore.nesting import MAX_DEPTH
from graphcore.workflow import Workflow

PROMPT = {"3": {"class_type": "Picture", "inputs": {}}}
EDITOR: dict[str, Any] = {"nodes": [], "links": [], "version": 0.4}


def test_P001_tells_the_forms_apart() -> None:
    assert Workflow.load(PROMPT).form == "prompt"
    assert Workflow.load(EDITOR).form == "editor"
    assert Workflow.load({"nodes": {"class_type": "A", "inputs": {}}}).form == "prompt"


def test_P001_nan_infinity_and_byte_order_marks_are_tolerated() -> None:
    text = '{"3": {"class_type": "A", "inputs": {"x": NaN, "y": -Infinity}}}'
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        prompt = Workflow.load(text.encode(encoding)).prompt({})
        assert prompt["3"]["inputs"]["y"] == float("-inf")
    assert Workflow.load("\ufeff" + text).form == "prompt"


@pytest.mark.parametrize(
    "wrapper",
    [
        {"prompt": PROMPT, "workflow": EDITOR},
        {"prompt": json.dumps(PROMPT), "workflow": json.dumps(EDITOR)},
        {"prompt": PROMPT, "client_id": "x", "extra_data": {"extra_pnginfo": {"workflow": EDITOR}}},
    ],
)
def test_P001_wrappers_are_looked_into(wrapper: dict[str, Any]) -> None:
    workflow = Workflow.load(wrapper)
    assert workflow.document == EDITOR
    assert workflow.prompt({}) == PROMPT


def test_wrappers_may_hold_one_form_only() -> None:
    assert Workflow.load({"workflow": EDITOR}).form == "editor"
    assert Workflow.load({"prompt": PROMPT, "number": 3}).form == "prompt"
    assert Workflow.load({"workflow": PROMPT}).form == "prompt"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "empty"),
        ([], "not an object"),
        ({"templates": [{"name": "x"}]}, "node templates"),
        ({"a": {"class_type": ""}}, "neither"),
        ({"a": PROMPT["3"], "b": 1}, "neither"),
        ({"nodes": 5}, "neither"),
    ],
)
def test_what_is_no_workflow_is_named(document: Any, reason: str) -> None:
    with pytest.raises(WorkflowError, match=reason):
        Workflow.load(json.dumps(document))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"{\xff}", "not UTF-8"),
        (b"", "neither a workflow"),
        (b"hello", "neither a workflow"),
        (b'{"nodes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"nodes": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "nested"),
        (b'{"nodes": [' + b"0," * 2_000_001 + b"0]}", "values"),
        (b'{"nodes": [], "x": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_a_reason(text: bytes, reason: str) -> None:
    with pytest.raises(WorkflowError, match=reason):
        Workflow.load(text)


def test_paths_and_names(tmp_path: Path) -> None:
    file = tmp_path / "my workflow.json"
    file.write_text(json.dumps(EDITOR))
    assert Workflow.load(file).name == Workflow.load(str(file)).name == "my workflow"
    assert Workflow.load(EDITOR).name == "workflow"
    with pytest.raises(WorkflowError, match="No such file"):
        Workflow.load(tmp_path / "none.json")
    with pytest.raises(WorkflowError, match="Cannot read"):
        Workflow.load("\0")
    file.write_text("{")
    with pytest.raises(WorkflowError, match=r"my workflow\.json: This is not valid JSON"):
        Workflow.load(file)


def test_large_files_that_are_no_carriers_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as stream:
        stream.truncate(20 << 20)
    with pytest.raises(WorkflowError, match="20 MiB"):
        Workflow.load(file)


def test_data_that_is_nested_too_deep_is_refused() -> None:
    values: Any = 0
    for _ in range(5_000):
        values = [values]
    with pytest.raises(WorkflowError, match="nested more than 200 levels deep"):
        Workflow.load({"nodes": [{"id": 1, "type": "A", "widgets_values": values}]})
