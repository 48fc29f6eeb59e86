"""Shared memory: what is written there is read there, lives as long as it is looked at, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphcore.container import Block
from graphcore.scratch import sweep
from nodes.compat.isolation import memory
from nodes.compat.isolation.memory import ALIGNED, Exchange


def test_blocks_are_read_where_they_were_written(tmp_path: Path) -> None:
    writer, reader = Exchange([str(tmp_path)]), Exchange([str(tmp_path)])
    path, starts = writer.write([Block("U8", (3,), b"abc"), Block("U8", (0,), b""), Block("U8", (100,), bytes(100))])
    assert [start % ALIGNED for start in starts] == [0, 0, 0]
    found = reader.read(path)
    assert bytes(found[starts[0] : starts[0] + 3]) == b"abc"
    found[0] = 1  # it is the reader's own
    if os.name != "nt":
        assert not list(tmp_path.iterdir())
    assert writer.write([]) == ("", [])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a device that is always full")
def test_where_there_is_no_room_the_next_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full, roomy = tmp_path / "full", tmp_path / "roomy"
    full.mkdir()
    roomy.mkdir()
    real = memory._private

    def opened(path: str, flags: int) -> int:
        handle = real(path, flags)
        if Path(path).parent != full:
            return handle
        os.close(handle)
        return os.open("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(memory, "_private", opened)
    exchange = Exchange([str(full), str(roomy)])
    path, _ = exchange.write([Block("U8", (1,), b"x")])
    assert Path(path).parent == roomy
    assert not list(full.iterdir())
    with pytest.raises(OSError, match="No space"):
        Exchange([str(full)]).write([Block("U8", (1,), b"x")])
    assert not list(full.iterdir())
    exchange.close()
    assert not roomy.exists()


MAKE = """
import sys, tempfile
from pathlib import Path
from nodes.compat.isolation import memory
memory.FAST = Path("nowhere")
tempfile.tempdir = sys.argv[1]
exchange = memory.Exchange()
print(exchange.folders[0], flush=True)
sys.stdin.read()
"""


def test_what_killed_processes_leave_is_removed_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as dead, subprocess.Popen(command, **pipes) as alive:  # type: ignore[call-overload]
        left, used = (Path(process.stdout.readline().strip()) for process in (dead, alive))
        (left / "1-0").write_bytes(b"x")
        sweep(tmp_path)
        assert left.is_dir()
        dead.kill()
        dead.wait()
        (tmp_path / "graphcore-other").mkdir()
        sweep(tmp_path)
        assert not left.exists()
        assert used.is_dir()
        assert (tmp_path / "graphcore-other").is_dir()
        alive.stdin.close()
