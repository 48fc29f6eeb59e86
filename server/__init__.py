"""The server: queue, HTTP and WebSocket API, workers.

Node packs written for the field's reference expect its own module of this name; a worker that loads one sets what
answers for it.
"""

from collections.abc import Callable
from typing import Any

_answer: Callable[[str], Any] | None = None


def __getattr__(name: str) -> Any:
    if _answer is None or name.startswith("_"):
        raise AttributeError(f"module 'server' has no attribute '{name}'")
    return _answer(name)
