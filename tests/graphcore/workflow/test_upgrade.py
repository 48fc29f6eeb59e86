"""Nodes of editor documents that were saved for an earlier version."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Annotated, Any

import pytest

from graphcore import Engine, Folders, Image, Pack, Range, Registry, Seed, UserError
from graphcore.catalogue import Catalogue, entry_of
from graphcore.cli import main
from graphcore.prepare import prepare
from graphcore.workflow import Workflow
from graphcore.workflow.check import check

pack = Pack("film", namespace=False)


def _migrate(version: int, inputs: dict[str, Any]) -> dict[str, Any]:
    """1: amount in percent, and a mask that did nothing. 2: strength. 3: the seed, which was `noise`."""
    if version < 2:
        amount = inputs.pop("amount")
        inputs["strength"] = amount if isinstance(amount, list) else amount / 100
        inputs.pop("mask", None)
    inputs["seed"] = inputs.pop("noise")
    return inputs


@pack.node(version=3, migrate=_migrate, output=True)
def grain(
    image: Image,
    seed: Annotated[int, Seed()] = 0,
    strength: Annotated[float, Range(0, 1)] = 0.2,
    steps: int = 1,
) -> tuple[Image, float]:
    return image, strength


@pack.node()
def picture(size: int = 4) -> Image:
    return size


@pack.node()
def number(value: float = 1.0) -> float:
    return value


REGISTRY = Registry(pack)
CATALOGUE = Catalogue(REGISTRY, Folders())
OLD = {"node_version": 1, "widget_names": ["noise", "", "amount"]}


def document(properties: dict[str, Any] | None = None, **grain: Any) -> dict[str, Any]:
    """A picture (1), a number (2) and grain (3) of version 1, whose mask is wired to the picture as well."""
    inputs = [{"name": "image", "type": "IMAGE", "link": 10}, {"name": "mask", "type": "IMAGE", "link": 11}]
    return {
        "nodes": [
            {"id": 1, "type": "picture", "widgets_values": [8], "outputs": [{"type": "IMAGE", "links": [10, 11]}]},
            {"id": 2, "type": "number", "widgets_values": [0.25], "outputs": [{"type": "FLOAT", "links": None}]},
            {
                "id": 3, "type": "grain", "title": "Mine", "widgets_values": [7, "randomize", 50],
                "inputs": inputs, "properties": OLD if properties is None else properties, **grain,
            },
        ],
        "links": [[10, 1, 0, 3, 0, "IMAGE"], [11, 1, 0, 3, 1, "IMAGE"]],
        "version": 0.4,
    }  # fmt: skip


def upgraded(source: dict[str, Any]) -> dict[str, Any]:
    return Workflow.load(source).upgraded(REGISTRY, CATALOGUE).document


def test_values_and_wires_take_their_present_names() -> None:
    before = document()
    present = upgraded(before)
    node = present["nodes"][2]
    assert node["widgets_values"] == [7, "randomize", 0.5, 1]
    assert node["properties"] == {"node_version": 3, "widget_names": ["seed", "", "strength", "steps"]}
    assert [(slot["name"], slot["link"]) for slot in node["inputs"]] == [("image", 10), ("mask", None)]
    assert present["links"] == [[10, 1, 0, 3, 0, "IMAGE"]]
    assert present["nodes"][0]["outputs"][0]["links"] == [10]
    assert before == document(), "the given document was changed"
    workflow = Workflow.load(present)
    assert workflow.upgraded(REGISTRY, CATALOGUE) is workflow


def test_it_runs_with_what_its_author_makes_of_the_old_values() -> None:
    with Engine(REGISTRY) as engine:
        result = engine.run(document(), keep=["3"])
    assert result.prompt["3"]["inputs"] == {"image": ["1", 0], "seed": 7, "strength": 0.5, "steps": 1}
    assert result.values["3"] == ([8], [0.5])


def test_a_wired_value_keeps_its_wire_under_the_new_name() -> None:
    old = document()
    old["links"].append({"id": "12", "origin_id": 2, "origin_slot": 0, "target_id": 3, "target_slot": 2, "type": "*"})
    old["nodes"][2]["inputs"].append({"name": "amount", "type": "FLOAT", "link": "12", "widget": {"name": "amount"}})
    node = upgraded(old)["nodes"][2]
    assert node["inputs"][2] == {
        "name": "strength", "type": "FLOAT", "link": "12", "widget": {"name": "strength"},
    }  # fmt: skip
    assert prepare(old, REGISTRY, Folders()).prompt["3"]["inputs"]["strength"] == ["2", 0]


@pytest.mark.parametrize(
    "naming",
    [
        {"widgets_values": {"noise": 7, "amount": 50}},
        {"widgets_values_named": {"noise": 7, "amount": 50}},
        {
            "inputs": [
                {"name": "image", "link": 10},
                {"name": "noise", "link": None, "widget": {"name": "noise"}},
                {"name": "amount", "link": None, "widget": {"name": "amount"}},
            ]
        },
    ],
)
def test_names_may_come_from_values_or_sockets_too(naming: dict[str, Any]) -> None:
    prepared = prepare(document({"node_version": 1}, **naming), REGISTRY, Folders())
    assert prepared.prompt["3"]["inputs"] == {"image": ["1", 0], "seed": 7, "strength": 0.5, "steps": 1}


def test_values_without_names_are_not_guessed() -> None:
    with pytest.raises(UserError, match=r"Node 3 \(Mine\) was saved for version 1 of grain, and the file"):
        upgraded(document({"node_version": 1}))


@pytest.mark.parametrize("properties", [{}, {"node_version": 3}, {"node_version": "1"}, {"node_version": True}])
def test_without_a_statement_a_node_is_of_the_present_version(properties: dict[str, Any]) -> None:
    source = document(properties, widgets_values=[7, "fixed", 0.5, 1])
    assert upgraded(source) == source
    assert prepare(source, REGISTRY, Folders()).prompt["3"]["inputs"]["strength"] == 0.5


def test_a_later_version_asks_for_an_update() -> None:
    with pytest.raises(UserError, match="saved for version 4 of grain, but version 3 is installed; update the pack"):
        upgraded(document({**OLD, "node_version": 4}))


def test_a_pack_that_fails_to_migrate_is_named() -> None:
    broken = document({"node_version": 1, "widget_names": ["noise", "", "other"]})
    with pytest.raises(UserError, match=r"the pack 'film' fails to turn its inputs .* \(KeyError: 'amount'\)"):
        upgraded(broken)


def test_nodes_inside_subgraphs_are_brought_up_too() -> None:
    inner = {**document(), "id": "sub", "name": "Sub", "inputs": [], "outputs": []}
    outer = {"nodes": [{"id": 5, "type": "sub"}], "links": [], "definitions": {"subgraphs": [inner]}}
    prompt = prepare(outer, REGISTRY, Folders()).prompt
    assert prompt["5:3"]["inputs"] == {"image": ["5:1", 0], "seed": 7, "strength": 0.5, "steps": 1}


def test_a_report_of_what_is_wrong_holds_it() -> None:
    assert check(Workflow.load(document()), CATALOGUE, REGISTRY, Folders()).sound
    (problem,) = check(Workflow.load(document({"node_version": 1})), CATALOGUE, REGISTRY, Folders()).problems
    assert "does not tell which value is whose" in problem.message


def test_what_writes_documents_states_the_version() -> None:
    prompt = {"3": {"class_type": "grain", "inputs": {"seed": 7, "strength": 0.5, "steps": 2}}}
    (made,) = Workflow.load(prompt).editor(CATALOGUE)["nodes"]
    stated = {"node_version": 3, "widget_names": ["seed", "", "strength", "steps"]}
    assert made["properties"] == {"Node name for S&R": "grain", **stated}
    unmarked = document({}, widgets_values=[7, "fixed", 0.5, 1])
    shown = prepare(unmarked, REGISTRY, Folders(), {"3.strength": 0.75}).extra["workflow"]["nodes"]
    assert shown[2]["properties"] == stated
    assert shown[2]["widgets_values"] == [7, "fixed", 0.75, 1]
    assert "properties" not in shown[0]


def test_clients_are_told_the_version() -> None:
    assert entry_of(REGISTRY["grain"], Folders())["node_version"] == 3
    assert "node_version" not in entry_of(REGISTRY["picture"], Folders())


def test_a_document_survives_two_changes_of_a_node() -> None:
    """Written by the engine of version 3, read by one where the node is of version 4."""
    later = Pack("film", namespace=False)

    @later.node(id="grain", version=4, migrate=lambda version, inputs: {"amount": inputs["strength"] * 1000})
    def grain_of_tomorrow(amount: int = 0) -> int:
        return amount

    kept = copy.deepcopy(prepare(document(), REGISTRY, Folders()).extra["workflow"])
    tomorrow = Registry(later, pack)
    assert prepare(json.loads(json.dumps(kept)), tomorrow, Folders()).prompt["3"]["inputs"] == {"amount": 500.0}


def test_convert_knows_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("graphcore.cli.documents.installed", lambda folders: REGISTRY)
    (tmp_path / "old.json").write_text(json.dumps(document()))
    (tmp_path / "prompt.json").write_text('{"3": {"class_type": "grain", "inputs": {"noise": 7, "amount": 50}}}')
    for name in ("old.json", "prompt.json"):
        for form in ("prompt", "editor"):
            with pytest.raises(SystemExit) as leaving:
                main(["convert", str(tmp_path / name), "--to", form])
            assert not leaving.value.code
            shown = json.loads(capfd.readouterr().out)
            node = shown["3"]["inputs"] if form == "prompt" else shown["nodes"][-1]["widgets_values"]
            assert (node["strength"] if form == "prompt" else node[2]) == 0.5
