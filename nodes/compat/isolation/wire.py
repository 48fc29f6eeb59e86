"""Messages between the two processes: JSON objects, each preceded by its length."""

from __future__ import annotations

import json
import struct
import threading
from typing import Any, BinaryIO

LENGTH = struct.Struct(">I")
Message = dict[str, Any]


class Writer:
    """Sends messages, from any thread. One to a process that is gone is lost, as the reader will find out."""

    def __init__(self, file: BinaryIO):
        self._file, self._lock = file, threading.Lock()

    def send(self, message: Message) -> None:
        """Send one."""
        text = json.dumps(message, separators=(",", ":")).encode()
        with self._lock:
            try:
                self._file.write(LENGTH.pack(len(text)) + text)
                self._file.flush()
            except (OSError, ValueError):
                return


def read(file: BinaryIO) -> Message | None:
    """The next message, waiting for it; None once the other side is gone."""
    start = file.read(LENGTH.size)
    if len(start) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(start)
    text = file.read(size)
    if len(text) < size:
        return None
    message: Message = json.loads(text)
    return message
