"""One worker's engine, without its process."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from server.workers.protocol import Failed, Interrupted, Said, Succeeded
from server.workers.session import Session, Task, device_of, task_of
from server.workers.settings import WorkerSettings
from tests.server.jobs.helpers import PACK, prompt


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(WorkerSettings(base=str(tmp_path), packs=[PACK], installed=False))
    yield session
    session.close()


def run(session: Session, kind: str, **inputs: object) -> tuple[object, list[Said]]:
    said: list[Said] = []
    return session.run(Task("job", 1, prompt(kind, **inputs), ["1"]), said.append), said


def test_how_runs_end(session: Session) -> None:
    good, said = run(session, "show", text="x")
    assert isinstance(good, Succeeded)
    assert good.outputs == {"1": {"text": ["x"]}}
    assert said[-1].type == "progress_state"
    bad, _ = run(session, "fail")
    assert isinstance(bad, Failed)
    assert not bad.out_of_memory
    full, _ = run(session, "exhaust")
    assert isinstance(full, Failed)
    assert full.out_of_memory


def test_a_job_that_is_stopped_before_it_begins(session: Session) -> None:
    task = Task("job", 1, prompt("show"), ["1"])
    task.token.cancel()
    assert isinstance(session.run(task, lambda said: None), Interrupted)


def test_a_workflow_that_cannot_run_any_more_says_why(session: Session) -> None:
    ending = session.run(Task("job", 1, {"1": {"class_type": "t/gone", "inputs": {}}}, ["1"]), lambda said: None)
    assert isinstance(ending, Failed)
    assert "t/gone" in str(ending.error["exception_message"])


def test_code_that_leaves_the_process_fails_its_job_only(session: Session) -> None:
    ending, _ = run(session, "leave")
    assert isinstance(ending, Failed)
    assert "it called sys.exit()" in ending.error["exception_message"]


def test_a_frame_becomes_a_task() -> None:
    blob = json.dumps([{"1": {}}, {"extra_pnginfo": {"workflow": 1}, "other": 2}, ["1"]]).encode()
    task = task_of({"job": "j", "attempt": 3, "secrets": {"k": "v"}}, blob)
    assert (task.id, task.attempt, task.targets, task.secrets) == ("j", 3, ["1"], {"k": "v"})
    assert task.pictures == {"workflow": 1}
    assert task_of({"job": "j", "attempt": 1}, b'[{},{"extra_pnginfo":"odd"},[]]').pictures == {}


def test_workflows_that_are_none_are_refused(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        for workflow in ({"nodes": [1]}, {"nodes": [{"id": 1}], "links": 5}):
            assert session.validate(workflow, None, None)["error"] is not None
    refused = session.validate(prompt("show"), None, {"nowhere.text": 1})
    assert refused["error"]["type"] == "invalid_prompt"


def test_devices_have_a_kind_and_an_index() -> None:
    assert (device_of("cuda:1")["type"], device_of("cuda:1")["index"]) == ("cuda", 1)
    assert (device_of("cpu")["type"], device_of("cpu")["index"]) == ("cpu", None)


def test_what_models_a_workflow_needs(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "a.safetensors").write_bytes(b"x" * 1234)
    session = Session(WorkerSettings(base=str(tmp_path), models=[str(tmp_path / "models")]))
    names = ("a.safetensors", "missing.safetensors")
    nodes = {
        str(number): {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": name}}
        for number, name in enumerate(names)
    }
    for number in range(len(names)):
        nodes[f"shown {number}"] = {"class_type": "PreviewAny", "inputs": {"source": [str(number), 0]}}
    assert session.validate(nodes, None, None)["needs"] == {"checkpoints/a.safetensors": 1234}
    del nodes["shown 0"], nodes["shown 1"]
    assert session.validate(nodes, None, None)["needs"] == {}  # nothing of it can run
    session.close()


class Source:
    """Packs of which one keeps their server from starting, once."""

    def __init__(self) -> None:
        self.failures = 1

    def routes(self) -> list[object]:
        return []

    middlewares = routes

    def prepare(self, app: web.Application) -> None:
        app.on_startup.append(self.begin)

    def on_prompt(self, body: dict[str, object]) -> dict[str, object]:
        return body

    async def begin(self, app: web.Application) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not yet")


def test_handlers_of_packs_are_hosted_when_that_works_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.excepthook", lambda failure: None)
    session.registry.sources.append(Source())
    with pytest.raises(OSError, match="no port could be bound"):
        session.host()
    assert session.host()["port"]
    assert session.host() == session.host()
