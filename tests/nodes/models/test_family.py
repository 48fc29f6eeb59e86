from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.family import Candidate, Family, default_heads, detect, detectors, supported, unet_prefix
from nodes.models.unet_shape import UNetShape
from nodes.sampling.latent_formats import SD1, SDXL, SDXL_PLAYGROUND
from tests.nodes.models.layouts import SHAPES, ldm_tensors, unet_shape

PREFIX = "model.diffusion_model."
# The one tensor whose values matter: its spread tells Stable Diffusion 2's two parameterisations apart.
TELLTALE = "output_blocks.11.1.transformer_blocks.0.norm1.bias"


def detected(shape: UNetShape, **marks: Tensor) -> Family:
    unet = dict(ldm_tensors(shape))
    unet |= {TELLTALE: marks.pop("telltale", torch.zeros(4))}
    return detect({**{PREFIX + name: tensor for name, tensor in unet.items()}, **marks}, PREFIX, unet)


@pytest.mark.parametrize(
    ("layout", "name", "heads"),
    [
        ("sd1", "sd1", (8, 8, 8, 8)),
        ("sd1-inpaint", "sd1", (8, 8, 8, 8)),
        ("sd2", "sd2", (5, 10, 20, 20)),
        ("unclip", "sd2", (5, 10, 20, 20)),
        ("sdxl", "sdxl", (5, 10, 20)),
        ("ssd1b", "sdxl", (5, 10, 20)),
        ("koala", "sdxl", (5, 10, 20)),
        ("refiner", "refiner", (6, 12, 24, 24)),
    ],
)
def test_published_families(layout: str, name: str, heads: tuple[int, ...]) -> None:
    family = detected(SHAPES[layout])
    assert (family.name, family.heads) == (name, heads)
    assert family.latent_format is (SDXL if name in ("sdxl", "refiner") else SD1)
    assert family.model_channels == SHAPES[layout].channels[0]


@pytest.mark.parametrize("layout", SHAPES)
def test_exactly_one_family_takes_each_layout(layout: str) -> None:
    unet = ldm_tensors(SHAPES[layout]) | {TELLTALE: torch.zeros(4)}
    found = [detector(Candidate(SHAPES[layout], unet, {})) for detector in detectors()]
    assert sum(family is not None for family in found) == 1


def test_tiny_models_are_of_their_families(sd1: Checkpoint, sdxl: Checkpoint) -> None:
    assert (sd1.model.family.name, sd1.model.family.heads) == ("sd1", (8, 8, 8, 8))
    assert (sdxl.model.family.name, sdxl.model.family.heads) == ("sdxl", (1, 1, 2))


def test_sd2_predicts_v_where_its_norm_spreads() -> None:
    spread = torch.tensor([-0.1, 0.1])
    x, output = torch.ones(1, 4, 1, 1), torch.full((1, 4, 1, 1), 2.0)
    eps, v = detected(SHAPES["sd2"]), detected(SHAPES["sd2"], telltale=spread)
    one = torch.tensor([1.0])
    assert float(eps.sampling.calculate_denoised(one, output, x).mean()) == pytest.approx(-1.0)
    assert float(v.sampling.calculate_denoised(one, output, x).mean()) == pytest.approx(0.5 - 2**0.5)


def test_sd1_predicts_v_where_its_file_is_marked_so() -> None:
    one, output = torch.tensor([1.0]), torch.full((1, 4, 1, 1), 2.0)
    marked = detected(SHAPES["sd1"], v_pred=one).sampling
    assert float(marked.calculate_denoised(one, output, output / 2).mean()) == pytest.approx(0.5 - 2**0.5)
    assert marked.sigma_max == pytest.approx(14.614641, abs=1e-4)


def test_sdxl_states_its_parameterisation_by_marks() -> None:
    one = torch.ones(1)
    plain = detected(SHAPES["sdxl"])
    assert plain.sampling.sigma_max == pytest.approx(14.614641, abs=1e-4)
    assert detected(SHAPES["sdxl"], v_pred=one).sampling.sigma_max == pytest.approx(14.614641, abs=1e-4)
    assert detected(SHAPES["sdxl"], v_pred=one, ztsnr=one).sampling.sigma_max == pytest.approx(4518.7637, rel=1e-4)
    edm = detected(SHAPES["sdxl"], **{"edm_vpred.sigma_max": one * 50, "edm_vpred.sigma_min": one * 0.01})
    assert edm.sampling.sigma_max == pytest.approx(50, rel=1e-4)
    assert edm.sampling.sigma_min == pytest.approx(0.01, rel=1e-4)
    playground = detected(SHAPES["sdxl"], edm_mean=one, edm_std=one)
    assert playground.latent_format is SDXL_PLAYGROUND
    assert playground.sampling.sigma_max == pytest.approx(80, rel=1e-4)
    assert playground.sampling.prediction.sigma_data == 0.5


def test_inpainting_and_editing_unets_get_extra_channels() -> None:
    cond = {"width": 16, "height": 24}
    plain, inpaint = detected(SHAPES["sd1"]), detected(SHAPES["sd1-inpaint"])
    assert "c_concat" not in plain.conditions(cond)
    assert inpaint.conditions(cond)["c_concat"].shape == (1, 5, 3, 2)
    sdxl = unet_shape(in_channels=8)
    told = detected(sdxl).conditions({**cond, "pooled_output": torch.zeros(1, 1280)})
    assert told["c_concat"].shape == (1, 4, 3, 2)
    assert told["y"].shape == (1, 2816)


def test_unclip_is_told_of_pictures_as_a_vector() -> None:
    family = detected(SHAPES["unclip"])
    assert torch.equal(family.conditions({})["y"], torch.zeros(1, 1536))
    output = SimpleNamespace(image_embeds=torch.randn(1, 768))
    picture = {"clip_vision_output": output, "strength": 1.0, "noise_augmentation": 0.0}
    told = family.conditions({"unclip_conditioning": [picture], "seed": 7})["y"]
    assert told.shape == (1, 1536)
    torch.testing.assert_close(told[:, :768], output.image_embeds, rtol=0.02, atol=0.05)  # level 0 has hardly any noise


def test_unknown_and_unsupported_models_are_described() -> None:
    unet = {name: t for name, t in ldm_tensors(SHAPES["sd1"]).items() if "attn2" not in name}
    with pytest.raises(ModelError, match=r"context of None.*Supported are"):
        detect(unet, "", unet)
    flux = {"double_blocks.0.img_attn.norm.key_norm.scale": torch.zeros(1)}
    with pytest.raises(ModelError, match="Flux, which is not supported"):
        detect(flux, "", flux)
    assert "Stable Diffusion 1" in supported()


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        ([f"model.diffusion_model.{n}" for n in range(9)], "model.diffusion_model."),
        ([f"net.{n}" for n in range(9)], "net."),
        ([f"model.model.{n}" for n in range(9)], "model.model."),
        ([f"model.{n}" for n in range(9)], "model."),
        (["input_blocks.0.0.weight"], ""),
        (["conv_in.weight"], ""),
    ],
)
def test_the_prefix_of_the_network(names: list[str], prefix: str) -> None:
    assert unet_prefix(dict.fromkeys(names)) == prefix


def test_heads_of_unusual_widths() -> None:
    assert default_heads(unet_shape(channels=(32, 64, 128))) == (1, 1, 2)
