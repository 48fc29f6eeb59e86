"""What packs require, and what it collides with."""

from __future__ import annotations

import zipfile
from pathlib import Path

from graphcore.packaging.requirements import collisions, constraints, core_versions, required_by

VERSIONS = {"torch": "2.13.0+cpu", "numpy": "2.1.0"}


def test_the_requirements_of_a_folder_and_a_wheel(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy>=1  # for arrays\n\n# nothing\n-r other.txt\nscipy\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["scipy", "rich>1"]\n')
    assert required_by(tmp_path) == ["numpy>=1", "scipy", "rich>1"]
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("x-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1\nRequires-Dist: torch<2\n")
    assert required_by(wheel) == ["torch<2"]


def test_collisions_name_the_requirement_and_the_version() -> None:
    [sentence] = collisions(["torch<2", "numpy>=2", "a_stranger==1", "torch; python_version < '3'"], VERSIONS)
    assert "It requires 'torch<2', but Graphcore runs with torch 2.13.0+cpu" in sentence
    assert collisions(["Torch>=2", "git+https://example.com/x", "NumPy"], VERSIONS) == []


def test_the_core_is_what_is_installed() -> None:
    versions = core_versions()
    assert {"graphcore", "torch", "numpy", "aiohttp", "huggingface-hub"} <= versions.keys()
    assert "graphcore" not in constraints(versions)
    assert f"numpy=={versions['numpy']}\n" in constraints(versions)
