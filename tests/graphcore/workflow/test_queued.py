from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest

from graphcore.workflow import Client, to_prompt
from graphcore.workflow.queued import choose, format_date

NOW = datetime(2031, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("a {red|blue} cat", {"a red cat", "a blue cat"}),
        ("{a|{b|c}}", {"a", "b", "c"}),
        ("{only}", {"only"}),
        (r"\{a\|b\}", {"{a|b}"}),
        ("a /* no\n */ b // end\nc", {"a  b \nc"}),
        ("a | b }", {"a | b }"}),
        ("{a|b", {"{a|b"}),
        ("{|x}", {"", "x"}),
        (r"a\b", {r"a\b"}),
    ],
)
def test_random_prompts(text: str, results: set[str]) -> None:
    chance = random.Random(1)
    assert {choose(text, chance) for _ in range(60)} == results


def test_deep_braces_need_no_recursion() -> None:
    assert choose("{" * 50_000 + "x" + "}" * 50_000, random.Random(1)) == "x"


def test_dates_in_the_letters_of_the_editor() -> None:
    assert format_date(NOW, "yyyy-MM-dd hh:mm:ss yy M d h m s") == "2031-02-03 04:05:06 31 2 3 4 5 6"


CATALOGUE: dict[str, Any] = {
    "SaveImage": {"input": {"required": {"filename_prefix": ["STRING", {}]}}, "output": []},
    "Sampler": {"input": {"required": {"name": ["STRING", {}], "cfg": ["FLOAT", {}]}}, "output": []},
    "Prompt": {"input": {"required": {"text": ["STRING", {"dynamicPrompts": True}]}}, "output": ["STRING"]},
}


def document(prefix: str) -> dict[str, Any]:
    return {
        "nodes": [
            {"id": 1, "type": "SaveImage", "widgets_values": [prefix]},
            {"id": 2, "type": "Sampler", "title": "two", "widgets_values": ["eu/ler*", 7.0]},
            {"id": 3, "type": "Sampler", "properties": {"Node name for S&R": "Alias"}, "widgets_values": ["b", 1.5]},
            {"id": 4, "type": "Prompt", "widgets_values": ["{a|a} // c"]},
        ]
    }


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("%two.name%-%two.cfg%", "eu_ler_-7"),
        ("%Alias.name%/%Alias.cfg%", "b/1.5"),
        ("%date:yy%/%width%%nobody.name%%Alias.none%", "31/%width%%nobody.name%%Alias.none%"),
    ],
)
def test_file_names_are_filled_in(prefix: str, name: str) -> None:
    prompt = to_prompt(document(prefix), CATALOGUE, Client(random.Random(1), NOW)).prompt
    assert prompt["1"]["inputs"]["filename_prefix"] == name
    assert prompt["4"]["inputs"]["text"] == "a "


def test_without_a_client_values_are_taken_as_they_stand() -> None:
    prompt = to_prompt(document("%date:yy%"), CATALOGUE).prompt
    assert prompt["1"]["inputs"]["filename_prefix"] == "%date:yy%"
    assert prompt["4"]["inputs"]["text"] == "{a|a} // c"


def test_primitive_nodes_may_fill_in_text() -> None:
    links = [[1, 9, 0, 1, 0, "STRING"]]
    primitive = {
        "id": 9,
        "type": "PrimitiveNode",
        "widgets_values": ["%two.cfg%"],
        "properties": {"Run widget replace on values": True},
    }
    nodes = [primitive, *document("")["nodes"]]
    nodes[1] = {**nodes[1], "inputs": [{"name": "filename_prefix", "link": 1, "widget": {"name": "filename_prefix"}}]}
    assert to_prompt({"nodes": nodes, "links": links}, CATALOGUE).prompt["1"]["inputs"]["filename_prefix"] == "7"


def test_flags_are_written_as_a_browser_does() -> None:
    node = {"id": 5, "type": "Flagged", "title": "flags", "widgets_values": [True, False]}
    flagged = {"input": {"required": {"on": ["BOOLEAN", {}], "off": ["BOOLEAN", {}]}}, "output": []}
    whole = {"nodes": [*document("%flags.on%-%flags.off%")["nodes"], node]}
    prompt = to_prompt(whole, {**CATALOGUE, "Flagged": flagged}, Client(random.Random(1), NOW)).prompt
    assert prompt["1"]["inputs"]["filename_prefix"] == "true-false"
