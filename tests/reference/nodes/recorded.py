"""Recorded calls of the field's reference implementation."""

from __future__ import annotations

import gzip
import io
import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

import nodes.builtin

REFERENCE = Path(__file__).parent
PACK = nodes.builtin.pack


def read_json(name: str) -> Any:
    return json.loads(gzip.decompress((REFERENCE / name).read_bytes()))


@cache
def tensors() -> dict[str, torch.Tensor]:
    packed = lzma.decompress((REFERENCE / "tensors.npz.xz").read_bytes())
    with np.load(io.BytesIO(packed)) as stored:
        return {name: torch.from_numpy(stored[name]) for name in stored.files}


def cases() -> list[dict[str, Any]]:
    return list(read_json("cases.json.gz")["cases"])


@cache
def fixtures() -> dict[str, Any]:
    return {name: restored(value) for name, value in read_json("cases.json.gz")["fixtures"].items()}


def restored(value: Any) -> Any:
    """Stored values with their tensors in place."""
    if isinstance(value, dict):
        if "$tensor" in value:
            return tensors()[value["$tensor"]]
        return fixtures()[value["$fixture"]] if "$fixture" in value else {k: restored(v) for k, v in value.items()}
    return [restored(item) for item in value] if isinstance(value, list) else value


def choices_of(literal: Any) -> tuple[str, ...]:
    """The choices that an annotation names."""
    return get_args(literal)
