"""From a workflow in any form to what the engine runs."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from graphcore import Folders, UserError
from graphcore.engine import Engine
from graphcore.prepare import prepare
from graphcore.workflow import Workflow
from tests.graphcore.kit import Bench, node, wire

REGISTRY = Bench().registry
PROMPT: dict[str, Any] = {"1": node("const", value=3), "2": node("show", value=wire("1"))}
EDITOR: dict[str, Any] = {
    "version": 0.4,
    "nodes": [
        {"id": 1, "type": "const", "inputs": [], "outputs": [{"name": "INT", "type": "INT", "links": [7]}],
         "widgets_values": [3], "mode": 0},
        {"id": 2, "type": "show", "inputs": [{"name": "value", "type": "INT", "link": 7}], "outputs": [],
         "widgets_values": [], "mode": 0},
    ],
    "links": [[7, 1, 0, 2, 0, "INT"]],
}  # fmt: skip


def forms(folder: Path) -> dict[str, Any]:
    file = folder / "editor.json"
    file.write_text(json.dumps(EDITOR), encoding="utf-8")
    return {
        "prompt": PROMPT,
        "editor": EDITOR,
        "text": json.dumps(EDITOR),
        "bytes": json.dumps(PROMPT).encode(),
        "path": file,
        "workflow": Workflow.load(PROMPT),
    }


@pytest.mark.parametrize("form", ["prompt", "editor", "text", "bytes", "path", "workflow"])
def test_every_form_runs(tmp_path: Path, form: str) -> None:
    with Engine(REGISTRY, Folders(tmp_path)) as engine:
        result = engine.run(forms(tmp_path)[form], {"const.value": 5})
    assert result.ui == {"2": {"value": [5]}}


def test_pictures_carry_the_editor_form_with_the_values_that_ran() -> None:
    prepared = prepare(EDITOR, REGISTRY, Folders(), {"1.value": 5}, random.Random(1))
    assert prepared.prompt["1"]["inputs"] == {"value": 5}
    assert prepared.extra["workflow"]["nodes"][0]["widgets_values"] == [5]
    assert prepare(PROMPT, REGISTRY, Folders()).extra == {}
    assert prepare(json.dumps(PROMPT), REGISTRY, Folders()).extra == {}


def test_the_callers_own_prompt_stays_as_it_is() -> None:
    prepared = prepare(PROMPT, REGISTRY, Folders())
    assert prepared.prompt == PROMPT
    assert prepared.prompt is not PROMPT


def test_inputs_that_are_not_there_are_refused() -> None:
    with pytest.raises(UserError, match="no node 'konst'"):
        prepare(EDITOR, REGISTRY, Folders(), {"konst.value": 5})


def test_what_had_to_be_guessed_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    prepared = prepare({**EDITOR, "links": [*EDITOR["links"], [8, 1, "x", 2, 0, "INT"]]}, REGISTRY, Folders())
    assert prepared.prompt["2"]["inputs"] == {"value": ["1", 0]}
    assert "1 links make no sense and are skipped." in caplog.text
