"""Our networks as packs look at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from nodes.compat.handles.network import FirstStage, shown
from nodes.models.checkpoint import load_checkpoint

CASTS: tuple[Callable[[nn.Module], nn.Module], ...] = (
    nn.Module.half,
    lambda network: network.to(torch.bfloat16),
    lambda network: network.to("meta", non_blocking=True),
)


@pytest.mark.parametrize("cast", CASTS)
def test_what_packs_cast_stays_as_it_is_for_everybody(
    cast: Callable[[nn.Module], nn.Module], tiny_models: Path
) -> None:
    model, _, vae = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    x = torch.randn(1, 4, 8, 8)
    given = x, torch.tensor([500.0]), torch.randn(1, 7, 64)
    before = vae.decode(x), model.network()(*given)
    for network in (FirstStage(vae), shown(model.network(), model.weights)):
        assert cast(network) is network
    torch.testing.assert_close((vae.decode(x), model.network()(*given)), before)
