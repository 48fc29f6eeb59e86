"""The commands about workflow files, from the command line to what they print and write."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from graphcore.cli import main

CASES = Path(__file__).parents[2] / "cases"
CATALOGUE = str(CASES / "catalogue.json")


@pytest.fixture
def case() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / "P008_converted_widget.json").read_text())
    return found


@pytest.fixture
def file(case: dict[str, Any], tmp_path: Path) -> Path:
    place = tmp_path / "workflow.json"
    place.write_text(json.dumps(case["workflow"]))
    return place


class Command:
    """Runs commands and keeps what they print."""

    def __init__(self, capture: pytest.CaptureFixture[str]):
        self._capture = capture
        self.out = self.err = ""

    def __call__(self, *words: object) -> int:
        with pytest.raises(SystemExit) as exit:
            main([str(word) for word in words])
        self.out, self.err = self._capture.readouterr()
        return int(exit.value.code or 0)


@pytest.fixture
def graphcore(capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(capfd)


def test_convert_prints_the_prompt(graphcore: Command, file: Path, case: dict[str, Any]) -> None:
    assert graphcore("convert", file, "--catalogue", CATALOGUE) == 0
    assert json.loads(graphcore.out) == case["prompt"]
    assert graphcore.err == ""


def test_convert_goes_back_to_the_editor_form(graphcore: Command, file: Path, case: dict[str, Any]) -> None:
    prompt, editor = file.with_name("prompt.json"), file.with_name("editor.json")
    assert graphcore("convert", file, "--catalogue", CATALOGUE, "-o", prompt) == 0
    assert graphcore("convert", prompt, "--to", "editor", "--catalogue", CATALOGUE, "--output", editor) == 0
    assert len(json.loads(editor.read_text())["nodes"]) == 2
    assert graphcore("convert", editor, "--catalogue", CATALOGUE) == 0
    assert json.loads(graphcore.out) == case["prompt"]


def test_convert_plays_the_browser_unless_told_otherwise(graphcore: Command, tmp_path: Path) -> None:
    catalogue, workflow = tmp_path / "catalogue.json", tmp_path / "w.json"
    catalogue.write_text('{"P": {"input": {"required": {"t": ["STRING", {"dynamicPrompts": true}]}}, "output": []}}')
    workflow.write_text('{"nodes": [{"id": 1, "type": "P", "widgets_values": ["{a|b|c|d|e|f} // x"]}]}')

    def text(*options: str) -> Any:
        assert graphcore("convert", workflow, "--catalogue", catalogue, *options) == 0
        return json.loads(graphcore.out)["1"]["inputs"]["t"]

    assert text("--verbatim") == "{a|b|c|d|e|f} // x"
    assert text() in {f"{letter} " for letter in "abcdef"}
    assert text("--seed", "3") == text("--seed", "3")


def test_convert_names_unknown_nodes_on_standard_error(graphcore: Command, file: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "other.json"
    catalogue.write_text('{"Other": {"input": {}, "output": []}}')
    assert graphcore("convert", file, "--catalogue", catalogue) == 0
    assert "node type 'Noise' is not known here" in graphcore.err


def test_check_tells_by_its_exit_code(graphcore: Command, file: Path, tmp_path: Path) -> None:
    assert graphcore("check", file, "--catalogue", CATALOGUE) == 0
    assert graphcore.out == "No problems: the workflow can run.\n"
    unknown = tmp_path / "unknown.json"
    unknown.write_text('{"nodes": [{"id": 1, "type": "Nope", "inputs": [{"name": "x", "link": 1}]}]}')
    assert graphcore("check", unknown, "--catalogue", CATALOGUE) == 2
    assert graphcore.out.startswith("error: Node 1 (Nope): ")
    assert graphcore("check", unknown, "--catalogue", CATALOGUE, "--json") == 2
    assert json.loads(graphcore.out)["sound"] is False


def test_fmt_rewrites_once(graphcore: Command, file: Path) -> None:
    before = json.loads(file.read_text())
    assert graphcore("fmt", "--check", file) == 1
    assert graphcore("fmt", file) == 0
    assert graphcore.out == f"changed {file}\n"
    assert graphcore("fmt", "--check", file) == 0
    assert json.loads(file.read_text()) == before
    assert graphcore("fmt", "--stdout", file) == 0
    assert graphcore.out == file.read_text()


def test_diff_speaks_in_sentences_and_in_json(graphcore: Command, file: Path) -> None:
    other = file.with_name("other.json")
    document = json.loads(file.read_text())
    document["nodes"][0]["widgets_values"][0] = 2
    other.write_text(json.dumps(document))
    assert graphcore("diff", file, other, "--catalogue", CATALOGUE) == 0
    assert graphcore.out == "Node 1 (Noise): seed 1 -> 2.\n"
    assert graphcore("diff", file, other, "--catalogue", CATALOGUE, "--json") == 0
    assert json.loads(graphcore.out)[0]["after"] == 2
    assert graphcore("diff", file, file, "--catalogue", CATALOGUE) == 0
    assert graphcore.out == "Nothing changed.\n"


def test_export_writes_a_script(graphcore: Command, file: Path) -> None:
    script = file.with_name("script.py")
    assert graphcore("export", file, "--python", "--catalogue", CATALOGUE, "-o", script) == 0
    assert "noise = pipeline.add('Noise', '1', seed=1, steps=9)" in script.read_text()
    assert graphcore("export", file) == 2
    assert "--python" in graphcore.err


def test_lock_writes_beside_the_workflow(graphcore: Command, tmp_path: Path) -> None:
    prompt = tmp_path / "w.json"
    prompt.write_text('{"1": {"class_type": "Nothing", "inputs": {}}}')
    assert graphcore("lock", prompt, "--base-dir", tmp_path) == 0
    assert json.loads((tmp_path / "w.json.lock").read_text())["graphcore_lock"] == 1


@pytest.mark.parametrize("command", ["convert", "check", "fmt", "export", "lock"])
def test_what_cannot_be_read_is_one_sentence(command: str, graphcore: Command, tmp_path: Path) -> None:
    options = {"export": ["--python"]}.get(command, [])
    assert graphcore(command, tmp_path / "none.json", *options) == 2
    assert graphcore.err.startswith("graphcore: Cannot read ")
    assert "Traceback" not in graphcore.err


def test_a_catalogue_must_be_one(graphcore: Command, file: Path) -> None:
    assert graphcore("convert", file, "--catalogue", file) == 2
    assert "not a node catalogue" in graphcore.err


def test_what_cannot_be_read_or_written_is_said_in_a_sentence(graphcore: Command, file: Path, tmp_path: Path) -> None:
    assert graphcore("convert", file, "--catalogue", tmp_path / "nowhere.json") == 2
    assert "Cannot read" in graphcore.err
    assert graphcore("convert", file, "--catalogue", CATALOGUE, "-o", tmp_path / "no" / "folder.json") == 2
    assert "Cannot write" in graphcore.err
    assert graphcore("convert", file, "--catalogue", file) == 2
    assert "This is not a node catalogue" in graphcore.err


def test_fmt_names_the_file_that_is_no_workflow(graphcore: Command, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[1]")
    assert graphcore("fmt", wrong) == 2
    assert f"{wrong}: The JSON is not an object" in graphcore.err


def test_a_new_pack_is_written_where_it_is_wanted(graphcore: Command, tmp_path: Path) -> None:
    assert graphcore("new-pack", "film", "--into", tmp_path) == 0
    assert (tmp_path / "film").is_dir()
    assert (
        f"Wrote {tmp_path / 'film'}. Put it into custom_nodes: graphcore packs add {tmp_path / 'film'}."
        in graphcore.out
    )


def test_a_lock_of_standard_input_goes_to_standard_output(
    graphcore: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prompt = json.dumps({"1": {"class_type": "PrimitiveInt", "inputs": {"value": 1}}})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(prompt.encode())))
    assert graphcore("lock", "-", "--base-dir", tmp_path) == 0
    assert json.loads(graphcore.out)["graphcore_lock"] == 1
