"""The command itself: exit codes, and errors as sentences."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from graphcore.cli import app as cli_app
from graphcore.cli import main


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
        (["nodes", "KSamplr"], "Did you mean KSampler"),
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
    assert all(file.name.removesuffix("_command.py") in shown for file in commands)


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
