"""What a run reports, and in which order."""

from __future__ import annotations

import dataclasses
import json

import pytest

from graphcore import Expand, Many, Pack, Run
from graphcore.events import NodeDone, NodePreview, NodeProgress, NodesCached, NodeStarted, RunDone, RunStarted
from tests.graphcore.kit import Bench, node, wire

PROMPT = {"s": node("show", value=wire("a")), "a": node("const", value=1)}


def kinds(bench: Bench) -> list[str]:
    return [type(event).__name__ + (f" {event.node}" if hasattr(event, "node") else "") for event in bench.events]


def test_a_first_run_and_a_cached_one() -> None:
    bench = Bench()
    bench.run(PROMPT)
    assert kinds(bench) == [
        "RunStarted", "NodesCached", "NodeStarted a", "NodeDone a", "NodeStarted s", "NodeDone s", "RunDone",
    ]  # fmt: skip
    assert bench.events[:2] == [RunStarted(2), NodesCached(())]
    bench.run(PROMPT)
    assert kinds(bench) == ["RunStarted", "NodesCached", "NodeDone s", "RunDone"]
    assert bench.seen(NodesCached) == [NodesCached(("s", "a"))]
    assert bench.seen(NodeDone) == [NodeDone("s", "s", {"value": [1]}, 0.0, cached=True)]


def test_progress_and_previews_lie_between_start_and_end() -> None:
    more = Pack("more", namespace=False)

    @more.node(output=True)
    def work(steps: int, *, run: Run) -> None:
        for step in range(steps):
            run.progress(step + 1, steps)
        run.preview("picture")

    bench = Bench(more=more)
    bench.run({"w": node("work", steps=2)})
    assert kinds(bench)[2:6] == ["NodeStarted w", "NodeProgress w", "NodeProgress w", "NodePreview w"]
    assert bench.seen(NodeProgress) == [NodeProgress("w", 1, 2), NodeProgress("w", 2, 2)]
    assert bench.seen(NodePreview) == [NodePreview("w", "picture")]


def test_inner_nodes_say_whom_they_belong_to() -> None:  # G003, G004
    bench = Bench()
    bench.run({"l": node("loop", n=1, total=0), "s": node("show", value=wire("l"))})
    started = bench.seen(NodeStarted)
    assert started == [
        NodeStarted("l", "l", "", "l"),
        NodeStarted("l.0.0.1", "l", "l", "l"),
        NodeStarted("s", "s", "", "s"),
    ]


def test_an_inner_node_may_be_shown_as_another() -> None:  # G013
    more = Pack("more", namespace=False)

    @more.node()
    def outer(n: int, *, run: Run) -> Expand[int]:
        graph = run.graph()
        inner = graph.node("const", value=n)
        inner.display = "elsewhere"
        return graph.result(inner.out())

    bench = Bench(more=more)
    bench.run({"o": node("outer", n=1), "s": node("show", value=wire("o"))})
    assert [event.display for event in bench.seen(NodeStarted)] == ["o", "elsewhere", "s"]


def test_what_is_shown_by_several_calls_is_one_event() -> None:  # E011
    more = Pack("more", namespace=False)

    @more.node()
    def three() -> Many[int]:
        return [4, 5, 6]

    bench = Bench(more=more)
    result = bench.run({"t": node("three"), "s": node("show", value=wire("t"))})
    assert result.ui == {"s": {"value": [4, 5, 6]}}
    assert [event.ui for event in bench.seen(NodeDone)] == [None, {"value": [4, 5, 6]}]


@pytest.mark.parametrize("event", [RunStarted(1), NodesCached(("a",)), NodeStarted("a", "b", "c", "d"), RunDone(0.5)])
def test_events_are_json_ready_and_frozen(event: object) -> None:
    assert json.dumps(dataclasses.asdict(event))  # type: ignore[call-overload]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, dataclasses.fields(event)[0].name, 1)  # type: ignore[arg-type]
