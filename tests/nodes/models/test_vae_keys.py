from __future__ import annotations

import pytest
import torch

from graphcore.errors import ModelError
from nodes.models.vae_keys import VaeShape, infer_shape, module_map, to_diffusers, to_ldm
from tests.theirs import vae_config

PUBLISHED = VaeShape((128, 256, 512, 512), 2, 4, True, True)


def state(shape: VaeShape) -> dict[str, torch.Tensor]:
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

    with torch.device("meta"):
        tensors: dict[str, torch.Tensor] = AutoencoderKL(**vae_config(shape)).state_dict()
    return tensors


@pytest.mark.parametrize("shape", [PUBLISHED, VaeShape((32, 64, 128), 1, 16, False, True)])
def test_names_map_one_to_one_and_tell_the_construction(shape: VaeShape) -> None:
    tensors = state(shape)
    here = to_ldm(tensors)
    assert set(here) == set(tensors)
    assert len(set(here.values())) == len(here)
    assert to_diffusers(here.values(), shape) == {new: old for old, new in here.items()}
    assert infer_shape({here[name]: tuple(tensor.shape) for name, tensor in tensors.items()}) == shape


def test_the_decoders_levels_are_reversed() -> None:
    modules = module_map(4, 2)
    assert modules["decoder.up.3.block.0.conv1"] == "decoder.up_blocks.0.resnets.0.conv1"
    assert modules["decoder.up.0.block.2.nin_shortcut"] == "decoder.up_blocks.3.resnets.2.conv_shortcut"
    assert modules["encoder.down.1.downsample.conv"] == "encoder.down_blocks.1.downsamplers.0.conv"
    assert modules["encoder.mid.attn_1.proj_out"] == "encoder.mid_block.attentions.0.to_out.0"


def test_the_ratio_follows_the_levels() -> None:
    assert PUBLISHED.ratio == 8
    assert VaeShape((32, 64, 128), 1, 4, True, True).ratio == 4


def test_what_is_no_vae_is_refused() -> None:
    with pytest.raises(ModelError, match="no VAE"):
        infer_shape({"decoder.conv_in.weight": (4,)})
