"""No node opens what lies outside of its folders, or trusts a pickle, whatever its inputs say."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

from tests.apart import run_apart
from tests.security.canaries import Trap


def test_no_input_of_any_node_leads_outside_or_unpickles(tmp_path: Path) -> None:
    base, outside, temp = tmp_path / "base", tmp_path / "outside", tmp_path / "tmp"
    temp.mkdir()
    command = [sys.executable, "-m", "tests.security.canaries", str(base), str(outside)]
    environment = {**os.environ, "TMPDIR": str(base / "temp"), "OMP_NUM_THREADS": "1"}
    environment["TORCHINDUCTOR_CACHE_DIR"] = str(base / "temp" / "inductor")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == ""
    assert int(done.stderr.rsplit("tried ", 1)[1]) > 150


def test_the_watch_sees_what_is_touched_outside() -> None:
    run_apart(Path("tests/security/watching.py"), 1)


def test_the_trap_works(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "mark")))
    assert (tmp_path / "mark").is_dir()
