"""Files that are sound safetensors and hold nonsense: whatever the names and shapes, the answer is a ModelError."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from graphcore.errors import ModelError
from nodes.models.checkpoint import load_checkpoint, load_vae
from nodes.models.controlnet import load_controlnet
from nodes.models.lora import load_lora

REFERENCE = Path(__file__).parents[3] / "nodes" / "models" / "data" / "tiny_models.json.gz"
MANIFEST: dict[str, list[tuple[str, list[int], str]]] = json.loads(gzip.decompress(REFERENCE.read_bytes()))
# Where one wrong shape changes what the whole seems to be.
TELLING = (
    "input_blocks.0.0.",
    "attn2.to_k",
    "label_emb",
    "out_layers.3",
    "proj_in.",
    "conv_in.",
    "fc1",
    "in_proj",
    "hint",
)
SHAPES = st.sampled_from(
    [(), (0,), (1,), (32,), (4, 4), (32, 4, 3, 3), (1, 1, 1, 1), (2, 3, 4), (64, 0), (33, 4, 3, 3)]
)


def checkpoint(path: Path) -> None:
    loaded = load_checkpoint(path)
    loaded.model.network()
    if loaded.vae is not None:
        loaded.vae.weights.network()


def control(path: Path) -> None:
    load_controlnet(path).weights.network()


def vae(path: Path) -> None:
    load_vae(path).weights.network()


@pytest.mark.parametrize(
    ("source", "open_it"),
    [
        ("sd15_tiny.safetensors", checkpoint),
        ("sdxl_tiny.safetensors", checkpoint),
        ("sd15_tiny.safetensors", vae),
        ("sd15_tiny_control.safetensors", control),
        ("sd15_tiny_lora.safetensors", load_lora),
    ],
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_nonsense_is_a_model_error(
    source: str, open_it: Callable[[Path], Any], tmp_path: Path, data: st.DataObject
) -> None:
    rows = MANIFEST[source]
    telling = [i for i, (name, *_) in enumerate(rows) if any(part in name for part in TELLING)]
    changed = data.draw(st.dictionaries(st.sampled_from(telling or range(len(rows))), SHAPES, max_size=6))
    dropped = data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=3))
    keep = data.draw(st.sampled_from([1.0, 1.0, 0.5]))
    tensors = {
        name: torch.zeros(changed.get(i, tuple(shape)), dtype=torch.float16)
        for i, (name, shape, _) in enumerate(rows)
        if i not in dropped and (i * 7919) % 1000 < keep * 1000 and "token_embedding" not in name
    }
    save_file(tensors, tmp_path / "nonsense.safetensors")
    with suppress(ModelError):
        open_it(tmp_path / "nonsense.safetensors")
