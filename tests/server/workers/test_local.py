"""The local worker: replaced when it dies, hangs or grows; asked while it works; never confused by late words."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from server.jobs.records import Refused
from server.jobs.states import State
from server.workers.catalogues import CatalogueFile
from server.workers.local import LocalWorker
from server.workers.protocol import WorkerUnavailable
from server.workers.settings import Limits, WorkerSettings
from tests.server.jobs.helpers import ended, prompt, running_queue, submit, worker


async def test_the_catalogue_is_there_before_the_worker(tmp_path: Path) -> None:
    kept = CatalogueFile(tmp_path / "kept")
    first = worker(tmp_path, catalogues=kept)
    await first.start()
    found = await first.catalogue()
    assert json.loads(found.body)["t/show"]["display_name"] == "Show"
    await first.stop(0)
    second = worker(tmp_path, catalogues=kept)
    assert await second.catalogue() == found  # never started


async def test_a_worker_that_cannot_start_says_so(tmp_path: Path) -> None:
    settings = WorkerSettings(base=str(tmp_path), installed=False, environment={"PYTHONHOME": "/nowhere"})
    broken = LocalWorker(settings, Limits(answer=0.5))
    await broken.start()
    with pytest.raises(WorkerUnavailable, match="did not answer"):
        await broken.validate(prompt("show"))
    await broken.stop(0)


async def test_a_workflow_that_needs_a_node_nobody_has_is_refused(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        wire = {"name": "a", "type": "INT", "link": 1}
        editor = {
            "nodes": [
                {"id": 7, "type": "t/total", "inputs": [wire], "outputs": [], "widgets_values": [0, 0], "mode": 0},
                {"id": 8, "type": "Unheard", "outputs": [{"name": "x", "type": "INT", "links": [1]}], "mode": 0},
            ],
            "links": [[1, 8, 0, 7, 0, "INT"]],
            "version": 0.4,
        }
        refused = await queue.submit(editor)
        assert isinstance(refused, Refused)
        assert refused.error["type"] == "missing_node_type"
        assert queue.remaining() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
async def test_a_job_that_finds_no_room_for_its_file_says_so_and_harms_no_other(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (failed,) = await ended(queue, await submit(queue, "save_without_room", name="a.txt"))
        assert (failed.state, json.loads(failed.files)) == (State.FAILED, [])
        assert failed.error is not None
        assert "File too large" in failed.error
        (fine,) = await ended(queue, await submit(queue, "save", name="b.txt"))
        assert (fine.state, fine.attempt) == (State.SUCCEEDED, 1)
