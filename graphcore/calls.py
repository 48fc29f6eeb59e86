"""Calling a node's function, once for every set of inputs: cancellation before each call, blockers, memory relief."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from graphcore import boundary, mapping
from graphcore.errors import Cancelled, text_of, type_name
from graphcore.events import Event, NodeBlocked
from graphcore.job import Job, Run
from graphcore.node import Blocker, Outcome
from graphcore.sockets import Lazy
from graphcore.tasks import Task

PASSING = (Exception, Cancelled, KeyboardInterrupt)  # what a call may raise as it is
CURRENT: contextvars.ContextVar[Run | None] = contextvars.ContextVar("graphcore.job", default=None)
"""The run of the node that is being called, for code that was handed none."""


T = TypeVar("T")


class BlockedInput(BaseException):
    """A lazy input turned out to be a blocker: the call that awaits it ends. Author code must not swallow it."""

    def __init__(self, blocker: Blocker):
        super().__init__()
        self.blocker = blocker


def _tamed(odd: BaseException) -> RuntimeError:
    """What no node may raise, as an error of that node: it would end the whole program, or be lost on the way."""
    if isinstance(odd, SystemExit):
        return RuntimeError("it called sys.exit(), which would end the whole program; raise an exception instead")
    return RuntimeError(f"it raised {type_name(odd)}, which no node may raise: {text_of(odd)}")


class Calls:
    """Calls nodes on behalf of one run. `relieve` frees what memory it can, for a second attempt."""

    def __init__(self, job: Job, emit: Callable[[Event], None], relieve: Callable[[], None]):
        self.job, self.emit, self.relieve = job, emit, relieve

    def all(self, task: Task, calls: list[dict[str, Any]]) -> list[Outcome]:
        """Every call in turn. May run in a thread of the I/O lane."""
        outcomes = []
        for index, arguments in enumerate(calls):
            self.job.token.check()
            outcomes.append(self._blocked(task, arguments) or self._relieved(task, arguments, index))
        return outcomes

    async def all_async(
        self,
        task: Task,
        calls: list[dict[str, Any]],
        lazy: Mapping[str, Callable[[int], Lazy[Any]]],
        first: int = 0,
    ) -> list[Outcome]:
        """Every call at once, numbered from `first`. `lazy`: input name -> what makes the Lazy that a call is given."""
        return await together([self._one_async(task, call, i, lazy) for i, call in enumerate(calls, first)])

    def _relieved(self, task: Task, arguments: dict[str, Any], index: int) -> Outcome:
        try:
            return self._one(task, dict(arguments), index)
        except Exception as error:
            if not boundary.is_out_of_memory(error):
                raise
        self.relieve()  # outside of the handler, whose traceback would keep the failed call's tensors alive
        return self._one(task, arguments, index)

    def _one(self, task: Task, arguments: dict[str, Any], index: int) -> Outcome:
        run = Run(self.job, task.id, index)
        token = CURRENT.set(run)
        try:
            return task.spec.outcome(task.spec.call(arguments, run), run)
        except BaseException as error:
            if isinstance(error, PASSING) and not isinstance(error, StopIteration):
                raise
            raise _tamed(error) from error
        finally:
            CURRENT.reset(token)

    async def _one_async(
        self,
        task: Task,
        arguments: dict[str, Any],
        index: int,
        lazy: Mapping[str, Callable[[int], Lazy[Any]]],
    ) -> Outcome:
        self.job.token.check()
        blocked = self._blocked(task, arguments)
        if blocked is not None:
            return blocked
        arguments |= {name: make(index) for name, make in lazy.items()}
        try:
            return await self._relieved_async(task, arguments, index)
        except BlockedInput as late:
            return self._block(task, late.blocker)

    async def _relieved_async(self, task: Task, arguments: dict[str, Any], index: int) -> Outcome:
        try:
            return await self._awaited(task, dict(arguments), index)
        except Exception as error:
            if not boundary.is_out_of_memory(error):
                raise
        self.relieve()  # outside of the handler, as above
        return await self._awaited(task, arguments, index)

    async def _awaited(self, task: Task, arguments: dict[str, Any], index: int) -> Outcome:
        run = Run(self.job, task.id, index)
        CURRENT.set(run)  # each call has a context of its own, so there is nothing to reset
        try:
            return task.spec.outcome(await task.spec.call(arguments, run), run)
        except BaseException as error:
            if isinstance(error, (*PASSING, BlockedInput, asyncio.CancelledError, GeneratorExit)):
                raise
            raise _tamed(error) from error

    def _blocked(self, task: Task, arguments: Mapping[str, Any]) -> Outcome | None:
        blocker = mapping.blocker_in(task.spec, arguments)
        return None if blocker is None else self._block(task, blocker)

    def _block(self, task: Task, blocker: Blocker) -> Outcome:
        if blocker.message is not None:
            self.emit(NodeBlocked(task.id, blocker.message, task.spec.id))
        return Outcome(Blocker(None))


async def together(calls: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What every coroutine gives; when one fails the others are stopped, so that nothing goes on unseen."""
    if len(calls) == 1:
        return [await calls[0]]
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
