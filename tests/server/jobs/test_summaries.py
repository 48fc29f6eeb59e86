"""Jobs as newer servers of the field show them: states, times, errors, and what stands for a job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.jobs.records import JobRecord
from server.jobs.states import State
from server.jobs.summaries import STATUS, detail, summary

IMAGE = {"filename": "a.png", "subfolder": "s", "type": "output"}
TEMP = {"filename": "t.png", "subfolder": "", "type": "temp"}
SOUND = {"filename": "a.flac", "subfolder": "", "type": "output"}
TEXT_FILE = {"filename": "a.txt", "subfolder": "", "type": "output"}


def job(state: State = State.SUCCEEDED, **more: Any) -> JobRecord:
    texts = {name: json.dumps(value) for name, value in more.items() if isinstance(value, dict | list)}
    values: dict[str, Any] = {
        "id": "a",
        "number": 3.0,
        "explicit": False,
        "owner": "",
        "client_id": None,
        "prompt": '{"1": {}}',
        "extra": '{"client_id": "c"}',
        "targets": "[]",
        "node_errors": "{}",
        "attempt": 1,
        "crashes": 0,
        "worker": None,
        "lease_until": None,
        "created_at": 1.5,
        "started_at": 2.5,
        "ended_at": 4.0,
        "events": "[]",
        "outputs": "{}",
        "meta": "{}",
        "files": "[]",
        "error": None,
        "workflow_id": None,
    }
    return JobRecord(**{**values, **more, **texts, "state": state})


def test_every_state_has_a_status() -> None:
    assert set(STATUS) == set(State)
    assert [STATUS[state] for state in (State.PAUSED, State.CANCELLING, State.QUARANTINED)] == [
        "pending",
        "in_progress",
        "failed",
    ]


def test_times_are_milliseconds_and_what_is_unknown_is_left_out() -> None:
    assert summary(job(workflow_id="w")) == {
        "id": "a",
        "status": "completed",
        "priority": 3,
        "create_time": 1500,
        "execution_start_time": 2500,
        "execution_end_time": 4000,
        "outputs_count": 0,
        "previewable_outputs_count": 0,
        "workflow_id": "w",
    }
    assert "execution_end_time" not in summary(job(State.RUNNING, ended_at=None))
    never_begun = summary(job(State.CANCELLED, started_at=None))
    again = summary(job(State.QUEUED, ended_at=None))  # its worker was lost
    for found in (never_begun, again):
        assert not {"execution_start_time", "execution_end_time"} & set(found)


def test_the_error_is_the_last_attempts() -> None:
    events = [
        ["execution_start", {}, 1],
        ["execution_error", {"exception_message": "old"}, 2],
        ["job_requeued", {}, 3],
        ["execution_start", {}, 4],
        ["execution_error", {"exception_message": "new"}, 5],
    ]
    assert summary(job(State.FAILED, events=events))["execution_error"] == {"exception_message": "new"}
    assert "execution_error" not in summary(job(State.SUCCEEDED, events=events))
    assert summary(job(State.QUARANTINED, error="The worker is gone."))["execution_error"] == {
        "exception_message": "The worker is gone."
    }


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"1": {"text": ["x"]}, "2": {"images": [TEMP]}, "3": {"images": [IMAGE]}}, IMAGE | {"nodeId": "3"}),
        ({"1": {"images": [IMAGE | {"filename": "b.png"}, IMAGE]}}, {"filename": "b.png", "mediaType": "images"}),
        ({"1": {"audio": [SOUND]}, "2": {"gifs": [IMAGE | {"filename": "a.mp4"}]}}, {"filename": "a.mp4"}),
        ({"1": {"images": [TEMP]}, "2": {"audio": [SOUND]}}, SOUND | {"mediaType": "audio"}),
        ({"1": {"text": ["x"]}, "2": {"files": [TEXT_FILE]}, "3": {"images": [TEMP]}}, TEMP),
        ({"1": {"text": ["x"]}, "2": {"files": [TEXT_FILE]}}, TEXT_FILE | {"nodeId": "2"}),
        ({"1": {"latents": [IMAGE | {"filename": "a.latent"}]}, "2": {"text": ["x" * 2000]}}, {"content": "x" * 1024}),
        ({"1": {"result": ["3d/a.glb", {"camera": 1}]}}, {"filename": "a.glb", "subfolder": "3d", "type": "output"}),
        ({"1": {"images": [{"filename": "a.png"}]}}, {"subfolder": "", "type": "output"}),
    ],
)
def test_what_stands_for_a_job(outputs: dict[str, Any], expected: dict[str, Any]) -> None:
    assert expected.items() <= summary(job(outputs=outputs))["preview_output"].items()


def test_outputs_are_files_and_texts() -> None:
    shown = {"images": [IMAGE, TEMP], "animated": [False], "text": ["x"], "latents": [{"filename": "a.latent"}]}
    odd = {"numbers": [1, None, {"filename": 5}], "word": "text", "flag": True}
    found = summary(job(outputs={"1": shown, "2": odd, "3": None}))
    assert (found["outputs_count"], found["previewable_outputs_count"]) == (4, 3)
    alone = summary(job(outputs={"1": {"latents": [{"filename": "a.latent"}]}}))
    assert (alone["outputs_count"], "preview_output" in alone) == (1, False)


def test_a_job_by_itself() -> None:
    events = [["execution_start", {"prompt_id": "a"}, 1], ["execution_success", {"prompt_id": "a"}, 2]]
    found = detail(job(outputs={"1": {"text": ["x"]}}, events=events))
    assert found["outputs"] == {"1": {"text": ["x"]}}
    assert found["workflow"] == {"prompt": {"1": {}}, "extra_data": {"client_id": "c"}}
    assert found["execution_status"] == {
        "status_str": "success",
        "completed": True,
        "messages": [["execution_start", {"prompt_id": "a"}], ["execution_success", {"prompt_id": "a"}]],
    }
    assert "execution_status" not in detail(job(State.RUNNING, ended_at=None))
