"""The workflow as it grows."""

from __future__ import annotations

import pytest

from graphcore.dynamic import DynamicPrompt, NodeNotFoundError


def test_inner_nodes_know_where_they_belong() -> None:
    original = {"7": {"class_type": "Grow", "inputs": {}}, "9": {"class_type": "Out", "inputs": {}}}
    graph = DynamicPrompt(original)
    graph.add_ephemeral_node("7.1", {"class_type": "A", "inputs": {}}, "7", None)
    graph.add_ephemeral_node("7.1.1", {"class_type": "B", "inputs": {}}, "7.1", None)
    graph.add_ephemeral_node("7.1.2", {"class_type": "B", "inputs": {}}, "7.1", "9")
    graph.add_ephemeral_node("7.1.3", {"class_type": "B", "inputs": {}}, "7", "7.1.2")
    assert [graph.get_parent_node_id(id) for id in ("7", "7.1", "7.1.1")] == [None, "7", "7.1"]
    assert [graph.get_real_node_id(id) for id in ("7", "7.1", "7.1.1")] == ["7", "7", "7"]
    assert [graph.get_display_node_id(id) for id in ("7.1", "7.1.1", "7.1.2", "7.1.3")] == ["7", "7", "9", "9"]
    assert graph.get_node("7.1")["class_type"] == "A"
    assert graph.all_node_ids() == {"7", "9", "7.1", "7.1.1", "7.1.2", "7.1.3"}
    assert graph.get_original_prompt() is original
    assert set(original) == {"7", "9"}


def test_unknown_nodes() -> None:
    graph = DynamicPrompt()
    assert not graph.has_node("1")
    with pytest.raises(NodeNotFoundError, match="Node 1 is not part of this run"):
        graph.get_node("1")
