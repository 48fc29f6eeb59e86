"""Author code runs in torch's inference mode, as it expects. torch is never imported for that: without it, no mode."""

from __future__ import annotations

import sys
import types
from collections.abc import Coroutine, Generator
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def quiet() -> AbstractContextManager[Any]:
    """Inference mode, if torch is there."""
    mode = getattr(sys.modules.get("torch"), "inference_mode", None)
    return mode() if mode is not None else nullcontext()


@types.coroutine
def stepwise(coroutine: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Await a coroutine with inference mode on during its own steps only, as the mode belongs to the whole thread."""
    send: Any = coroutine.send
    value: Any = None
    while True:
        try:
            with quiet():
                step = send(value)
        except StopIteration as stop:
            return stop.value
        try:
            value = yield step
            send = coroutine.send
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:  # noqa: BLE001 - handed on to the coroutine, which decides
            send, value = coroutine.throw, error
