"""Nodes that the catalogue does not have: what is still known about them, and how they are reported."""

from __future__ import annotations

import re
from typing import Any

from graphcore.errors import Problem
from graphcore.workflow.editor import Node
from graphcore.workflow.values import stored_values
from graphcore.workflow.widgets import CONTROL_WORDS

_STOCK = "comfy-core"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def named_values(node: Node) -> dict[str, Any]:
    """Widget values of an unknown node by input name, as far as its file tells: by name, or by its widget sockets.

    Editors that save every widget as a socket list those in widget order; the values of controls lie between.
    """
    stored = stored_values(node.raw)
    if stored.named:
        return dict(stored.named)
    names = [slot.widget for slot in node.inputs if slot.widget]
    values = stored.listed
    if len(values) != len(names):
        values = [value for value in values if not (isinstance(value, str) and value in CONTROL_WORDS)]
    return dict(zip(names, values, strict=True)) if len(values) == len(names) else {}


def missing_problem(node: Node, id: str, *, dropped: bool) -> Problem:
    """The finding that a node type is not installed, naming the pack where the file does."""
    pack = str(node.properties.get("cnr_id") or node.properties.get("aux_id") or "")
    if pack == _STOCK:
        pack, hint = "", "The stock server has it built in; use another node, or ask for it."
    elif pack:
        hint = f"Install the pack '{pack}', or remove the node."
    else:
        hint = "Install the pack that brings it, or remove the node."
    message = f"The node type '{node.type}' is not known here"
    if _UUID.fullmatch(node.type):
        message, hint = (
            "The definition of this subgraph is not in the file",
            "Save the workflow again, or remove the node.",
        )
    message += "; nothing depends on the node, so it is left out." if dropped else "."
    return Problem(
        code="missing_node_type",
        message=message,
        node=id,
        title=node.title or node.type,
        type=node.type,
        hint=hint,
        extra={"class_type": node.type, "pack": pack},
    )
