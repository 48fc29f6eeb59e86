"""The nodes of loading, conditioning and sampling have the ids, inputs and outputs that workflows know."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphcore import Folders
from graphcore.catalogue import entry_of
from nodes.builtin import names, pack
from nodes.sampling.samplers import SAMPLERS
from nodes.sampling.schedules import SCHEDULES

REFERENCE = Path(__file__).parents[2] / "reference" / "pipelines" / "object_info.json.gz"
CATALOGUE: dict[str, Any] = json.loads(gzip.decompress(REFERENCE.read_bytes()))
IMPLIED = {"STRING": "", "INT": 0, "FLOAT": 0.0, "BOOLEAN": False}


def facts(spec: list[Any]) -> tuple[Any, Any, dict[str, Any]]:
    """Type or choices, default, and further options of an input, however they are spelled."""
    options = {key: value for key, value in (spec[1] if len(spec) > 1 else {}).items() if value not in (None, False)}
    choices = options.pop("options", []) if spec[0] == "COMBO" else spec[0]
    default = options.pop("default", None)
    if isinstance(choices, list):
        return choices, default or next(iter(choices), None), options
    return choices, default or IMPLIED.get(choices), options


@pytest.mark.parametrize("id", sorted(CATALOGUE))
def test_a_node_is_the_fields(id: str) -> None:
    known, ours = CATALOGUE[id], entry_of(pack.nodes[id], Folders("nowhere"))
    for section, ports in known["input"].items():
        if section != "hidden" and ports:
            assert list(ours["input"][section]) == list(ports)
            for name, spec in ports.items():
                assert facts(ours["input"][section][name]) == facts(spec), name
    for key in ("output", "output_name", "output_is_list", "category", "output_node"):
        assert ours[key] == known[key], key
    assert ours["display_name"] == (known.get("display_name") or ours["display_name"])
    for flag in ("deprecated", "experimental"):
        assert bool(ours.get(flag)) == bool(known.get(flag)), flag
    assert pack.nodes[id].description.endswith(".")


def test_names_are_those_that_there_are() -> None:
    assert list(names.SAMPLERS) == list(SAMPLERS)
    assert list(names.SCHEDULERS) == list(SCHEDULES)


def test_what_packs_add_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SAMPLERS, "theirs", SAMPLERS["euler"])
    assert names.sampler_names(Folders("nowhere"))[-1] == "theirs"
    assert names.scheduler_names(Folders("nowhere")) == list(names.SCHEDULERS)


def test_declaring_needs_no_torch() -> None:
    check = "import sys, nodes.builtin; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=Path(__file__).parents[3], check=False).returncode == 0
