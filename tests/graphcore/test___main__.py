"""The way in from a shell: exit codes as the command line gives them, and a quick end."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from graphcore import __main__ as shell
from graphcore import cli


class Left(BaseException):
    """The process would have ended here."""


@pytest.mark.parametrize(
    ("leave", "code", "said"),
    [
        (lambda: None, 0, ""),
        (lambda: sys.exit(), 0, ""),
        (lambda: sys.exit(2), 2, ""),
        (lambda: sys.exit("no such command"), 1, "no such command\n"),
    ],
)
def test_the_exit_code_is_the_one_of_the_command(
    leave: Callable[[], Any],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended: list[int] = []

    def end(number: int) -> None:
        ended.append(number)
        raise Left

    monkeypatch.setattr(cli, "main", leave)
    monkeypatch.setattr(shell.signal, "signal", lambda *_: None)
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: None)
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(Left):
        shell.entry()
    assert ended == [code]
    assert capsys.readouterr().err == said


def test_exit_handlers_run_and_what_was_printed_arrives() -> None:
    code = (
        "import atexit, sys; from graphcore import cli; from graphcore.__main__ import entry; "
        "cli.main = lambda: (print('printed'), sys.exit(3)); atexit.register(print, 'handled'); entry()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (3, "printed\nhandled\n")


def test_the_module_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "graphcore", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split()[0]) == (0, "graphcore")
