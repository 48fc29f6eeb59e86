"""Folders of models are found by their index, links followed."""

from __future__ import annotations

from pathlib import Path

from nodes.models.diffusers_index import folders_in


def test_folders_are_found_by_their_index(tmp_path: Path) -> None:
    for name in ("a/model", "b"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "model_index.json").touch()
    (tmp_path / "c").mkdir()
    assert folders_in([tmp_path, tmp_path / "nowhere"]) == ["a/model", "b"]
