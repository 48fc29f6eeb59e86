"""A disk that takes no more, at every place where server and worker write: a sentence for who asked, nothing half
written, and a server that goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from graphcore.errors import UserError
from graphcore.folders import Folders
from server import backup
from server.atomic import PART
from server.jobs.store import JobStore
from server.storage import Storage
from server.workers.files import FileLost, seal
from tests.server.conformance.kit import PACK, Client, Process, connected, node, prompt
from tests.server.faults.disk import Limited, Small, children, limited, served_from
from tests.server.faults.places import places

# Every place that writes -> the test that has it fail.
COVERED = {
    "app.py:make_queue": "test_a_server_whose_state_cannot_be_written_says_so",
    "atomic.py:write_atomically": "test_what_a_user_keeps_is_the_old_or_the_new",
    "backup.py:back_up": "test_a_copy_of_the_store_is_whole_or_not_there",
    "backup.py:restore": "test_a_store_is_restored_or_as_it_was",
    "handlers/upload.py:_apply": "test_an_upload_is_there_or_leaves_nothing",
    "handlers/upload.py:_write": "test_an_upload_is_there_or_leaves_nothing",
    "handlers/userdata.py:move": "test_a_folder_that_cannot_be_made_is_told_of",
    "jobs/database.py:__init__": "test_a_server_whose_state_cannot_be_written_says_so",
    "jobs/database.py:sync": "test_a_disk_that_fails_is_tried_again_and_then_told",  # tests/server/jobs/test_syncer.py
    "jobs/writer.py:_commit": "test_a_job_that_cannot_be_stored_is_refused",
    "logs.py:configure": "test_a_server_whose_log_is_full_goes_on",
    "run.py:_announce": "test_a_server_whose_log_is_full_goes_on",
    "storage.py:_claim": "test_a_name_that_was_claimed_is_let_go",
    "storage.py:_fill": "test_a_name_that_was_claimed_is_let_go",
    "storage.py:begin_upload": "test_a_folder_that_cannot_be_made_is_told_of",
    "storage.py:settle": "test_a_name_that_was_claimed_is_let_go",
    "storage.py:upload_folder": "test_a_folder_that_cannot_be_made_is_told_of",
    "workers/catalogues.py:write": "test_a_catalogue_that_cannot_be_kept_is_answered_all_the_same",
    "workers/files.py:_seal": "test_a_file_that_the_disk_does_not_keep_is_no_output",
    "workers/files.py:_sync_folder": "test_a_file_that_the_disk_does_not_keep_is_no_output",
}
NO_WRITES = {
    "backup.py:_check": "opens what it reads by sqlite3.connect",
    "jobs/crashpoints.py:_first": "writes in tests only",
    "workers/child.py:_own_pipes": "opens the null device",
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c63f8cfc0f01f0005050201"
    "5fc8f1d20000000049454e44ae426082"
)  # fmt: skip
BIG = b"x" * 300_000


def test_every_place_that_writes_has_a_test() -> None:
    assert places() == set(COVERED) | set(NO_WRITES)
    here = Path(__file__)
    text = here.read_text() + (here.parents[1] / "jobs" / "test_syncer.py").read_text()
    assert [name for name in COVERED.values() if f"def {name}" not in text] == []


@pytest.fixture(scope="module", params=["limited", "small"])
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited | Small]:
    with served_from(request.param, tmp_path_factory.mktemp("disk")) as found:
        yield found


@asynccontextmanager
async def client_of(disk: Limited | Small) -> AsyncIterator[Client]:
    async with connected(disk.process.url) as client:
        await client.get("/object_info")  # the worker is there
        yield client


def sentence(answer: Any, *words: str) -> None:
    """The answer is an error in the field's form, whose message says what happened."""
    message = answer["error"]["message"]
    assert message[-1] == ".", message
    assert all(word in message for word in words), message
    assert "Traceback" not in str(answer)


def unfinished(disk: Limited | Small) -> list[Path]:
    return list(disk.root.rglob(f"{PART}*"))


# -- the store -------------------------------------------------------------------------------------------------------


async def test_a_job_that_cannot_be_stored_is_refused(disk: Limited | Small) -> None:
    async with client_of(disk) as client:
        last = await client.submit(prompt("Show", value=1))
        await client.ended(last)
        big = {"1": node("Show", value=2), "2": node("Show", value=[1] * 100)}
        with disk.full():
            sentence(await client.post("/prompt", {"prompt": big}, status=503), "store")
            await client.get("/queue")
            assert list(await client.get("/history")) == [last]  # what can be answered is
        assert (await client.get("/queue"))["queue_pending"] == []
        again = await client.submit(prompt("Show", value=3))
        assert (await client.ended(again))[again]["status"]["completed"]
        assert sound(disk)


async def test_an_end_that_cannot_be_stored_waits_for_room(disk: Limited | Small) -> None:
    async with client_of(disk) as client, client.socket("me") as heard:
        id = await client.submit(prompt("Sleep", seconds=0.5), client_id="me")
        await heard.until("executing", prompt_id=id)
        with disk.full():
            await asyncio.sleep(1.5)  # the job ends meanwhile
            assert await client.get(f"/history/{id}") == {}  # nothing is told that is not kept
        await heard.done(id)
        assert (await client.ended(id))[id]["status"]["completed"]
        assert sound(disk)


@pytest.mark.parametrize("change", ["delete", "clear", "hold"])
async def test_a_change_of_the_queue_that_cannot_be_stored_is_refused(disk: Limited | Small, change: str) -> None:
    async with client_of(disk) as client:
        first = await client.submit(prompt("Sleep", seconds=3.0))
        await client.begun(first)
        ids = [await client.submit(prompt("Show", value=number)) for number in range(40)]
        path, body = {
            "delete": ("/queue", {"delete": ids}),
            "clear": ("/queue", {"clear": True}),
            "hold": ("/api/v1/queue/pause", None),
        }[change]
        with disk.full():
            status = {"small": (200, 503), "limited": (503,)}[kind_of(disk)]  # a page may have room for a small change
            async with client.session.post(client.url + path, data=json.dumps(body)) as response:
                assert response.status in status
                if response.status == 503:
                    sentence(await response.json(), "store")
                    pending = (await client.get("/queue"))["queue_pending"]
                    assert sorted(item[1] for item in pending) == sorted(ids)
        await client.post("/api/v1/queue/resume")
        await client.clean()
        assert sound(disk)


def kind_of(disk: Limited | Small) -> str:
    return "limited" if isinstance(disk, Limited) else "small"


def sound(disk: Limited | Small) -> bool:
    """Whether the store, as it lies on the disk while nothing happens, is whole."""
    with tempfile.TemporaryDirectory() as folder:  # SQLite follows no path into another process's file systems
        for name in ("jobs.db", "jobs.db-wal"):
            if (source := disk.root / ".graphcore" / name).exists():
                shutil.copyfile(source, Path(folder) / name)
        with contextlib.closing(sqlite3.connect(Path(folder) / "jobs.db")) as store:
            return bool(store.execute("PRAGMA integrity_check").fetchone() == ("ok",))


# -- files of clients ------------------------------------------------------------------------------------------------


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


async def upload(client: Client, path: str, name: str, body: bytes, **fields: str) -> int:
    form = aiohttp.FormData()
    for field, text in fields.items():
        form.add_field(field, text)
    form.add_field("image", body, filename=name)
    async with client.session.post(client.url + path, data=form) as response:
        if response.status != 200:
            sentence(await response.json(), "file")
        return response.status


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


# -- jobs ------------------------------------------------------------------------------------------------------------


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


# -- what the server keeps for itself --------------------------------------------------------------------------------


async def test_a_catalogue_that_cannot_be_kept_is_answered_all_the_same(disk: Limited | Small) -> None:
    async with client_of(disk) as client:
        before = await client.get("/object_info")
        kept = disk.root / ".graphcore" / "catalogues"
        custom = disk.root / "custom_nodes"
        custom.mkdir(exist_ok=True)
        (custom / "note.py").touch()  # the fingerprint changes, so the catalogue is to be kept anew
        names = sorted(path.name for path in kept.iterdir())
        with disk.full():
            assert await client.get("/object_info") == before
        assert sorted(path.name for path in kept.iterdir()) == names


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits of processes")
@pytest.mark.parametrize("option", ["store", "token", "state"])
def test_a_server_whose_state_cannot_be_written_says_so(tmp_path: Path, option: str) -> None:
    if option == "state":
        (tmp_path / ".graphcore").write_text("a file where the folder should be")
    flags = ["--generate-token"] if option == "token" else []
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY));"
    code = "import sys;" if option == "state" else code
    code += "from graphcore.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--base-dir", str(tmp_path), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    assert str(tmp_path) in done.stderr
    assert not (tmp_path / ".graphcore" / "token").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_server_whose_log_is_full_goes_on(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GRAPHCORE_PACKS": PACK, "GRAPHCORE_INSTALLED_PACKS": "0", "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-m", "graphcore", "serve", "--port", str(port), "--base-dir", str(tmp_path)]
    with open("/dev/full", "w") as full:
        server = subprocess.Popen(command, stdout=full, stderr=full, env={**os.environ, **settings})
    try:
        assert asyncio.run(_fails_and_works(f"http://127.0.0.1:{port}", server))
    finally:
        server.terminate()
        server.wait(20)


async def _fails_and_works(url: str, server: subprocess.Popen[bytes]) -> bool:
    async with aiohttp.ClientSession() as session:
        client = Client(url, session)
        async with asyncio.timeout(60):
            while True:
                assert server.poll() is None
                with contextlib.suppress(aiohttp.ClientError):
                    await client.get("/queue")
                    break
                await asyncio.sleep(0.05)
        failed = await client.submit(prompt("Fail"))  # which is logged
        await client.ended(failed)
        id = await client.submit(prompt("Show", value=4))
        return bool((await client.ended(id))[id]["status"]["completed"])


# -- copies of the store ---------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> str:
    """The URL of a store with a hundred jobs."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    JobStore(url).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.db")) as connection, connection:
        connection.execute("CREATE TABLE filler (text)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 1000,)] * 500)
    return url


@pytest.fixture
def limit() -> Iterator[Any]:
    """Have this process write no more than so many bytes to a file."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextlib.contextmanager
    def limited(size: int) -> Iterator[None]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


def test_a_copy_of_the_store_is_whole_or_not_there(tmp_path: Path, store: str, limit: Any) -> None:
    target = tmp_path / "copies" / "monday.db"
    target.parent.mkdir()
    with limit(100_000), pytest.raises(UserError, match="Check the folder, and its room"):
        backup.back_up(store, target)
    assert list(target.parent.iterdir()) == []
    assert backup.back_up(store, target) == 0


def test_a_store_is_restored_or_as_it_was(tmp_path: Path, store: str, limit: Any) -> None:
    target = tmp_path / "monday.db"
    backup.back_up(store, target)
    before = (tmp_path / "jobs.db").read_bytes()
    with limit(100_000), pytest.raises(UserError, match="Check the folder, and its room"):
        backup.restore(store, target)
    assert (tmp_path / "jobs.db").read_bytes() == before
    assert backup.restore(store, target) == 0
    assert [path.name for path in tmp_path.glob(f"{PART}*")] == []


# -- what only a fault that is made up can reach ---------------------------------------------------------------------


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
