"""What a run shows while it goes on: lines in a log, moving rows on a terminal, nothing where nobody reads."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from graphcore.cli.progress import Lines, Live, Silent, display
from graphcore.events import Event, NodeDone, NodeProgress, NodesCached, NodeStarted, RunDone

PROMPT: dict[str, Any] = {
    "1": {"class_type": "Load", "inputs": {}},
    "2": {"class_type": "Paint", "inputs": {}, "_meta": {"title": "The painting"}},
}
EVENTS: list[Event] = [
    NodesCached(("1",)),
    NodeStarted("2", "2", "", "2"),
    NodeProgress("2", 1, 4),
    NodeProgress("2", 2, 4),
    NodeStarted("2.0.0.1", "2", "2", "2"),
    NodeDone("2.0.0.1", "2", None, 0.25, False),
    NodeDone("2", "2", None, 0.5, False),
    NodeDone("1", "1", None, 0.0, True),
    RunDone(0.75),
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_has_a_line_for_each_node_and_few_for_steps() -> None:
    stream = io.StringIO()
    with Lines(PROMPT, stream) as shown:
        for event in EVENTS:
            shown(event)
    assert stream.getvalue().splitlines() == [
        "1 of 2 nodes are known from before",
        "The painting [2]: step 1 of 4",
        "The painting [2.0.0.1]: 0.25 s",
        "The painting [2]: 0.50 s",
        "done in 0.75 s",
    ]


def test_nothing_is_said_of_nodes_that_are_not_cached() -> None:
    stream = io.StringIO()
    Lines(PROMPT, stream)(NodesCached(()))
    assert stream.getvalue() == ""


def test_a_run_goes_on_when_nobody_reads_any_more() -> None:
    stream = io.StringIO()
    with Lines(PROMPT, stream) as shown:
        stream.close()
        shown(RunDone(1.0))


def test_a_terminal_has_a_row_for_each_node_that_worked(capsys: pytest.CaptureFixture[str]) -> None:
    with Live(PROMPT) as shown:
        for event in EVENTS:
            shown(event)
        assert [task.completed for task in shown.bars.tasks] == [1, 1]
    rows = capsys.readouterr().err
    assert rows.count("The painting") == 2
    assert "2/4" in rows
    assert "Load" not in rows


def test_a_node_that_is_announced_again_keeps_its_row() -> None:
    shown = Live(PROMPT)
    for event in (EVENTS[1], EVENTS[1]):
        shown(event)
    assert [task.description for task in shown.bars.tasks] == ["The painting"]


def test_the_display_fits_the_stream(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(display(PROMPT, "seed=5"), Lines)
    assert capsys.readouterr().err == "-- seed=5\n"
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(display(PROMPT), Live)
    monkeypatch.setattr(sys, "stderr", None)
    with display(PROMPT, "seed=5") as silent:
        silent(RunDone(1.0))
    assert isinstance(silent, Silent)
