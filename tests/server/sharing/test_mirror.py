"""Copies of what a store has: brought where they are looked for, published under their names, let go when they grow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphcore.folders import Folders
from server.sharing.mirror import Mirror
from server.sharing.store import FileStore, StoreFailed
from tests.server.sharing.helpers import damage, mirror, written


def shared(store: FileStore, disk: Path, name: str, body: bytes) -> None:
    """A file that somebody with another disk has published."""
    other = mirror(store, disk)
    path = other.path_of(name)
    assert path is not None
    written(path, body)
    other.publish(path)


def test_what_one_publishes_another_can_bring(store: FileStore, tmp_path: Path) -> None:
    shared(store, tmp_path / "one", "output/deep/a.png", b"first")
    here = mirror(store, tmp_path / "two")
    path = tmp_path / "two" / "output" / "deep" / "a.png"
    assert here.bring(path)
    assert path.read_bytes() == b"first"
    before = path.stat().st_ino
    assert here.bring(path)
    assert path.stat().st_ino == before  # it is fetched once
    shared(store, tmp_path / "one", "output/deep/a.png", b"other")  # of the same size
    assert here.bring(path)
    assert path.read_bytes() == b"other"
    written(path, b"spoil")
    assert here.bring(path)
    assert path.read_bytes() == b"other"
    assert not here.bring(tmp_path / "two" / "output" / "b.png")
    assert not here.bring(tmp_path / "elsewhere")


def test_what_is_published_again_is_what_the_name_stands_for(store: FileStore, tmp_path: Path) -> None:
    here = mirror(store, tmp_path / "one")
    path, first = written(tmp_path / "one" / "output" / "a", b"first")
    assert here.publish(path) == first
    shared(store, tmp_path / "two", "output/a", b"of another")
    assert here.publish(path) == first  # a job that says it made this file must be right
    assert store.find("output/a") == first
    with pytest.raises(FileNotFoundError):
        here.publish(tmp_path / "one" / "output" / "missing")
    with pytest.raises(FileNotFoundError, match="outside"):
        here.publish(written(tmp_path / "elsewhere", b"x")[0])


def prepare(here: Mirror, disk: Path, *words: object, user: str = "") -> None:
    prompt = {str(index): {"class_type": "x", "inputs": {"value": word}} for index, word in enumerate(words)}
    here.prepare(prompt, Folders(disk), user)


def contents(disk: Path) -> dict[str, bytes]:
    return {path.relative_to(disk).as_posix(): path.read_bytes() for path in sorted(disk.rglob("*")) if path.is_file()}


def test_what_a_prompt_names_is_brought_and_the_rest_is_listed(store: FileStore, tmp_path: Path) -> None:
    names = ("input/a.png", "input/b.png", "input/set/1.png", "input/set/2.png", "output/o.png", "temp/t.png")
    for name in (*names, "output/unasked.png"):
        shared(store, tmp_path / "one", name, name.encode())
    disk = tmp_path / "two"
    prepare(mirror(store, disk), disk, "a.png", ["set", {"deep": "o.png [output]"}], "t.png [temp]", "a red circle", 5)
    brought = {name: name.encode() for name in names if name != "input/b.png"}
    assert contents(disk) == brought | {"input/b.png": b""}
    prepare(mirror(store, disk), disk, "b.png [input]")  # an empty file that only stood for it is no copy
    assert contents(disk)["input/b.png"] == b"input/b.png"


ODD = ["x" * 10_000, "x" * 300 + " [output]", "a/" * 3000, "a/" * 3000 + "b [temp]", "\0 [temp]", "\ud800 [output]", ""]


@pytest.mark.parametrize("word", ODD, ids=range(len(ODD)))
def test_texts_that_are_no_names_are_left_alone(store: FileStore, tmp_path: Path, word: str) -> None:
    prepare(mirror(store, tmp_path / "one"), tmp_path / "one", word)


def test_names_are_listed_again_only_when_there_are_others(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, listed = mirror(store, tmp_path / "two"), list[str]()
    real = store.names
    monkeypatch.setattr(store, "names", lambda prefix: listed.append(prefix) or real(prefix))
    assert here.list_inputs() == set()
    shared(store, tmp_path / "one", "input/a.png", b"first")
    for _ in range(3):
        assert here.list_inputs() == {"input/a.png"}
    assert listed == ["input", "input"]
    shared(store, tmp_path / "one", "output/o.png", b"no input")
    here.list_inputs()
    assert len(listed) == 2
    shared(store, tmp_path / "one", "input/b.png", b"second")
    assert here.list_inputs() == {"input/a.png", "input/b.png"}
    _, content = written(tmp_path / "x", b"third")
    assert store.take("input/c.png", content)
    assert "input/c.png" in here.list_inputs()
    shared(store, tmp_path / "one", "input/a.png", b"other")
    prepare(here, tmp_path / "two", "a.png")
    assert contents(tmp_path / "two")["input/a.png"] == b"other"


def test_a_file_that_has_no_place_stops_only_who_needs_it(
    s3_store: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number, name in enumerate(("input/cat", "input/cat/x.png", "input/other.png")):
        shared(s3_store, tmp_path / f"{number}", name, b"content")  # two servers at once, as S3 knows no folders
    disk = tmp_path / "disk"
    for _ in range(2):
        here = mirror(s3_store, disk)
        prepare(here, disk, "other.png")
        assert contents(disk)["input/other.png"] == b"content"
    assert "is not listed: File exists" in caplog.text
    with pytest.raises(StoreFailed, match="cannot be copied from the file store"):
        prepare(here, disk, "cat", "cat/x.png")


def test_a_user_is_shown_their_own_files(store: FileStore, tmp_path: Path) -> None:
    for name in ("input/ann/a.png", "input/bob/b.png"):
        shared(store, tmp_path / "one", name, b"x")
    disk = tmp_path / "two"
    assert mirror(store, disk).list_inputs("ann") == {"input/ann/a.png"}
    assert list(contents(disk)) == ["input/ann/a.png"]


def test_names_that_lead_out_are_left_alone(store: FileStore, tmp_path: Path) -> None:
    _, content = written(tmp_path / "x", b"x")
    here = mirror(store, tmp_path / "disk")
    if not store.url.startswith("s3:"):
        assert here.path_of("input/../../escaped") is None
        return
    store.name("input/../../escaped", content)
    here.list_inputs()
    assert not (tmp_path / "escaped").exists()


def test_a_damaged_file_stops_who_needs_it(store: FileStore, tmp_path: Path) -> None:
    shared(store, tmp_path / "one", "input/a.png", b"content")
    content = store.find("input/a.png")
    assert content is not None
    damage(store, content)
    with pytest.raises(StoreFailed, match="damaged"):
        prepare(mirror(store, tmp_path / "two"), tmp_path / "two", "a.png")


def test_copies_that_nobody_used_for_longest_go(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path / "store"))
    here = mirror(store, tmp_path / "disk", budget=250)
    paths = [written(tmp_path / "disk" / "output" / f"{index}", os.urandom(100))[0] for index in range(3)]
    own, _ = written(tmp_path / "disk" / "output" / "unpublished", bytes(1000))
    for path in paths:
        here.publish(path)
    here.bring(paths[0])
    here.trim()
    assert [path.exists() for path in (*paths, own)] == [True, False, True, True]
    assert here.bring(paths[1])


def test_copies_go_seldom(tmp_path: Path) -> None:
    here = mirror(FileStore(str(tmp_path / "store")), tmp_path / "disk", budget=100)
    paths = [written(tmp_path / "disk" / "output" / f"{index}", bytes([index] * 10))[0] for index in range(13)]
    counts = []
    for path in paths:
        here.publish(path)
        here.trim()
        counts.append(here.let_go)
    assert counts == [0] * 10 + [2, 2, 4]


def test_inputs_are_listed_still_when_their_copies_were_let_go(store: FileStore, tmp_path: Path) -> None:
    shared(store, tmp_path / "one", "input/a.png", b"first")
    disk = tmp_path / "two"
    here = mirror(store, disk, budget=0)
    prepare(here, disk, "a.png")
    here.trim()
    assert contents(disk) == {}
    prepare(here, disk)
    assert contents(disk) == {"input/a.png": b""}
    prepare(here, disk, "a.png")
    assert contents(disk) == {"input/a.png": b"first"}


def test_what_is_temporary_lies_apart_so_that_it_can_go(store: FileStore, tmp_path: Path) -> None:
    shared(store, tmp_path / "one", "temp/a.png", b"content")
    assert store.listed("blobs") == []
    assert len(store.listed("passing")) == 1
    here, path = mirror(store, tmp_path / "two"), tmp_path / "two" / "temp" / "a.png"
    assert here.bring(path)
    assert path.read_bytes() == b"content"
    shared(store, tmp_path / "one", "output/a.png", b"content")
    assert len(store.listed("blobs")) == 1
