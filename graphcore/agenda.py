"""The agenda of a run: which tasks there are, who waits for whom, whose results are held. State only: calls nothing.

Nothing here recurses over the graph, so depth is no limit.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graphcore import boundary, mapping
from graphcore.cache import Cache, Entry
from graphcore.dynamic import DynamicPrompt
from graphcore.errors import GraphcoreError
from graphcore.events import Event, NodeDone, nobody
from graphcore.job import Job
from graphcore.keys import Key
from graphcore.node import NodeSpec
from graphcore.prompt import Prompt, links_of
from graphcore.tasks import Task


class Agenda:
    """The tasks of one run, made as far as they are needed. `watchers`: node id -> what to call when it is done.

    Results are released when nobody needs them any more; but if a node of the workflow `explores`, its expansion may
    name any node, and everything is kept (`hoard`).

    `prefetch` is told of values that a node is going to use but which cannot start yet.
    """

    def __init__(
        self,
        prompt: Prompt,
        registry: Mapping[str, NodeSpec],
        keys: Mapping[str, Key | None],
        cache: Cache,
        emit: Callable[[Event], None],
        keep: Iterable[str],
        prefetch: Callable[[Any], None],
    ):
        self.registry, self.cache, self.emit, self.prefetch = registry, cache, emit, prefetch
        self.keep = frozenset(keep)  # nodes whose values the caller wants, so they are not released
        self.graph = DynamicPrompt(prompt)
        self.nodes = self.graph.nodes  # grows as nodes expand
        self.keys: dict[str, Key | None] = dict(keys)
        self.tasks: dict[str, Task] = {}
        self.ui: dict[str, Mapping[str, Any]] = {}
        self.ready: list[Task] = []
        self._stale = False  # whether a ready task has come nearer to an output since it was put among them
        self.watchers: dict[str, list[Callable[[], object]]] = {}
        self.outputs: set[str] = set()  # wanted for their own sake
        self.hoard = any(registry[kind].explores for kind in {node["class_type"] for node in prompt.values()})
        self._by_key: dict[Key, Task] = {}
        self._users: defaultdict[str, int] = defaultdict(int)  # node id -> unfinished tasks that need its result

    # -- the graph, as far as it is needed ---------------------------------------------------------------------------

    def want(self, targets: Iterable[str]) -> list[Task]:
        """The tasks of the targets of the run."""
        wanted = list(targets)
        self.outputs.update(wanted)
        for id in wanted:
            self._users[id] += 1  # so that no target is released before all are known
        tasks = [self.need(id) for id in wanted]
        for id in wanted:
            self._users[id] -= 1
            self._release(id)
        return tasks

    def need(self, id: str) -> Task:
        """The task of a node, made together with everything it must wait for."""
        known = self.tasks.get(id)
        if known is not None and not known.spent:
            return known
        stack = [self._make(id)]
        while stack:
            task = stack.pop()
            if task.done:
                continue
            for name in reversed(task.eager):
                source = self.tasks.get(name)
                if source is None or source.spent:
                    source = self._make(name, task)
                    stack.append(source)
                self.depend(task, source)
            self.enqueue(task)
            if task.waiting:
                for name in task.eager:
                    self._offer(self.tasks[name], task)
        return self.tasks[id]

    def add(self, parent: Task, graph: Prompt) -> None:
        """Take in the nodes of an expansion; those of an earlier one of the same node, if they changed, start anew."""
        for id, node in graph.items():
            if id in self.nodes and self.nodes[id] != node:
                self.tasks.pop(id, None)
            self.graph.add_ephemeral_node(id, node, parent.id, node.get("override_display_id"))

    def taken(self, parent: Task, id: str) -> bool:
        """Whether an id exists, other than from an earlier expansion of the same node (whose result was released)."""
        return id in self.nodes and self.graph.parents.get(id) != parent.id

    def count_outputs(self, id: str) -> int | None:
        """How many outputs a node has; None if there is no such node, or a class that may give more than it says."""
        node = self.nodes.get(id)
        spec = self.registry[node["class_type"]] if node is not None else None
        return len(spec.outputs) if spec is not None and spec.function is not None else None

    def _make(self, id: str, consumer: Task | None = None) -> Task:
        node = self.nodes.get(id)
        if node is None:
            absent = GraphcoreError(f"It needs the result of node '{id}', which is not in the workflow.")
            raise absent if consumer is None else boundary.failed(consumer, absent, self.tasks)
        key = self.keys.get(id)
        task = self.tasks[id] = Task(id, node, self.registry[node["class_type"]], key, len(self.tasks))
        if id in self.graph.parents:
            task.parent = self.graph.parents[id]
            task.root, task.display = self.graph.get_real_node_id(id), self.graph.get_display_node_id(id)
        entry = self.cache.get(key) if key is not None else None
        if entry is not None:
            self._take(task, entry)
            if id in self.outputs:
                self.emit(NodeDone(id, task.display, entry.ui, 0.0, True))
        elif not self._join(task):
            self._hold_sources(task)
        return task

    def _join(self, task: Task) -> bool:
        """Leave the work to a task with the same key, if there is one: its result serves both."""
        if task.key is None:
            return False
        twin = self._by_key.get(task.key)
        if twin is None or twin.spent:
            self._by_key[task.key] = task
            return False
        if twin.entry is not None:
            self.finish(task, twin.entry, cached=True)
            return True
        task.eager = ()
        self.hold(task, twin.id)
        self.depend(task, twin)
        return True

    # -- waiting -----------------------------------------------------------------------------------------------------

    def _hold_sources(self, task: Task) -> None:
        """Keep what a task may ask for, and behind that what has no key: made again, it might give something else."""
        for source, _ in task.links.values():
            self.hold(task, source)
        behind = list(task.later)
        while behind:
            id = behind.pop()
            if self.keys.get(id) is None and id in self.nodes:
                for _, source, _ in links_of(self.nodes[id]):
                    if source not in task.sources:
                        self.hold(task, source)
                        behind.append(source)

    def hold(self, task: Task, source: str) -> None:
        """Keep a source's result until the task is done."""
        if source not in task.sources:
            task.sources[source] = None
            self._users[source] += 1

    def depend(self, task: Task, source: Task) -> None:
        """Let a task wait for a source, and tell the source how near to an output it is."""
        if task.rank + 1 < source.rank:
            source.rank = task.rank + 1
            self._stale = self._stale or (not source.waiting and not source.done)
        if not source.done:
            task.waiting += 1
            source.consumers.append(task)

    def enqueue(self, task: Task) -> None:
        """Put a task among the ready ones, unless it waits for something."""
        if not task.waiting:
            heapq.heappush(self.ready, task)

    def next(self) -> Task:
        """The ready task to start next: towards outputs first. IndexError if none is ready."""
        if self._stale:
            heapq.heapify(self.ready)
            self._stale = False
        return heapq.heappop(self.ready)

    # -- values ------------------------------------------------------------------------------------------------------

    def inputs(self, task: Task, job: Job, without: Iterable[str] = ()) -> dict[str, Sequence[Any]]:
        """The list of every input: literals alone in theirs, wires with all that their source gave."""
        spec = task.spec
        inputs: dict[str, Sequence[Any]] = {name: [value] for name, value in task.literals.items()}
        for name, (source, slot) in task.links.items():
            port = spec.port(name)
            raw = port is not None and port.raw_link
            inputs[name] = [[source, slot]] if raw else self.values(source, slot)
        if spec.hidden is not None:
            inputs |= {name: [value] for name, value in spec.hidden(task.id, job).items()}
        return {name: values for name, values in inputs.items() if name not in without} if without else inputs

    def values(self, source: str, slot: int) -> Sequence[Any]:
        """What an output gave; None alone, if it gave nothing (a lazy input not asked for, an output not produced)."""
        task = self.tasks.get(source)
        if task is None or task.entry is None or not 0 <= slot < len(task.entry.outputs):
            return mapping.NOTHING
        return task.entry.outputs[slot]

    # -- results -----------------------------------------------------------------------------------------------------

    def known(self, task: Task) -> bool:
        """Whether a task with the same key has the result by now; if so, this one is done too."""
        twin = self._by_key.get(task.key) if task.key is not None else None
        if twin is None or twin is task or twin.entry is None:
            return False
        self.finish(task, twin.entry, cached=True)
        return True

    def finish(self, task: Task, entry: Entry, cached: bool, shown: bool = False) -> None:
        """Take a task's result, hand it to the cache, and let go on who waited. `shown`: its ui was reported before."""
        if not cached and task.key is not None:
            self.cache.put(task.key, entry)
        task.called = not cached
        self._take(task, entry)
        if self.emit is not nobody:
            self.emit(NodeDone(task.id, task.display, None if shown else entry.ui, task.seconds, cached))

    def _take(self, task: Task, entry: Entry) -> None:
        task.entry, task.done = entry, True
        if entry.ui is not None:
            self.ui[task.id] = entry.ui
        for consumer in task.consumers:
            consumer.waiting -= 1
            self.enqueue(consumer)
            if consumer.waiting:
                self._offer(task, consumer)
        for tell in self.watchers.pop(task.id, ()):
            tell()
        for source in task.sources:
            self._users[source] -= 1
            self._release(source)
        task.close()
        self._release(task.id)

    def _offer(self, source: Task, consumer: Task) -> None:
        """Tell of the values that a task is going to have from a source, while it waits for others."""
        entry = source.entry
        if entry is None or not any(hasattr(type(value), "prefetch") for items in entry.outputs for value in items[:1]):
            return  # nearly always; a consumer may have very many wires
        for id, slot in consumer.links.values():
            if id == source.id and 0 <= slot < len(entry.outputs):
                for value in entry.outputs[slot]:
                    if hasattr(type(value), "prefetch"):
                        self.prefetch(value)

    def _release(self, id: str) -> None:
        """Let go of values that nobody in this run needs any more; the cache decides for itself."""
        task = self.tasks.get(id)
        if task is not None and task.done and not self.hoard and not self._users[id] and id not in self.keep:
            task.entry = None
