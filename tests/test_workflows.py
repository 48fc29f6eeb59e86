"""The shipped workflows: each runs, reads well in an editor, and together they show every node of our own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphcore.testing import run_workflow
from nodes.builtin import pack

WORKFLOWS = sorted(Path("workflows").glob("*.json"))
TITLE = 30  # pixels of a node's title bar, which is drawn above its place
OUR_OWN = {f"nodes.builtin.{name}" for name in ("batches", "image_tools", "loops", "prompt_control", "values")}


def nodes_of(workflow: Path) -> list[dict[str, Any]]:
    return list(json.loads(workflow.read_text())["nodes"])


@pytest.fixture
def base(tiny_models: Path, tmp_path: Path) -> Path:
    """A base directory of this test alone, with links to the tiny models."""
    shutil.copytree(tiny_models / "input", tmp_path / "input")
    for kind in (tiny_models / "models").iterdir():
        shutil.copytree(kind, tmp_path / "models" / kind.name, copy_function=lambda a, b: Path(b).hardlink_to(a))
    return tmp_path


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_it_runs(workflow: Path, base: Path) -> None:
    few = {f"{node['id']}.steps": 2 for node in nodes_of(workflow) if node["type"] in ("KSampler", "TrainLoraNode")}
    ran = run_workflow(workflow, few, base_dir=base)
    texts = [text for ui in ran.result.ui.values() for text in ui.get("text", ())]
    assert ran.files or texts
    assert all(text.strip() for text in texts)
    for file in ran.files:
        assert file.stat().st_size > 100
        if file.suffix in Image.registered_extensions():
            with Image.open(file) as picture:
                assert np.asarray(picture).std() > 1


def test_a_picture_needs_neither_diffusers_nor_transformers(tmp_path: Path) -> None:
    """Importing them takes longer than painting it does (docs/adr: own modules)."""
    code = (
        "import sys; from graphcore.testing import run_workflow;"
        f"run_workflow('workflows/lora.json', {{'6.steps': 1, '7.steps': 1}}, base_dir={str(tmp_path)!r});"
        "print([name for name in ('diffusers', 'transformers', 'torch') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "['torch']"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_it_reads_well(workflow: Path) -> None:
    boxes = [(node["pos"], node["size"], node.get("title", node["type"])) for node in nodes_of(workflow)]
    for ((x1, y1), (w1, h1), one), ((x2, y2), (w2, h2), other) in combinations(boxes, 2):
        apart = x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 - TITLE or y2 + h2 <= y1 - TITLE
        assert apart, f"{one} and {other} overlap"


def test_every_node_of_our_own_has_an_example() -> None:
    shown = {node["type"] for workflow in WORKFLOWS for node in nodes_of(workflow)}
    own = {id for id, spec in pack.nodes.items() if spec.module in OUR_OWN}
    assert own - shown == set()
