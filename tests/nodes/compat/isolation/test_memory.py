"""Shared memory: what is written there is read there, lives as long as it is looked at, and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphcore.container import Block
from nodes.compat.isolation.memory import ALIGNED, Exchange


def test_blocks_are_read_where_they_were_written(tmp_path: Path) -> None:
    writer, reader = Exchange([str(tmp_path)]), Exchange([str(tmp_path)])
    path, starts = writer.write([Block("U8", (3,), b"abc"), Block("U8", (0,), b""), Block("U8", (100,), bytes(100))])
    assert [start % ALIGNED for start in starts] == [0, 0, 0]
    memory = reader.read(path)
    assert bytes(memory[starts[0] : starts[0] + 3]) == b"abc"
    memory[0] = 1  # it is the reader's own
    if os.name != "nt":
        assert not list(tmp_path.iterdir())
    assert writer.write([]) == ("", [])


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room is reserved by a call of POSIX")
def test_where_there_is_no_room_the_next_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full, roomy = tmp_path / "full", tmp_path / "roomy"
    full.mkdir()
    roomy.mkdir()
    real, calls = os.posix_fallocate, []

    def reserve(handle: int, start: int, size: int) -> None:
        calls.append(size)
        if len(calls) % 2:
            raise OSError(28, "No space left on device")
        real(handle, start, size)

    monkeypatch.setattr(os, "posix_fallocate", reserve)
    exchange = Exchange([str(full), str(roomy)])
    path, _ = exchange.write([Block("U8", (1,), b"x")])
    assert Path(path).parent == roomy
    assert not list(full.iterdir())
    monkeypatch.setattr(os, "posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space"):
        exchange.write([Block("U8", (1,), b"x")])
    assert not list(full.iterdir())
    exchange.close()
    assert not roomy.exists()
