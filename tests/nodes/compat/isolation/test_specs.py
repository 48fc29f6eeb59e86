"""Packs of every style give the same in a process of their own as in the engine's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphcore.catalogue import entry_of


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


V3 = {
    "count": 2, "mode": "sum", "any": "x", "numbers.n0": 1.5, "numbers.n1": ["2", 0], "extra": "plus",
    "extra.amount": 3.0,
}  # fmt: skip
WORKFLOWS: dict[str, tuple[str, dict[str, Any]]] = {
    "lists": ("list_nodes", {"1": node("GatherNumbers", numbers=["2", 0]), "2": node("SpreadNumbers", count=4)}),
    "lazy": ("lazy_switch", {"1": node("LazySwitchByName", on=False, no=["2", 0]), "2": node("PrimitiveInt", value=3)}),
    "v3": ("v3_everything", {"1": node("V3Everything", **V3), "2": node("PrimitiveFloat", value=0.25)}),
    "blocked": ("v3_everything", {"1": node("V3Gate", value=1, open=False)}),
    "function": ("native_pack", {"1": node("grainy/double", x=4)}),
    "growing": (
        "native_pack",
        {
            "1": node("grainy/total", **{"first": 1, "others.0": 2, "others.1": ["2", 0]}),
            "2": node("grainy/double", x=4),
        },
    ),
    "short": ("native_pack", {"1": node("double", x=4)}),
}


def apart(place: Any, pack: str) -> None:
    (place.path / "custom_nodes" / pack / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "process"\n')


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_gives_the_same(base: Callable[..., Any], name: str) -> None:
    pack, prompt = WORKFLOWS[name]
    place = base(pack)
    engine, _ = place.start()
    before = engine.run(prompt, keep=["1"])
    apart(place, pack)
    engine, packs = place.start()
    after = engine.run(prompt, keep=["1"])
    assert packs.hosts
    assert list(map(comparable, after.values["1"])) == list(map(comparable, before.values["1"]))
    assert after.ui == before.ui


def comparable(values: Any) -> Any:
    return [getattr(value, "message", value) for value in values]


@pytest.mark.parametrize("pack", ["list_nodes", "lazy_switch", "v3_everything", "native_pack", "any_type", "logic"])
def test_clients_are_told_the_same_of_its_nodes(base: Callable[..., Any], pack: str) -> None:
    place = base(pack)

    def entries() -> dict[str, Any]:
        _, packs = place.start()
        return {id: plainly(entry_of(packs[id], place.folders)) for id in packs}

    before = entries()
    apart(place, pack)
    assert entries() == before


def plainly(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): plainly(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(item) for item in value]
    return str.__str__(value) if isinstance(value, str) else value


def test_members_of_inputs_are_checked(base: Callable[..., Any]) -> None:
    place = base("v3_everything")
    apart(place, "v3_everything")
    engine, _ = place.start()
    wrong = {**V3, "numbers.n1": "no number", "mode": "neither"}
    found = {(problem.code, problem.input) for problem in engine.check({"1": node("V3Everything", **wrong)}).problems}
    assert {("invalid_input_type", "numbers.n1")} <= found
    wrong = {**V3, "numbers.n1": 2.0, "mode": "neither"}
    problems = engine.check({"1": node("V3Everything", **wrong)}).problems
    assert "no such mode" in str(problems[0])
    assert engine.check({"1": node("V3Everything", **{**V3, "numbers.n1": 2.0})}).problems == []


def test_a_result_is_known_until_the_code_changes(base: Callable[..., Any]) -> None:
    place = base("is_changed")
    apart(place, "is_changed")
    _, packs = place.start()
    ids = list(packs)
    assert ids
    place.path.joinpath("custom_nodes", "is_changed", "more.py").write_text("x = 1\n")
    _, again = place.start()
    assert packs[ids[0]].identity != again[ids[0]].identity
