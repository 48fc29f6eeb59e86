"""Whatever values reach an everyday node: a result or a sentence, in 256 MB over the inputs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOPICS = (
    "images", "masks", "latents", "image_tools", "image_files", "batches", "conditioning", "model_conditioning",
    "sigmas", "strings", "primitives", "values", "audio", "video",
)  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process by what it allocates")
@pytest.mark.parametrize("topic", TOPICS)
def test_nonsense_gives_a_result_or_a_sentence(topic: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.reference.nodes.nonsense", str(tmp_path), topic]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.stdout == ""
    assert ended.returncode == 0, ended.stderr[-2000:]
