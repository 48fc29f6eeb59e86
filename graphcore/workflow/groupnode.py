"""Legacy group nodes, read as subgraph definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.workflow.catalogue import Catalogue
from graphcore.workflow.editor import Node
from graphcore.workflow.subgraph import Definition


def read_group_node(node: Node, document: Mapping[str, Any], catalogue: Catalogue) -> Definition | None:
    """The definition that a group node stands for; None for every other node."""
    return None
