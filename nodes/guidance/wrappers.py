"""Wrappers: functions that packs put around the stations of a sampling call.

A station is named by a type (see WRAPPER_TYPES); wrappers are kept under `transformer_options["wrappers"][type][key]`.
Each gets `(executor, *args, **kwargs)` and calls `executor(*args, **kwargs)` to go on; the first added is outermost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WRAPPER_TYPES = (
    "outer_sample",
    "predict_noise",
    "calc_cond_batch",
    "apply_model",
    "diffusion_model",
)  # from outside in


@dataclass(frozen=True)
class Executor:
    """The rest of a chain. `class_obj` is the object that the wrapped function belongs to."""

    original: Callable[..., Any]
    wrappers: Sequence[Callable[..., Any]]
    class_obj: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.wrappers:
            return self.original(*args, **kwargs)
        rest = Executor(self.original, self.wrappers[1:], self.class_obj)
        return self.wrappers[0](rest, *args, **kwargs)


def wrappers_of(type: str, transformer_options: Mapping[str, Any]) -> list[Callable[..., Any]]:
    """All wrappers of one type, in the order they were added."""
    by_key = transformer_options.get("wrappers", {}).get(type, {})
    return [wrapper for wrappers in by_key.values() for wrapper in wrappers]


def wrapped(
    function: Callable[..., Any], type: str, transformer_options: Mapping[str, Any], class_obj: Any = None
) -> Callable[..., Any]:
    """`function` inside its wrappers; the function itself where there are none."""
    wrappers = wrappers_of(type, transformer_options) if "wrappers" in transformer_options else []
    return Executor(function, wrappers, class_obj) if wrappers else function
