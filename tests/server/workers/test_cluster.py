"""Workers on Ray, beside what holds for every worker (`test_protocol`): lost actors, and the same pictures."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graphcore.errors import UserError
from server.jobs.queue import JobQueue
from server.jobs.records import Accepted
from server.jobs.states import State
from server.jobs.store import JobStore
from server.workers.cluster import Cluster
from server.workers.local import LocalWorker
from server.workers.process import Spawn, WorkerProcess
from server.workers.settings import WorkerSettings
from tests.server.jobs.helpers import Heard, ended, files_of, running_queue, submit, until
from tests.tiny_models import write_tiny_models


def actor_of(only: object) -> int:
    """The process id of the actor that started a worker's process."""
    assert isinstance(only, LocalWorker)
    fields = Path(f"/proc/{only.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[1])


async def test_a_job_whose_actor_is_killed_is_run_again(tmp_path: Path, cluster: Cluster) -> None:
    async with running_queue(tmp_path, spawn=cluster.spawn) as queue:
        heard = Heard(queue)
        id = await submit(queue, "save", name="a.txt", seconds=1.0)
        await until(lambda: "executing" in heard.types(id))
        (only,) = queue.workers
        child = only.pid  # type: ignore[attr-defined]
        killed = time.monotonic()
        os.kill(actor_of(only), signal.SIGKILL)
        (job,) = await ended(queue, id, seconds=60)
        assert time.monotonic() - killed < 30
        assert (job.state, job.attempt, job.crashes) == (State.SUCCEEDED, 2, 1)
        assert heard.types(id).count("execution_success") == 1
        assert heard.types(id).count("job_requeued") == 1
        await until(lambda: not alive(child))  # the process of a lost actor does not go on


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def picture_workflow() -> dict[str, Any]:
    def node(kind: str, **inputs: Any) -> dict[str, Any]:
        return {"class_type": kind, "inputs": inputs}

    sampled = {"steps": 3, "cfg": 5.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0, "seed": 5}
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors"),
        "2": node("CLIPTextEncode", clip=["1", 1], text="a red circle"),
        "3": node("CLIPTextEncode", clip=["1", 1], text=""),
        "4": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "5": node("KSampler", model=["1", 0], positive=["2", 0], negative=["3", 0], latent_image=["4", 0], **sampled),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="picture"),
    }


async def picture(base: Path, spawn: Spawn) -> Mapping[str, Any]:
    """The one file that the workflow makes."""
    write_tiny_models(base / "models" / "checkpoints", ["sd15_tiny.safetensors"])
    worker = LocalWorker(WorkerSettings(base=str(base), models=[str(base / "models")]), spawn=spawn)
    queue = JobQueue(JobStore(f"sqlite:///{base}/jobs.db"), [worker])
    await queue.start()
    try:
        answer = await queue.submit(picture_workflow())
        assert isinstance(answer, Accepted), answer
        (job,) = await ended(queue, answer.id, seconds=120)
        assert job.state is State.SUCCEEDED, job.error
        (file,) = files_of(job)
        return file
    finally:
        await queue.stop(grace=0)


async def test_the_same_picture_bit_for_bit(tmp_path: Path, cluster: Cluster) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    here, there = await picture(local, WorkerProcess.spawn), await picture(remote, cluster.spawn)
    name = here["filename"]
    assert there["filename"] == name
    assert (local / "output" / name).read_bytes() == (remote / "output" / name).read_bytes()


@pytest.mark.parametrize("threads", ["", "3"])
async def test_workers_compute_with_as_many_threads_as_on_the_servers_machine(
    tmp_path: Path, cluster: Cluster, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", threads)  # Ray would have them take one; sums are rounded otherwise then
    async with running_queue(tmp_path, spawn=cluster.spawn) as queue:
        (job,) = await ended(queue, await submit(queue, "variable", name="OMP_NUM_THREADS"))
        assert json.loads(job.outputs) == {"1": {"text": [threads]}}


def test_what_is_no_place_for_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="use ray, or ray://"):
        Cluster("http://somewhere", 1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"pip install '\.\[cluster\]'"):
        Cluster("ray", 1)
