"""The floor under branches, on a real measurement."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.branch_coverage import judge, report

CODE = """
import sys

def sign(number):
    if number > 0:
        return 1
    if number < 0:
        return -1
    return 0

for word in sys.argv[1:]:
    sign(int(word))
"""


def measured(folder: Path, *numbers: int) -> dict[str, Any]:
    (folder / "signs.py").write_text(CODE)
    (folder / "none.toml").write_text("")
    words = ["run", "--branch", "--rcfile=none.toml", "--data-file=data", "signs.py", *map(str, numbers)]
    subprocess.run([sys.executable, "-m", "coverage", *words], cwd=folder, check=True)
    return report(str(folder / "data"))


def test_every_branch_taken_is_enough(tmp_path: Path) -> None:
    enough, text = judge(measured(tmp_path, 5, -5, 0), 100)
    assert enough
    assert text == "6 of 6 branches are covered: 100.00 % (at least 100 % are asked for)."


def test_lines_that_were_run_do_not_hide_a_branch_that_was_not(tmp_path: Path) -> None:
    found = measured(tmp_path, 5, -5)
    assert judge(found, 80)[0]
    enough, text = judge(found, 97)
    assert not enough
    assert text.splitlines()[0].startswith("5 of 6 branches are covered: 83.33 %")
    assert "signs.py: never from line 7 -> 9" in text


@pytest.mark.parametrize("least", [0, 100])
def test_code_without_branches_has_all_of_them(least: float) -> None:
    assert judge({"totals": {"covered_branches": 0, "num_branches": 0}, "files": {}}, least)[0]
