"""Workers that share a store and no disk: what one makes another can use, and nothing is called done that is not."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graphcore.folders import Folders
from graphcore.scratch import sweep
from server.jobs.crashpoints import AT, MARK, CrashPoint
from server.jobs.states import State
from server.sharing.numbers import RANGE
from server.sharing.store import FileStore
from server.workers.process import Spawn
from server.workers.protocol import Failed, Said, Succeeded
from server.workers.session import Session, Task
from server.workers.settings import WorkerSettings
from server.workers.sharing import mirror_of
from tests.server.jobs.helpers import PACK, Heard, ended, files_of, prompt, running_queue, submit, until
from tests.server.sharing.helpers import damage, mirror, written
from tests.server.stores import ACCESS, S3

Open = Callable[[str], Session]


@pytest.fixture
def disk(store_url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens sessions, each with a disk of its own."""
    opened: list[Session] = []

    def open(name: str) -> Session:
        settings = WorkerSettings(base=str(tmp_path), packs=[PACK], installed=False, several=True, files=store_url)
        opened.append(Session(settings.with_areas_below(tmp_path / name)))
        return opened[-1]

    yield open
    for session in opened:
        session.close()


def upload(store: FileStore, disk: Path, name: str, body: bytes) -> None:
    """As a server does it."""
    here = mirror(store, disk)
    path = here.path_of(name)
    assert path is not None
    here.publish(written(path, body)[0])


def content(store: FileStore, name: str, target: Path) -> bytes:
    found = store.find(name)
    assert found is not None
    store.fetch(found, target)
    return target.read_bytes()


async def test_a_fleet_without_a_common_disk(tmp_path: Path, spawn: Spawn, store_url: str, store: FileStore) -> None:
    upload(store, tmp_path / "server", "input/in.txt", b"uploaded")
    async with running_queue(tmp_path, workers=2, files=store_url, spawn=spawn) as queue:
        for worker in queue.workers:
            await worker.ready()
        reading = [await submit(queue, "read", name="in.txt") for _ in range(2)]
        saving = [await submit(queue, "save_numbered", text=f"text {index}", seconds=0.2) for index in range(6)]
        jobs = await ended(queue, *reading, *saving, seconds=60)
        assert [job.error for job in jobs] == [None] * 8
        assert [json.loads(job.outputs)["1"]["text"] for job in jobs[:2]] == [["uploaded"]] * 2
        files = [file for job in jobs[2:] for file in files_of(job)]
        names = [file["filename"] for file in files]
        assert len(set(names)) == 6
        assert {int(name.split("_")[1]) // RANGE for name in names} == {0, 1}  # each worker counts in its own range
        for index, file in enumerate(files):
            found = store.find(f"output/{file['filename']}")
            assert found is not None
            assert (found.digest, found.size) == (file["sha256"], file["size"])
            assert content(store, f"output/{file['filename']}", tmp_path / "copy") == f"text {index}".encode()
        again = [await submit(queue, "read", name=f"{name} [output]") for name in names]
        shown = [json.loads(job.outputs)["1"]["text"] for job in await ended(queue, *again)]
        assert shown == [[f"text {index}"] for index in range(6)]
    assert not any((tmp_path / area).exists() for area in ("input", "output", "temp"))


async def test_files_can_be_fetched_when_clients_first_hear_of_them(
    tmp_path: Path, store_url: str, store: FileStore
) -> None:
    async with running_queue(tmp_path, files=store_url) as queue:
        heard = Heard(queue)
        there: list[bool] = []

        def listen(event: object) -> None:
            if getattr(event, "type", "") == "executed":
                there.append(store.find("output/a.txt") is not None)

        queue.subscribe(listen)
        id = await submit(queue, "save", name="a.txt")
        await heard.last(id)
        assert there == [True]


async def test_a_worker_that_dies_between_put_and_done(
    tmp_path: Path, store_url: str, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AT, CrashPoint.WORKER_SYNCED.value)
    monkeypatch.setenv(MARK, str(tmp_path / "crashed"))
    async with running_queue(tmp_path, files=store_url) as queue:
        id = await submit(queue, "save_numbered", text="kept")
        (job,) = await ended(queue, id)
        assert (job.state, job.attempt, job.crashes) == (State.SUCCEEDED, 2, 1)
        (file,) = files_of(job)
        assert file["filename"] == f"numbered_{RANGE + 1}_.txt".replace("_1001_", "_01001_")
        assert set(store.names("output")) == {"output/numbered_00001_.txt", f"output/{file['filename']}"}
        assert content(store, f"output/{file['filename']}", tmp_path / "copy") == b"kept"


async def test_a_store_that_is_away_fails_the_job_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = S3()
    server.start()
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    async with running_queue(tmp_path, files=f"s3://{server.bucket()}/x") as queue:
        heard = Heard(queue)
        id = await submit(queue, "save", name="a.txt", seconds=1.0)
        await until(lambda: "executing" in heard.types(id))
        server.stop()
        (job,) = await ended(queue, id, seconds=120)
        assert job.state is State.FAILED
        assert job.error is not None
        assert "The file store s3://" in job.error
        assert "cannot be used" in job.error
        assert files_of(job) == []
        refused = await queue.submit(prompt("show", text="x"))
        assert getattr(refused, "status", 0) == 503  # it cannot be checked whether its files are there


def run(session: Session, kind: str, owner: str = "", **inputs: object) -> object:
    said: list[Said] = []
    return session.run(Task("job", 1, prompt(kind, **inputs), ["1"], owner=owner), said.append)


def test_a_damaged_file_fails_the_job_and_is_named(
    disk: Open, store: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    upload(store, tmp_path / "server", "input/in.txt", b"uploaded")
    found = store.find("input/in.txt")
    assert found is not None
    damage(store, found)
    failed = run(disk("one"), "read", name="in.txt")
    assert isinstance(failed, Failed)
    assert "'in.txt' is damaged" in failed.error["exception_message"]


def test_users_files_are_theirs_on_every_disk(disk: Open, store: FileStore) -> None:
    one, two = disk("one"), disk("two")
    assert isinstance(run(one, "save", owner="ann", name="a.txt", text="hers"), Succeeded)
    assert set(store.names("output")) == {"output/ann/a.txt"}
    found = run(two, "read", owner="ann", name="a.txt [output]")
    assert isinstance(found, Succeeded)
    assert found.outputs["1"]["text"] == ["hers"]
    assert isinstance(run(two, "read", owner="bob", name="a.txt [output]"), Failed)


def test_a_known_result_whose_copy_was_let_go_is_not_made_again(disk: Open, tmp_path: Path) -> None:
    session = disk("one")
    first = run(session, "save_cached", name="a.txt")
    (tmp_path / "one" / "output" / "a.txt").unlink()
    second = run(session, "save_cached", name="a.txt")
    assert isinstance(first, Succeeded)
    assert isinstance(second, Succeeded)
    assert second.files == first.files


def test_copies_stay_for_the_job_that_runs_and_go_before_the_next(disk: Open, store: FileStore, tmp_path: Path) -> None:
    upload(store, tmp_path / "server", "input/in.txt", b"uploaded")
    session, copy = disk("one"), tmp_path / "one" / "input" / "in.txt"
    assert session._mirror is not None
    session._mirror._budget = 0

    def ask(said: Said) -> None:
        session.catalogue()
        session.validate(prompt("show", text="x"), None, None)

    found = session.run(Task("job", 1, prompt("read", name="in.txt"), ["1"]), ask)
    assert isinstance(found, Succeeded)
    assert found.outputs["1"]["text"] == ["uploaded"]
    assert copy.read_bytes() == b"uploaded"
    run(session, "show", text="x")
    assert copy.read_bytes() == b""  # it is listed still


def test_what_a_node_says_it_wrote_must_be_somewhere(disk: Open, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        failed = run(disk("one"), "lie")
    assert isinstance(failed, Failed)
    assert "is not there" in failed.error["exception_message"]


def test_what_took_long_is_computed_once_for_all(disk: Open, tmp_path: Path) -> None:
    marker = tmp_path / "computed"
    workflow = {
        "1": {"class_type": "t/costly", "inputs": {"marker": str(marker), "seconds": 0.6}},
        "2": {
            "class_type": "t/save_found",
            "inputs": {"text": ["1", 0], "value": 1, "seconds": 0, "filename_prefix": "p"},
        },
    }
    for name in ("one", "two"):
        ending = disk(name).run(Task("job", 1, workflow, ["2"]), lambda said: None)
        assert isinstance(ending, Succeeded)
        assert (tmp_path / name / "output" / "p.txt").read_text() == "found 1"  # what shows files runs everywhere
    assert marker.read_bytes() == b"x"


def test_files_are_known_by_what_they_hold(store: FileStore, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        folders = Folders(tmp_path / name)
        mirror_of(store, folders)
        found.append(folders.identify(written(tmp_path / name / "models" / "a.safetensors", b"weights")[0]))
    other = written(tmp_path / "two" / "models" / "b.safetensors", b"others!")[0]
    assert found[0] == found[1] != folders.identify(other)


STARTER = """
import asyncio, sys
from server.workers.process import WorkerProcess
from tests.server.jobs.helpers import worker
from pathlib import Path

async def main():
    process = await WorkerProcess.spawn(worker(Path(sys.argv[1]), files=sys.argv[1] + "/store").settings)
    while (await process.hear())[0]["t"] != "ready":
        pass
    print(process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_copies_go_when_nobody_is_there_to_remove_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    upload(FileStore(str(tmp_path / "store")), tmp_path / "server", "input/in.txt", b"uploaded")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    command = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert int(starter.stdout.readline())
        (copies,) = (tmp_path / "tmp").glob("graphcore-files-*")
        (copies / "output").mkdir()
        (copies / "output" / "a.png").write_bytes(b"left")
        starter.kill()
    end = time.monotonic() + 30
    while (copies / "output").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    sweep(tmp_path / "tmp")
    assert list((tmp_path / "tmp").iterdir()) == []
