"""Models that look at a picture beside the noise, and masks that open bit by bit, as whole workflows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from graphcore.engine import Engine
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import (
    CFG,
    NEGATIVE,
    OTHER,
    POSITIVE,
    assert_close,
    latent,
    node,
    picture_latent,
    workflow,
)
from tests.nodes.formulas.written import Net
from tests.tiny_models import HEADS

FIRST = "model.diffusion_model.input_blocks.0.0.weight"


def widened(base: Path, checkpoint: Path, channels: int) -> Net:
    """The tiny model with that many more channels in its first convolution, written beside the others."""
    tensors = load_file(checkpoint)
    more = torch.randn(len(tensors[FIRST]), channels, 3, 3, generator=torch.Generator().manual_seed(channels)) * 0.1
    tensors[FIRST] = torch.cat([tensors[FIRST], more.half()], dim=1)
    target = base / f"models/checkpoints/more{channels}.safetensors"
    save_file(tensors, target, metadata={"graphcore.config": HEADS})
    return Net.of(target)


def advanced(**guider: Any) -> dict[str, Any]:
    """Nodes that sample four steps with a guider in place of KSampler."""
    return {
        "guider": node("DualCFGGuider", **guider),
        "noise": node("RandomNoise", noise_seed=5),
        "sampler": node("KSamplerSelect", sampler_name="euler"),
        "sigmas": node("BasicScheduler", model=["ckpt", 0], scheduler="normal", steps=4, denoise=1.0),
        "ks": node(
            "SamplerCustomAdvanced",
            noise=["noise", 0],
            guider=["guider", 0],
            sampler=["sampler", 0],
            sigmas=["sigmas", 0],
            latent_image=["edit", 2],
        ),
    }


@pytest.mark.parametrize(("cfg_text", "cfg_picture"), [(3.0, 1.5), (3.0, 1.0)])
def test_editing_by_instruction(
    engine: Engine, base: Path, checkpoint: Path, text: Any, cfg_text: float, cfg_picture: float
) -> None:
    """InstructPix2Pix: the text guided away from the picture alone, and that away from neither.

    The picture is told as the VAE wrote it. All three predictions here see it, as the wires say.
    """
    net = widened(base, checkpoint, 4)
    nodes, picture = picture_latent(engine)
    first, second, negative = (net.eps(text(t), concat=picture) for t in (POSITIVE, OTHER, NEGATIVE))

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        towards, middle, away = first(x, sigma), second(x, sigma), negative(x, sigma)
        guided = middle if cfg_picture == 1.0 else away + (middle - away) * cfg_picture
        return guided + (towards - middle) * cfg_text

    edit = {"vae": ["ckpt", 2], "pixels": ["scale", 0]}
    prompt = workflow(
        **nodes,
        ckpt=node("CheckpointLoaderSimple", ckpt_name="more4.safetensors"),
        edit=node("InstructPixToPixConditioning", positive=["pos", 0], negative=["neg", 0], **edit),
        also=node("InstructPixToPixConditioning", positive=["p2", 0], negative=["neg", 0], **edit),
        **advanced(
            model=["ckpt", 0],
            cond1=["edit", 0],
            cond2=["also", 0],
            negative=["edit", 1],
            cfg_conds=cfg_text,
            cfg_cond2_negative=cfg_picture,
            style="regular",
        ),
    )
    sigmas = f.normal_schedule(4)
    assert_close(latent(engine, prompt), f.stored(f.euler(D, f.start(5, sigmas), sigmas)), 5e-5)


def test_two_holes_in_four_pictures(engine: Engine, base: Path, checkpoint: Path, text: Any) -> None:
    """Fewer masks than latents are spread evenly: the first for two pictures, the second for the other two."""
    net = widened(base, checkpoint, 5)
    nodes, picture = picture_latent(engine)
    holes = {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="more5.safetensors"),
        "black": node("SolidMask", value=0.0, width=128, height=96),
        "white": node("SolidMask", value=1.0, width=64, height=96),
        "right": node("MaskComposite", destination=["black", 0], source=["white", 0], x=64, y=0, operation="add"),
        "left": node("MaskComposite", destination=["black", 0], source=["white", 0], x=0, y=0, operation="add"),
        "r": node("MaskToImage", mask=["right", 0]),
        "l": node("MaskToImage", mask=["left", 0]),
        "both": node("ImageBatch", image1=["r", 0], image2=["l", 0]),
        "hole": node("ImageToMask", image=["both", 0], channel="red"),
        "inp": node(
            "InpaintModelConditioning",
            positive=["pos", 0],
            negative=["neg", 0],
            vae=["ckpt", 2],
            pixels=["scale", 0],
            mask=["hole", 0],
            noise_mask=False,
        ),
        "four": node("RepeatLatentBatch", samples=["inp", 2], amount=4),
    }
    hidden = []
    for side in ("right", "left"):
        grey = node("VAEEncodeForInpaint", pixels=["scale", 0], vae=["ckpt", 2], mask=[side, 0], grow_mask_by=0)
        saved = {"grey": grey, "lat": node("SaveLatent", samples=["grey", 0], filename_prefix="formulas")}
        mask = torch.zeros(1, 1, 12, 16)
        mask[..., 8 if side == "right" else 0 : 16 if side == "right" else 8] = 1.0
        hidden.append(torch.cat([mask, latent(engine, {**workflow(**nodes, **holes), **saved}) * 0.18215], dim=1))
    concat = torch.cat([hidden[0], hidden[0], hidden[1], hidden[1]])
    contexts = [text(prompt).expand(4, -1, -1) for prompt in (POSITIVE, NEGATIVE)]
    D = f.guided(*(net.eps(context, concat=concat) for context in contexts), CFG)
    sigmas, shape = f.normal_schedule(4), (4, *f.SHAPE[1:])
    x = (picture * 0.18215).expand(shape) + f.start(5, sigmas, shape)
    prompt = workflow(**nodes, **holes, ks_positive=["inp", 0], ks_negative=["inp", 1], ks_latent_image=["four", 0])
    assert_close(latent(engine, prompt), f.stored(f.euler(D, x, sigmas)), 5e-5)


@pytest.mark.parametrize("strength", [1.0, 0.4])
def test_a_grey_mask_opens_as_time_goes(engine: Engine, net: Net, text: Any, strength: float) -> None:
    """Differential diffusion: a place is freed once the share of timesteps left falls to its grey."""
    nodes, picture = picture_latent(engine)
    grey = (torch.linspace(0, 255, 128).round().to(torch.uint8)).expand(96, 128)
    Image.fromarray(grey.numpy()).convert("RGB").save(engine.folders.input / "ramp.png")
    small = F.interpolate(grey[None, None].float() / 255, size=(12, 16), mode="bilinear")
    sigmas = f.normal_schedule(10)[-7:]  # the last 0.6 of ten steps
    D = f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)
    z, noise = picture * 0.18215, f.noise(5)
    times = [int(f.timestep(sigma, f.table())) for sigma in (sigmas[0], f.table()[0])]

    def masked(x: Tensor, sigma: Tensor) -> Tensor:
        share = (int(f.timestep(sigma, f.table())) - times[1]) / (times[0] - times[1])
        mask = (small >= share).float()
        mask = mask if strength == 1.0 else strength * mask + (1 - strength) * small
        x = x * mask + (z + sigma * noise) * (1 - mask)
        return D(x, sigma) * mask + z * (1 - mask)

    prompt = workflow(
        **nodes,
        ramp=node("LoadImageMask", image="ramp.png", channel="red"),
        masked=node("SetLatentNoiseMask", samples=["enc", 0], mask=["ramp", 0]),
        diff=node("DifferentialDiffusion", model=["ckpt", 0], strength=strength),
        ks_model=["diff", 0],
        ks_latent_image=["masked", 0],
        ks_steps=6,
        ks_denoise=0.6,
    )
    expected = f.euler(masked, z + noise * sigmas[0], sigmas)
    assert_close(latent(engine, prompt), f.stored(expected), 5e-5)


def test_velocity_rescaled_over_karras_levels(engine: Engine, net: Net, text: Any) -> None:
    """v-prediction with RescaleCFG, sampled by DPM-Solver++(2M)."""
    contexts = [text(POSITIVE), text(NEGATIVE)]

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        root = (sigma**2 + 1).sqrt()
        vc, vu = (net(x, sigma, context) for context in contexts)
        v = vu + CFG * (vc - vu)
        v = 0.7 * (v * vc.std() / v.std()) + 0.3 * v
        return x / (sigma**2 + 1) - v * sigma / root

    low, high = float(f.table()[0]) ** (1 / 7), float(f.table()[-1]) ** (1 / 7)
    sigmas = torch.cat([(high + torch.linspace(0, 1, 5) * (low - high)) ** 7, torch.zeros(1)])
    x, old, h_last = f.start(5, sigmas), None, 0.0
    for sigma, after in pairwise(sigmas):
        denoised = D(x, sigma)
        if after == 0:
            x = denoised
            continue
        h = float((sigma / after).log())
        mean = denoised if old is None else denoised + (denoised - old) * h / (2 * h_last)
        x = after / sigma * x - torch.expm1(torch.tensor(-h)) * mean
        old, h_last = denoised, h
    prompt = workflow(
        mp=node("ModelSamplingDiscrete", model=["ckpt", 0], sampling="v_prediction", zsnr=False),
        rescale=node("RescaleCFG", model=["mp", 0], multiplier=0.7),
        ks_model=["rescale", 0],
        ks_steps=5,
        ks_sampler_name="dpmpp_2m",
        ks_scheduler="karras",
    )
    assert_close(latent(engine, prompt), f.stored(x), 5e-5)
