"""What jobs make, on a disk that takes no more."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from graphcore.folders import Folders
from server.workers.files import FileLost, seal
from tests.server.conformance.kit import Process, connected, node
from tests.server.faults.client import PIXEL
from tests.server.faults.disk import children, limited


async def test_a_picture_that_cannot_be_saved_is_the_error_of_its_node(tmp_path: Path) -> None:
    painted = {
        "1": blank(256),
        "2": node("SaveImage", images=["1", 0], filename_prefix="shot"),
    }
    process = Process(tmp_path, GRAPHCORE_INSTALLED_PACKS="1")
    try:
        async with connected(process.url) as client:
            whole = await client.submit(painted)
            await client.ended(whole)
            with limited(*children(process.process.pid)):
                failed = await client.submit({**painted, "1": blank(64)})
                entry = (await client.ended(failed))[failed]
            (error,) = [data for type, data in entry["status"]["messages"] if type == "execution_error"]
            assert error["node_id"] == "2"
            assert "Check the free space" in error["exception_message"]
            assert entry["outputs"] == {}
            names = sorted(path.name for path in (tmp_path / "output").iterdir())
            assert names == ["shot_00001_.png"]
            again = await client.submit({**painted, "1": blank(32)})
            assert (await client.ended(again))[again]["status"]["completed"]
    finally:
        process.stop()


def blank(size: int) -> dict[str, Any]:
    return node("EmptyImage", width=size, height=size, batch_size=1, color=7)


def test_a_file_that_the_disk_does_not_keep_is_no_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = Folders(tmp_path)
    folders.output.mkdir(parents=True, exist_ok=True)
    (folders.output / "a.png").write_bytes(PIXEL)
    shown = {"7": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}}
    assert len(seal(shown, folders)) == 1
    real = os.fsync
    for fails in (1, 2):  # the sync of the file, then that of its folder; no system can be told to fail there
        calls = []

        def sync(handle: int, calls: list[int] = calls, fails: int = fails) -> None:
            calls.append(handle)
            if len(calls) == fails:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(handle)

        monkeypatch.setattr(os, "fsync", sync)
        with pytest.raises(FileLost, match="Check the disk") as lost:
            seal(shown, folders)
        assert lost.value.node == "7"
