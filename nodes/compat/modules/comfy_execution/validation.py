"""`comfy_execution.validation`."""

from __future__ import annotations

from typing import Any

from graphcore.sockets import assignable


def validate_node_input(received_type: Any, input_type: Any, strict: bool = False) -> bool:
    """Whether a wire of one type may end in an input of another; unions are written 'A,B'.

    With `strict` everything that may come must be accepted, else something that may come.
    """
    return assignable(received_type, input_type, strict=strict)
