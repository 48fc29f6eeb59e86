"""The scheduler: runs what the wanted outputs need, reusing every result that is known.

One run is one event loop. Nodes of the device lane are called inside it, one at a time; nodes of the I/O lane and async
nodes go on beside it. Nothing here recurses over the graph, so depth is no limit.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor as Pool
from typing import Any

from graphcore import boundary, mapping
from graphcore.agenda import Agenda
from graphcore.cache import Cache, Entry
from graphcore.calls import BlockedInput, Calls
from graphcore.cycles import deadlock
from graphcore.errors import GraphcoreError
from graphcore.events import Event, NodeStarted
from graphcore.expand import Expansion, check_ids, sources
from graphcore.fingerprints import fingerprints_of
from graphcore.graph import order
from graphcore.job import Job, Run
from graphcore.keys import Key, keys_of
from graphcore.node import NodeSpec, Outcome
from graphcore.prompt import Prompt, is_link
from graphcore.sockets import Lazy
from graphcore.tasks import Task

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
        self.agenda = Agenda(prompt, registry, keys, cache, emit, keep)
        self.calls = Calls(job, emit, self._relieve)
        self.outside: set[asyncio.Future[Any]] = set()  # calls that go on beside the loop
        self.failure: BaseException | None = None

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def run(self, targets: Iterable[str]) -> None:
        """Run the targets and what they need. Raises NodeFailed or Cancelled."""
        self.loop = asyncio.get_running_loop()
        self.wake = asyncio.Event()
        self.job.token.subscribe(self._nudge)
        try:
            wanted = self.agenda.want(targets)
            await self._work()
            if not all(task.done for task in wanted):
                self._report_deadlock()
        finally:
            self.job.token.unsubscribe(self._nudge)
            await self._abandon()

    async def _work(self) -> None:
        while True:
            while self.agenda.ready:
                self.job.token.check()
                # one turn of the loop, so that what goes on beside it gets on, and what need not wait is done at once
                if self._start(self.agenda.next()) or self.outside:
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
                self._beside(task, work, started)
                return True
            outcomes = self.calls.all(task, mapping.spread(task.spec, self.agenda.inputs(task)))
            task.seconds = time.perf_counter() - started
            self._conclude(task, outcomes)
        except Exception as error:
            raise boundary.failed(task, error, self.agenda.tasks) from error
        return False

    def _announce(self, task: Task) -> None:
        self.emit(NodeStarted(task.id, task.display, task.parent, task.root))

    def _dispatch(self, task: Task) -> Awaitable[list[Outcome]] | None:
        """What calls a node beside the loop; None for a node that is called inside it."""
        spec = task.spec
        if spec.lazy_status is not None:
            return self._ask_first(task)
        if spec.is_async:
            return self._call_async(task)
        if spec.lane == "io":
            calls = mapping.spread(spec, self.agenda.inputs(task))
            return self.loop.run_in_executor(self.pool, contextvars.copy_context().run, self.calls.all, task, calls)
        return None

    def _beside(self, task: Task, work: Awaitable[list[Outcome]], started: float) -> None:
        future = asyncio.ensure_future(work)
        self.outside.add(future)
        future.add_done_callback(lambda done: self._settle(task, done, started))

    def _settle(self, task: Task, future: asyncio.Future[list[Outcome]], started: float) -> None:
        self.outside.discard(future)
        self.wake.set()
        if future.cancelled():
            return
        try:
            outcomes = future.result()
            task.seconds = time.perf_counter() - started
            self._conclude(task, outcomes)
        except Exception as error:  # noqa: BLE001 - raised again by the loop, which owns the run
            self.failure = self.failure or boundary.failed(task, error, self.agenda.tasks)
        except BaseException as stop:  # noqa: BLE001 - likewise
            self.failure = self.failure or stop

    # -- lazy inputs -------------------------------------------------------------------------------------------------

    async def _call_async(self, task: Task) -> list[Outcome]:
        """Every call of an async node; more of them, if a list that is awaited is longer than those known before."""
        spec = task.spec
        names = [name for name in task.node["inputs"] if spec.awaits_lazy and name in spec.lazy]
        lazy = {name: self._asker(task, name) for name in names}
        inputs = self.agenda.inputs(task, without=lazy)
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

    async def _request(self, task: Task, name: str) -> list[Any]:
        source, slot = task.links[name]
        needed = self.agenda.need(source)
        if not needed.done:
            task.waits.append(needed)
            self.wake.set()
            arrived = asyncio.Event()
            self.agenda.watchers.setdefault(source, []).append(arrived.set)
            await arrived.wait()
        return self.agenda.values(source, slot)

    async def _ask_first(self, task: Task) -> list[Outcome]:
        """The class contract's way to be lazy: the node is asked what it lacks, until it lacks nothing."""
        for name, (source, _) in task.links.items():
            key = self.agenda.keys.get(source) if name in task.spec.lazy else None
            if key is not None and key in self.cache:
                self.agenda.need(source)
        while True:
            calls = mapping.spread(task.spec, self.agenda.inputs(task))
            missing = await self._missing(task, calls)
            if not missing:
                break
            await asyncio.gather(*(self._request(task, name) for name in missing))
            self._announce(task)
        return await self.calls.all_async(task, calls, {}) if task.spec.is_async else self.calls.all(task, calls)

    async def _missing(self, task: Task, calls: list[dict[str, Any]]) -> list[str]:
        status = task.spec.lazy_status
        assert status is not None
        asked: dict[str, None] = {}
        for index, arguments in enumerate(calls):
            answer = status(dict(arguments), Run(self.job, task.id, index))
            answer = await answer if asyncio.iscoroutine(answer) else answer
            if isinstance(answer, list | tuple | set):
                asked.update((name, None) for name in answer if isinstance(name, str))
        return [name for name in asked if self._lacks(task, name)]

    def _lacks(self, task: Task, name: str) -> bool:
        if name in task.literals:
            return False
        if name not in task.links:
            raise GraphcoreError(f"It asks for its input '{name}', which has neither a wire nor a value.")
        source = self.agenda.tasks.get(task.links[name][0])
        return source is None or not source.done

    # -- results -----------------------------------------------------------------------------------------------------

    def _conclude(self, task: Task, outcomes: list[Outcome]) -> None:
        """Take the results of all calls; the node is done, unless one of them is a graph to run first."""
        if any(outcome.graph is not None for outcome in outcomes):
            task.outcomes = outcomes
            self._expand(task)
            return
        entry = Entry(mapping.gather(task.spec, outcomes), mapping.merge_ui([outcome.ui for outcome in outcomes]))
        self.agenda.finish(task, entry, cached=False)

    def _relieve(self) -> None:
        """Free what memory can be freed: cached intermediates first, then what the runtime holds."""
        self.cache.relieve()
        gc.collect()
        self.job.relieve()

    # -- expansion ---------------------------------------------------------------------------------------------------

    def _expand(self, task: Task) -> None:
        """Add the graphs that calls returned, and wait for what their results name."""
        wanted: dict[str, None] = {}
        for outcome in task.outcomes:
            if outcome.graph is None:
                continue
            values = outcome.values if isinstance(outcome.values, tuple) else ()
            expansion = Expansion(dict(outcome.graph), values)
            check_ids(expansion, self.agenda.nodes)
            self._add_graph(task, expansion.graph)
            task.expansions.append(expansion)
            wanted.update((source, None) for source in sources(expansion))
            wanted.update((id, None) for id, node in expansion.graph.items() if self._is_output(node))
        for source in wanted:
            self.agenda.hold(task, source)
            self.agenda.depend(task, self.agenda.need(source))
        self.agenda.enqueue(task)

    def _is_output(self, node: Mapping[str, Any]) -> bool:
        return self.registry[node["class_type"]].output

    def _add_graph(self, task: Task, graph: Prompt) -> None:
        for node in graph.values():
            if node["class_type"] not in self.registry:
                raise GraphcoreError(f"It expands into a node of type '{node['class_type']}', which does not exist.")
        fingerprints = fingerprints_of(graph, self.registry, self.job.folders)
        keys = keys_of(order(graph), graph, self.registry, fingerprints, self.agenda.keys)
        self.agenda.add(task, graph, keys)

    def _splice(self, task: Task) -> None:
        """All inner results are there: put them where the expansion's own results name them."""
        lists: tuple[list[Any], ...] = tuple([] for _ in task.spec.outputs)
        for outcome in task.outcomes:
            if outcome.graph is None or not isinstance(outcome.values, tuple):
                mapping.append(task.spec, lists, outcome.values)
                continue
            for items, value in zip(lists, outcome.values, strict=False):
                items.extend(self.agenda.values(value[0], int(value[1])) if is_link(value) else [value])
        ui = mapping.merge_ui([outcome.ui for outcome in task.outcomes])
        task.expansions = []
        self.agenda.finish(task, Entry(lists, ui), cached=False)
