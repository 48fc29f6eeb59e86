"""`graphcore packs`."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

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

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def reports(self) -> list[PackReport]:
        good = PackReport("good", Path("/packs/good"), "known", ["A", "B"], 0.5, assignments=["comfy.utils.x"])
        bad = PackReport("bad", Path("/packs/bad"), "failed", problem="It imports 'nothing'.")
        return [good, bad, *self.more]

    def __init__(self) -> None:
        self.more: list[PackReport] = []


@pytest.fixture(autouse=True)
def source(monkeypatch: pytest.MonkeyPatch) -> Folder:
    found = LivingRegistry()
    found.add(Pack("own", version="2"))
    folder = Folder()
    found.sources.append(folder)
    monkeypatch.setattr(packs_command, "installed", lambda folders: found)
    return folder


def test_a_pack_in_a_further_folder_of_custom_nodes_stays_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "more" / "grain"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text("NODE_CLASS_MAPPINGS = {}\n")
    (tmp_path / "extra_model_paths.yaml").write_text(f"mine:\n    custom_nodes: {tmp_path}/x/../more\n")
    with pytest.raises(SystemExit) as left:
        main(["packs", "add", str(pack), "--base-dir", str(tmp_path)])
    assert left.value.code == 0
    assert f"grain is in {tmp_path / 'more'} already" in capsys.readouterr().out
    assert not (tmp_path / "custom_nodes" / "grain").exists()


def test_without_pytest_it_is_said_how_to_get_it(
    grain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (grain / "test_grain.py").write_text("")
    monkeypatch.setattr(packs_command.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as left:
        main(["packs", "test", "grain", "--base-dir", str(tmp_path)])
    assert left.value.code == 2
    assert "-m pip install pytest" in capsys.readouterr().err


@pytest.fixture
def grain(tmp_path: Path, source: Folder) -> Path:
    """A pack in a folder, which works though it is slow to import and has no licence."""
    folder = tmp_path / "custom_nodes" / "grain"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("NODE_CLASS_MAPPINGS = {}\n")
    (folder / "README.md").write_text("Grain.\n")
    (folder / "requirements.txt").write_text("numpy>=2\n")
    source.more.append(PackReport("grain", folder, "loaded", ["Grain"], 1.5))
    return folder


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
    assert run("check", "goof", "--base-dir", str(tmp_path)) == 2
    assert "There is no pack 'goof'" in capsys.readouterr().err


def test_info_of_an_installed_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "own", "--base-dir", str(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert "requires: nothing more" in shown
    assert "nodes: none" in shown


def test_info_of_a_pack_in_a_folder(tmp_path: Path, grain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "grain", "--base-dir", str(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert f"path: {grain}" in shown
    assert "requires: numpy>=2" in shown
    assert "nodes: Grain" in shown
    assert run("info", "grain", "--base-dir", str(tmp_path), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["requires"], found["nodes"]) == ("grain", ["numpy>=2"], ["Grain"])


def test_info_of_a_pack_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "grian", "--base-dir", str(tmp_path)) == 2
    assert "There is no pack 'grian'; see graphcore packs list." in capsys.readouterr().err


def test_check_tells_what_files_and_import_say(tmp_path: Path, grain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "grain", "--base-dir", str(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert "warning: There is no licence file" in shown
    assert "warning: Its import takes 1.5 s" in shown
    assert "Slowest: " in shown
    (grain / "__init__.py").write_text("def broken(:\n")
    assert run("check", "grain", "--base-dir", str(tmp_path), "--json") == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert {finding["level"] for finding in found["findings"]} == {"error", "warning"}


def test_the_tests_of_a_pack_are_run(tmp_path: Path, grain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "grain", "--base-dir", str(tmp_path)) == 2
    assert "has no tests" in capsys.readouterr().err
    (grain / "test_grain.py").write_text("def test_good():\n    assert True\n")
    assert run("test", "grain", "--base-dir", str(tmp_path)) == 0
    (grain / "test_grain.py").write_text("def test_bad():\n    assert False\n")
    assert run("test", "grain", "--base-dir", str(tmp_path)) == 1


def test_a_pack_comes_and_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    single = tmp_path / "single.py"
    single.write_text("NODE_CLASS_MAPPINGS = {}\n")
    there = tmp_path / "custom_nodes" / "single.py"
    base = ("--base-dir", str(tmp_path))
    assert run("add", str(single), *base) == 0
    assert "Added single.py" in capsys.readouterr().out
    assert there.is_file()
    assert run("disable", "single", *base) == 0
    assert not there.exists()
    capsys.readouterr()
    assert run("list", *base) == 0
    assert any(line.split()[:2] == ["single", "off"] for line in capsys.readouterr().out.splitlines())
    assert run("enable", "single", *base) == 0
    assert there.is_file()
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("remove", "single", *base) == 1
    assert there.is_file()
    assert run("remove", "single", "--yes", *base) == 0
    assert not there.exists()
    shown = capsys.readouterr()
    assert "Delete the pack 'single'?" in shown.out + shown.err
    assert "Removed" in shown.out


def test_the_environment_of_a_pack_is_made(
    tmp_path: Path, grain: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("build", "grain", "--base-dir", str(tmp_path)) == 2
    assert "does not ask for an environment" in capsys.readouterr().err
    for file in ("requirements.txt", "pyproject.toml"):
        (grain / file).unlink(missing_ok=True)
    (grain / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "env"\n')
    assert run("build", "grain", "--base-dir", str(tmp_path)) == 0
    assert (grain / ".venv" / "pyvenv.cfg").is_file()
