"""The command itself: exit codes, and errors as sentences."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphcore.cli import app as cli_app
from graphcore.cli import main
from graphcore.errors import Cancelled, NodeFailed, WorkflowError


def call(*arguments: str) -> int:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    return int(leaving.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rum"], "Did you mean 'run'"),
        (["run", "x.json", "--bass-dir"], "--base-dir"),
        (["run", "nowhere.json"], "Cannot read 'nowhere.json': No such file"),
        (["run", "workflows/txt2img.json", "--base-dir", "nowhere"], "There is no folder"),
        (["run", "workflows/txt2img.json", "--model-memory", "lots"], "--model-memory: 'lots' is no amount of memory"),
        (["nodes", "KSamplr"], "Did you mean KSampler"),
        (["nodes", "film/"], "no node whose id begins with 'film/'"),
    ],
)
def test_wrong_arguments_exit_with_2_and_say_what_is_meant(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert not shown.out
    assert "Traceback" not in shown.err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    shown = capsys.readouterr().out
    commands = Path("graphcore/cli").glob("*_command.py")
    assert all(file.name.removesuffix("_command.py").replace("_", "-") in shown for file in commands)


def test_debug_shows_the_traceback() -> None:
    command = [sys.executable, "-m", "graphcore", "run", "nowhere.json", "--debug"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert "Traceback" in finished.stderr


def test_nodes_lists_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("nodes") == 0
    assert "KSampler " in capsys.readouterr().out
    assert call("nodes", "KSampler") == 0
    assert "sampler_name" in capsys.readouterr().out
    assert call("nodes", "KSampler", "--json") == 0
    assert '"display_name": "KSampler"' in capsys.readouterr().out


COPY = {"1": {"class_type": "PrimitiveInt", "inputs": {"value": 1}}} | {
    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}
}


@pytest.mark.parametrize(
    ("redirections", "code", "said"),
    [
        ("2>&-", 0, ""),
        (">&-", 0, ""),
        ("2>/dev/full", 0, ""),
        (">/dev/full --json", 1, "No space left"),
    ],
)
def test_closed_and_full_streams_give_no_traceback(tmp_path: Path, redirections: str, code: int, said: str) -> None:
    if not Path("/dev/full").exists():
        redirections = "2>&-"
    (tmp_path / "w.json").write_text(json.dumps(COPY))
    command = f"{sys.executable} -m graphcore run {tmp_path / 'w.json'} --base-dir {tmp_path} {redirections}"
    finished = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in finished.stderr
    if Path("/dev/full").exists():
        assert finished.returncode == code
        assert said in finished.stderr


def test_commands_of_others_come_from_entry_points(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = [
        importlib.metadata.EntryPoint("greet", "tests.graphcore.cli.test_app:greet", cli_app.GROUP),
        importlib.metadata.EntryPoint("broken", "no_such_module:command", cli_app.GROUP),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    registered = list(cli_app.app.registered_commands)
    try:
        assert call("greet", "Ann") == 0
        assert capsys.readouterr().out == "Hello Ann\n"
        assert call("broken") == 2
        assert "The command 'broken' cannot be loaded" in capsys.readouterr().err
    finally:
        cli_app.app.registered_commands[:] = registered


def greet(name: str) -> None:
    """Say hello."""
    print(f"Hello {name}")


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out == f"graphcore {importlib.metadata.version('graphcore')}\n"


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["run", "--json"], "UserError", "Missing argument"),
        (["run", "--json", "x.json", "--bogus"], "UserError", "No such option"),
        (["run", "--json", "nowhere.json"], "WorkflowError", "No such file"),
        (["run", "--json", "workflows/txt2img.json", "--base-dir", "nowhere"], "UserError", "There is no folder"),
        (["rum", "--json"], "UserError", "No such command"),
    ],
)
def test_with_json_every_error_is_an_object_and_a_sentence(
    arguments: list[str], kind: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    shown = capsys.readouterr()
    error = json.loads(shown.out)["error"]
    assert error["type"] == kind
    assert said in error["message"]
    assert said in shown.err


def test_with_json_an_unforeseen_error_and_a_stop_are_objects_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for raised, code, kind in ((OSError("the disk is full"), 1, "OSError"), (Cancelled(), 130, "Cancelled")):
        monkeypatch.setattr("graphcore.cli.documents.load_workflow", _raiser(raised))
        monkeypatch.setattr("graphcore.cli.check_command.load_workflow", _raiser(raised))
        assert call("check", "x.json", "--json") == code
        assert json.loads(capsys.readouterr().out)["error"]["type"] == kind


def _raiser(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("option", ["--models-dir", "--input-dir"])
def test_folders_that_do_not_exist_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "workflows/txt2img.json", option, "nowhere") == 2
    assert f"name another with {option}" in capsys.readouterr().err


def test_a_folder_without_folders_of_models_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "loose.safetensors").write_bytes(b"")
    assert call("check", "workflows/txt2img.json", "--models-dir", str(tmp_path)) in (0, 2)
    assert f"{tmp_path} has none of the folders of models" in caplog.text
    (tmp_path / "loras").mkdir()
    caplog.clear()
    call("check", "workflows/txt2img.json", "--models-dir", str(tmp_path))
    assert "none of the folders" not in caplog.text


def test_a_workflow_from_standard_input_and_texts_on_standard_output(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "graphcore", "run", "-", "--base-dir", str(tmp_path)]
    finished = subprocess.run(command, input=json.dumps(COPY), capture_output=True, text=True, timeout=300, check=True)
    assert finished.stdout == "1\n"
    command = [sys.executable, "-m", "graphcore", "lock", "-", "--base-dir", str(tmp_path)]
    finished = subprocess.run(command, input=json.dumps(COPY), capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(finished.stdout)["graphcore_lock"] == 1


def test_debug_lets_the_error_itself_through() -> None:
    with pytest.raises(WorkflowError, match="No such file"):
        cli_app.main(["run", "nowhere.json", "--debug"])


def test_with_json_a_failed_node_is_told_with_its_inputs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = NodeFailed("3", "Mine", "KSampler", ValueError("odd"), {"steps": "0"})
    monkeypatch.setattr("graphcore.cli.check_command.load_workflow", _raiser(failure))
    assert call("check", "x.json", "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error == {
        "type": "NodeFailed", "message": "Node 3 (Mine): ValueError: odd",
        "node": "3", "title": "Mine", "node_type": "KSampler", "inputs": {"steps": "0"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (BrokenPipeError(), 1, ""),
        (KeyError("gone"), 1, "This is a fault in Graphcore, please report it: KeyError: 'gone'"),
        (PermissionError("locked"), 1, "The system refused: locked. Check free space"),
        (Cancelled(), 130, "Interrupted."),
    ],
)
def test_every_end_has_its_code_and_sentence(
    raised: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("graphcore.cli.check_command.load_workflow", _raiser(raised))
    assert call("check", "x.json") == code
    shown = capsys.readouterr().err
    assert said in shown
    assert bool(shown) == bool(said)


def test_without_standard_error_only_the_code_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphcore.cli.check_command.load_workflow", _raiser(Cancelled()))
    monkeypatch.setattr(sys, "stderr", None)
    assert call("check", "x.json") == 130


def test_ctrl_c_stops_a_command_that_has_no_gentler_way() -> None:
    with pytest.raises(Cancelled):
        cli_app._interrupt(2, None)


def test_a_node_that_needs_little_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("nodes", "nothing like it at all") == 2
    assert "There is no node 'nothing like it at all'." in capsys.readouterr().err
    assert call("nodes", "--json") == 0
    assert "KSampler" in json.loads(capsys.readouterr().out)
