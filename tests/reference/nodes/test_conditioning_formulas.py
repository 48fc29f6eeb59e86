"""Nodes of conditionings and sigmas beside their formulas; see `test_image_formulas`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from graphcore.testing import call
from tests.reference.nodes.formulas import equal, resized
from tests.reference.nodes.recorded import fixtures

TEXT, OTHER = fixtures()["CONDITIONING.0"], fixtures()["CONDITIONING.1"]
MASK, SIGMAS = fixtures()["MASK.0"], fixtures()["SIGMAS.0"]
VIDEO = {"samples": torch.zeros(1, 4, 5, 6, 8)}


# -- conditionings -----------------------------------------------------------------------------------------------------


def options_of(node: str, **inputs: Any) -> dict[str, Any]:
    """What the node adds to the options of the text."""
    (tensor, options), *rest = call(node, conditioning=TEXT, **inputs)[0]
    assert tensor is TEXT[0][0]
    assert not rest
    return {key: value for key, value in options.items() if key != "pooled_output"}


def test_conditioning_options() -> None:
    area = {"strength": 1.3, "set_area_to_bounds": False}
    assert options_of("ConditioningSetArea", width=72, height=40, x=8, y=16, strength=1.3) == {
        "area": (5, 9, 2, 1),
        **area,
    }
    shares = {"width": 0.5, "height": 0.25, "x": 0.1, "y": 0.2, "strength": 1.3}
    wanted = ("percentage", 0.25, 0.5, 0.2, 0.1)
    assert options_of("ConditioningSetAreaPercentage", **shares) == {"area": wanted, **area}
    assert options_of("ConditioningSetTimestepRange", start=0.2, end=0.7) == {"start_percent": 0.2, "end_percent": 0.7}
    for rule in ("default", "mask bounds"):
        found = options_of("ConditioningSetMask", mask=MASK[0], strength=0.4, set_cond_area=rule)
        equal(found.pop("mask"), MASK)
        assert found == {"mask_strength": 0.4, "set_area_to_bounds": rule != "default"}
    for method, short in (("offset", "offset"), ("index", "index"), ("uxo/uno", "uxo")):
        found = options_of("FluxKontextMultiReferenceLatentMethod", reference_latents_method=method)
        assert found == {"reference_latents_method": short}
    assert call("ConditioningTimestepsRange", start_percent=0.2, end_percent=0.7) == (
        (0.2, 0.7),
        (0.0, 0.2),
        (0.7, 1.0),
    )


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_conditioning_average(share: float) -> None:
    short = [[OTHER[0][0][:, :60], OTHER[0][1]]]
    (tensor, options), *_ = call(
        "ConditioningAverage", conditioning_to=TEXT, conditioning_from=short, conditioning_to_strength=share
    )[0]
    padded = np.concatenate((short[0][0].numpy(), np.zeros((1, 17, 16))), 1)
    equal(tensor, TEXT[0][0].numpy() * share + padded * (1 - share))
    pooled = (x[0][1]["pooled_output"].numpy() for x in (TEXT, OTHER))
    equal(options["pooled_output"], next(pooled) * share + next(pooled) * (1 - share))


@pytest.mark.parametrize("ratio", [0.0, 1.0, 2.37])
def test_upscaler_conditioning(ratio: float) -> None:
    image = fixtures()["IMAGE.0"]
    width, height = max(1, round(64 * ratio)), max(1, round(48 * ratio))
    inputs = {"images": image, "positive": TEXT, "negative": OTHER, "scale_ratio": ratio, "noise_augmentation": 0.125}
    if width < 4:
        with pytest.raises(Exception, match="at least one pixel"):
            call("SD_4XUpscale_Conditioning", **inputs)
        return
    positive, negative, latent = call("SD_4XUpscale_Conditioning", **inputs)
    small = np.moveaxis(resized(image * 2 - 1, width // 4, height // 4, "bilinear", center=True), -1, 1)
    for conditioning in (positive, negative):
        equal(conditioning[0][1]["concat_image"], small, 1e-4)
        assert conditioning[0][1]["noise_augmentation"] == 0.125
    equal(latent["samples"], np.zeros((2, 4, height // 4, width // 4)))


# -- sigmas ------------------------------------------------------------------------------------------------------------


def test_work_on_sigmas() -> None:
    levels = SIGMAS.numpy()
    for step in (0, 3, 10, 99):
        high, low = call("SplitSigmas", sigmas=SIGMAS, step=step)
        equal(high, levels[: step + 1])
        equal(low, levels[step:])
    flipped = levels[::-1].copy()
    flipped[0] = flipped[0] or 0.0001
    equal(call("FlipSigmas", sigmas=SIGMAS).SIGMAS, flipped)
    assert call("FlipSigmas", sigmas=SIGMAS[:0]).SIGMAS.numel() == 0
    for denoise in (0.05, 0.25, 0.95):
        total = round(10 * denoise)
        high, low = call("SplitSigmasDenoise", sigmas=SIGMAS, denoise=denoise)
        equal(high, levels[:-total] if total else levels[:0])
        equal(low, levels[-(total + 1) :])


@pytest.mark.parametrize("spacing", ["linear", "cosine", "sine"])
@pytest.mark.parametrize(("start", "end"), [(-1.0, 0.0), (9.0, 2.0), (3.0, 3.0)])
def test_extend_intermediate(spacing: str, start: float, end: float) -> None:
    levels = SIGMAS.numpy().astype(np.float64)
    for steps in (1, 2, 5):
        k = np.linspace(0, 1, steps + 1)[1:-1]
        k = {"linear": k, "cosine": np.sin(k * np.pi / 2), "sine": 1 - np.cos(k * np.pi / 2)}[spacing]
        wanted: list[float] = []
        for now, following in pairwise(levels):
            wanted.append(now)
            if end <= now <= (start if start >= 0 else np.inf):
                wanted += list(k * (following - now) + now)
        options = {"steps": steps, "start_at_sigma": start, "end_at_sigma": end, "spacing": spacing}
        equal(call("ExtendIntermediateSigmas", sigmas=SIGMAS, **options).SIGMAS, [*wanted, levels[-1]])


@pytest.mark.parametrize(
    ("steps", "low", "high", "rho"), [(1, 0.1, 9.0, 2.0), (7, 0.03, 14.6, 7.0), (33, 0.9, 1.2, 0.3)]
)
def test_schedules(steps: int, low: float, high: float, rho: float) -> None:
    limits = {"steps": steps, "sigma_min": low, "sigma_max": high}
    ramp = np.linspace(0, 1, steps)
    karras = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    equal(call("KarrasScheduler", rho=rho, **limits).SIGMAS, [*karras, 0], 1e-4)
    for node, power in (("ExponentialScheduler", 1.0), ("PolyexponentialScheduler", rho)):
        levels = np.exp(np.linspace(1, 0, steps) ** power * (np.log(high) - np.log(low)) + np.log(low))
        options = limits | ({"rho": rho} if node.startswith("Poly") else {})
        equal(call(node, **options).SIGMAS, [*levels, 0], 1e-4)
    for mu, beta in ((0.0, 0.5), (-1.3, 2.0)):
        x = np.linspace(0, 1, steps)
        logs = mu - beta * np.sign(0.5 - x) * np.log(1 - 2 * np.abs(0.5 - x) + 1e-5)
        equal(call("LaplaceScheduler", mu=mu, beta=beta, **limits).SIGMAS, np.clip(np.exp(logs), low, high), 1e-4)


@pytest.mark.parametrize(
    ("steps", "beta_d", "beta_min", "eps_s"), [(1, 19.9, 0.1, 0.001), (12, 5.0, 1.0, 0.2), (20, 19.9, 0.1, 0.001)]
)
def test_variance_preserving(steps: int, beta_d: float, beta_min: float, eps_s: float) -> None:
    t = np.linspace(1, eps_s, steps)
    levels = np.sqrt(np.expm1(beta_d * t**2 / 2 + beta_min * t))
    got = call("VPScheduler", steps=steps, beta_d=beta_d, beta_min=beta_min, eps_s=eps_s).SIGMAS
    torch.testing.assert_close(got.double(), torch.tensor([*levels, 0]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stretch", [True, False])
@pytest.mark.parametrize("latent", [None, VIDEO])
def test_ltxv(stretch: bool, latent: dict[str, Any] | None) -> None:
    for steps, top, base, terminal in [(5, 2.05, 0.95, 0.1), (30, 0.4, 3.0, 0.33)]:
        tokens = 4096 if latent is None else 5 * 6 * 8
        m = (top - base) / 3072
        shift = tokens * m + (base - 1024 * m)
        levels = np.linspace(1, 0, steps + 1)
        inner = np.exp(shift) / (np.exp(shift) + (1 / levels[:-1] - 1))
        if stretch:
            z = 1 - inner
            inner = 1 - z / (z[-1] / (1 - terminal))
        options = {"steps": steps, "max_shift": top, "base_shift": base, "stretch": stretch, "terminal": terminal}
        equal(call("LTXVScheduler", **options, **({"latent": latent} if latent else {})).SIGMAS, [*inner, 0], 1e-4)
