"""The process as packs see it at import, and that it is itself again afterwards."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from pathlib import Path

import pytest

from nodes.compat.program import as_program


def test_a_process_is_itself_again(tmp_path: Path) -> None:
    main = sys.modules["__main__"]
    before = sys.argv, getattr(main, "__file__", None), signal.signal
    with as_program(tmp_path):
        assert sys.argv == [str(tmp_path / "main.py")] == [main.__file__]
        assert not asyncio.get_event_loop().is_running()
    assert (sys.argv, getattr(main, "__file__", None), signal.signal) == before


def test_a_program_without_a_file_has_one_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main = sys.modules["__main__"]
    monkeypatch.delattr(main, "__file__", raising=False)
    with as_program(tmp_path):
        assert main.__file__ == str(tmp_path / "main.py")
    assert not hasattr(main, "__file__")


def test_signals_are_left_alone_in_other_threads(tmp_path: Path) -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with as_program(tmp_path):
            seen.append(signal.signal(signal.SIGTERM, signal.SIG_IGN))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before] == [signal.getsignal(signal.SIGTERM)]


def test_code_in_a_loop_may_run_another_meanwhile(tmp_path: Path) -> None:
    async def inner() -> int:
        await asyncio.sleep(0)
        return 3

    async def outside() -> int:
        running = asyncio.get_running_loop()
        with as_program(tmp_path):
            found = asyncio.run(inner()) + asyncio.run(inner())
        assert asyncio.get_running_loop() is running is asyncio.get_event_loop()
        await asyncio.sleep(0)
        return found

    assert asyncio.run(outside()) == 6
