"""Jobs as newer servers of the field show them. Times are milliseconds since the epoch; what is unknown is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.jobs.reading import messages, status_of
from server.jobs.records import JobRecord
from server.jobs.states import ENDED, PENDING, State
from server.media import media_of

STATUS = {
    State.QUEUED: "pending",
    State.PAUSED: "pending",
    State.RUNNING: "in_progress",
    State.CANCELLING: "in_progress",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.QUARANTINED: "failed",
    State.CANCELLED: "cancelled",
}
STATUSES = tuple(dict.fromkeys(STATUS.values()))
LONGEST_TEXT = 1024  # characters of a preview
FLAGS = "animated"  # says something of each picture, and is none
MODELS = "result"  # where previews of 3D models have a path among what belongs to it
# How soon a thing is chosen to stand for a job; lower is sooner.
VISUAL, SOUND, TEMPORARY, TEXT_FILE, TEXT = range(5)
RANKS = {"image": VISUAL, "video": VISUAL, "3d": VISUAL, "audio": SOUND, "text": TEXT_FILE}


@dataclass(frozen=True, slots=True)
class Shown:
    """A thing that a job shows. `rank`: how soon it stands for the job; None for a file that has no preview."""

    rank: int | None
    preview: dict[str, str]


def summary(job: JobRecord) -> dict[str, Any]:
    """A job in a list."""
    shown = list(_shown(json.loads(job.outputs)))
    previews = [(item.rank, item.preview) for item in shown if item.rank is not None]
    began = job.started_at is not None and job.state not in PENDING
    facts = {
        "id": job.id,
        "status": STATUS[job.state],
        "priority": json.loads(job.place),
        "create_time": _milliseconds(job.created_at),
        "execution_start_time": _milliseconds(job.started_at) if began else None,
        "execution_end_time": _milliseconds(job.ended_at) if began else None,
        "execution_error": _error(job),
        "outputs_count": len(shown),
        "previewable_outputs_count": len(previews),
        "preview_output": min(previews, key=lambda item: item[0])[1] if previews else None,
        "workflow_id": job.workflow_id,
    }
    return {name: value for name, value in facts.items() if value is not None}


def detail(job: JobRecord) -> dict[str, Any]:
    """A job by itself."""
    ended = {"execution_status": status_of(job)} if job.state in ENDED else {}
    return {
        **summary(job),
        "outputs": json.loads(job.outputs),
        **ended,
        "workflow": {"prompt": json.loads(job.prompt), "extra_data": json.loads(job.extra)},
    }


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _error(job: JobRecord) -> object:
    """What history's message of the failure says; where none was kept, what the store says."""
    if STATUS[job.state] != "failed":
        return None
    told = (data for type, data in reversed(messages(job)) if type == "execution_error")
    return next(told, None if job.error is None else {"exception_message": job.error})


def _shown(outputs: Mapping[str, Any]) -> Iterator[Shown]:
    for node, lists in outputs.items():
        for kind, items in lists.items() if isinstance(lists, Mapping) else ():
            for item in items if isinstance(items, list) and kind != FLAGS else ():
                if isinstance(item, str) and kind == MODELS:
                    folder, _, name = item.rpartition("/")
                    yield _file(node, kind, {"filename": name, "subfolder": folder})
                elif isinstance(item, str):
                    yield Shown(TEXT, {"content": item[:LONGEST_TEXT], "nodeId": node, "mediaType": "text"})
                elif isinstance(item, Mapping) and isinstance(item.get("filename"), str):
                    yield _file(node, kind, item)


def _file(node: str, kind: str, item: Mapping[str, Any]) -> Shown:
    name, area = item["filename"], str(item.get("type") or "output")
    rank = RANKS.get(media_of(name))
    if rank in (VISUAL, SOUND) and area == "temp":
        rank = TEMPORARY
    place = {"filename": name, "subfolder": str(item.get("subfolder") or ""), "type": area}
    return Shown(rank, {**place, "nodeId": node, "mediaType": kind})
