"""The scheduler: runs what the wanted outputs need, reusing every result that is known.

One run is one event loop. Nodes of the device lane are called inside it, one at a time; nodes of the I/O lane and async
nodes go on beside it. Nothing here recurses over the graph, so depth is no limit.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor as Pool
from typing import Any, TypeVar

from graphcore import boundary, mapping
from graphcore.agenda import Agenda
from graphcore.asking import Asking
from graphcore.cache import Cache, Entry
from graphcore.calls import Calls
from graphcore.cycles import deadlock
from graphcore.errors import Cancelled, GraphcoreError
from graphcore.events import Event, NodeShown, NodeStarted, nobody
from graphcore.expand import Expansion, check_ids, check_nodes, check_wires, sources
from graphcore.fingerprints import fingerprints_of, settled, unsettled
from graphcore.graph import order
from graphcore.job import Job
from graphcore.keys import Key, keys_of
from graphcore.node import NodeSpec, Outcome
from graphcore.prompt import Prompt, is_link
from graphcore.tasks import Task

T = TypeVar("T")
log = logging.getLogger(__name__)
PATIENCE = 1.0  # seconds of silence before a wait for an input is looked into


class Executor:
    """One run of one prompt. Use it once: construct, `await run(targets)`, read the `agenda`."""

    def __init__(
        self,
        prompt: Prompt,
        registry: Mapping[str, NodeSpec],
        keys: Mapping[str, Key | None],
        cache: Cache,
        job: Job,
        emit: Callable[[Event], None],
        pool: Pool,
        keep: Iterable[str] = (),
    ):
        self.registry, self.cache, self.job, self.emit, self.pool = registry, cache, job, emit, pool
        self.agenda = Agenda(prompt, registry, keys, cache, emit, keep, self._prefetch)
        job.graph = self.agenda.graph
        self.calls = Calls(job, emit, self._relieve)
        self.asking = Asking(self.agenda, self.calls, job, self._announce, lambda: self.wake.set())
        self.outside: set[asyncio.Future[Any]] = set()  # calls that go on beside the loop
        self._prefetched: set[int] = set()  # identities of values
        self.failure: BaseException | None = None
        self.abandoned = False
        self.current: Task | None = None  # the task at hand, for who wants to know where a run was stopped

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def run(self, targets: Iterable[str]) -> None:
        """Run the targets and what they need. Raises NodeFailed or Cancelled."""
        self.loop = asyncio.get_running_loop()
        self.wake = asyncio.Event()
        self.job.token.subscribe(self._nudge)
        try:
            self.job.token.check()
            wanted = self.agenda.want(targets)
            await self._work()
            if not all(task.done for task in wanted):
                self._report_deadlock()
        except Cancelled as stop:
            boundary.stopped(stop, self.current, self.agenda.tasks)
            raise
        finally:
            self.job.token.unsubscribe(self._nudge)
            await self._abandon()

    async def _work(self) -> None:
        while True:
            while self.agenda.ready:
                self.current = self.agenda.next()
                self.job.token.check()
                # one turn of the loop, so that what goes on beside it gets on, and what need not wait is done at once
                if self._start(self.current) or self.outside:
                    await asyncio.sleep(0)
                self._raise()
            if not self.outside:
                return
            await self._idle()
            self.wake.clear()
            self._raise()
            self.job.token.check()

    def _raise(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def _idle(self) -> None:
        """Wait for what goes on beside the loop. If nothing moves for long, what was asked for may wait for itself."""
        while not self.wake.is_set():
            try:
                await asyncio.wait_for(self.wake.wait(), PATIENCE if self.agenda.watchers else None)
            except TimeoutError:
                self._report_deadlock()

    def _report_deadlock(self) -> None:
        failure = deadlock(self.agenda.tasks)
        if failure is not None:
            raise failure

    def _nudge(self) -> None:
        self.loop.call_soon_threadsafe(self.wake.set)

    async def _abandon(self) -> None:
        """Stop what still goes on: async calls are cancelled, threads finish what they write."""
        self.abandoned = True
        for future in self.outside:
            if isinstance(future, asyncio.Task):
                future.cancel()
        if self.outside:
            await asyncio.gather(*self.outside, return_exceptions=True)

    # -- one node ----------------------------------------------------------------------------------------------------

    def _start(self, task: Task) -> bool:
        """Call a ready node, or finish one that waited for its expansion. True if it goes on beside the loop."""
        if task.done or self.agenda.known(task):
            return False
        if task.expansions:
            self._splice(task)
            return False
        self._announce(task)
        started = time.perf_counter()
        try:
            work = self._dispatch(task)
            if work is not None:
                self._beside(task, work, lambda outcomes: self._conclude(task, outcomes, started))
                return True
            outcomes = self.calls.all(task, mapping.spread(task.spec, self.agenda.inputs(task, self.job)))
            self._conclude(task, outcomes, started)
        except Exception as error:
            raise boundary.failed(task, error, self.agenda.tasks) from error
        return False

    def _announce(self, task: Task) -> None:
        if self.emit is not nobody:
            self.emit(NodeStarted(task.id, task.display, task.parent, task.root))

    def _dispatch(self, task: Task) -> Awaitable[list[Outcome]] | None:
        """What calls a node beside the loop; None for a node that is called inside it."""
        spec = task.spec
        if spec.lazy_status is not None:
            return self.asking.ask_first(task)
        if spec.is_async:
            return self.asking.call_async(task)
        if spec.lane == "io":
            calls = mapping.spread(spec, self.agenda.inputs(task, self.job))
            return self.loop.run_in_executor(self.pool, contextvars.copy_context().run, self.calls.all, task, calls)
        return None

    def _beside(self, task: Task, work: Awaitable[T], then: Callable[[T], None]) -> None:
        future = asyncio.ensure_future(work)
        self.outside.add(future)
        future.add_done_callback(lambda done: self._settle(task, done, then))

    def _settle(self, task: Task, future: asyncio.Future[T], then: Callable[[T], None]) -> None:
        self.outside.discard(future)
        self.wake.set()
        if self.abandoned:
            return
        try:
            then(future.result())
        except asyncio.CancelledError as error:
            cause = GraphcoreError("It was cancelled from within: something that it awaited had been cancelled before.")
            cause.__cause__ = error
            self.failure = self.failure or boundary.failed(task, cause, self.agenda.tasks)
        except Exception as error:  # noqa: BLE001 - raised again by the loop, which owns the run
            self.failure = self.failure or boundary.failed(task, error, self.agenda.tasks)
        except BaseException as stop:  # noqa: BLE001 - likewise
            self.current = task
            self.failure = self.failure or stop

    # -- ahead of time -----------------------------------------------------------------------------------------------

    def _prefetch(self, value: Any) -> None:
        """Let a value make itself ready on the I/O lane, such as a model that has only been opened so far."""
        if id(value) not in self._prefetched:
            self._prefetched.add(id(value))
            self.pool.submit(self._make_ready, value)

    def _make_ready(self, value: Any) -> None:
        if self.abandoned or self.job.token.cancelled:
            return
        try:
            value.prefetch()
        except Exception as error:  # noqa: BLE001 - author code; whoever uses the value meets the error, with its place
            log.debug("%s could not be made ready ahead of time: %s", type(value).__name__, error)

    # -- results -----------------------------------------------------------------------------------------------------

    def _conclude(self, task: Task, outcomes: list[Outcome], started: float) -> None:
        """Take the results of all calls; the node is done, unless one of them is a graph to run first."""
        task.seconds = time.perf_counter() - started
        if [outcome for outcome in outcomes if outcome.graph is not None]:
            task.outcomes = outcomes
            self._expand(task)
            return
        ui = mapping.merge_ui([outcome.ui for outcome in outcomes])
        self.agenda.finish(task, Entry(mapping.gather(task.spec, outcomes), ui, task.seconds), cached=False)

    def _relieve(self) -> None:
        """Free what memory can be freed: cached intermediates first, then what the runtime holds."""
        self.cache.relieve()
        gc.collect()
        self.job.relieve()

    # -- expansion ---------------------------------------------------------------------------------------------------

    def _expand(self, task: Task) -> None:
        """Add the graphs that calls returned; what their results name is waited for."""
        inner: Prompt = {}
        for outcome in task.outcomes:
            if outcome.graph is None:
                continue
            expansion = Expansion(dict(outcome.graph), outcome.values if isinstance(outcome.values, tuple) else ())
            check_ids(expansion, lambda id: id in inner or self.agenda.taken(task, id))  # noqa: B023 - called here
            check_nodes(expansion, self.registry.__contains__)
            self.agenda.add(task, expansion.graph)
            check_wires(expansion, self.agenda.count_outputs)
            task.expansions += (expansion,)
            inner |= expansion.graph
        ui = mapping.merge_ui([outcome.ui for outcome in task.outcomes])
        if ui is not None:
            self.emit(NodeShown(task.id, task.display, ui))
        fingerprints = fingerprints_of(inner, self.registry, self.job.folders)
        if unsettled(fingerprints):
            self._beside(task, settled(fingerprints), lambda known: self._grow(task, inner, known))
        else:
            self._grow(task, inner, fingerprints)

    def _grow(self, task: Task, inner: Prompt, fingerprints: Mapping[str, Any]) -> None:
        """Let an expanding task wait for the inner nodes that its results name, and run the inner outputs."""
        self.agenda.keys.update(keys_of(order(inner), inner, self.registry, fingerprints, self.agenda.keys))
        outputs = [id for id, node in inner.items() if self.registry[node["class_type"]].output]
        self.agenda.outputs.update(outputs)
        wanted = [*(source for expansion in task.expansions for source in sources(expansion)), *outputs]
        for source in dict.fromkeys(wanted):
            self.agenda.hold(task, source)
            self.agenda.depend(task, self.agenda.need(source))
        self.agenda.enqueue(task)

    def _splice(self, task: Task) -> None:
        """All inner results are there: put them where the expansion's own results name them."""
        lists = mapping.lists_for(task.spec, task.outcomes)
        for outcome in task.outcomes:
            if outcome.graph is None or not isinstance(outcome.values, tuple):
                mapping.append(task.spec, lists, outcome.values)
                continue
            for items, value in zip(lists, outcome.values, strict=False):
                items.extend(self.agenda.values(value[0], int(value[1])) if is_link(value) else [value])
        ui = mapping.merge_ui([outcome.ui for outcome in task.outcomes])
        task.expansions = ()
        self.agenda.finish(task, Entry(lists, ui, task.seconds), cached=False, shown=True)
