"""Rendered pictures are made once and are those of their scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.default_model.draw import render
from tools.default_model.pictures import held_out_pictures, rendered, scenes


def test_a_file_of_pictures_is_made_once(tmp_path: Path) -> None:
    first = rendered(tmp_path, 6, seed=1)
    (path,) = tmp_path.iterdir()
    made = path.stat().st_mtime_ns
    assert np.array_equal(first, rendered(tmp_path, 6, seed=1))
    assert path.stat().st_mtime_ns == made


def test_pictures_are_those_of_the_scenes_but_for_a_few_outlines(tmp_path: Path) -> None:
    pictures = rendered(tmp_path, 30, seed=1)
    same = [np.array_equal(one, render(scene)) for one, scene in zip(pictures, scenes(30, 1), strict=True)]
    assert 20 <= sum(same) < 30


def test_a_longer_run_begins_alike() -> None:
    assert list(scenes(5, 3)) == list(scenes(9, 3))[:5]


def test_held_out_pictures() -> None:
    assert held_out_pictures(3).shape == (3, 128, 128, 3)
    assert held_out_pictures(2, size=256).shape == (2, 256, 256, 3)
