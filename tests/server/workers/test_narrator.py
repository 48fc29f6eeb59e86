"""From the engine's events to the field's messages."""

from __future__ import annotations

from typing import Any

from graphcore.events import (
    NodeBlocked,
    NodeDone,
    NodePreview,
    NodeProgress,
    NodesCached,
    NodeShown,
    NodeStarted,
    RunDone,
    RunStarted,
)
from server.workers.narrator import SMALL, Narrator
from server.workers.protocol import Said


def narrator() -> Narrator:
    return Narrator("job", lambda image: ("image/jpeg", image))


def told(who: Narrator, *events: Any) -> list[Said]:
    return [said for event in events for said in who.tell(event)]


def types(said: list[Said]) -> list[str]:
    return [message.type for message in said]


def test_a_node_that_runs() -> None:
    who = narrator()
    said = told(
        who,
        RunStarted(1),
        NodesCached(("9",)),
        NodeStarted("1", "1", "", "1"),
        NodeProgress("1", 2, 4),
        NodeDone("1", "1", {"text": ["x"]}, 0.1, False),
        RunDone(0.1),
    )
    assert types(said) == [
        *("execution_start", "execution_cached", "progress_state", "executing"),
        *("progress_state", "progress", "executed", "progress_state"),
    ]
    assert said[1].data["nodes"] == ["9"]
    assert said[3].data == {"node": "1", "display_node": "1", "prompt_id": "job"}
    assert said[5].data == {"value": 2, "max": 4, "prompt_id": "job", "node": "1"}
    assert said[6].data == {"node": "1", "display_node": "1", "output": {"text": ["x"]}, "prompt_id": "job"}
    states = [message.data["nodes"]["1"] for message in said if message.type == "progress_state"]
    assert [(s["value"], s["max"], s["state"]) for s in states] == [
        (0.0, 1.0, "running"),
        (2, 4, "running"),
        (4, 4, "finished"),
    ]


def test_a_node_with_nothing_to_show_is_not_executed_unless_it_was_cached() -> None:
    who = narrator()
    quiet = told(who, NodeStarted("1", "1", "", "1"), NodeDone("1", "1", None, 0.1, False))
    assert "executed" not in types(quiet)
    cached = told(who, NodeDone("2", "2", None, 0.0, True))
    assert types(cached) == ["executed", "progress_state"]
    assert cached[0].data["output"] is None


def test_nodes_inside_an_expansion_name_the_one_that_is_seen() -> None:
    who = narrator()
    told(who, NodeStarted("5", "5", "", "5"), NodeShown("5", "5", {"text": ["early"]}))
    said = told(who, NodeStarted("5.0.0.1", "5", "5", "5"), NodeDone("5.0.0.1", "5", {"a": [1]}, 0.1, False))
    assert said[1].data["display_node"] == "5"
    state = said[0].data["nodes"]["5.0.0.1"]
    assert (state["display_node_id"], state["parent_node_id"], state["real_node_id"]) == ("5", "5", "5")
    outputs, meta = who.shown({})
    assert outputs == {"5": {"text": ["early"]}, "5.0.0.1": {"a": [1]}}
    assert meta["5.0.0.1"] == {"node_id": "5.0.0.1", "display_node": "5", "parent_node": "5", "real_node_id": "5"}


def test_a_second_go_is_not_announced_again() -> None:
    who = narrator()
    assert len(told(who, RunStarted(1), NodesCached(()), RunStarted(1), NodesCached(()))) == 2


def test_what_cached_nodes_showed_is_part_of_the_result() -> None:
    outputs, meta = narrator().shown({"3": {"text": ["x"]}})
    assert outputs == {"3": {"text": ["x"]}}
    assert meta == {"3": {"node_id": "3", "display_node": "3", "parent_node": None, "real_node_id": "3"}}


def test_a_blocker_is_an_error_without_a_time() -> None:
    (said,) = told(narrator(), NodeBlocked("1", "not today", "Kind"))
    assert said.type == "execution_error"
    assert said.data["exception_type"] == "ExecutionBlocked"
    assert "timestamp" not in said.data


def test_rough_previews_are_told_apart() -> None:
    said = told(narrator(), NodeStarted("1", "d", "", "1"), NodePreview("1", b"jpeg", rough=True))
    assert said[-1].type == "rough_preview"
    assert said[-1].image == b"jpeg"


def test_previews_carry_their_place_and_come_at_intervals() -> None:
    who = narrator()
    said = told(who, NodeStarted("1", "d", "", "1"), *[NodePreview("1", b"jpeg")] * 50)
    pictures = [message for message in said if message.type == "preview"]
    assert len(pictures) == 1
    assert pictures[0].image == b"jpeg"
    assert pictures[0].data == {
        "node_id": "1",
        "prompt_id": "job",
        "display_node_id": "d",
        "parent_node_id": None,
        "real_node_id": "1",
        "image_type": "image/jpeg",
    }


def test_the_map_of_a_large_graph_is_sent_at_intervals_and_whole_at_the_end() -> None:
    who, count = narrator(), 20 * SMALL
    nodes = [str(index) for index in range(count)]
    said = told(who, *(event for n in nodes for event in (NodeStarted(n, n, "", n), NodeDone(n, n, None, 0, False))))
    assert types(said).count("executing") == count
    assert types(said).count("progress_state") < 4 * SMALL
    (last,) = told(who, RunDone(1.0))
    assert len(last.data["nodes"]) == count
    assert {state["state"] for state in last.data["nodes"].values()} == {"finished"}
