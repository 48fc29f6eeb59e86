"""Lazy inputs: native nodes await them, nodes of the class contract are asked what they lack. Both make sources run."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphcore import mapping
from graphcore.agenda import Agenda
from graphcore.calls import CURRENT, BlockedInput, Calls
from graphcore.errors import GraphcoreError
from graphcore.job import Job, Run
from graphcore.node import Outcome
from graphcore.sockets import Lazy
from graphcore.tasks import Task


class Asking:
    """Calls nodes that have lazy inputs. `announce` tells of each attempt; `wake` lets the scheduler look again."""

    def __init__(
        self,
        agenda: Agenda,
        calls: Calls,
        job: Job,
        announce: Callable[[Task], None],
        wake: Callable[[], None],
    ):
        self.agenda, self.calls, self.job, self.announce, self.wake = agenda, calls, job, announce, wake

    # -- awaited -----------------------------------------------------------------------------------------------------

    async def call_async(self, task: Task) -> list[Outcome]:
        """Every call of an async node; more of them, if a list that is awaited is longer than those known before."""
        spec = task.spec
        names = [name for name in task.node["inputs"] if spec.awaits_lazy and name in spec.lazy]
        lazy = {name: self._asker(task, name) for name in names}
        inputs = self.agenda.inputs(task, self.job, without=lazy)
        outcomes = await self.calls.all_async(task, mapping.spread(spec, inputs), lazy)
        while len(outcomes) < task.longest:
            calls = mapping.spread(spec, inputs, task.longest)
            outcomes += await self.calls.all_async(task, calls[len(outcomes) :], lazy, len(outcomes))
        return outcomes

    def _asker(self, task: Task, name: str) -> Callable[[int], Lazy[Any]]:
        """What makes a Lazy for one call: a literal is there already, a wire makes its source run when awaited."""

        async def ask(index: int) -> Any:
            values = [task.literals[name]] if name in task.literals else await self._request(task, name)
            whole = name in task.spec.gathered
            if not whole:
                task.longest = max(task.longest, len(values))
            value = values if whole else values[min(index, len(values) - 1)]
            blocker = mapping.blocker_in(task.spec, {name: value})
            if blocker is not None:
                raise BlockedInput(blocker)
            return value

        return lambda index: Lazy(lambda: ask(index))

    async def _request(self, task: Task, name: str) -> Sequence[Any]:
        source, slot = task.links[name]
        needed = self.agenda.need(source)
        if not needed.done:
            task.asked += (needed,)
            self.wake()
            arrived = asyncio.Event()
            self.agenda.watchers.setdefault(source, []).append(arrived.set)
            await arrived.wait()
        return self.agenda.values(source, slot)

    # -- asked for ---------------------------------------------------------------------------------------------------

    async def ask_first(self, task: Task) -> list[Outcome]:
        """Ask the node what it lacks until it lacks nothing, then call it; what it never asked for is None."""
        for name, (source, _) in task.links.items():
            key = self.agenda.keys.get(source) if name in task.spec.lazy else None
            if key is not None and key in self.agenda.cache:
                self.agenda.need(source)
        while True:
            calls = mapping.spread(task.spec, self.agenda.inputs(task, self.job))
            missing = await self._missing(task, calls)
            if not missing:
                break
            await asyncio.gather(*(self._request(task, name) for name in missing))
            self.announce(task)
        return await self.calls.all_async(task, calls, {}) if task.spec.is_async else self.calls.all(task, calls)

    async def _missing(self, task: Task, calls: list[dict[str, Any]]) -> list[str]:
        asked: dict[str, None] = {}
        for index, arguments in enumerate(calls):
            if mapping.blocker_in(task.spec, arguments) is not None:
                continue
            answer = await self._status(task, arguments, index)
            if isinstance(answer, list | tuple | set):
                asked.update((name, None) for name in answer if isinstance(name, str))
        return [name for name in asked if self._lacks(task, name, calls)]

    async def _status(self, task: Task, arguments: dict[str, Any], index: int) -> Any:
        status = task.spec.lazy_status
        assert status is not None
        self.job.token.check()
        run = Run(self.job, task.id, index)
        CURRENT.set(run)  # this runs in a context of its own
        answer = status(dict(arguments), run)
        return await answer if inspect.isawaitable(answer) else answer

    def _lacks(self, task: Task, name: str, calls: Sequence[Mapping[str, Any]]) -> bool:
        if name in task.links:
            source = self.agenda.tasks.get(task.links[name][0])
            return source is None or not source.done
        if any(name in arguments for arguments in calls):
            return False
        raise GraphcoreError(f"It asks for its input '{name}', which has neither a wire nor a value.")
