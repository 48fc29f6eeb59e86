"""How a run looks on a terminal (a live line a node and a bar for steps) and in a log (plain lines)."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from graphcore.events import Event, NodeDone, NodeProgress, NodesCached, NodeStarted, RunDone
from graphcore.prompt import title_of

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Lines(AbstractContextManager["Lines"]):
    """A line for each node when it is done, and one a second at most for steps in between."""

    def __init__(self, prompt: Mapping[str, Any], stream: TextIO | None = None):
        self.prompt, self.stream = prompt, stream or sys.stderr
        self.shown = 0.0
        self.displays: dict[str, str] = {}  # node -> the node of the workflow that it belongs to

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):
            self.stream.flush()

    def __call__(self, event: Event) -> None:
        """Print what happened."""
        if isinstance(event, NodeStarted):
            self.displays[event.node] = event.display
        elif isinstance(event, NodeDone) and not event.cached:
            self._line(f"{self._name(event.node)}: {event.seconds:.2f} s")
        elif isinstance(event, NodesCached) and event.nodes:
            self._line(f"{len(event.nodes)} of {len(self.prompt)} nodes are known from before")
        elif isinstance(event, NodeProgress) and time.monotonic() - self.shown >= 1:
            self.shown = time.monotonic()
            self._line(f"{self._name(event.node)}: step {event.value:g} of {event.total:g}")
        elif isinstance(event, RunDone):
            self._line(f"done in {event.seconds:.2f} s")

    def _name(self, id: str) -> str:
        return f"{title_of(self.prompt.get(self.displays.get(id, id), {})) or id} [{id}]"

    def _line(self, text: str) -> None:
        # Nobody reads any more: the run goes on, silently.
        with suppress(OSError, ValueError):
            print(text, file=self.stream)


class Live(AbstractContextManager["Live"]):
    """One line a node that moves while it works; needs a terminal."""

    def __init__(self, prompt: Mapping[str, Any]):
        self.prompt = prompt
        self.rows: dict[str, TaskID] = {}
        self.bars: Progress = _bars()

    def __enter__(self) -> Live:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def __call__(self, event: Event) -> None:
        """Move what changed."""
        if isinstance(event, NodeStarted) and event.node not in self.rows:
            self.rows[event.node] = self.bars.add_task(self._name(event.display), total=None, steps="")
        elif isinstance(event, NodeProgress) and event.node in self.rows:
            steps = f"{event.value:g}/{event.total:g}"
            self.bars.update(self.rows[event.node], completed=event.value, total=event.total, steps=steps)
        elif isinstance(event, NodeDone) and event.node in self.rows:
            self.bars.update(self.rows[event.node], completed=1, total=1)

    def _name(self, id: str) -> str:
        return title_of(self.prompt.get(id, {})) or id


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    name, steps = TextColumn("{task.description}"), TextColumn("{task.fields[steps]}")
    return Progress(name, BarColumn(bar_width=24), steps, TimeElapsedColumn(), console=Console(stderr=True))


def display(prompt: Mapping[str, Any], label: str = "") -> Lines | Live | Silent:
    """The display that fits where standard error goes, under a heading if the run has one."""
    if sys.stderr is None:  # it was closed before we started
        return Silent()
    if label:
        print(f"-- {label}", file=sys.stderr)
    return Live(prompt) if sys.stderr.isatty() else Lines(prompt)


class Silent(AbstractContextManager["Silent"]):
    """No display, for a caller that reads the result only."""

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Nothing is shown."""
