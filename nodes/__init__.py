"""The built-in nodes and the diffusion runtime under them.

Node packs written for the field's reference expect its own module of this name; once one is loaded, `nodes.compat`
answers for what they look up here.
"""

from collections.abc import Callable
from typing import Any

_answer: Callable[[str], Any] | None = None


def __getattr__(name: str) -> Any:
    if _answer is None or name.startswith("_"):
        raise AttributeError(f"module 'nodes' has no attribute '{name}'")
    return _answer(name)
