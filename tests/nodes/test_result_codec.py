"""Tensors on disk: what comes back equals what went in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore.cache import Entry
from graphcore.container import Block
from graphcore.disk_cache import DiskCache
from nodes.result_codec import DTYPES, TensorCodec

KEY = b"k" * 16


def through(folder: Path, *values: Any) -> list[Any] | None:
    DiskCache(folder, TensorCodec()).put(KEY, Entry((list(values),)))
    entry = DiskCache(folder, TensorCodec()).get(KEY)
    return None if entry is None else entry.outputs[0]


@pytest.mark.parametrize("name", DTYPES.values())
@pytest.mark.parametrize("shape", [(2, 3, 5), (), (0, 4), (7,)], ids=str)
def test_every_type_and_shape(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    dtype = getattr(torch, name)
    raw = torch.randint(0, 2, (*shape, dtype.itemsize), dtype=torch.uint8)
    tensor = raw.view(dtype).reshape(shape)
    found = through(tmp_path, tensor)
    assert found is not None
    assert (found[0].dtype, found[0].shape) == (dtype, tensor.shape)
    assert torch.equal(found[0].reshape(-1).view(torch.uint8), tensor.reshape(-1).view(torch.uint8))


def test_what_nodes_hand_on(tmp_path: Path) -> None:
    picture = torch.rand(1, 8, 6, 3)
    latent = {"samples": torch.randn(1, 4, 2, 2).to(memory_format=torch.channels_last), "batch_index": [0]}
    conditioning = [[torch.randn(1, 77, 8).half(), {"pooled_output": torch.randn(1, 8), "strength": 1.0}]]
    found = through(tmp_path, picture.transpose(1, 2), latent, conditioning, picture[..., :1])
    assert found is not None
    assert torch.equal(found[0], picture.transpose(1, 2))
    assert torch.equal(found[1]["samples"], latent["samples"])
    assert torch.equal(found[2][0][0], conditioning[0][0])
    assert found[2][0][1]["strength"] == 1.0
    found[0].zero_()
    assert torch.equal(found[3], picture[..., :1])


@pytest.mark.parametrize(
    "value",
    [
        torch.nn.Parameter(torch.zeros(2)),
        torch.zeros(2, requires_grad=True),
        torch.zeros(2, device="meta"),
        torch.eye(2).to_sparse(),
        torch.zeros(2, dtype=torch.complex128),
        torch.nn.Linear(1, 1),
        5.0 + 1j,
    ],
    ids=["parameter", "gradient", "device", "sparse", "type", "module", "number"],
)
def test_what_cannot_be_stored_exactly_is_not(tmp_path: Path, value: Any) -> None:
    assert through(tmp_path, value) is None


def test_a_block_of_another_codec_is_refused() -> None:
    with pytest.raises(ValueError, match="'array' is no tensor"):
        TensorCodec().decode(Block("F32", (1,), b"\0" * 4, "array"))


def test_texts_and_numbers_are_stored_without_torch(tmp_path: Path) -> None:
    code = f"""
import sys
from graphcore.cache import Entry
from graphcore.disk_cache import DiskCache
from nodes.result_codec import TensorCodec
cache = DiskCache({str(tmp_path)!r}, TensorCodec())
cache.put(b"a", Entry((["text", 5],)))
cache.put(b"b", Entry(([object()],)))
assert cache.get(b"a").outputs == (["text", 5],)
assert b"b" not in cache
assert "torch" not in sys.modules
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
