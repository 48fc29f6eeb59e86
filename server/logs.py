"""The latest log lines, for the page that shows them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

KEPT = 300  # lines
Entry = dict[str, Any]


class LogRing(logging.Handler):
    """Keeps the latest lines as {"t": ISO time, "m": text}, and tells a listener of each."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.listener: Callable[[Entry], None] | None = None
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        entry = {"t": datetime.fromtimestamp(record.created).isoformat(), "m": self.format(record) + "\n"}
        self.entries.append(entry)
        if self.listener is not None:
            self.listener(entry)
