"""The table of docs/compat.md is what the modules say now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_document_holds_the_table_as_it_is() -> None:
    """In a process of its own, where no pack has changed anything."""
    code = "from tools.compat_table import table; print(table(), end='')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    document = (ROOT / "docs" / "compat.md").read_text(encoding="utf-8")
    assert done.stdout in document, "run python -m tools.compat_table"
    assert "| `folder_paths.get_full_path` | supported |" in document
    assert "| `comfy.model_patcher.ModelPatcher` | partial |" in document
    assert "| `comfy.ldm.wan.model.WanModel` | stub |" in document
