"""The scheduler: runs what the wanted outputs need, reusing every result that is known.

One run is one event loop. Nodes of the device lane are called inside it, one at a time; nodes of the I/O lane and async
nodes go on beside it. Nothing here recurses over the graph, so depth is no limit.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import heapq
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor as Pool
from typing import Any

from graphcore import boundary, mapping
from graphcore.cache import Cache, Entry
from graphcore.calls import Calls
from graphcore.errors import GraphcoreError, NodeFailed
from graphcore.events import Event, NodeDone, NodeStarted
from graphcore.expand import Expansion, check_ids, sources
from graphcore.fingerprints import fingerprints_of
from graphcore.graph import find_cycle, order
from graphcore.keys import Key, keys_of
from graphcore.node import NodeSpec, Outcome
from graphcore.prompt import Prompt, is_link
from graphcore.run import Job, Run
from graphcore.sockets import Lazy
from graphcore.tasks import Task


class Executor:
    """One run of one prompt. Use it once: construct, `await run(targets)`, read `tasks` and `ui`."""

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
        self.keys: dict[str, Key | None] = dict(keys)
        self.keep = frozenset(keep)  # nodes whose values the caller wants, so they are not released
        self.nodes: dict[str, Mapping[str, Any]] = dict(prompt)  # grows as nodes expand
        self.tasks: dict[str, Task] = {}
        self.ui: dict[str, Mapping[str, Any]] = {}
        self.calls = Calls(job, emit, self._relieve)
        self.by_key: dict[Key, Task] = {}
        self.users: Counter[str] = Counter()  # node id -> how many unfinished tasks still need its result
        self.parents: dict[str, tuple[Task, str | None]] = {}
        self.ready: list[Task] = []
        self.outside: set[asyncio.Future[Any]] = set()  # calls that go on beside the loop
        self.asked: dict[str, asyncio.Future[None]] = {}
        self.failure: BaseException | None = None

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def run(self, targets: Iterable[str]) -> None:
        """Run the targets and what they need. Raises NodeFailed or Cancelled."""
        self.loop = asyncio.get_running_loop()
        self.wake = asyncio.Event()
        self.job.token.subscribe(self._nudge)
        try:
            wanted = [self._need(id) for id in targets]
            await self._work()
            if not all(task.done for task in wanted):
                self._report_cycle()
        finally:
            self.job.token.unsubscribe(self._nudge)
            await self._abandon()

    async def _work(self) -> None:
        while True:
            while self.ready:
                self.job.token.check()
                if self._start(heapq.heappop(self.ready)):
                    await asyncio.sleep(0)  # one turn, so that a call that need not wait is done at once
                self._raise()
            if not self.outside:
                return
            await self.wake.wait()
            self.wake.clear()
            self._raise()
            self.job.token.check()

    def _raise(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _nudge(self) -> None:
        self.loop.call_soon_threadsafe(self.wake.set)

    async def _abandon(self) -> None:
        """Stop what still goes on: async calls are cancelled, threads finish what they write."""
        for future in self.outside:
            if isinstance(future, asyncio.Task):
                future.cancel()
        if self.outside:
            await asyncio.gather(*self.outside, return_exceptions=True)

    # -- the graph, as far as it is needed ---------------------------------------------------------------------------

    def _need(self, id: str) -> Task:
        """The task of a node, made together with everything it must wait for."""
        if id in self.tasks:
            return self.tasks[id]
        stack = [self._make(id)]
        while stack:
            task = stack.pop()
            if task.done:
                continue
            for source in reversed(task.eager):
                if source not in self.tasks:
                    stack.append(self._make(source))
                self._depend(task, self.tasks[source])
            if not task.waiting:
                heapq.heappush(self.ready, task)
        return self.tasks[id]

    def _make(self, id: str) -> Task:
        node = self.nodes[id]
        key = self.keys.get(id)
        task = self.tasks[id] = Task(id, node, self.registry[node["class_type"]], key, len(self.tasks))
        if id in self.parents:
            task.adopt(*self.parents[id])
        entry = self.cache.get(key) if key is not None else None
        if entry is not None:
            self._finish(task, entry, cached=True)
            return task
        for source, _ in task.links.values():  # lazy ones too: what may be asked for must not be released
            self._hold(task, source)
        if key is not None:
            twin = self.by_key.setdefault(key, task)
            if twin is not task:
                self._hold(task, twin.id)
                self._depend(task, twin)
        return task

    def _hold(self, task: Task, source: str) -> None:
        """Keep a source's result until the task is done."""
        if source not in task.sources:
            task.sources.add(source)
            self.users[source] += 1

    def _depend(self, task: Task, source: Task) -> None:
        """Let a task wait for a source, and tell the source how near to an output it is."""
        source.rank = min(source.rank, task.rank + 1)
        if not source.done:
            task.waiting += 1
            source.consumers.append(task)

    def _report_cycle(self) -> None:
        unfinished = {id: self.nodes[id] for id, task in self.tasks.items() if not task.done}
        cycle = find_cycle(unfinished) or list(unfinished)
        inner = next((self.tasks[id] for id in cycle if self.tasks[id].parent), self.tasks[cycle[0]])
        shown = self.tasks.get(inner.display, inner)
        names = " -> ".join([*cycle, cycle[0]])
        cause = GraphcoreError(f"Its expansion made a cycle ({names}); a node cannot need its own result.")
        raise NodeFailed(shown.id, shown.title, shown.spec.id, cause)

    # -- one node ----------------------------------------------------------------------------------------------------

    def _start(self, task: Task) -> bool:
        """Call a ready node, or finish one that waited for its expansion. True if it goes on beside the loop."""
        if task.done or self._known(task):
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
            outcomes = self.calls.all(task, mapping.spread(task.spec, self._inputs(task)))
            task.seconds = time.perf_counter() - started
            self._conclude(task, outcomes)
        except Exception as error:
            raise boundary.failed(task, error, self.tasks) from error
        return False

    def _known(self, task: Task) -> bool:
        """Whether a node with the same key has the result by now."""
        twin = self.by_key.get(task.key) if task.key is not None else None
        if twin is None or twin is task or twin.entry is None:
            return False
        self._finish(task, twin.entry, cached=True)
        return True

    def _announce(self, task: Task) -> None:
        self.emit(NodeStarted(task.id, task.display, task.parent, task.root))

    def _dispatch(self, task: Task) -> Awaitable[list[Outcome]] | None:
        """What calls a node beside the loop; None for a node that is called inside it."""
        spec = task.spec
        if spec.lazy_status is not None and spec.lazy:
            return self._ask_first(task)
        if spec.is_async:
            lazy = {name: self._asker(task, name) for name in spec.lazy if name in task.links or name in task.literals}
            return self.calls.all_async(task, mapping.spread(spec, self._inputs(task, without=lazy)), lazy)
        if spec.lane == "io":
            calls = mapping.spread(spec, self._inputs(task))
            return self.loop.run_in_executor(self.pool, contextvars.copy_context().run, self.calls.all, task, calls)
        return None

    def _inputs(self, task: Task, without: Iterable[str] = ()) -> dict[str, list[Any]]:
        """The list of every input: literals alone in theirs, wires with all that their source gave."""
        inputs: dict[str, list[Any]] = {name: [value] for name, value in task.literals.items()}
        for name, (source, slot) in task.links.items():
            port = task.spec.port(name)
            raw = port is not None and port.raw_link
            inputs[name] = [[source, slot]] if raw else self._values(source, slot)
        return {name: values for name, values in inputs.items() if name not in without} if without else inputs

    def _values(self, source: str, slot: int) -> list[Any]:
        task = self.tasks.get(source)
        if task is None or task.entry is None or slot >= len(task.entry.outputs):
            return [None]
        return task.entry.outputs[slot]

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
            self.failure = self.failure or boundary.failed(task, error, self.tasks)
        except BaseException as stop:  # noqa: BLE001 - likewise
            self.failure = self.failure or stop

    # -- lazy inputs -------------------------------------------------------------------------------------------------

    def _asker(self, task: Task, name: str) -> Callable[[int], Lazy[Any]]:
        """What makes a Lazy for one call: a literal is there already, a wire makes its source run when awaited."""

        async def ask(index: int) -> Any:
            if name in task.literals:
                return task.literals[name]
            values = await self._request(task, name)
            return values[min(index, len(values) - 1)]

        return lambda index: Lazy(lambda: ask(index))

    async def _request(self, task: Task, name: str) -> list[Any]:
        source, slot = task.links[name]
        if not self._need(source).done:
            self.wake.set()
            future = self.asked.get(source) or self.asked.setdefault(source, self.loop.create_future())
            await asyncio.shield(future)
        return self._values(source, slot)

    async def _ask_first(self, task: Task) -> list[Outcome]:
        """The class contract's way to be lazy: the node is asked what it lacks, until it lacks nothing."""
        for name in task.spec.lazy:
            source = task.links[name][0] if name in task.links else ""
            key = self.keys.get(source)
            if key is not None and self.cache.get(key) is not None:
                self._need(source)
        while True:
            calls = mapping.spread(task.spec, self._inputs(task))
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
        source = self.tasks.get(task.links[name][0])
        return source is None or not source.done

    # -- results -----------------------------------------------------------------------------------------------------

    def _conclude(self, task: Task, outcomes: list[Outcome]) -> None:
        """Take the results of all calls; the node is done, unless one of them is a graph to run first."""
        if any(outcome.graph is not None for outcome in outcomes):
            task.outcomes = outcomes
            self._expand(task)
            return
        entry = Entry(mapping.gather(task.spec, outcomes), mapping.merge_ui([outcome.ui for outcome in outcomes]))
        self._finish(task, entry, cached=False)

    def _finish(self, task: Task, entry: Entry, cached: bool) -> None:
        task.entry, task.done = entry, True
        if not cached and task.key is not None:
            self.cache.put(task.key, entry)
        if entry.ui is not None:
            self.ui[task.id] = entry.ui
        self.emit(NodeDone(task.id, task.display, entry.ui, task.seconds, cached))
        for consumer in task.consumers:
            consumer.waiting -= 1
            if not consumer.waiting:
                heapq.heappush(self.ready, consumer)
        task.consumers, task.outcomes = [], []
        asked = self.asked.pop(task.id, None)
        if asked is not None:
            asked.set_result(None)
        for source in task.sources:
            self.users[source] -= 1
            self._release(source)
        self._release(task.id)

    def _release(self, id: str) -> None:
        """Let go of values that nobody in this run needs any more; the cache decides for itself."""
        task = self.tasks.get(id)
        if task is not None and task.done and not self.users[id] and id not in self.keep:
            task.entry = None

    def _relieve(self) -> None:
        """Free what memory can be freed: cached intermediates first, then what the runtime holds."""
        self.cache.clear()
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
            check_ids(expansion, self.nodes)
            self._add_graph(task, expansion.graph)
            task.expansions.append(expansion)
            wanted.update((source, None) for source in sources(expansion))
            wanted.update((id, None) for id, node in expansion.graph.items() if self._is_output(node))
        for source in wanted:
            self._hold(task, source)
            self._depend(task, self._need(source))
        if not task.waiting:
            heapq.heappush(self.ready, task)

    def _is_output(self, node: Mapping[str, Any]) -> bool:
        return self.registry[node["class_type"]].output

    def _add_graph(self, task: Task, graph: Prompt) -> None:
        for id, node in graph.items():
            if node["class_type"] not in self.registry:
                raise GraphcoreError(f"It expands into a node of type '{node['class_type']}', which does not exist.")
            self.nodes[id] = node
            self.parents[id] = task, node.get("override_display_id")
        fingerprints = fingerprints_of(graph, self.registry, self.job.folders)
        self.keys.update(keys_of(order(graph), graph, self.registry, fingerprints, self.keys))

    def _splice(self, task: Task) -> None:
        """All inner results are there: put them where the expansion's own results name them."""
        lists: tuple[list[Any], ...] = tuple([] for _ in task.spec.outputs)
        for outcome in task.outcomes:
            if outcome.graph is None or not isinstance(outcome.values, tuple):
                mapping.append(task.spec, lists, outcome.values)
                continue
            for items, value in zip(lists, outcome.values, strict=False):
                items.extend(self._values(value[0], int(value[1])) if is_link(value) else [value])
        ui = mapping.merge_ui([outcome.ui for outcome in task.outcomes])
        task.expansions = []
        self._finish(task, Entry(lists, ui), cached=False)
