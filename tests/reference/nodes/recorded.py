"""Recorded calls of the field's reference implementation, and calling a node the way the engine does."""

from __future__ import annotations

import gzip
import io
import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

import nodes.builtin
from graphcore import Folders, NodeSpec, Run
from graphcore.job import Job
from graphcore.node import MISSING, Port

REFERENCE = Path(__file__).parent
PACK = nodes.builtin.pack
IMPLIED = {"STRING": "", "INT": 0, "FLOAT": 0.0, "BOOLEAN": False}


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


def call(id: str, run: Run | None = None, **inputs: Any) -> list[Any]:
    """The outputs of a node, inputs that are not given at their defaults."""
    spec: NodeSpec = PACK.nodes[id]
    run = run or Run.silent()
    filled = {name: default_of(port) for name, port in spec.inputs.items() if port.required} | inputs
    values = spec.outcome(spec.call(filled, run), run).values
    assert isinstance(values, tuple)
    return list(values)


def default_of(port: Port) -> Any:
    if port.default is not MISSING:
        return port.default
    listed = getattr(port.widget, "values", None)
    return listed[0] if listed else IMPLIED.get(port.type)


def run_in(folder: Path, **job: Any) -> Run:
    """A run whose input, output and temp folders are below `folder`."""
    folders = Folders(folder)
    for area in (folders.input, folders.output, folders.temp):
        area.mkdir(exist_ok=True)
    return Run(Job(folders, **job), "1")
