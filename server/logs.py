"""Log lines: as text or as JSON on standard error, and the latest of them for the page that shows them."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from server.events import Event

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
KEPT = 300  # lines
Entry = dict[str, Any]


log = logging.getLogger("server.jobs")


class JsonLines(logging.Formatter):
    """One JSON object a line; `job` and `node` where the line is about one."""

    def format(self, record: logging.LogRecord) -> str:
        """A line."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name in ("job", "node") if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def configure(form: str, text: str = TEXT, about: Callable[[logging.LogRecord], bool] | None = None) -> None:
    """Log to standard error, as `text` or as `json`. `about` puts into records what they are about."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(text))
    if about is not None:
        handler.addFilter(about)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # names its own parts at every upgrade


def log_event(event: Event) -> None:
    """Put into the log what somebody who watches over the server wants to know: jobs that did not succeed."""
    data = event.data
    if event.type == "execution_error":
        node = data.get("node_id") or None
        about = {"job": event.job, "node": node}
        log.warning("Job %s failed in node %s (%s)", event.job, node, data.get("exception_type"), extra=about)
    elif event.type == "job_requeued":
        log.warning("Job %s waits again: %s", event.job, data.get("reason"), extra={"job": event.job})
    elif event.type == "job_ended" and data.get("state") != "succeeded":
        log.info("Job %s ended: %s", event.job, data.get("state"), extra={"job": event.job})


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
