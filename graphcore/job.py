"""What a node body may ask of the run it is part of: progress, preview, cancellation, folders, its own graph."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.dynamic import DynamicPrompt
from graphcore.errors import Cancelled
from graphcore.expand import GraphBuilder
from graphcore.folders import Folders
from graphcore.prompt import Prompt

MAX_ID = 120


class CancelToken:
    """A flag that anybody may set, from any thread; the run looks at it before each call and at each progress."""

    __slots__ = ("_listeners", "_lock", "cancelled")

    def __init__(self) -> None:
        self.cancelled = False
        """Whether the run was asked to stop."""
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.RLock()

    def cancel(self) -> None:
        """Ask the run to stop at its next step."""
        self.cancelled = True
        with self._lock:
            for listener in list(self._listeners):
                listener()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Be called, from whatever thread, when the run is asked to stop."""
        with self._lock:
            self._listeners.append(listener)

    def unsubscribe(self, listener: Callable[[], None]) -> None:
        """Undo `subscribe`; once this returns, the listener is called no more."""
        with self._lock:
            self._listeners.remove(listener)

    def check(self) -> None:
        """Raise Cancelled if the run was asked to stop."""
        if self.cancelled:
            raise Cancelled


def _ignore(*_: Any) -> None:
    return None


@dataclass(slots=True)
class Job:
    """What all nodes of one run share.

    `id` names the run to whoever asked for it; `graph` is the workflow as it grows; `secrets` are keys that nodes may
    ask for by name, and that never reach a saved file.
    """

    folders: Folders
    prompt: Prompt = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    token: CancelToken = field(default_factory=CancelToken)
    on_progress: Callable[[str, float, float], None] = _ignore
    on_preview: Callable[[str, Any, bool], None] = _ignore
    state: MutableMapping[tuple[str, str], Any] = field(default_factory=dict)
    metadata: bool = True
    relieve: Callable[[], Any] = _ignore  # frees what memory the runtime holds, when a node ran out of it
    id: str = ""
    secrets: Mapping[str, Any] = field(default_factory=dict)
    graph: DynamicPrompt = field(default_factory=DynamicPrompt)


class Run:
    """A node's view of the run. A parameter annotated `Run` receives one; tests pass `Run.silent()`.

    Attributes: `node` is the node's id; `folders` turns names into paths; `shown` collects what `show` was given.
    """

    __slots__ = ("_builders", "_job", "call", "node", "shown")

    def __init__(self, job: Job, node: str, call: int = 0):
        self._job, self.node, self.call = job, node, call
        self.shown: dict[str, list[Any]] = {}
        self._builders = 0

    @classmethod
    def silent(cls, folders: Folders | None = None) -> Run:
        """A run that reports to nobody, for calling a node by hand."""
        return cls(Job(folders or Folders()), "0")

    @property
    def folders(self) -> Folders:
        """Where files live."""
        return self._job.folders

    @property
    def job(self) -> Job:
        """What all nodes of this run share."""
        return self._job

    @property
    def metadata(self) -> dict[str, Any]:
        """What a saved file should carry: 'prompt', and 'workflow' if known. Empty when metadata is switched off."""
        return {"prompt": self._job.prompt, **self._job.extra} if self._job.metadata else {}

    def progress(self, value: float, total: float) -> None:
        """Report that `value` of `total` steps are done. Raises Cancelled if the run was asked to stop."""
        self._job.token.check()
        self._job.on_progress(self.node, value, total)

    def check(self) -> None:
        """Raise Cancelled if the run was asked to stop; for long work that has no steps to report."""
        self._job.token.check()

    def preview(self, image: Any, *, rough: bool = False) -> None:
        """Show an unfinished picture: a Pillow image, or (format "JPEG" or "PNG", image, longest side). With None as
        the side it goes out as it is, which clients take for a result. `rough`: a sampler's guess on the way, which not
        all clients want.
        """
        self._job.on_preview(self.node, image, rough)

    def show(self, **ui: list[Any]) -> None:
        """Give the user interface something to show, such as `images=[{"filename", "subfolder", "type"}]`."""
        for name, items in ui.items():
            self.shown.setdefault(name, []).extend(items)

    def graph(self) -> GraphBuilder:
        """A builder for a graph that runs in this node's place; return what its `result()` gives."""
        prefix = f"{_short(self.node)}.{self.call}.{self._builders}."
        self._builders += 1
        return GraphBuilder(prefix)


def _short(id: str) -> str:
    """The id itself, or a digest of one that has grown long: a loop of 10,000 nested expansions must not grow ids."""
    if len(id) <= MAX_ID:
        return id
    return f"{id[:8]}~{hashlib.blake2b(id.encode(), digest_size=12).hexdigest()}"
