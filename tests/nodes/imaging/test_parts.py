"""Files under construction, and what killed processes leave of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from nodes.imaging.filenames import Numbered
from nodes.imaging.parts import IN_WORK, clear_parts, part_file

HOLD = """
import sys, time
from pathlib import Path
from nodes.imaging.parts import part_file
with part_file(Path(sys.argv[1])) as (file, path):
    file.write(b"half")
    file.flush()
    print(path, flush=True)
    time.sleep(60)
"""


def aged(path: Path) -> Path:
    """As if nobody had written to it for long."""
    long_ago = time.time() - IN_WORK - 1
    os.utime(path, (long_ago, long_ago))
    return path


def test_parts_are_gone_at_the_end(tmp_path: Path) -> None:
    with part_file(tmp_path) as (file, path):
        file.write(b"x")
        assert path.is_file()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_cleared_at_the_next_save(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        part = aged(Path(process.stdout.readline().strip()))
        clear_parts(tmp_path)
        assert part.is_file()  # the process lives
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    Numbered.below(tmp_path, "a").save(".txt", lambda file: None)
    assert [path.name for path in tmp_path.iterdir()] == ["a_00001_.txt"]


def test_young_parts_and_other_files_stay(tmp_path: Path) -> None:
    young = tmp_path / ".0123.part"
    young.write_bytes(b"")
    other = tmp_path / "mine.part"
    other.write_bytes(b"")
    aged(other)
    clear_parts(tmp_path)
    assert young.is_file()
    assert other.is_file()
    aged(young)
    clear_parts(tmp_path)
    assert not young.exists()
