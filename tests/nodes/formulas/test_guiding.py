"""Guidance, and where and when conditionings apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.engine import Engine
from nodes.text.tokenizer import clip_token_ids
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import (
    CFG,
    NEGATIVE,
    OTHER,
    POSITIVE,
    assert_close,
    latent,
    node,
    plain,
    workflow,
)
from tests.nodes.formulas.written import Net, Prediction, Text


def test_euler_with_guidance(engine: Engine, net: Net, text: Any) -> None:
    assert_close(latent(engine, workflow()), plain(f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)))


def test_a_scale_of_one_is_the_positive_alone(engine: Engine, net: Net, text: Any) -> None:
    assert_close(latent(engine, workflow(ks_cfg=1.0)), plain(net.eps(text(POSITIVE))))


def test_rescale_cfg(engine: Engine, net: Net, text: Any) -> None:
    cond, uncond = net.eps(text(POSITIVE)), net.eps(text(NEGATIVE))

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        y, root = x / (sigma**2 + 1), (sigma**2 + 1).sqrt()
        vc, vu = ((y - d(x, sigma)) * root / sigma for d in (cond, uncond))
        v = vu + CFG * (vc - vu)
        rescaled = v * vc.std() / v.std()
        v = 0.6 * rescaled + 0.4 * v
        return y - v * sigma / root

    patch = node("RescaleCFG", model=["ckpt", 0], multiplier=0.6)
    assert_close(latent(engine, workflow(mp=patch, ks_model=["mp", 0])), plain(D))


def test_nested_dual_guidance_of_several_conditionings(engine: Engine, net: Net, text: Any) -> None:
    first, second, negative = (net.eps(text(t)) for t in (POSITIVE, OTHER, NEGATIVE))

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        both = (first(x, sigma) + second(x, sigma)) / 2
        inner = second(x, sigma) + (both - second(x, sigma)) * 3.0
        return negative(x, sigma) + (inner - negative(x, sigma)) * 1.5

    prompt = workflow(
        both=node("ConditioningCombine", conditioning_1=["pos", 0], conditioning_2=["p2", 0]),
        guider=node(
            "DualCFGGuider",
            model=["ckpt", 0],
            cond1=["both", 0],
            cond2=["p2", 0],
            negative=["neg", 0],
            cfg_conds=3.0,
            cfg_cond2_negative=1.5,
            style="nested",
        ),
        noise=node("RandomNoise", noise_seed=5),
        sampler=node("KSamplerSelect", sampler_name="euler"),
        sigmas=node("BasicScheduler", model=["ckpt", 0], scheduler="normal", steps=4, denoise=1.0),
        ks=node(
            "SamplerCustomAdvanced",
            noise=["noise", 0],
            guider=["guider", 0],
            sampler=["sampler", 0],
            sigmas=["sigmas", 0],
            latent_image=["empty", 0],
        ),
    )
    assert_close(latent(engine, prompt), plain(D))


def test_a_strength_of_zero_weighs_nothing(engine: Engine, net: Net, text: Any) -> None:
    uncond = net.eps(text(NEGATIVE))
    prompt = workflow(
        c=node("ConditioningSetAreaStrength", conditioning=["pos", 0], strength=0.0), ks_positive=["c", 0]
    )
    assert_close(latent(engine, prompt), plain(lambda x, sigma: uncond(x, sigma) * (1 - CFG)))


def test_areas_masks_strengths_and_ranges_together(engine: Engine, net: Net, text: Any) -> None:
    """An area of strength 0.5 over the first part, a mask of strength 0.7 beside the whole picture's own prompt."""
    whole, other, negative = (net.eps(text(t)) for t in (POSITIVE, OTHER, NEGATIVE))
    mask = torch.zeros(1, 1, 12, 16)
    mask[..., 3:9, 4:12] = 1.0
    ramp = torch.ones(1, 1, 8, 8)
    for t in range(2):  # 8 // 4 cells fade, towards the edges inside the picture: all but the bottom
        share = (t + 1) / 2
        ramp[..., t, :] *= share
        ramp[..., :, t] *= share
        ramp[..., :, 7 - t] *= share

    def mixed(x: Tensor, sigma: Tensor, prompts: tuple[Prediction, Prediction, Prediction]) -> Tensor:
        all_over, in_area, in_mask = prompts
        out, count = all_over(x, sigma), torch.ones(1, 1, 12, 16)
        out, count = out + in_mask(x, sigma) * mask * 0.7, count + mask * 0.7
        if float(sigma) >= f.percent_to_sigma(0.5):
            area = (..., slice(4, 12), slice(6, 14))
            out, count = out.clone(), count.clone()
            out[area] += in_area(x[area], sigma) * ramp * 0.5
            count[area] += ramp * 0.5
        return out / count

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        cond = mixed(x, sigma, (whole, other, other))
        # The negative is given the area, too, as long as the positive has it; masks alone have no counterpart.
        u, count = negative(x, sigma), torch.ones(1, 1, 12, 16)
        if float(sigma) >= f.percent_to_sigma(0.5):
            area = (..., slice(4, 12), slice(6, 14))
            u, count = u.clone(), count.clone()
            u[area] += negative(x[area], sigma) * ramp * 0.5
            count[area] += ramp * 0.5
        u = u / count
        return u + (cond - u) * CFG

    prompt = workflow(
        area=node("ConditioningSetArea", conditioning=["p2", 0], width=64, height=64, x=48, y=32, strength=0.5),
        early=node("ConditioningSetTimestepRange", conditioning=["area", 0], start=0.0, end=0.5),
        black=node("SolidMask", value=0.0, width=16, height=12),
        white=node("SolidMask", value=1.0, width=8, height=6),
        shape=node("MaskComposite", destination=["black", 0], source=["white", 0], x=4, y=3, operation="add"),
        masked=node(
            "ConditioningSetMask", conditioning=["p2", 0], mask=["shape", 0], strength=0.7, set_cond_area="default"
        ),
        two=node("ConditioningCombine", conditioning_1=["pos", 0], conditioning_2=["early", 0]),
        c=node("ConditioningCombine", conditioning_1=["two", 0], conditioning_2=["masked", 0]),
        ks_positive=["c", 0],
    )
    assert_close(latent(engine, prompt), plain(D))


def test_a_default_fills_what_masks_leave(engine: Engine, net: Net, text: Any) -> None:
    inside, rest, negative = (net.eps(text(t)) for t in (OTHER, POSITIVE, NEGATIVE))
    mask = torch.zeros(1, 1, 12, 16)
    mask[..., :8] = 1.0

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        cond = (inside(x, sigma) * mask * 0.6 + rest(x, sigma) * (1 - 0.6 * mask)) / 1.0
        u = negative(x, sigma)
        return u + (cond - u) * CFG

    prompt = workflow(
        black=node("SolidMask", value=0.0, width=16, height=12),
        white=node("SolidMask", value=1.0, width=8, height=12),
        shape=node("MaskComposite", destination=["black", 0], source=["white", 0], x=0, y=0, operation="add"),
        masked=node(
            "ConditioningSetMask", conditioning=["p2", 0], mask=["shape", 0], strength=0.6, set_cond_area="default"
        ),
        c=node("ConditioningSetDefaultCombine", cond=["masked", 0], cond_DEFAULT=["pos", 0]),
        ks_positive=["c", 0],
    )
    assert_close(latent(engine, prompt), plain(D))


def test_an_average_of_different_lengths(engine: Engine, net: Net, text: Any, checkpoint: Path) -> None:
    long = " ".join(["tree"] * 80)
    encoder = Text(checkpoint)
    ids = clip_token_ids(long)
    source = torch.cat([encoder(ids[:75]), encoder(ids[75:])], dim=1)
    mixed = text(POSITIVE) * 0.3 + source[:, :77] * 0.7
    wide = source * 0.4 + F.pad(text(POSITIVE), (0, 0, 0, 77)) * 0.6
    prompt = workflow(
        p2=node("CLIPTextEncode", text=long, clip=["ckpt", 1]),
        a=node(
            "ConditioningAverage", conditioning_to=["pos", 0], conditioning_from=["p2", 0], conditioning_to_strength=0.3
        ),
        b=node(
            "ConditioningAverage", conditioning_to=["p2", 0], conditioning_from=["pos", 0], conditioning_to_strength=0.4
        ),
        ks_positive=["a", 0],
        ks_negative=["b", 0],
    )
    assert_close(latent(engine, prompt), plain(f.guided(net.eps(mixed), net.eps(wide), CFG)))
