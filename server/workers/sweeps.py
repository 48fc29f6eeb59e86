"""The points of a sweep, spread over workers: `graphcore run --workers ray --sweep ...`, without a server.

Points come in the order that reuses most results (`graphcore.sweep`). Each worker takes a stretch of them, so that what
many points share is computed once a worker, and not once a point; who is done first takes half of
the longest stretch left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing

from graphcore.engine import Engine, Result
from graphcore.errors import Cancelled, RunError
from graphcore.job import CancelToken
from graphcore.prepare import Prepared
from server.workers.cluster import Cluster
from server.workers.frames import dump
from server.workers.local import LocalWorker
from server.workers.process import Spawn
from server.workers.protocol import Assignment, Failed, Interrupted, Lost, Said, Succeeded
from server.workers.settings import WorkerSettings

TRIES = 3  # workers that one point may cost
LOOK = 0.1  # seconds between looks at whether somebody gave up
Told = Callable[[int, Result], None]


def spread(
    place: str, count: int, points: Sequence[Prepared], engine: Engine, told: Told, token: CancelToken
) -> list[Result]:
    """Run all points on `count` workers at `place` (ray, or ray://HOST:PORT); `told` hears of each as it ends.

    The workers read and write the engine's folders, which have to be theirs too. Raises RunError for the first
    point that fails, Cancelled when the token says so.
    """
    cluster, settings = Cluster(place, count), settings_of(engine)
    try:
        return asyncio.run(run(points, settings, min(count, len(points)), told, token, cluster.spawn))
    finally:
        cluster.close()


def settings_of(engine: Engine) -> WorkerSettings:
    """What has a worker find the files that the engine finds."""
    folders = engine.folders
    return WorkerSettings(
        base=str(folders.base),
        models=[str(root) for root in folders.model_roots],
        input=str(folders.input),
        output=str(folders.output),
        temp=str(folders.temp),
        user=str(folders.user),
        model_paths=[str(file) for file in folders.model_paths],
        metadata=engine.metadata,
    )


async def run(
    points: Sequence[Prepared], settings: WorkerSettings, count: int, told: Told, token: CancelToken, spawn: Spawn
) -> list[Result]:
    """The results of all points, in their order."""
    sweep = _Sweep(points, count, told)
    workers = [LocalWorker(settings, id=f"sweep-{index}", spawn=spawn) for index in range(count)]
    for worker in workers:
        await worker.start()
    working = [asyncio.create_task(sweep.work(index, worker)) for index, worker in enumerate(workers)]
    giving_up = asyncio.create_task(_cancelled(token))
    try:
        while working and not giving_up.done():
            done, _ = await asyncio.wait([*working, giving_up], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {giving_up}:
                await task  # raises what it raised
                working.remove(task)
        if working:
            raise Cancelled
    finally:
        for task in (*working, giving_up):
            task.cancel()
        await asyncio.gather(*working, giving_up, return_exceptions=True)
        await asyncio.gather(*(worker.stop(0) for worker in workers))
    return [sweep.results[index] for index in range(len(points))]


async def _cancelled(token: CancelToken) -> None:
    while not token.cancelled:
        await asyncio.sleep(LOOK)


class _Sweep:
    """Which points are left, and what came of the others."""

    def __init__(self, points: Sequence[Prepared], workers: int, told: Told):
        self._points, self._told = points, told
        self.results: dict[int, Result] = {}
        share, more = divmod(len(points), workers)
        ends = [index * share + min(index, more) for index in range(workers + 1)]
        self._left = [deque(range(ends[index], ends[index + 1])) for index in range(workers)]

    async def work(self, mine: int, worker: LocalWorker) -> None:
        """Run points on a worker until none is left."""
        while (point := self._next(mine)) is not None:
            self.results[point] = await self._run(point, worker)
            self._told(point, self.results[point])

    def _next(self, mine: int) -> int | None:
        stretch = self._left[mine]
        if not stretch:
            longest = max(self._left, key=len)
            for _ in range((len(longest) + 1) // 2):
                stretch.appendleft(longest.pop())
        return stretch.popleft() if stretch else None

    async def _run(self, point: int, worker: LocalWorker) -> Result:
        reason = ""
        for attempt in range(1, TRIES + 1):
            await worker.ready()
            ending = await self._attempt(point, worker, attempt)
            if not isinstance(ending, Lost):
                return ending
            reason = ending.reason
        raise RunError(f"A point of the sweep cost {TRIES} workers: {reason}")

    async def _attempt(self, point: int, worker: LocalWorker, attempt: int) -> Result | Lost:
        prepared, began, cached = self._points[point], asyncio.get_running_loop().time(), list[str]()
        job = Assignment(
            f"point-{point}", attempt, dump(prepared.prompt), dump({"extra_pnginfo": prepared.extra}), "null"
        )
        async with aclosing(worker.run(job)) as events:
            async for event in events:
                match event:
                    case Said("execution_cached", data):
                        cached = [str(node) for node in data["nodes"]]
                    case Succeeded(outputs):
                        total = asyncio.get_running_loop().time() - began
                        return Result(prepared.prompt, dict(outputs), cached=cached, total=total)
                    case Failed(error):
                        raise RunError(
                            f"{error.get('node_type') or 'A node'}: {error.get('exception_message')}".strip()
                        )
                    case Interrupted():
                        raise Cancelled
                    case Lost():
                        return event
        return Lost("The worker said nothing of how the point ended.")
