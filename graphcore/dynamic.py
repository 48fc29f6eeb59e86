"""The workflow of one run, as it grows: nodes that expand add inner ones, each with a parent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.errors import GraphcoreError


class NodeNotFoundError(GraphcoreError):
    """A node id that is not part of the run."""


class DynamicPrompt:
    """The submitted nodes and those added while running; what the class contract hands out as DYNPROMPT.

    An inner node's *display* node is the one that a user sees, its *real* node the one of the submitted workflow. Both
    are resolved when the node is added, so that a question costs the same at any depth.
    """

    def __init__(self, original: Mapping[str, Any] | None = None):
        self.original = original if original is not None else {}
        self.nodes: dict[str, Mapping[str, Any]] = dict(self.original)
        self.parents: dict[str, str] = {}
        self._displays: dict[str, str] = {}
        self._roots: dict[str, str] = {}

    def add_ephemeral_node(
        self, node_id: str, node_info: Mapping[str, Any], parent_id: str, display_id: str | None = None
    ) -> None:
        """Add an inner node; `display_id` defaults to the parent."""
        self.nodes[node_id] = node_info
        self.parents[node_id] = parent_id
        self._displays[node_id] = self.get_display_node_id(display_id if display_id is not None else parent_id)
        self._roots[node_id] = self.get_real_node_id(parent_id)

    def get_node(self, node_id: str) -> Mapping[str, Any]:
        """The node in prompt form. NodeNotFoundError if there is none."""
        try:
            return self.nodes[node_id]
        except KeyError:
            raise NodeNotFoundError(f"Node {node_id} is not part of this run.") from None

    def has_node(self, node_id: str) -> bool:
        """Whether there is such a node by now."""
        return node_id in self.nodes

    def all_node_ids(self) -> set[str]:
        """Every id there is by now."""
        return set(self.nodes)

    def get_parent_node_id(self, node_id: str) -> str | None:
        """The node that added this one; None for a submitted node."""
        return self.parents.get(node_id)

    def get_real_node_id(self, node_id: str) -> str:
        """The submitted node that this one belongs to."""
        return self._roots.get(node_id, node_id)

    def get_display_node_id(self, node_id: str) -> str:
        """The node that a user sees in this one's place."""
        return self._displays.get(node_id, node_id)

    def get_original_prompt(self) -> Mapping[str, Any]:
        """The workflow as it was submitted."""
        return self.original
