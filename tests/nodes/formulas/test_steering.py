"""ControlNets and inpainting models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from graphcore.engine import Engine
from nodes.models.controlnet import load_controlnet
from tests import theirs
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import (
    CFG,
    NEGATIVE,
    POSITIVE,
    assert_close,
    latent,
    node,
    picture_latent,
    plain,
    workflow,
)
from tests.nodes.formulas.written import Net, Prediction
from tests.tiny_models import HEADS


def test_stacked_controlnets_with_ranges(engine: Engine, base: Path, net: Net, text: Any) -> None:
    """The second one's range ends early; both add to the same places. Each side sees both."""
    module = theirs.control(load_controlnet(base / "models/controlnet/sd15_tiny_control.safetensors").weights)
    with Image.open(base / "input/fixture.png") as picture:
        pixels = torch.from_numpy(np.asarray(picture.convert("RGB")).astype(np.float32) / 255)[None].movedim(-1, 1)
    hint = cropped(pixels)
    inverted = cropped(1.0 - pixels)

    def controlled(context: Tensor) -> Prediction:
        def D(x: Tensor, sigma: Tensor) -> Tensor:
            xc, t = x / (sigma**2 + 1).sqrt(), f.timestep(sigma, f.table())
            down, middle = [], []
            for image, strength, begin, end in ((hint, 0.6, 0.0, 1.0), (inverted, 0.9, 0.25, 0.65)):
                if f.percent_to_sigma(begin) >= float(sigma) >= f.percent_to_sigma(end):
                    out = module(xc, t, encoder_hidden_states=context, controlnet_cond=image, return_dict=False)
                    down.append([r * strength for r in out[0]])
                    middle.append(out[1] * strength)
            told = {
                "down_block_additional_residuals": tuple(sum(rs) for rs in zip(*down, strict=True)),
                "mid_block_additional_residual": sum(middle),
            }
            return x - sigma * net(x, sigma, context, **told)

        return D

    prompt = workflow(
        load=node("LoadImage", image="fixture.png"),
        inv=node("ImageInvert", image=["load", 0]),
        cn=node("ControlNetLoader", control_net_name="sd15_tiny_control.safetensors"),
        a=node(
            "ControlNetApplyAdvanced",
            positive=["pos", 0],
            negative=["neg", 0],
            control_net=["cn", 0],
            image=["load", 0],
            strength=0.6,
            start_percent=0.0,
            end_percent=1.0,
        ),
        b=node(
            "ControlNetApplyAdvanced",
            positive=["a", 0],
            negative=["a", 1],
            control_net=["cn", 0],
            image=["inv", 0],
            strength=0.9,
            start_percent=0.25,
            end_percent=0.65,
        ),
        ks_positive=["b", 0],
        ks_negative=["b", 1],
        ks_steps=6,
    )
    with torch.no_grad():
        expected = plain(f.guided(controlled(text(POSITIVE)), controlled(text(NEGATIVE)), CFG), steps=6)
    assert_close(latent(engine, prompt), expected, 5e-5)


def cropped(pixels: Tensor) -> Tensor:
    """The middle of a picture at 128 x 96, by the nearest pixel."""
    height, width = pixels.shape[-2:]
    x = round((width - width * (128 / 96) / (width / height)) / 2) if width / height > 128 / 96 else 0
    y = round((height - height * (width / height) / (128 / 96)) / 2) if width / height < 128 / 96 else 0
    pixels = pixels[..., y : height - y, x : width - x]
    return F.interpolate(pixels, size=(96, 128), mode="nearest-exact")


@pytest.fixture(scope="module")
def inpaint_net(base: Path, checkpoint: Path) -> Net:
    """A checkpoint whose first convolution takes nine channels, written beside the others."""
    tensors = load_file(checkpoint)
    first = "model.diffusion_model.input_blocks.0.0.weight"
    more = torch.randn(tensors[first].shape[0], 5, 3, 3, generator=torch.Generator().manual_seed(1)) * 0.1
    tensors[first] = torch.cat([tensors[first], more.half()], dim=1)
    target = base / "models/checkpoints/inpaint.safetensors"
    save_file(tensors, target, metadata={"graphcore.config": HEADS})
    return Net.of(target)


@pytest.mark.parametrize("noise_mask", [True, False])
def test_an_inpainting_model(engine: Engine, inpaint_net: Net, text: Any, noise_mask: bool) -> None:
    nodes, picture = picture_latent(engine)
    shape = {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="inpaint.safetensors"),
        "black": node("SolidMask", value=0.0, width=128, height=96),
        "white": node("SolidMask", value=1.0, width=60, height=96),
        "hole": node("MaskComposite", destination=["black", 0], source=["white", 0], x=68, y=0, operation="add"),
        "inp": node(
            "InpaintModelConditioning",
            positive=["pos", 0],
            negative=["neg", 0],
            vae=["ckpt", 2],
            pixels=["scale", 0],
            mask=["hole", 0],
            noise_mask=noise_mask,
        ),
        "grey": node("VAEEncodeForInpaint", pixels=["scale", 0], vae=["ckpt", 2], mask=["hole", 0], grow_mask_by=0),
    }
    saved = {"lat": node("SaveLatent", samples=["grey", 0], filename_prefix="formulas")}
    hidden = latent(engine, {**workflow(**nodes, **shape), **saved}) * 0.18215
    mask = torch.zeros(1, 1, 96, 128)
    mask[..., 68:] = 1.0
    small = F.interpolate(mask, size=(12, 16), mode="bilinear")
    # The network is told the hole as whole cells; the area resize of an exact ratio is the same as this mean.
    concat = torch.cat([small.round(), hidden], dim=1)
    told = {"concat": concat}
    D = f.guided(inpaint_net.eps(text(POSITIVE), **told), inpaint_net.eps(text(NEGATIVE), **told), CFG)
    z, noise, sigmas = picture * 0.18215, f.noise(5), f.normal_schedule(4)

    def masked(x: Tensor, sigma: Tensor) -> Tensor:
        x = x * small + (z + sigma * noise) * (1 - small)
        return D(x, sigma) * small + z * (1 - small)

    x = z + noise * (1 + sigmas[0] ** 2).sqrt()
    expected = f.stored(f.euler(masked if noise_mask else D, x, sigmas))
    prompt = workflow(**nodes, **shape, ks_positive=["inp", 0], ks_negative=["inp", 1], ks_latent_image=["inp", 2])
    assert_close(latent(engine, prompt), expected, 5e-5)


def test_an_inpainting_model_without_a_picture(engine: Engine, inpaint_net: Net, text: Any) -> None:
    """Everything is hole, behind it the latent of grey."""
    grey = torch.tensor([0.8223, -0.6876, 0.6364, 0.1380]).reshape(1, 4, 1, 1).expand(f.SHAPE)
    told = {"concat": torch.cat([torch.ones(1, 1, 12, 16), grey], dim=1)}
    D = f.guided(inpaint_net.eps(text(POSITIVE), **told), inpaint_net.eps(text(NEGATIVE), **told), CFG)
    prompt = workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name="inpaint.safetensors"))
    assert_close(latent(engine, prompt), plain(D))
