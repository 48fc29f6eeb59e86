"""TAESD's decoder in both layouts gives what diffusers' own class gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from graphcore import ModelError
from nodes.models.taesd import load_taesd


@pytest.fixture(scope="module")
def tiny() -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """The decoder's weights by diffusers' names, a latent, and its picture in 0..1."""
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

    torch.manual_seed(3)
    model = AutoencoderTiny().eval()
    latent = torch.randn(1, 4, 6, 5)
    with torch.no_grad():
        picture = ((model.decode(latent).sample + 1) / 2).clamp(0, 1)
    weights = {n: t.contiguous() for n, t in model.state_dict().items() if n.startswith("decoder.")}
    return weights, latent, picture


def authors(name: str) -> str:
    """The author's name: one more layer, the clamp, comes first."""
    number, _, rest = name.removeprefix("decoder.layers.").partition(".")
    return f"{int(number) + 1}.{rest}"


@pytest.mark.parametrize("rename", [str, authors])
def test_a_picture_is_decoded(
    tiny: tuple[dict[str, Tensor], Tensor, Tensor], rename: type[str], tmp_path: Path
) -> None:
    weights, latent, picture = tiny
    save_file({rename(name): tensor for name, tensor in weights.items()}, tmp_path / "taesd_decoder.safetensors")
    torch.testing.assert_close(load_taesd(tmp_path / "taesd_decoder.safetensors").decode(latent), picture)


def test_another_file_is_named(tmp_path: Path) -> None:
    save_file({"x": torch.ones(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match=r"other\.safetensors: This is no TAESD decoder"):
        load_taesd(tmp_path / "other.safetensors")
