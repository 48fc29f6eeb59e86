"""The engine: what stays warm between runs (packs, cache, instances, threads), and the way in to running a workflow."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphcore.cache import Cache, MemoryCache
from graphcore.errors import GraphcoreError, InvalidWorkflow
from graphcore.events import Event, NodePreview, NodeProgress, NodesCached, RunDone, RunStarted, nobody
from graphcore.executor import Executor
from graphcore.fingerprints import fingerprints_of, settled, unsettled
from graphcore.folders import Folders
from graphcore.job import CancelToken, Job
from graphcore.keys import keys_of
from graphcore.loops import Loops
from graphcore.node import NodeSpec
from graphcore.plugins import installed, with_shipped_models
from graphcore.prepare import Prepared, Source, prepare
from graphcore.prompt import Prompt
from graphcore.turns import Turns
from graphcore.validate import Checked, validate
from graphcore.validators import ask_validators, have_validators
from graphcore.view import View

IO_THREADS = 4


@dataclass(slots=True, repr=False)
class Result:
    """What a run gave.

    `ui`: node id -> what it shows (files saved, texts). `values`: node id -> a list a output, for the nodes whose
    values were asked for. `seconds`: node id -> time in its own code. `cached`: ids that had their result already.
    `prompt`: as it ran, literals converted.
    """

    prompt: Prompt
    ui: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    values: dict[str, tuple[list[Any], ...]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    total: float = 0.0

    def __repr__(self) -> str:
        """In short: asyncio describes each task with its result as it ends, which must not walk through tensors."""
        return f"<Result: {len(self.seconds)} nodes run, {len(self.cached)} cached, {self.total:.3f} s>"


class Engine:
    """Runs workflows. Keeps models and results warm, so that a second run costs only what changed.

    Runs take turns, first come first served, whichever thread or event loop they come from: there is one device, and
    nodes of the class contract keep state. For runs side by side take an engine each; they may share a cache.

    >>> from graphcore import Pack, Registry
    >>> pack = Pack("demo")
    >>> @pack.node(output=True)
    ... def double(x: int = 1) -> int:
    ...     return 2 * x
    >>> engine = Engine(Registry(pack))
    >>> prompt = {"1": {"class_type": "demo/double", "inputs": {"x": 21}}}
    >>> engine.run(prompt, keep=["1"]).values["1"]
    ([42],)
    >>> engine.run(prompt, {"demo/double.x": 4}, keep=["1"]).values["1"]
    ([8],)
    """

    def __init__(
        self,
        registry: Mapping[str, NodeSpec],
        folders: Folders | None = None,
        *,
        cache: Cache | None = None,
        metadata: bool = True,
        relieve: Callable[[], Any] = lambda: None,
    ):
        self.registry, self.folders = registry, folders or Folders()
        self.cache = cache if cache is not None else MemoryCache()
        self.metadata, self.relieve = metadata, relieve
        self.state: dict[tuple[str, str], Any] = {}  # (node id, type) -> what a node keeps between runs
        self._inner: dict[str, list[bytes]] = {}  # node id -> keys of the results inside its expansion
        self._turns = Turns()
        self._closed = False
        self._loops = Loops()
        weakref.finalize(self, self._loops.close)
        self._pool = ThreadPoolExecutor(IO_THREADS, thread_name_prefix="graphcore-io")

    def check(
        self, prompt: Mapping[str, Any], targets: Iterable[str] | None = None, keep: Iterable[str] = ()
    ) -> Checked:
        """Every problem of a prompt; never raises for a bad one. Works inside a running event loop too."""
        view = View(self.registry)
        checked = validate(prompt, view, self.folders, targets, keep)
        if have_validators(checked, view):
            self._loops.run(ask_validators(checked, view, self.folders))
        return checked

    async def check_async(
        self, prompt: Mapping[str, Any], targets: Iterable[str] | None = None, keep: Iterable[str] = ()
    ) -> Checked:
        """The same, for who has an event loop: the nodes' own async checks run in it."""
        view = View(self.registry)
        checked = validate(prompt, view, self.folders, targets, keep)
        if have_validators(checked, view):
            await ask_validators(checked, view, self.folders)
        return checked

    @classmethod
    def installed(cls, base_dir: str | Path = ".", **options: Any) -> Engine:
        """An engine with every installed pack, the folders below `base_dir`, and the models that ship."""
        folders = with_shipped_models(Folders(base_dir))
        registry = installed(folders=folders)
        return cls(registry, folders, relieve=registry.relieve, **options)

    def prepare(self, workflow: Source, inputs: Mapping[str, Any] | None = None) -> Prepared:
        """A workflow of any form as a prompt with `inputs` put in. Raises WorkflowError or UserError, see `prepare`."""
        return prepare(workflow, self.registry, self.folders, inputs)

    def run(self, workflow: Source | Prepared, inputs: Mapping[str, Any] | None = None, **options: Any) -> Result:
        """Run a workflow and wait. Takes the options of `run_async`; works inside a running event loop too."""
        return self._loops.run(self.run_async(workflow, inputs, **options))

    async def run_async(
        self,
        workflow: Source | Prepared,
        inputs: Mapping[str, Any] | None = None,
        *,
        targets: Iterable[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] | None = None,
        token: CancelToken | None = None,
        keep: Iterable[str] = (),
    ) -> Result:
        """Run a workflow: a `Workflow`, a path, JSON text, bytes, or data of either form.

        >>> import asyncio
        >>> from graphcore import Registry
        >>> asyncio.run(Engine(Registry()).run_async({}))
        Traceback (most recent call last):
        graphcore.errors.InvalidWorkflow: Workflow: nothing to run: it has no output node that is ...

        `inputs`: 'NODE.INPUT' -> value, NODE being an id, a title, or a type that occurs once. `targets`: output nodes
        to run, all by default. `extra`: what saved pictures carry beside the prompt, such as {"workflow": ...}.
        `token`: cancels the run from another thread. `keep`: nodes whose values the result holds; they run even if no
        output needs them.
        Raises InvalidWorkflow (with every problem), NodeFailed, or Cancelled.
        """
        keep = list(keep)
        prepared = workflow if isinstance(workflow, Prepared) else self.prepare(workflow, inputs)
        checked = await self.check_async(prepared.prompt, targets, keep)
        problems = [*checked.problems, *(found for found in prepared.problems if found.node not in prepared.prompt)]
        if problems:
            raise InvalidWorkflow(problems)
        extra = {**prepared.extra, **(extra or {})}
        return await self.run_checked(checked, extra=extra, on_event=on_event, token=token, keep=keep)

    async def run_checked(
        self,
        checked: Checked,
        *,
        extra: Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] | None = None,
        token: CancelToken | None = None,
        keep: Iterable[str] = (),
        id: str = "",
        secrets: Mapping[str, Any] | None = None,
    ) -> Result:
        """Run the sound outputs of a prompt that was checked before.

        `id`: what the caller calls the run. `secrets`: keys of services, for the nodes that ask for them by name; they
        are part of no cache key and of no saved file.
        """
        if self._closed:
            raise GraphcoreError("This engine was closed; make another one to run workflows.")
        emit = self._sink(on_event)
        job = self._job(checked.prompt, extra, token, emit)
        job.id, job.secrets = id, secrets or {}
        async with self._turns.taken(job.token):
            return await self._run(checked, job, emit, list(keep))

    async def _run(self, checked: Checked, job: Job, emit: Callable[[Event], None], keep: list[str]) -> Result:
        started = time.perf_counter()
        prompt, view = checked.prompt, View(self.registry)
        keys = await self._keys(checked, view)
        self._prune_state(prompt)
        executor = Executor(prompt, view, keys, self.cache, job, emit, self._pool, keep)
        emit(RunStarted(len(prompt)))
        known = {id for id, key in keys.items() if key is not None and key in self.cache}
        emit(NodesCached(tuple(id for id in prompt if id in known)))
        try:
            await executor.run([*checked.outputs, *keep])
        finally:
            self._remember(executor)
        total = time.perf_counter() - started
        emit(RunDone(total))
        return _result(executor, prompt, keep, known, total)

    def clear(self) -> None:
        """Forget every result and everything that nodes keep between runs."""
        self.cache.clear()
        self.state.clear()

    def close(self) -> None:
        """Wait for the I/O lane and let its threads go; nothing can be run any more."""
        self._closed = True
        self._loops.close()
        self._pool.shutdown()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _keys(self, checked: Checked, registry: Mapping[str, NodeSpec]) -> dict[str, bytes | None]:
        prompt = checked.prompt
        fingerprints = fingerprints_of(prompt, registry, self.folders)
        if unsettled(fingerprints):
            await settled(fingerprints)
        keys = keys_of(checked.order, prompt, registry, fingerprints)
        self._inner = {id: inner for id, inner in self._inner.items() if id in prompt}
        inner = [key for keys_inside in self._inner.values() for key in keys_inside]
        self.cache.begin([*(key for key in keys.values() if key is not None), *inner])
        return keys

    def _remember(self, executor: Executor) -> None:
        """Note the results inside expansions: they live as long as the node that expanded."""
        inner: dict[str, list[bytes]] = {}
        for id in executor.agenda.graph.parents:
            key = executor.agenda.keys.get(id)
            if key is not None:
                inner.setdefault(executor.agenda.graph.get_real_node_id(id), []).append(key)
        self._inner |= inner

    def _prune_state(self, prompt: Prompt) -> None:
        """A node's own state lives as long as every prompt holds the node, with the same id and type."""
        for id, kind in list(self.state):
            node = prompt.get(id)
            inner = node is None and id.partition(".")[0] in prompt
            if not inner and (node is None or node["class_type"] != kind):
                self.state.pop((id, kind), None)

    def _job(
        self,
        prompt: Prompt,
        extra: Mapping[str, Any] | None,
        token: CancelToken | None,
        emit: Callable[[Event], None],
    ) -> Job:
        return Job(
            folders=self.folders,
            prompt=prompt,
            extra=dict(extra or {}),
            token=token or CancelToken(),
            on_progress=lambda node, value, total: emit(NodeProgress(node, value, total)),
            on_preview=lambda node, image, rough: emit(NodePreview(node, image, rough)),
            state=self.state,
            metadata=self.metadata,
            relieve=self.relieve,
        )

    def _sink(self, on_event: Callable[[Event], None] | None) -> Callable[[Event], None]:
        """Events one at a time, whichever thread they come from."""
        if on_event is None:
            return nobody
        emitting = threading.Lock()

        def emit(event: Event) -> None:
            with emitting:
                on_event(event)

        return emit


def _result(executor: Executor, prompt: Prompt, keep: list[str], known: set[str], total: float) -> Result:
    tasks = executor.agenda.tasks
    kept = {id: entry.outputs for id in keep if (entry := tasks[id].entry) is not None}
    seconds = {id: task.seconds for id, task in tasks.items() if task.called}
    cached = [id for id in prompt if id in known and id not in seconds]
    return Result(prompt, executor.agenda.ui, kept, seconds, cached, total)


def run(
    workflow: Source, inputs: Mapping[str, Any] | None = None, *, base_dir: str | Path = ".", **options: Any
) -> Result:
    """Run a workflow once, with every installed pack and the folders below `base_dir`.

    Takes the options of `Engine.run_async`. To run more than one, keep an `Engine`: it stays warm.

    >>> import graphcore
    >>> graphcore.run({"1": {"class_type": "PrimitiveInt", "inputs": {"value": 5}}}, keep=["1"]).values["1"]
    ([5],)
    """
    with Engine.installed(base_dir) as engine:
        return engine.run(workflow, inputs, **options)
