"""PyAV is an extra: without it there is a sentence."""

from __future__ import annotations

import subprocess
import sys


def test_without_it_a_sentence_says_what_to_install() -> None:
    code = "import sys; sys.modules['av'] = None; import nodes.media.pyav"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install '.[media]'" in finished.stderr
