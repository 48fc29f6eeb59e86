"""The store: content by its hash, names that one writer gets, damage that is noticed, failures that are told."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from graphcore.errors import UserError
from server.sharing.store import FileStore, StoreFailed
from tests.server.sharing.helpers import damage, written
from tests.server.stores import ACCESS, S3


def test_content_comes_back_as_it_went(store: FileStore, tmp_path: Path) -> None:
    path, content = written(tmp_path / "a.bin", bytes(range(256)) * 40_000)  # 10 MB
    store.put(path, content)
    store.put(path, content)
    store.fetch(content, tmp_path / "deep" / "copy.bin")
    assert (tmp_path / "deep" / "copy.bin").read_bytes() == path.read_bytes()
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["copy.bin"]


def test_damage_is_noticed_and_leaves_what_was_there(store: FileStore, tmp_path: Path) -> None:
    path, content = written(tmp_path / "a", b"content")
    store.put(path, content)
    damage(store, content)
    target, _ = written(tmp_path / "copy" / "a", b"before")
    with pytest.raises(StoreFailed, match="'a' is damaged"):
        store.fetch(content, target)
    assert [(file.name, file.read_bytes()) for file in target.parent.iterdir()] == [("a", b"before")]


def test_content_that_was_cut_off_is_put_again(store: FileStore, tmp_path: Path) -> None:
    path, content = written(tmp_path / "a", b"content")
    store.write(f"blobs/{content.digest[:2]}/{content.digest[2:]}", b"cont")
    store.put(path, content)
    store.fetch(content, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content"


def test_content_that_is_gone_is_told(store: FileStore, tmp_path: Path) -> None:
    _, content = written(tmp_path / "a", b"content")
    with pytest.raises(StoreFailed, match=r"blobs/.* is missing"):
        store.fetch(content, tmp_path / "copy")


def test_names_stand_for_content(store: FileStore, tmp_path: Path) -> None:
    _, first = written(tmp_path / "a", b"first")
    _, second = written(tmp_path / "b", b"second")
    odd = "input/ü [x] *?#%20 (1).png"
    assert store.find(odd) is None
    assert store.names("input") == {}
    store.name(odd, first)
    store.name("input/deep/er/b.png", first)
    store.name("output/c.png", second)
    assert store.find(odd) == first
    assert set(store.names("input")) == {odd, "input/deep/er/b.png"}
    assert set(store.names("input/deep")) == {"input/deep/er/b.png"}
    assert abs(store.names("output")["output/c.png"] - time.time()) < 60
    store.name(odd, second)
    assert store.find(odd) == second
    assert store.find("input/deep") is None  # a folder
    assert not store.take(odd, first)
    assert store.find(odd) == second


def test_a_name_that_says_nonsense_stands_for_nothing(store: FileStore) -> None:
    for body in (b"", b"nonsense", b"\xff" * 70, b"a" * 64 + b" -5"):
        store.write("names/input/a", body)
        assert store.find("input/a") is None


def test_one_of_many_gets_a_name(store: FileStore, tmp_path: Path) -> None:
    _, content = written(tmp_path / "a", b"content")
    got: list[bool] = []
    start = threading.Barrier(8)

    def try_it() -> None:
        start.wait()
        got.append(store.take("output/a.png", content))

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]


def test_a_name_is_taken_though_nobody_had_it_a_moment_ago(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.claim("numbers/place/0", b"mine")
    monkeypatch.setattr(store._files, "exists", lambda path: False)
    assert not store.claim("numbers/place/0", b"other")
    assert store.read("numbers/place/0") == b"mine"


def test_a_store_is_tried_before_it_is_used(store: FileStore) -> None:
    store.check()
    assert store.listed("numbers/.check") == []


class Careless(FileStore):
    """A service that does not know conditional writes, and ignores what asks for them."""

    def claim(self, key: str, body: bytes = b"") -> bool:
        self.write(key, body)
        return True


def test_a_store_that_lets_two_have_a_name_is_refused(store_url: str) -> None:
    with pytest.raises(UserError, match="two writers take one name"):
        Careless(store_url).check()


def test_a_store_for_which_fsspec_looks_before_it_writes_is_refused() -> None:
    with pytest.raises(UserError, match="two writers take one name"):
        FileStore("memory://x").check()


@pytest.mark.parametrize("url", ["nowhere://x", "s3://"])
def test_what_is_no_store_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(UserError, match="file store"):
        FileStore(url).check()


def test_a_bucket_that_is_not_there_is_named(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": s3.url}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match="Check --files"):
        FileStore("s3://no-such-bucket/x").check()


def test_a_bucket_that_is_gone_is_a_failure(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": s3.url}.items():
        monkeypatch.setenv(name, value)
    store = FileStore("s3://no-such-bucket/x")
    path, content = written(tmp_path / "a", b"content")
    for use in (
        lambda: store.put(path, content),
        lambda: store.name("output/a", content),
        lambda: store.take("output/a", content),
    ):
        with pytest.raises(StoreFailed, match="cannot be used"):
            use()


def test_a_file_to_put_that_is_gone_is_no_failure_of_the_store(store: FileStore, tmp_path: Path) -> None:
    _, content = written(tmp_path / "a", b"content")
    with pytest.raises(FileNotFoundError):
        store.put(tmp_path / "none", content)


def test_nothing_is_below_a_file(store: FileStore, tmp_path: Path) -> None:
    _, content = written(tmp_path / "a", b"content")
    store.name("input/a.png", content)
    assert not store.is_folder("input/a.png")
    assert store.is_folder("input")
    assert store.find("input/a.png/b.png") is None
    assert store.find("input/a.png/deep/b.png") is None
    assert store.names("input/a.png/deep") == {}
    assert store.listed("names/input/a.png/deep") == []
    assert not store.has("names/input/a.png/b.png")


def test_a_name_below_a_file_cannot_be_taken(tmp_path: Path) -> None:
    store, (_, content) = FileStore(str(tmp_path / "store")), written(tmp_path / "a", b"content")
    store.name("input/a.png", content)
    for name in ("input/a.png/b.png", "input/a.png/deep/b.png"):
        with pytest.raises(StoreFailed, match="cannot be used"):
            store.take(name, content)


def test_a_store_that_is_away_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = S3()
    server.start()
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    store = FileStore(f"s3://{server.bucket()}/x")
    server.stop()
    path, content = written(tmp_path / "a", b"content")
    for use in (lambda: store.find("input/a"), lambda: store.put(path, content), lambda: store.names("input")):
        with pytest.raises(StoreFailed, match=r"s3://.* cannot be used"):
            use()


def test_a_folder_without_room_says_so(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file, no folder")
    path, content = written(tmp_path / "a", b"content")
    with pytest.raises(StoreFailed, match="cannot be used"):
        FileStore(str(tmp_path / "store")).put(path, content)
