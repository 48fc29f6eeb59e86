"""The audit hook itself. Run by test_canaries.py in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.security.watch import Watch


def test_the_watch_sees_what_is_touched_outside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").write_text("canary")
    watch = Watch([tmp_path / "in"])
    with watch.on() as strays:
        (tmp_path / "in" / "x").write_text("allowed")
        (tmp_path / "in" / ".." / "out").read_text()
        os.listdir(tmp_path)
        (tmp_path / "in" / "x").rename(tmp_path / "moved")
    (tmp_path / "out").read_text()
    names = [(stray.split()[0], Path(stray.split()[1]).name) for stray in strays]
    assert names == [("open", "out"), ("os.listdir", tmp_path.name), ("os.rename", "moved")]
