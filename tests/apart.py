"""Runs tests that leave their process changed in one of their own: packs that patch what others use, audit hooks.

A hook stays for good, and makes Python run code whenever a thread begins under coverage; two that begin at once then
fail with "Cannot install a trace function while another trace function is being installed".
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = ("COV", "PYTEST_")  # how the variables begin that would have the child be measured, or be taken for a worker


def run_apart(tests: Path, count: int) -> None:
    """Run the tests of a file that pytest does not collect by itself; all `count` of them must pass."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", str(tests)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert f" {count} passed" in done.stdout
