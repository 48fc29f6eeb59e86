"""The process of one pack: `python -m nodes.compat.isolation.child`.

It talks over its standard input and output, which the pack does not get to see, and lives no longer than whoever
started it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from graphcore.folders import Folders
from graphcore.pack import Registry
from graphcore.pipes import own_pipes
from nodes.compat.isolation import wire
from nodes.compat.isolation.memory import Exchange
from nodes.compat.isolation.values import PackCodec, Packer
from nodes.compat.isolation.work import Work
from nodes.compat.pack_entries import Entry

THREADS = 16  # nodes that run beside the device: files, network
Message = wire.Message


class Child:
    """The threads of the process: this one calls the device's nodes, one after the other; one reads; one has an event
    loop for async nodes; others call what waits for files and networks."""

    def __init__(self, work: Work, source: BinaryIO):
        self.work, self.source = work, source
        self.device: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.beside = ThreadPoolExecutor(THREADS)
        self.loop = asyncio.new_event_loop()

    def serve(self) -> None:
        """Call nodes for ever; the reader ends the process."""
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            self.device.get()()

    def _read(self) -> None:
        while (message := wire.read(self.source)) is not None:
            self._sort(message)
        self.work.exchange.close()
        os._exit(0)

    def _sort(self, message: Message) -> None:
        if message["t"] in ("cancel", "forget", "given", "job"):
            self.work.note(message)
        elif message.get("async"):
            asyncio.run_coroutine_threadsafe(self.work.answer_async(message), self.loop)
        elif message.get("lane") == "device":
            self.device.put(lambda: self.work.answer(message))
        else:
            self.beside.submit(self.work.answer, message)


def folders_of(document: dict[str, Any]) -> Folders:
    """The folders that the engine's side has."""
    folders = Folders(document["base"])
    for name in ("input", "output", "temp", "user"):
        setattr(folders, name, Path(document[name]))
    for kind, (roots, extensions) in document["kinds"].items():
        folders.kinds[kind] = ([Path(root) for root in roots], frozenset(extensions))
    return folders


def main() -> None:
    """Be the process of a pack until the engine's side goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the engine decides what it means
    source, sink = own_pipes()
    logging.basicConfig(level=logging.INFO, format="pack: %(levelname)s %(name)s: %(message)s")
    first = wire.read(source)
    if first is None:
        return
    from nodes.builtin import pack as builtin

    writer, codec = wire.Writer(sink), PackCodec()
    packer = Packer(Exchange(first["exchange"]), codec)
    entry = Entry(Path(first["pack"]))
    work = Work(entry, folders_of(first["folders"]), Registry(builtin), writer, packer, codec)
    writer.send({"t": "ready", "problem": work.load()})
    Child(work, source).serve()


if __name__ == "__main__":
    main()
