"""Exchanged sigma parameterisations, and multiplied attention."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from nodes.guidance.patches import model_sampling as patches
from nodes.guidance.patches.attention_multiply import (
    multiply_attention,
    multiply_clip_attention,
    multiply_temporal_attention,
)
from nodes.sampling.latent_formats import SDXL_PLAYGROUND


class Recorder:
    """Keeps what it is given in place of making another handle."""

    def __init__(self, *names: str):
        self._names = names
        self.sampling: Any = None
        self.latent_format: Any = None
        self.patches: dict[str, Any] = {}

    def with_sampling(self, sampling: Any, latent_format: Any = None) -> Recorder:
        self.sampling, self.latent_format = sampling, latent_format
        return self

    def with_patches(self, patches: dict[str, Any]) -> Recorder:
        self.patches = patches
        return self

    def names(self) -> tuple[str, ...]:
        return self._names


ONE, X = torch.tensor(1.0), torch.full((1, 4, 2, 2), 3.0)


@pytest.mark.parametrize(
    ("sampling", "denoised"), [("eps", 1.0), ("v_prediction", 1.5 - 2 / 2**0.5), ("x0", 2.0), ("img_to_img", 2.0)]
)
def test_discrete(sampling: str, denoised: float) -> None:
    model: Any = patches.sampling_discrete(Recorder(), sampling, False)  # type: ignore[arg-type]
    out = model.sampling.calculate_denoised(ONE, torch.full_like(X, 2.0), X)
    assert float(out.mean()) == pytest.approx(denoised)
    scaled = 3.0 if sampling == "img_to_img" else 3 / 2**0.5
    assert float(model.sampling.calculate_input(ONE, X).mean()) == pytest.approx(scaled)


def test_discrete_to_pure_noise() -> None:
    model: Any = patches.sampling_discrete(Recorder(), "v_prediction", True)  # type: ignore[arg-type]
    assert model.sampling.sigma_max == pytest.approx(4518.7637, rel=1e-3)
    assert len(patches.sampling_discrete(Recorder(), "lcm", False).sampling.sigmas) == 50  # type: ignore[arg-type]


def test_playground_brings_its_latent_format() -> None:
    model: Any = patches.sampling_continuous_edm(Recorder(), "edm_playground_v2.5", 80.0, 0.002)  # type: ignore[arg-type]
    assert model.latent_format is SDXL_PLAYGROUND
    assert float(model.sampling.calculate_input(ONE, X).mean()) == pytest.approx(3 / 1.25**0.5)
    plain: Any = patches.sampling_continuous_edm(Recorder(), "v_prediction", 120.0, 0.002)  # type: ignore[arg-type]
    assert plain.latent_format is None
    assert (plain.sampling.sigma_min, plain.sampling.sigma_max) == pytest.approx((0.002, 120.0))


def test_shifts() -> None:
    flow: Any = patches.sampling_flow(Recorder(), 3.0, 1000.0)  # type: ignore[arg-type]
    assert flow.sampling.percent_to_sigma(0.5) == pytest.approx(0.75)
    flux: Any = patches.sampling_flux(Recorder(), 1.15, 0.5, 1024, 1024)  # type: ignore[arg-type]
    assert flux.sampling.percent_to_sigma(0.5) == pytest.approx(math.exp(1.15) / (math.exp(1.15) + 1))
    ltxv: Any = patches.sampling_ltxv(Recorder(), 2.05, 0.95, 1024)  # type: ignore[arg-type]
    assert ltxv.sampling.percent_to_sigma(0.5) == pytest.approx(math.exp(0.95) / (math.exp(0.95) + 1))


def test_only_the_named_projections_are_multiplied() -> None:
    block = "diffusion_model.middle_block.1.transformer_blocks.0"
    names = [f"{block}.attn1.to_q.weight", f"{block}.attn1.to_out.0.bias", f"{block}.attn2.to_q.weight"]
    model: Any = multiply_attention(Recorder(*names), "attn1", (2.0, 1.0, 1.0, 0.5))  # type: ignore[arg-type]
    assert {name: patch.model_strength for name, (patch,) in model.patches.items()} == {names[0]: 2.0, names[1]: 0.5}


def test_attention_over_time_has_factors_of_its_own() -> None:
    names = [f"a.{place}0.attn1.to_out.0.weight" for place in ("", "time_stack.")]
    model: Any = multiply_temporal_attention(Recorder(*names), 2.0, 3.0, 1.0, 1.0)  # type: ignore[arg-type]
    assert [patch.model_strength for name in names for patch in model.patches[name]] == [2.0, 3.0]


def test_text_encoders_too() -> None:
    @dataclass
    class Encoder:
        weights: dict[str, int] = field(default_factory=lambda: {"0.self_attn.q_proj.bias": 0, "0.mlp.fc1.weight": 0})

    class Clip(Recorder):
        encoders = {"l": Encoder()}  # noqa: RUF012

    clip: Any = multiply_clip_attention(Clip(), (2.0, 1.0, 1.0, 1.0))  # type: ignore[arg-type]
    assert clip.patches["l"].keys() == {"0.self_attn.q_proj.bias"}
