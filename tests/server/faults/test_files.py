"""Files of clients on a disk that takes no more."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from graphcore.folders import Folders
from server.atomic import PART
from server.storage import Storage
from tests.server.faults.client import BIG, PIXEL, client_of, sentence, upload
from tests.server.faults.disk import Limited, Small


def unfinished(disk: Limited | Small) -> list[Path]:
    return list(disk.root.rglob(f"{PART}*"))


async def test_an_upload_is_there_or_leaves_nothing(disk: Limited | Small) -> None:
    async with client_of(disk) as client:
        assert await upload(client, "/upload/image", "whole.png", PIXEL) == 200
        for path, name, body, extra in [
            ("/upload/image", "new.png", BIG, {}),
            ("/upload/image", "whole.png", BIG, {"overwrite": "true"}),
            ("/upload/mask", "mask.png", PIXEL, {"original_ref": '{"filename": "whole.png", "type": "input"}'}),
        ]:
            with disk.full():
                assert await upload(client, path, name, body, **extra) == 507
            names = sorted(entry.name for entry in (disk.root / "input").iterdir())
            assert names == ["whole.png"]
        assert (disk.root / "input" / "whole.png").read_bytes() == PIXEL
        assert await upload(client, "/upload/image", "new.png", BIG) == 200
        assert (disk.root / "input" / "new.png").read_bytes() == BIG


@pytest.mark.parametrize("path", ["/userdata/kept.json", "/settings"])
async def test_what_a_user_keeps_is_the_old_or_the_new(disk: Limited | Small, path: str) -> None:
    async with client_of(disk) as client:
        await client.post(path, {"name": "old"})
        with disk.full():
            sentence(await client.post(path, {"name": "new " * 10_000}, status=507), "file")
        assert (await client.get(path))["name"] == "old"
        assert unfinished(disk) == []
        await client.post(path, {"name": "new"})
        assert (await client.get(path))["name"] == "new"


async def test_a_folder_that_cannot_be_made_is_told_of(disk: Limited | Small) -> None:
    async with client_of(disk) as client:
        await client.post("/userdata/file.json", {"a": 1})
        (disk.root / "input" / "taken").write_bytes(b"a file")
        assert await upload(client, "/upload/image", "x.png", PIXEL, subfolder="taken/below") == 400
        home = disk.root / "user" / "default"
        (home / "taken").write_bytes(b"a file")
        answer = await client.post("/userdata/file.json/move/taken%2Fbelow.json", status=507)
        sentence(answer, "file")
        assert json.loads((home / "file.json").read_text()) == {"a": 1}


def test_a_name_that_was_claimed_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Storage(Folders(tmp_path))
    part = storage.begin_upload()
    part.write_bytes(PIXEL)

    def replace(source: Path, target: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(OSError, match="output error"):
            storage.settle(part, storage.area("input"), "a.png", overwrite=False)
    assert [path.name for path in storage.area("input").iterdir()] == [part.name]
    assert storage.settle(part, storage.area("input"), "a.png", overwrite=False) == "a.png"
