"""`/api/v1/outputs`: what jobs have made, for those who look at pictures rather than at jobs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from aiohttp import web

from server.answers import json_answer
from server.bodies import BadBody
from server.documents import FileDocument, OutputDocument, OutputList
from server.handlers.asking import owner_of, seen_by, whole
from server.jobs.records import JobRecord
from server.keys import QUEUE
from server.media import media_of, view_url
from server.openapi import Parameter, number, operation, text

MOST = 1_000  # jobs of a window
LISTED = 100


@operation(
    answer=OutputList,
    refusals=(400,),
    parameters=(
        number("limit", "The files of how many jobs, 1,000 at most.", minimum=1, default=LISTED),
        Parameter("before", {"type": "number"}, "Only of jobs that ended before this time; `next` of the last window."),
        text("media", "Only image, video, audio, 3d, text or file."),
    ),
)
async def show(request: web.Request) -> web.Response:
    """The files that finished jobs have saved, the newest job first. Previews in temp/ are left out."""
    limit = min(max(whole(request, "limit") or LISTED, 1), MOST)
    owner = owner_of(request)
    jobs = await request.app[QUEUE].finished_with_files(limit, _before(request), owner)
    wanted = request.query.get("media")
    found = [file for job in jobs for file in _files(job, owner) if wanted in (None, "", file["media"])]
    last = jobs[-1].ended_at if len(jobs) >= limit else None
    answer: OutputList = {"outputs": found, "next": last}
    return json_answer(answer)


def _before(request: web.Request) -> float | None:
    text = request.query.get("before")
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadBody("'before' should be a time in seconds since the epoch.")
    return found


def _files(job: JobRecord, viewer: str | None) -> Iterator[OutputDocument]:
    for file in json.loads(job.files):
        if file["type"] != "temp":
            url = view_url(file["filename"], seen_by(viewer, job.owner, file["subfolder"]), file["type"])
            media = media_of(file["filename"])
            known: FileDocument = file
            yield {**known, "job": job.id, "created_at": job.ended_at or job.created_at, "media": media, "url": url}
