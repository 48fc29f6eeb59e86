"""A job with a real worker: what clients are told in which order, what is kept of it, how it fails."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

from PIL import Image

from server.jobs.records import Accepted
from server.jobs.states import State
from tests.server.jobs.helpers import Heard, ended, files_of, history, prompt, running_queue, submit


async def test_the_messages_of_a_run_come_in_the_fields_order(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        graph = {
            "1": {"class_type": "t/number", "inputs": {"value": 3}},
            "2": {"class_type": "t/total", "inputs": {"a": ["1", 0], "b": 4}},
        }
        answer = await queue.submit(graph, client_id="c", extra={"extra_pnginfo": {"workflow": {"x": 1}}})
        assert isinstance(answer, Accepted)
        events = await heard.last(answer.id)
        told = [event.type for event in heard.events if not event.type.startswith("job_")]
        assert told == [
            *("status", "status", "execution_start", "execution_cached"),
            *("progress_state", "executing", "progress_state"),
            *("progress_state", "executing", "executed", "progress_state"),
            *("execution_success", "status", "executing"),
        ]
        assert {event.client for event in events} == {"c"}
        numbers = [event.number for event in heard.events]
        assert numbers == sorted(set(numbers))
        statuses = [e.data["status"]["exec_info"]["queue_remaining"] for e in heard.events if e.type == "status"]
        assert statuses == [1, 1, 0]
        states = [event.data["nodes"] for event in events if event.type == "progress_state"]
        assert states[-1]["2"] == {
            "value": 1.0,
            "max": 1.0,
            "state": "finished",
            "node_id": "2",
            "prompt_id": answer.id,
            "display_node_id": "2",
            "parent_node_id": None,
            "real_node_id": "2",
        }
        entry = (await history(queue))[answer.id]
        assert entry["outputs"] == {"2": {"text": ["7"]}}
        assert entry["meta"]["2"] == {"node_id": "2", "display_node": "2", "parent_node": None, "real_node_id": "2"}
        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
        assert [type for type, _ in entry["status"]["messages"]] == [
            "execution_start",
            "execution_cached",
            "execution_success",
        ]
        assert entry["prompt"][:2] == [0, answer.id]
        assert entry["prompt"][3]["client_id"] == "c"


async def test_a_partly_valid_prompt_runs_what_is_sound(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        graph = {**prompt("show", text="x"), "2": {"class_type": "t/total", "inputs": {"a": "no number", "b": 1}}}
        answer = await queue.submit(graph)
        assert isinstance(answer, Accepted)
        assert list(answer.node_errors) == ["2"]
        (job,) = await ended(queue, answer.id)
        assert (job.state, json.loads(job.targets), list(json.loads(job.outputs))) == (State.SUCCEEDED, ["1"], ["1"])


async def test_files_are_recorded_with_size_and_hash(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "save", name="a.txt", text="hello"))
        digest = hashlib.sha256(b"hello").hexdigest()
        assert files_of(job) == [
            {
                "node": "1",
                "kind": "files",
                "filename": "a.txt",
                "subfolder": "",
                "type": "output",
                "size": 5,
                "sha256": digest,
            }
        ]


async def test_a_job_whose_file_is_missing_did_not_succeed(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "lie"))
        assert job.state is State.FAILED
        assert job.error is not None
        assert "nowhere.png is not there" in job.error


async def test_a_cached_result_whose_file_was_removed_is_made_again(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await ended(queue, await submit(queue, "save_cached", name="a.txt"))
        (tmp_path / "output" / "a.txt").unlink()
        heard = Heard(queue)
        id = await submit(queue, "save_cached", name="a.txt")
        (job,) = await ended(queue, id)
        assert (job.state, (tmp_path / "output" / "a.txt").read_text()) == (State.SUCCEEDED, "a.txt")
        assert heard.types(id).count("execution_start") == 1


async def test_a_node_error_is_reported_and_not_retried(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        id = await submit(queue, "fail", message="so broken")
        (job,) = await ended(queue, id)
        assert (job.state, job.attempt) == (State.FAILED, 1)
        entry = (await history(queue))[id]
        type, data = entry["status"]["messages"][-1]
        assert (entry["status"]["status_str"], type) == ("error", "execution_error")
        assert (data["exception_type"], data["node_id"], data["node_type"]) == ("ValueError", "1", "t/fail")
        assert "so broken" in data["exception_message"]
        assert data["current_inputs"] == {"message": ["so broken"]}
        assert heard.types(id)[-3:] == ["execution_error", "job_ended", "executing"]


async def test_out_of_memory_costs_the_job_and_a_new_worker(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.workers[0].ready()
        before = queue.workers[0].pid  # type: ignore[attr-defined]
        (job,) = await ended(queue, await submit(queue, "exhaust"))
        assert job.state is State.FAILED
        (job,) = await ended(queue, await submit(queue, "show"))
        assert job.state is State.SUCCEEDED
        assert queue.workers[0].pid != before  # type: ignore[attr-defined]


async def test_what_json_cannot_hold_is_put_into_words(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "odd"))
        assert json.loads(job.outputs) == {"1": {"values": [None, "p", {"1": [2, 3]}]}}


async def test_previews_are_small_jpegs(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        id = await submit(queue, "picture", size=800)
        events = await heard.last(id)
        (preview,) = [event for event in events if event.type == "preview"]
        assert preview.image is not None
        picture = Image.open(io.BytesIO(preview.image))
        assert (picture.format, picture.size) == ("JPEG", (512, 256))
        assert preview.data["image_type"] == "image/jpeg"
        assert preview.data["display_node_id"] == "1"
        assert preview not in list(queue.events.since(0))  # pictures are not kept


async def test_code_that_prints_or_reads_does_not_reach_the_pipe(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "noise"))
        assert job.state is State.SUCCEEDED
