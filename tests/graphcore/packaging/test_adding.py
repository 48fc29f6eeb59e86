"""Adding, switching and removing packs; git and pip are real programs, pip's network is not used."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from graphcore.errors import UserError
from graphcore.packaging.adding import add, find, remove, run, switch


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "source" / "grain"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("NODE_CLASS_MAPPINGS = {}\n")
    (folder / "__pycache__").mkdir()
    return folder


def test_a_folder_is_copied_without_its_litter(tmp_path: Path, pack: Path) -> None:
    root = tmp_path / "custom_nodes"
    assert "Added grain to" in add(str(pack), root)
    assert sorted(path.name for path in (root / "grain").iterdir()) == ["__init__.py"]
    with pytest.raises(UserError, match="There is a pack 'grain' already"):
        add(str(pack), root)


def test_of_a_pack_that_lies_in_its_place_only_what_it_requires_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "custom_nodes"
    folder = root / "grain"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("NODE_CLASS_MAPPINGS = {}\n")
    assert "already, and requires nothing" in add(str(folder), root)
    (folder / "requirements.txt").write_text("a-stranger>=1\n")
    told: list[str] = []

    def pip(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        told.extend(command)
        return subprocess.CompletedProcess(list(command), 0, "", "")

    monkeypatch.chdir(folder)
    assert f"grain is in {root} already and installed 1 requirements." in add(".", root, pip)
    assert told[-1] == "a-stranger>=1"
    assert sorted(path.name for path in folder.iterdir()) == ["__init__.py", "requirements.txt"]


def test_a_git_address_is_cloned(tmp_path: Path, pack: Path) -> None:
    git = ["git", "-C", str(pack), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    root = tmp_path / "custom_nodes"
    assert "Added grain to" in add(f"git+file://{pack}", root)
    assert (root / "grain" / "__init__.py").is_file()
    assert not (root / "grain" / ".git").exists()
    with pytest.raises(UserError, match="cannot be fetched"):
        add(f"git+file://{tmp_path}/nothing.git", root)


def test_what_collides_is_refused_before_anything_is_done(tmp_path: Path, pack: Path) -> None:
    (pack / "requirements.txt").write_text("torch<1\n")
    with pytest.raises(UserError, match="It requires 'torch<1', but Graphcore runs with torch"):
        add(str(pack), tmp_path / "custom_nodes")
    assert not (tmp_path / "custom_nodes").exists()


def test_requirements_are_installed_with_the_core_held(tmp_path: Path, pack: Path) -> None:
    (pack / "requirements.txt").write_text("a-stranger>=1\n")
    told: list[str] = []

    def pip(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        told.extend(command)
        told.append(Path(command[command.index("-c") + 1]).read_text())
        return subprocess.CompletedProcess(list(command), 1, "", "ERROR: a-stranger 1 depends on torch==1.0\nERROR: x")

    with pytest.raises(UserError, match=r"cannot be installed beside Graphcore: ERROR: a-stranger 1 depends on torch"):
        add(str(pack), tmp_path / "custom_nodes", pip)
    assert told[1:4] == ["-m", "pip", "install"]
    assert "\nnumpy==" in told[-1]
    assert not (tmp_path / "custom_nodes").exists()


def test_a_pack_is_switched_off_and_on_and_removed(tmp_path: Path, pack: Path) -> None:
    root = tmp_path / "custom_nodes"
    add(str(pack), root)
    (root / "single.py").write_text("")
    for name in ("grain", "single"):
        assert "is off" in switch(name, [root], False)
        assert find(name, [root]).name.endswith(".disabled")
        assert "already" in switch(name, [root], False)
        assert "is on" in switch(name, [root], True)
        assert "Removed" in remove(name, [root])
    assert list(root.iterdir()) == []
    with pytest.raises(UserError, match="There is no pack 'grain'"):
        remove("grain", [root])
    with pytest.raises(UserError, match="There is no pack 'graphcore'"):
        remove("graphcore", [root])


@pytest.mark.parametrize("source", ["nothing", "x.whl"])
def test_what_is_no_pack(tmp_path: Path, source: str) -> None:
    with pytest.raises(UserError, match="is no folder"):
        add(str(tmp_path / source), tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"has no __init__\.py"):
        add(str(tmp_path / "empty"), tmp_path / "custom_nodes")


def test_a_wheel_is_installed_with_the_core_held(tmp_path: Path) -> None:
    wheel = tmp_path / "grain-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("grain-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: grain\nVersion: 1.0\n")
    told: list[str] = []

    def pip(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        told.extend(command)
        return subprocess.CompletedProcess(list(command), 0, "", "")

    assert "Installed grain-1.0-py3-none-any.whl." in add(str(wheel), tmp_path, pip)
    assert (told[1:4], told[-1]) == (["-m", "pip", "install"], str(wheel))
    assert "-c" in told


def test_requirements_that_can_be_met_are_counted(tmp_path: Path, pack: Path) -> None:
    (pack / "requirements.txt").write_text("a-stranger>=1\n")
    root = tmp_path / "custom_nodes"
    assert "installed 1 requirements" in add(
        str(pack), root, lambda words: subprocess.CompletedProcess(words, 0, "", "")
    )
    assert (root / "grain" / "__init__.py").is_file()


@pytest.mark.parametrize("fails", [False, True])
def test_an_installed_pack_is_uninstalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    site = tmp_path / "site"
    info = site / "grain_pack-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: grain-pack\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[graphcore.packs]\ngrain = grain_pack:pack\n")
    monkeypatch.syspath_prepend(str(site))
    told: list[str] = []

    def pip(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        told.extend(command)
        return subprocess.CompletedProcess(list(command), int(fails), "", "ERROR: no right to delete it\n")

    if fails:
        with pytest.raises(UserError, match="grain-pack cannot be uninstalled: ERROR: no right to delete it"):
            remove("grain", [tmp_path / "nowhere"], pip)
    else:
        assert remove("grain", [tmp_path / "nowhere"], pip) == "Uninstalled grain-pack."
    assert (told[1:4], told[-1]) == (["-m", "pip", "uninstall"], "grain-pack")


def test_programs_are_run_for_real() -> None:
    assert run(["git", "--version"]).stdout.startswith("git version")
