"""The process as packs expect it while they are imported: the main thread of a program `main.py` in the base folder.

Some read `sys.argv` or `sys.modules["__main__"].__file__` to find the program's folder, parse the command line, take
the thread's event loop, or handle signals, which only a main thread may.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@contextmanager
def as_program(base: Path) -> Iterator[None]:
    """Be that program, and what this process was before again afterwards."""
    main, start = sys.modules["__main__"], str(base / "main.py")
    with ExitStack() as back:
        back.enter_context(_set(sys, "argv", [start]))
        back.enter_context(_set(main, "__file__", start))
        back.enter_context(_event_loop())
        if threading.current_thread() is not threading.main_thread():
            back.enter_context(_set(signal, "signal", _no_signal))
        yield


@contextmanager
def _set(owner: Any, name: str, value: Any) -> Iterator[None]:
    missing = object()
    before = getattr(owner, name, missing)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is missing:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@contextmanager
def _event_loop() -> Iterator[None]:
    """A loop for `asyncio.get_event_loop()` and none that runs: packs call `asyncio.run` while they are imported.

    They are often imported by something that runs in a loop; it does not notice, as they return before it goes on.
    """
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    asyncio.set_event_loop(_spare_loop())
    try:
        yield
    finally:
        asyncio.set_event_loop(running)
        asyncio._set_running_loop(running)


@functools.cache
def _spare_loop() -> asyncio.AbstractEventLoop:
    """A loop that packs may keep."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def _no_signal(number: Any, handler: Any) -> Any:
    log.info("A pack would handle the signal %s, which only the main program may; it is left as it is.", number)
    return signal.getsignal(number)
