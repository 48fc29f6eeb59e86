"""The queue as packs see it from inside a worker: what runs, and nothing else; the server keeps the rest."""

from __future__ import annotations

import threading
from typing import Any

from nodes.compat.stubs import stub


class PackQueue:
    """Reading it gives what this worker knows; changing it is refused, with a sentence."""

    def __init__(self) -> None:
        self.mutex = threading.RLock()
        self.queue: list[Any] = []
        self.currently_running: dict[int, Any] = {}
        self.history: dict[str, Any] = {}
        self.flags: dict[str, Any] = {}

    def get_current_queue(self) -> tuple[list[Any], list[Any]]:
        """(running, waiting)."""
        return list(self.currently_running.values()), list(self.queue)

    get_current_queue_volatile = get_current_queue

    def get_tasks_remaining(self) -> int:
        """How many jobs run or wait here."""
        return len(self.queue) + len(self.currently_running)

    def get_history(
        self, prompt_id: str | None = None, max_items: int | None = None, offset: int = -1, map_function: Any = None
    ) -> dict[str, Any]:
        """What has run; the server's `/history` knows."""
        return {}

    def set_flag(self, name: str, data: Any) -> None:
        """Ask for something when the queue is next looked at."""
        self.flags[name] = data

    def get_flags(self, reset: bool = True) -> dict[str, Any]:
        """What was asked for."""
        found = dict(self.flags)
        if reset:
            self.flags.clear()
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return stub(f"server.PromptServer.instance.prompt_queue.{name}")
