"""Log lines."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from server.events import EventLog
from server.logs import JsonLines, LogRing, log_event


def test_json_lines_name_job_and_node(caplog: pytest.LogCaptureFixture) -> None:
    log = EventLog()
    log.subscribe(log_event)
    data = {"node_id": "9", "exception_type": "ValueError", "exception_message": "not for the log"}
    with caplog.at_level(logging.INFO):
        log.emit("execution_error", data, job="j")
        log.emit("job_ended", {"state": "succeeded"}, job="j")
        log.emit("job_ended", {"state": "cancelled"}, job="k")
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert [(line["level"], line["job"], line.get("node")) for line in lines] == [
        ("warning", "j", "9"),
        ("info", "k", None),
    ]
    assert "not for the log" not in str(lines)


def test_an_upgrade_of_the_store_is_logged_without_the_names_of_alembics_parts() -> None:
    script = """
import logging
from server.logs import configure
configure("text")
logging.getLogger("alembic.runtime.plugins").info("setup plugin")
logging.getLogger("alembic.runtime.migration").info("Running upgrade")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [line.rpartition(": ")[2] for line in done.stderr.splitlines()] == ["Running upgrade"]


def test_a_traceback_stays_on_its_line() -> None:
    try:
        raise ValueError("odd\nline")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "failed", (), __import__("sys").exc_info()
        )
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "ValueError: odd" in json.loads(text)["traceback"]


def test_the_ring_keeps_lines_and_tells_of_them() -> None:
    ring, heard = LogRing(), []
    ring.listener = heard.append
    ring.emit(logging.LogRecord("x", logging.INFO, "f", 1, "hello %s", ("you",), None))
    assert [entry["m"] for entry in ring.entries] == ["INFO x: hello you\n"] == [entry["m"] for entry in heard]
