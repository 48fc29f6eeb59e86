"""Temporary folders: gone when they are let go, and at the latest when the next process makes its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from graphcore.scratch import MARK, Scratch

MAKE = """
import sys, tempfile
from graphcore.scratch import Scratch
tempfile.tempdir = sys.argv[1]
scratch = Scratch("files")
print(scratch.name, flush=True)
sys.stdin.read()
"""


def test_a_folder_goes_when_it_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first, second = Scratch("files"), Scratch("files")
    (Path(first.name) / "a").write_bytes(b"x")
    first.cleanup()
    assert [path.name for path in Path(second.name).iterdir()] == [MARK]
    second.cleanup()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_leaves_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    command = [sys.executable, "-c", MAKE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        (left / "a").write_bytes(b"x")
        Scratch("files").cleanup()
        assert left.is_dir()  # it is used
        process.kill()
        process.wait()
    Scratch("files").cleanup()
    assert list(tmp_path.iterdir()) == []
