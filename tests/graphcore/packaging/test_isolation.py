"""What packs say about where they want to run."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import packaging
import pytest

from graphcore import Engine, Folders
from graphcore.errors import DeclarationError, UserError
from graphcore.packaging.adding import add, run
from graphcore.packaging.isolation import build, interpreter, isolation_of, python_of
from graphcore.plugins import installed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[tool.graphcore]\nisolation = "process"\n', "process"),
        ('[tool.graphcore]\nisolation = "env"\n', "env"),
        ("[project]\nname = 'a'\n", ""),
        ("[tool]\ngraphcore = 3\n", ""),
        ("tool = 3\n", ""),
        ("not toml at all", ""),
    ],
)
def test_the_project_file_says(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert isolation_of(tmp_path) == found


def test_other_words_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "container"\n')
    with pytest.raises(DeclarationError, match="'process' or 'env'"):
        isolation_of(tmp_path)


def test_the_interpreter(tmp_path: Path) -> None:
    assert python_of(tmp_path, "process") == sys.executable
    with pytest.raises(DeclarationError, match=f"graphcore packs build {tmp_path.name}"):
        python_of(tmp_path, "env")
    own = interpreter(tmp_path / ".venv")
    own.parent.mkdir(parents=True)
    own.touch()
    assert python_of(tmp_path, "env") == str(own)


def wheel(folder: Path, name: str, version: str, code: str) -> None:
    """A wheel as a package index would serve it."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{place},,\n" for place in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for place, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(place, text)


PACK = """
import importlib.metadata
import os
import packaging
import yaml_of_nobody
from graphcore import Pack

pack = Pack("distant")

@pack.node()
def version(salt: int = 0) -> tuple[str, str, int]:
    return yaml_of_nobody.VERSION, packaging.__version__, os.getpid()
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack that requires something that is not here, and another version of something that is; no network."""
    wheels, pack = tmp_path / "wheels", tmp_path / "distant"
    wheels.mkdir()
    pack.mkdir()
    wheel(wheels, "yaml_of_nobody", "2.0", "VERSION = '2.0'\n")
    wheel(wheels, "packaging", "0.1", "__version__ = '0.1'\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    (pack / "__init__.py").write_text(PACK)
    (pack / "requirements.txt").write_text("yaml_of_nobody>=2\npackaging==0.1\n")
    (pack / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "env"\n')
    return pack


def test_a_pack_has_other_versions_in_an_environment_of_its_own(source: Path, tmp_path: Path) -> None:
    assert "2 requirements into its own environment" in add(str(source), tmp_path / "custom_nodes")
    engine = Engine(installed(folders=Folders(tmp_path)), Folders(tmp_path))
    (own,), (theirs,), (pid,) = engine.run(
        {"1": {"class_type": "distant/version", "inputs": {"salt": 1}}}, keep=["1"]
    ).values["1"]
    assert (own, theirs) == ("2.0", "0.1")
    assert pid != os.getpid()
    assert packaging.__version__ != "0.1"


def test_what_cannot_be_installed_leaves_nothing(source: Path, tmp_path: Path) -> None:
    (source / "requirements.txt").write_text("a_package_of_nobody==7\n")
    with pytest.raises(UserError, match=r"The environment of the pack 'distant' cannot be made.*a_package_of_nobody"):
        add(str(source), tmp_path / "custom_nodes")
    assert not (tmp_path / "custom_nodes" / "distant").exists()
    (source / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "vm"\n')
    with pytest.raises(UserError, match="'process' or 'env'"):
        add(str(source), tmp_path / "custom_nodes")


def test_an_environment_is_made_anew(source: Path) -> None:
    assert build(source, run) == build(source, run)
    assert interpreter(source / ".venv").exists()
