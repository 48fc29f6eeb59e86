"""Events as messages; tests/conformance has their order in whole runs."""

from __future__ import annotations

from graphcore.events import (
    NodeBlocked,
    NodeDone,
    NodePreview,
    NodeProgress,
    NodesCached,
    NodeShown,
    NodeStarted,
    RunDone,
)
from graphcore.messages import Messages


def test_a_preview_is_no_message() -> None:
    assert Messages("p").of(NodePreview("1", object())) == []


def test_progress_never_passes_its_total() -> None:
    messages = Messages("p")
    messages.of(NodeStarted("1", "1", "", "1"))
    state, progress = messages.of(NodeProgress("1", 12, 10))
    assert progress == ("progress", {"value": 10, "max": 10, "prompt_id": "p", "node": "1"})
    assert state[1]["nodes"]["1"]["state"] == "running"


def test_each_state_message_is_of_its_moment() -> None:
    messages = Messages("p")
    running = messages.of(NodeStarted("1", "1", "", "1"))[0]
    messages.of(NodeDone("1", "1", None, 0.1, False))
    assert running[1]["nodes"]["1"]["state"] == "running"


def test_what_is_shown_early_is_in_the_history() -> None:
    messages = Messages("p")
    messages.of(NodeStarted("1", "9", "9", "9"))
    ((kind, data),) = messages.of(NodeShown("1", "9", {"text": ["a"]}))
    assert (kind, data) == ("executed", {"node": "1", "display_node": "9", "output": {"text": ["a"]}, "prompt_id": "p"})
    assert [kind for kind, _ in messages.of(NodeDone("1", "9", None, 0.1, False))] == ["progress_state"]
    assert messages.outputs == {"1": {"text": ["a"]}}
    assert messages.meta["1"] == {"node_id": "1", "display_node": "9", "parent_node": "9", "real_node_id": "9"}
    assert messages.executed == ["1"]


def test_times_are_in_milliseconds() -> None:
    messages = Messages("p", clock=lambda: 1.5)
    assert messages.of(NodesCached(("1",))) == [
        ("execution_cached", {"nodes": ["1"], "prompt_id": "p", "timestamp": 1500})
    ]
    assert messages.of(RunDone(0.1)) == [("execution_success", {"prompt_id": "p", "timestamp": 1500})]
    assert (messages.status["status_str"], messages.status["completed"]) == ("success", True)


def test_a_blocked_node_is_not_stored() -> None:
    messages = Messages("p")
    ((kind, data),) = messages.of(NodeBlocked("1", "no", "Save"))
    assert (kind, data["exception_type"], data["node_type"]) == ("execution_error", "ExecutionBlocked", "Save")
    assert messages.status["messages"] == []
