"""The files of clients where servers share a store and no disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graphcore.errors import UserError
from graphcore.folders import Folders
from server.sharing.storage import SharedStorage
from server.sharing.store import FileStore
from server.storage import BadName, Escape
from tests.server.sharing.helpers import mirror

Make = Callable[[], SharedStorage]


@pytest.fixture
def server(store: FileStore) -> Iterator[Make]:
    made: list[SharedStorage] = []

    def make() -> SharedStorage:
        disk = tempfile.TemporaryDirectory()
        made.append(SharedStorage(Folders(disk.name), mirror(store, Path(disk.name)), copies=disk))
        return made[-1]

    yield make
    for each in made:
        each.close()


def upload(storage: SharedStorage, name: str, body: bytes, *, overwrite: bool = False, subfolder: str = "") -> str:
    part = storage.begin_upload()
    part.write_bytes(body)
    folder = storage.upload_folder("input", subfolder)
    try:
        return storage.settle(part, folder, name, overwrite=overwrite)
    finally:
        part.unlink(missing_ok=True)


def test_an_upload_to_one_is_served_by_the_other(server: Make) -> None:
    one, two = server(), server()
    assert upload(one, "a.png", b"first", subfolder="deep") == "a.png"
    assert two.viewed("a.png", "input", "deep").read_bytes() == b"first"
    assert upload(two, "a.png", b"other", overwrite=True, subfolder="deep") == "a.png"
    assert one.viewed("a.png", "input", "deep").read_bytes() == b"other"
    assert not two.viewed("none.png", "input", "").exists()
    with pytest.raises(Escape):
        two.viewed("a.png", "input", "../deep")


def test_names_that_are_taken_elsewhere_are_not_taken_again(server: Make) -> None:
    one, two = server(), server()
    assert upload(one, "a.png", b"first") == "a.png"
    assert upload(two, "a.png", b"second") == "a (1).png"
    assert upload(two, "a.png", b"first") == "a.png"  # the same content is the same file
    servers = [server() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(lambda pair: upload(pair[1], "b.png", b"%d" % pair[0]), enumerate(servers)))
    assert sorted(names) == ["b (1).png", "b (2).png", "b (3).png", "b (4).png", "b (5).png", "b.png"]
    for index, name in enumerate(names):
        assert one.viewed(name, "input", "").read_bytes() == b"%d" % index


def test_no_name_is_a_file_and_a_folder(server: Make) -> None:
    one, two = server(), server()
    upload(one, "cat", b"a file")
    upload(one, "x.png", b"in a folder", subfolder="dog/deep")
    for overwrite in (False, True):
        for subfolder in ("cat", "cat/deep/er"):
            with pytest.raises(BadName, match="'cat' is a file"):
                upload(two, "x.png", b"x", subfolder=subfolder, overwrite=overwrite)
        with pytest.raises(BadName, match="'dog' is a folder"):
            upload(two, "dog", b"x", overwrite=overwrite)
        with pytest.raises(BadName, match="'deep' is a folder"):
            upload(two, "deep", b"x", subfolder="dog", overwrite=overwrite)
    assert two.viewed("cat", "input", "").read_bytes() == b"a file"
    assert two.viewed("x.png", "input", "dog/deep").read_bytes() == b"in a folder"
    assert set(two.mirror.store.names("input")) == {"input/cat", "input/dog/deep/x.png"}


def test_nothing_is_below_a_file(server: Make) -> None:
    one, two = server(), server()
    upload(one, "a.png", b"first")
    assert not two.viewed("b.png", "input", "a.png").exists()


def test_uploads_are_forgotten_where_they_lay_first(server: Make) -> None:
    one = server()
    for body in (b"first", b"other", b"first"):
        upload(one, "a.png", body)
    assert {path.name for path in one.mirror.digests._known} == {"a.png", "a (1).png"}


def test_users_have_files_of_their_own_in_the_store_too(server: Make) -> None:
    one, two = server(), server()
    ann = one.of("ann")
    assert isinstance(ann, SharedStorage)
    upload(ann, "a.png", b"hers")
    assert two.of("ann").viewed("a.png", "input", "").read_bytes() == b"hers"
    assert not two.of("bob").viewed("a.png", "input", "").exists()
    assert two.viewed("a.png", "input", "ann").read_bytes() == b"hers"  # who sees everybody's
    assert two.of("ann").listed("input") == ["a.png"]
    assert two.of("bob").listed("input") == []
    assert two.listed("input") == []  # the top level only


def test_a_store_that_cannot_be_used_is_no_beginning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with tempfile.TemporaryDirectory() as name:
        copies = tempfile.TemporaryDirectory(dir=name)
        disk = Path(copies.name)
        storage = SharedStorage(Folders(disk), mirror(FileStore(str(tmp_path / "file")), disk), copies=copies)
        with pytest.raises(UserError, match="--files"):
            storage.open()
        storage.close()
