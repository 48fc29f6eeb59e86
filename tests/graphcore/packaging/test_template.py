"""A generated pack is complete: its own tests pass, its nodes run, and the linter finds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphcore.errors import UserError
from graphcore.packaging.lint import lint
from graphcore.packaging.template import write_pack

ROOT = Path(__file__).parents[3]


def graphcore(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "graphcore", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_pack_passes_its_own_tests_and_its_nodes_run(tmp_path: Path) -> None:
    made = graphcore("new-pack", "my-film", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    tested = graphcore("packs", "test", "my-film", cwd=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "6 passed" in tested.stdout
    schemas = sorted(path.name for path in (tmp_path / "custom_nodes").rglob("schemas/*"))
    assert schemas == ["my-film.brightness.json", "my-film.shout.json"]
    (tmp_path / "w.json").write_text('{"1": {"class_type": "my-film/shout", "inputs": {"text": "hi", "marks": 3}}}')
    checked = graphcore("check", "w.json", cwd=tmp_path)
    assert "my-film/shout" not in checked.stdout + checked.stderr, "the node is known"
    listed = graphcore("packs", "list", cwd=tmp_path)
    assert "my-film" in listed.stdout


def test_the_linter_is_content_with_it(tmp_path: Path) -> None:
    assert lint(write_pack("film", tmp_path)) == []


@pytest.mark.parametrize("name", ["Film", "1film", "../film", "film/x", ""])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be a pack's name"):
        write_pack(name, tmp_path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write_pack("film", tmp_path)
    with pytest.raises(UserError, match="exists already"):
        write_pack("film", tmp_path)
