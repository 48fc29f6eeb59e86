"""The store that servers and workers share, and their copies, on disks that take no more."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from graphcore.folders import Folders
from server.atomic import PART
from server.sharing.store import FileStore, StoreFailed
from tests.server.faults.client import BIG
from tests.server.sharing.helpers import mirror, written


def unfinished(folder: Path) -> list[Path]:
    return [*folder.rglob(f"{PART}*")]


def test_a_shared_store_without_room_keeps_what_it_has(tmp_path: Path, limit: Any) -> None:
    store = FileStore(str(tmp_path / "store"))
    path, content = written(tmp_path / "a", BIG)
    with limit(1000):
        with pytest.raises(StoreFailed, match="cannot be used"):
            store.put(path, content)
        with pytest.raises(StoreFailed, match="cannot be used"):
            store.claim("names/input/a", BIG)
    assert unfinished(tmp_path) == []
    store.put(path, content)
    store.name("input/a", content)
    store.fetch(content, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == BIG


def test_a_copy_that_cannot_be_made_leaves_the_old_one(tmp_path: Path, limit: Any) -> None:
    store = FileStore(str(tmp_path / "store"))
    other = mirror(store, tmp_path / "one")
    path, _ = written(tmp_path / "one" / "input" / "a", BIG)
    other.publish(path)
    mine = mirror(store, tmp_path / "two")
    old, _ = written(tmp_path / "two" / "input" / "a", b"old")
    with limit(1000), pytest.raises((StoreFailed, OSError)):
        mine.bring(old)
    assert old.read_bytes() == b"old"
    assert unfinished(tmp_path / "two") == []
    assert mine.bring(old)
    assert old.read_bytes() == BIG


def test_inputs_that_cannot_be_listed_stop_the_job_that_needs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(str(tmp_path / "store"))
    path, _ = written(tmp_path / "one" / "input" / "a.png", b"content")
    mirror(store, tmp_path / "one").publish(path)
    mine, prompt = mirror(store, tmp_path / "two"), {"1": {"class_type": "X", "inputs": {"image": "a.png"}}}

    def full(self: Path, *_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", full)
        with pytest.raises(OSError, match="No space left"):
            mine.prepare(prompt, Folders(tmp_path / "two"))
    mine.prepare(prompt, Folders(tmp_path / "two"))
    assert (tmp_path / "two" / "input" / "a.png").read_bytes() == b"content"


def test_an_upload_that_cannot_take_its_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = mirror(FileStore(str(tmp_path / "store")), tmp_path / "one")
    part, content = written(tmp_path / "one" / "input" / "part", b"content")
    path = tmp_path / "one" / "input" / "a"

    def full(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="output error"):
            mine.place(part, path, content)
    assert not path.exists()
    mine.place(part, path, content)
    assert path.read_bytes() == b"content"
