"""All packs of the tests at once, and one workflow of all kinds of nodes.

Run by test_loader.py in a process of its own, since some of the packs patch what every other test uses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.nodes.compat.conftest import PACKS
from tests.nodes.compat.test_loader import node

EVERY = tuple(path.name for path in sorted(PACKS.iterdir()) if path.name not in ("README.md", "__pycache__"))
BROKEN = {"exits", "missing_dependency", "no_exports", "syntax_error", "v3_no_extension", "v3_no_list"}


def test_nodes_of_all_kinds_work_together(base: Callable[..., Any]) -> None:
    """All packs of the tests at once, and one workflow of native, V1, V3 nodes and those of another process."""
    engine, packs = base(*EVERY).start()
    reports = packs.load_all()
    assert {report.name for report in reports if report.problem} == BROKEN
    assert len(reports) - len(BROKEN) >= 40
    assert engine.run({"1": node("WideAreas")}, keep=["1"]).values["1"] == ([25],)
    prompt = {
        "spread": node("SpreadNumbers", count=4),
        "count": node("V3Count", n=["spread", 0]),
        "gate": node("V3Gate", value=["count", 0], open=True),
        "sum": node("GatherNumbers", numbers=["gate", 0]),
        "twice": node("grainy/double", x=["sum", 0]),
        "expand": node("ExpandSum", a=["twice", 0], b=1),
        "apart": node("ApartMake", size=["expand", 0]),
        "back": node("ApartUse", thing=["apart", 0]),
        "other": node("PrimitiveInt", value=5),
        "switch": node("LazySwitchByName", on=True, yes=["back", 0], no=["other", 0]),
    }
    result = engine.run(prompt, keep=["switch", "gate"])
    assert result.values["switch"][0] == [23]
    assert result.values["gate"][0] == [0, 1, 2, 3]
    assert "other" not in result.seconds
    assert engine.run(prompt, keep=["switch"]).seconds == {}
    prompt["expand"]["inputs"]["b"] = 2
    again = engine.run(prompt, keep=["switch"])
    assert again.values["switch"][0] == [24]
    assert {"expand", "apart", "back", "switch"} <= set(again.seconds)
    assert not {"spread", "count", "sum", "twice"} & set(again.seconds)
    for host in packs.hosts.values():
        host.close()
