"""What is small on the way and huge once it is unpacked does no harm."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.apart import run_apart


@pytest.mark.skipif(sys.platform == "win32", reason="does not tell how much memory a process took at the most")
def test_no_bomb_on_any_route_takes_much_memory() -> None:
    run_apart(Path("tests/security/bombs_on_routes.py"), 8)
