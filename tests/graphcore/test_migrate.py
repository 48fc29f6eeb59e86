"""Old workflows load: inputs saved for an earlier version of a node become those of the present one."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore import Engine, Pack, Registry, UserError
from graphcore.migrate import migrated

pack = Pack("film", namespace=False)


def _migrate(version: int, inputs: dict[str, Any]) -> dict[str, Any]:
    if version < 2:
        inputs["strength"] = inputs.pop("amount") / 100  # percent, once
    return inputs


@pack.node(version=3, migrate=_migrate)
def grain(strength: float = 0.2) -> float:
    return strength


@pack.node()
def plain(value: int = 1) -> int:
    return value


REGISTRY = Registry(pack)


def saved(version: int | None, **inputs: Any) -> dict[str, Any]:
    meta = {"_meta": {"title": "Grain", "version": version}} if version is not None else {}
    return {"1": {"class_type": "grain", "inputs": inputs, **meta}}


def test_a_prompt_without_a_version_is_of_the_first() -> None:
    node = migrated(saved(None, amount=50), REGISTRY)["1"]
    assert node["inputs"] == {"strength": 0.5}
    assert node["_meta"] == {"version": 3}


def test_the_title_stays_and_the_present_version_is_not_touched() -> None:
    node = migrated(saved(3, strength=0.7), REGISTRY)["1"]
    assert node["inputs"] == {"strength": 0.7}
    assert node["_meta"] == {"title": "Grain", "version": 3}


def test_nodes_of_one_version_are_shared() -> None:
    prompt = {
        "1": {"class_type": "plain", "inputs": {"value": 2}},
        "2": {"class_type": "gone", "inputs": {}},
        "3": None,
    }
    present = migrated(prompt, REGISTRY)
    assert all(present[id] is prompt[id] for id in prompt)


def test_the_given_prompt_is_left_as_it_was() -> None:
    prompt = saved(1, amount=50)
    migrated(prompt, REGISTRY)
    assert prompt == saved(1, amount=50)


def test_a_later_version_asks_for_an_update() -> None:
    with pytest.raises(UserError, match=r"Node 1 \(Grain\) was saved for version 4 of grain, but version 3"):
        migrated(saved(4, strength=1), REGISTRY)


def test_a_run_takes_old_prompts_and_says_the_version_it_ran() -> None:
    with Engine(REGISTRY) as engine:
        result = engine.run(saved(None, amount=25), keep=["1"])
    assert result.values["1"] == ([0.25],)
    assert result.prompt["1"]["_meta"] == {"version": 3}


def test_a_function_of_the_pack_that_fails_is_named() -> None:
    with pytest.raises(UserError, match=r"the pack 'film' fails to turn its inputs into .* \(KeyError: 'amount'\)"):
        migrated(saved(1, strength=0.5), REGISTRY)
