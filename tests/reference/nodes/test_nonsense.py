"""Whatever shapes and values reach a node of pictures, masks or latents: a result, or a sentence."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import Folders
from graphcore.errors import GraphcoreError
from graphcore.node import Port
from graphcore.testing import call, recording_run
from graphcore.widgets import Choice, Range
from tests.reference.nodes.recorded import PACK

MODULES = {f"nodes.builtin.{name}" for name in ("images", "masks", "latents", "image_tools", "image_files")}
# These make large things of nothing, or need a file.
LEFT_OUT = {"FluxKontextImageScale", "LatentApplyOperation", "PasteBack", "WebcamCapture"}
NODES = sorted(
    id
    for id, spec in PACK.nodes.items()
    if spec.module in MODULES and id not in LEFT_OUT and not id.startswith(("Load", "Empty"))
)
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "IMAGE": [
        (0, 4, 4, 3),
        (1, 0, 4, 3),
        (1, 1, 1, 3),
        (1, 1, 9, 3),
        (2, 5, 7, 3),
        (3, 8, 8, 4),
        (2, 4, 4, 2),
        (4, 4, 3),
    ],
    "MASK": [(0, 4, 4), (1, 1), (4, 9), (1, 5, 7), (3, 8, 8), (1, 1, 6, 6), (2, 3, 4, 4), (5,)],
    "LATENT": [(0, 4, 4, 4), (1, 4, 1, 1), (2, 4, 6, 8), (3, 16, 5, 5), (1, 4, 3, 6, 6), (1, 4, 0, 2), (1, 64, 9)],
}
LARGEST = 40  # of any number, so that nothing takes long


def value(port: Port, chance: random.Random) -> Any:
    if port.type in SHAPES:
        tensor = torch.rand(chance.choice(SHAPES[port.type]))
        return {"samples": tensor, "noise_mask": torch.rand(2, 1, 9, 9)} if port.type == "LATENT" else tensor
    if isinstance(port.widget, Choice):
        return chance.choice(port.widget.listed(Folders("nowhere")))
    if isinstance(port.widget, Range):
        low = port.widget.min or 0
        high = min(LARGEST, port.widget.max or LARGEST)
        number = chance.choice([low, min(high, low + 1), min(high, low + 7), high])
        return int(number) if port.type == "INT" else float(number)
    return {"STRING": "a", "BOOLEAN": chance.random() < 0.5}.get(port.type)


@pytest.mark.parametrize("id", NODES)
def test_nonsense_gives_a_result_or_a_sentence(id: str, tmp_path: Path) -> None:
    chance = random.Random(id)
    spec = PACK.nodes[id]
    run = recording_run(tmp_path)
    for _ in range(15):
        inputs = {name: value(port, chance) for name, port in spec.inputs.items()}
        for name in spec.gathered:
            inputs[name] = [inputs[name], value(spec.inputs[name], chance)]
        try:
            call(id, run, **inputs)
        except GraphcoreError as error:
            assert len(str(error)) > 20  # noqa: PT017 - either outcome is right
