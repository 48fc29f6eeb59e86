"""Types of sockets as the editor compares them when it routes around a bypassed node."""

from __future__ import annotations

from typing import Any


def wire_type(type: Any) -> str:
    """A socket type from a file or a catalogue as one string; choices become COMBO, wildcards `*`."""
    if isinstance(type, str):
        return type or "*"
    if isinstance(type, (list, tuple)):
        return "COMBO"
    # Old files write wildcards as 0 or -1.
    return "*"


def compatible(left: str, right: str) -> bool:
    """Whether two socket types meet: equal without regard to case, a wildcard, or a shared member of a union."""
    if left == right or left == "*" or right == "*":
        return True
    left, right = left.lower(), right.lower()
    if "," not in left and "," not in right:
        return left == right
    return not set(left.split(",")).isdisjoint(right.split(","))
