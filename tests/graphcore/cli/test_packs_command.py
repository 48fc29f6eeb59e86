"""`graphcore packs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphcore.cli import packs_command
from graphcore.cli.app import main
from graphcore.living import LivingRegistry, PackReport, Source
from graphcore.node import NodeSpec
from graphcore.pack import Pack


class Folder(Source):
    """A source with two packs and no nodes."""

    def __getitem__(self, id: str) -> NodeSpec:
        raise KeyError(id)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def reports(self) -> list[PackReport]:
        good = PackReport("good", Path("/packs/good"), "known", ["A", "B"], 0.5, assignments=["comfy.utils.x"])
        return [good, PackReport("bad", Path("/packs/bad"), "failed", problem="It imports 'nothing'.")]


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    found = LivingRegistry()
    found.add(Pack("own", version="2"))
    found.sources.append(Folder())
    monkeypatch.setattr(packs_command, "installed", lambda folders: found)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as leaving:
        main(["packs", *words])
    return int(leaving.value.code or 0)


def test_list_shows_installed_packs_and_those_in_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--base-dir", str(tmp_path), "--json") == 0
    reports = json.loads(capsys.readouterr().out)
    assert [(report["name"], report["state"], report["version"]) for report in reports] == [
        ("own", "installed", "2"),
        ("good", "known", ""),
        ("bad", "failed", ""),
    ]


def test_check_fails_for_a_pack_that_cannot_be_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "--base-dir", str(tmp_path)) == 2
    shown = capsys.readouterr().out
    assert "    replaces comfy.utils.x" in shown
    assert "    It imports 'nothing'." in shown


def test_check_of_one_pack_looks_at_that_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "good", "--base-dir", str(tmp_path)) == 0
    assert "bad" not in capsys.readouterr().out
