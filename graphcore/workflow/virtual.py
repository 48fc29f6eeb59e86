"""Node types that exist in editors only: they never reach an engine."""

from __future__ import annotations

PRIMITIVE = "PrimitiveNode"
GETTER, SETTER = "GetNode", "SetNode"
PASS_THROUGH = frozenset({"Reroute", "Reroute (rgthree)", SETTER})
NOTES = frozenset({"Note", "MarkdownNote"})

HELPERS = frozenset(
    {
        "Bookmark (rgthree)",
        "Fast Actions Button (rgthree)",
        "Fast Bypasser (rgthree)",
        "Fast Groups Bypasser (rgthree)",
        "Fast Groups Muter (rgthree)",
        "Fast Muter (rgthree)",
        "Label (rgthree)",
        "Mute / Bypass Relay (rgthree)",
        "Mute / Bypass Repeater (rgthree)",
        "Node Collector (rgthree)",
        "Random Unmuter (rgthree)",
    }
)
"""Helpers of packs that act on the editor only; they may be linked, and are dropped all the same."""

VIRTUAL = PASS_THROUGH | NOTES | HELPERS | {PRIMITIVE, GETTER}
