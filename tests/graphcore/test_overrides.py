"""Other values for inputs, by NODE.INPUT."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore import UserError
from graphcore.overrides import assignments, locate, override, parse
from tests.graphcore.kit import Bench, node, wire

REGISTRY = Bench().registry
PROMPT: dict[str, Any] = {
    "1": node("const", value=0),
    "2": {**node("add", a=wire("1"), b=0), "_meta": {"title": "My.Sum"}},
    "3": node("add", a=wire("2"), b=0),
    "4:5": node("blocked", message="x"),
    "6": node("unheard_of", **{"some.name": 1}),
}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("1.value", ("1", "value")),
        ("const.value", ("1", "value")),
        ("CONST.value", ("1", "value")),
        ("my.sum.b", ("2", "b")),
        ("4:5.message", ("4:5", "message")),
        ("6.some.name", ("6", "some.name")),
        ("unheard_of.some.name", ("6", "some.name")),
    ],
)
def test_places(place: str, found: tuple[str, str]) -> None:
    assert locate(PROMPT, REGISTRY, place) == found


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("1.valeu", r"Node 1 \(const\) has no input 'valeu'\. Did you mean value\?"),
        ("1.zzz", r"has no input 'zzz'\. It has value\."),
        ("6.zzz", r"It has some\.name\."),
        ("konst.value", r"has no node 'konst'\. Did you mean const\?"),
        ("zzzzzz.value", r"has no node 'zzzzzz'\. There are 1, 2, 3"),
    ],
)
def test_places_that_are_not_there(place: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        locate(PROMPT, REGISTRY, place)


def test_a_name_of_several_nodes_is_refused() -> None:
    prompt = {id: {**item, "_meta": {"title": "sum"}} for id, item in PROMPT.items()}
    with pytest.raises(UserError, match=r"'sum' means several nodes \(1, 2, 3, 4:5, 6\); use one of these ids"):
        locate(prompt, REGISTRY, "sum.b")


@pytest.mark.parametrize(
    ("place", "value", "becomes"),
    [
        ("1.value", 5, 5),
        ("1.value", "5", 5),
        ("1.value", "[1, 2]", [1, 2]),
        ("1.value", "not json", "not json"),
        ("4:5.message", "5", "5"),
        ("6.some.name", "true", True),
    ],
)
def test_texts_are_read_as_the_input_wants(place: str, value: Any, becomes: Any) -> None:
    id, name = locate(PROMPT, REGISTRY, place)
    changed = override(PROMPT, REGISTRY, {place: value})
    assert changed[id]["inputs"][name] == becomes
    assert PROMPT["1"]["inputs"] == {"value": 0}


def test_settings() -> None:
    assert parse("K.seed=5=6") == ("K.seed", "5=6")
    assert assignments(["K.seed=5", "K.cfg=7", "K.seed=6"]) == {"K.seed": "6", "K.cfg": "7"}
    for wrong in ("K.seed", "seed=5"):
        with pytest.raises(UserError, match="is not a setting; write NODE"):
            parse(wrong)


@pytest.mark.parametrize("broken", [5, {"inputs": {}}, {"class_type": "const", "inputs": [1]}, {"class_type": 7}])
def test_what_is_no_node_is_named(broken: Any) -> None:
    with pytest.raises(UserError, match="Node 9 is no node: it needs a 'class_type'"):
        override({**PROMPT, "9": broken}, REGISTRY, {"1.value": 5})


def test_text_that_is_nested_too_deep_for_json_stays_text() -> None:
    text = "[" * 100_000
    assert override(PROMPT, REGISTRY, {"1.value": text + "]" * 100_000})["1"]["inputs"]["value"].startswith(text)
