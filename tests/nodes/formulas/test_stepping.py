"""Parameterisations, parts of schedules, noise and masks."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore.engine import Engine
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import (
    CFG,
    NEGATIVE,
    POSITIVE,
    assert_close,
    latent,
    node,
    picture_latent,
    workflow,
)
from tests.nodes.formulas.written import Net, Prediction


def test_zero_terminal_snr(engine: Engine, net: Net, text: Any) -> None:
    table = f.table(zero_snr=True)

    def v(context: Tensor) -> Prediction:
        return lambda x, sigma: (
            x / (sigma**2 + 1) - net(x, sigma, context, sigmas=table) * sigma / (sigma**2 + 1).sqrt()
        )

    sigmas = f.normal_schedule(4, table)
    expected = f.euler(f.guided(v(text(POSITIVE)), v(text(NEGATIVE)), CFG), f.start(5, sigmas), sigmas)
    patch = node("ModelSamplingDiscrete", model=["ckpt", 0], sampling="v_prediction", zsnr=True)
    assert_close(latent(engine, workflow(mp=patch, ks_model=["mp", 0])), f.stored(expected))


def test_latent_consistency(engine: Engine, net: Net, text: Any) -> None:
    """The distilled table of 50 levels, boundary conditions, and fresh noise of the same seed after each jump."""
    every = f.table()[19::20]
    context = text(POSITIVE)

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        t = (sigma.double().log() - every.log()).abs().argmin() * 20 + 19
        out = net.unet((x / (sigma**2 + 1).sqrt()), t, encoder_hidden_states=context).sample
        tau = 10.0 * float(t)
        return (x - sigma * out) * tau / math.sqrt(tau**2 + 0.25) + x * 0.25 / (tau**2 + 0.25)

    sigmas = torch.cat([torch.stack([every[-(1 + int(i * 50 / 4))] for i in range(4)]), torch.zeros(1)]).float()
    x, generator = f.start(5, sigmas), torch.Generator().manual_seed(5)
    with torch.no_grad():
        for sigma, after in pairwise(sigmas):
            x = D(x, sigma)
            x = x + after * torch.randn(f.SHAPE, generator=generator) if after > 0 else x
    patch = node("ModelSamplingDiscrete", model=["ckpt", 0], sampling="lcm", zsnr=False)
    prompt = workflow(mp=patch, ks_model=["mp", 0], ks_sampler_name="lcm", ks_scheduler="simple", ks_cfg=1.0)
    assert_close(latent(engine, prompt), f.stored(x))


@pytest.mark.parametrize("add_noise", ["enable", "disable"])
@pytest.mark.parametrize("leftover", ["enable", "disable"])
def test_advanced_sampling_between_steps(engine: Engine, net: Net, text: Any, add_noise: str, leftover: str) -> None:
    nodes, picture = picture_latent(engine)
    sigmas = f.normal_schedule(8)[2:6].clone()
    if leftover == "disable":
        sigmas[-1] = 0.0
    noise = f.noise(5) if add_noise == "enable" else torch.zeros(f.SHAPE)
    D = f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)
    expected = f.euler(D, picture * 0.18215 + noise * sigmas[0], sigmas)
    ks = node(
        "KSamplerAdvanced",
        model=["ckpt", 0],
        add_noise=add_noise,
        noise_seed=5,
        steps=8,
        cfg=CFG,
        sampler_name="euler",
        scheduler="normal",
        positive=["pos", 0],
        negative=["neg", 0],
        latent_image=["enc", 0],
        start_at_step=2,
        end_at_step=5,
        return_with_leftover_noise=leftover,
    )
    assert_close(latent(engine, workflow(**nodes, ks=ks)), f.stored(expected))


@pytest.mark.parametrize(("start", "end"), [(5, 3), (8, 10000), (9, 10000), (0, 0)])
def test_advanced_sampling_of_no_steps_hands_the_latent_on(engine: Engine, start: int, end: int) -> None:
    nodes, picture = picture_latent(engine)
    prompt = workflow(**nodes, ks_latent_image=["enc", 0])
    inputs = dict(prompt["ks"]["inputs"])
    del inputs["seed"], inputs["denoise"]
    inputs |= {
        "add_noise": "enable",
        "noise_seed": 5,
        "steps": 8,
        "start_at_step": start,
        "end_at_step": end,
        "return_with_leftover_noise": "disable",
    }
    found = latent(engine, prompt | {"ks": node("KSamplerAdvanced", **inputs)})
    assert torch.equal(found, picture)


def test_denoising_a_part_with_a_level_left_out(engine: Engine, net: Net, text: Any) -> None:
    """dpm_2 leaves out the penultimate level of int(5 / 0.6) + 1 steps, and takes the last 5."""
    nodes, picture = picture_latent(engine)
    full = f.normal_schedule(int(5 / 0.6) + 1)
    sigmas = torch.cat([full[:-2], full[-1:]])[-6:]
    D = f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)
    x = picture * 0.18215 + f.noise(5) * sigmas[0]
    for sigma, after in pairwise(sigmas):
        d = (x - D(x, sigma)) / sigma
        if after > 0:
            middle = (sigma * after).sqrt()
            inner = x + d * (middle - sigma)
            d = (inner - D(inner, middle)) / middle
        x = x + d * (after - sigma)
    prompt = workflow(**nodes, ks_sampler_name="dpm_2", ks_steps=5, ks_denoise=0.6, ks_latent_image=["enc", 0])
    assert_close(latent(engine, prompt), f.stored(x), 1e-4)


def test_ancestral_sampling_of_picked_items_inside_a_mask(engine: Engine, net: Net, text: Any) -> None:
    """Items 3 and 1 of a batch of 4: the noise of their places at the start; a step's noise is drawn for two."""
    nodes, picture = picture_latent(engine)
    sigmas = f.normal_schedule(4)
    D = f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)
    two = (2, *f.SHAPE[1:])
    generator = torch.Generator().manual_seed(5)
    draws = [torch.randn(f.SHAPE, generator=generator) for _ in range(4)]
    noise, z = torch.cat([draws[2], draws[3]]), (picture * 0.18215).repeat(2, 1, 1, 1)
    mask = torch.zeros(1, 1, 12, 16)
    mask[..., 8:] = 1.0

    def masked(x: Tensor, sigma: Tensor) -> Tensor:
        x = x * mask + (z + sigma * noise) * (1 - mask)
        items = torch.cat([D(item[None], sigma) for item in x])
        return items * mask + z * (1 - mask)

    steps = torch.Generator().manual_seed(5)
    x = z + noise * (1 + sigmas[0] ** 2).sqrt()
    expected = f.euler_ancestral(masked, x, sigmas, lambda: torch.randn(two, generator=steps))
    prompt = workflow(
        **nodes,
        rep=node("RepeatLatentBatch", samples=["enc", 0], amount=4),
        some=node("LatentFromBatch", samples=["rep", 0], batch_index=2, length=2),
        black=node("SolidMask", value=0.0, width=128, height=96),
        white=node("SolidMask", value=1.0, width=64, height=96),
        shape=node("MaskComposite", destination=["black", 0], source=["white", 0], x=64, y=0, operation="add"),
        m=node("SetLatentNoiseMask", samples=["some", 0], mask=["shape", 0]),
        ks_latent_image=["m", 0],
        ks_sampler_name="euler_ancestral",
    )
    assert_close(latent(engine, prompt), f.stored(expected), 5e-5)


def test_a_batch_whose_items_draw_the_same_noise(engine: Engine, net: Net, text: Any) -> None:
    """Item 1 of a larger batch, twice: both start from the second draw of the seed."""
    generator = torch.Generator().manual_seed(5)
    second = [torch.randn(f.SHAPE, generator=generator) for _ in range(2)][1]
    sigmas = f.normal_schedule(4)
    D = f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)
    expected = f.stored(f.euler(D, second * (1 + sigmas[0] ** 2).sqrt(), sigmas))
    prompt = workflow(
        empty=node("EmptyLatentImage", width=128, height=96, batch_size=3),
        two=node("LatentFromBatch", samples=["empty", 0], batch_index=1, length=2),
        same=node("LatentBatchSeedBehavior", samples=["two", 0], seed_behavior="fixed"),
        ks_latent_image=["same", 0],
    )
    assert_close(latent(engine, prompt), expected.repeat(2, 1, 1, 1))


def test_a_schedule_put_together_by_hand(engine: Engine, net: Net, text: Any) -> None:
    """Karras's, its first level changed, its late steps halved; its two parts sampled one after the other."""
    ramp = torch.linspace(0, 1, 4)
    low, high = 0.0291675 ** (1 / 5), 14.614642 ** (1 / 5)
    sigmas = torch.cat([(high + ramp * (low - high)) ** 5, torch.zeros(1)])
    sigmas[0] = 12.0
    extended = [sigmas[0]]
    for sigma, after in pairwise(sigmas):
        if 0.5 <= float(sigma) <= 11.0:
            extended.append(sigma + math.sin(0.5 * math.pi / 2) * (after - sigma))
        extended.append(after)
    found = torch.stack(extended)
    D = f.guided(net.eps(text(POSITIVE)), net.eps(text(NEGATIVE)), CFG)
    expected = f.stored(f.euler(D, f.noise(5) * 12.0, found))
    sampler = {"sampler": ["s", 0], "cfg": CFG, "positive": ["pos", 0], "negative": ["neg", 0], "model": ["ckpt", 0]}
    prompt = workflow(
        s=node("KSamplerSelect", sampler_name="euler"),
        k=node("KarrasScheduler", steps=4, sigma_max=14.614642, sigma_min=0.0291675, rho=5.0),
        first=node("SetFirstSigma", sigmas=["k", 0], sigma=12.0),
        more=node(
            "ExtendIntermediateSigmas",
            sigmas=["first", 0],
            steps=2,
            start_at_sigma=11.0,
            end_at_sigma=0.5,
            spacing="cosine",
        ),
        cut=node("SplitSigmas", sigmas=["more", 0], step=2),
        a=node("SamplerCustom", add_noise=True, noise_seed=5, sigmas=["cut", 0], latent_image=["empty", 0], **sampler),
        ks=node("SamplerCustom", add_noise=False, noise_seed=5, sigmas=["cut", 1], latent_image=["a", 0], **sampler),
    )
    assert_close(latent(engine, prompt), expected)
