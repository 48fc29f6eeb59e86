"""Our samplers as functions: what a pack's sampler made of them gives is what our own nodes give."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.compat.k_functions import k_function
from nodes.compat.modules.comfy.k_diffusion import sampling
from nodes.sampling.samplers import SAMPLERS


def workflow(sampler: dict[str, Any]) -> dict[str, Any]:
    def node(kind: str, **inputs: Any) -> dict[str, Any]:
        return {"class_type": kind, "inputs": inputs}

    return {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors"),
        "pos": node("CLIPTextEncode", clip=["ckpt", 1], text="a cat"),
        "neg": node("CLIPTextEncode", clip=["ckpt", 1], text="blur"),
        "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "sigmas": node("BasicScheduler", model=["ckpt", 0], scheduler="normal", steps=4, denoise=1.0),
        "sampler": sampler,
        "out": node(
            "SamplerCustom", model=["ckpt", 0], add_noise=True, noise_seed=3, cfg=5.0, positive=["pos", 0],
            negative=["neg", 0], sampler=["sampler", 0], sigmas=["sigmas", 0], latent_image=["empty", 0],
        ),
    }  # fmt: skip


@pytest.fixture
def latent(base: Callable[..., Any], tiny_models: Path) -> Callable[..., torch.Tensor]:
    place = base("engine_tools.py")
    shutil.copytree(tiny_models / "models", place.path / "models")
    engine, _ = place.start()

    def run(kind: str, **inputs: Any) -> torch.Tensor:
        prompt = workflow({"class_type": kind, "inputs": inputs})
        samples: torch.Tensor = engine.run(prompt, keep=["out"]).values["out"][0][0]["samples"]
        return samples

    return run


def test_a_pack_samples_by_a_function_of_ours(latent: Callable[..., torch.Tensor]) -> None:
    own = latent("SamplerEulerAncestral", eta=0.5, s_noise=1.0)
    assert torch.equal(latent("ToolFunctionSampler", which="ancestral"), own)
    both = latent("ToolFunctionSampler", which="both")
    assert not torch.allclose(both, latent("KSamplerSelect", sampler_name="euler"), atol=1e-4)
    assert bool(both.isfinite().all())


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_every_sampler_runs_as_a_function_and_reports_its_steps(name: str) -> None:
    steps: list[dict[str, Any]] = []

    def model(x: torch.Tensor, sigma: torch.Tensor, **extra: Any) -> torch.Tensor:
        assert extra["seed"] == 1
        for look in (extra.get("model_options") or {}).get("sampler_post_cfg_function", ()):
            look({"denoised": x * 0.1, "uncond_denoised": x * 0.2})
        return x * 0.1

    x = torch.randn(1, 4, 8, 8, generator=torch.manual_seed(0)) * 14
    sigmas = torch.tensor([14.0, 5.0, 1.0, 0.0])
    function = k_function(SAMPLERS[name])
    out = function(model, x, sigmas, extra_args={"seed": 1}, callback=steps.append, disable=True)
    assert out.shape == x.shape
    assert bool(out.isfinite().all())
    assert steps
    assert {"x", "i", "sigma", "sigma_hat", "denoised"} == set(steps[0])


def test_two_samplers_are_given_a_range() -> None:
    def model(x: torch.Tensor, sigma: torch.Tensor, **_: Any) -> torch.Tensor:
        return x * 0.1

    x = torch.randn(1, 4, 8, 8, generator=torch.manual_seed(0)) * 14
    fast = sampling.sample_dpm_fast(model, x, 0.1, 14.0, 4, extra_args={"seed": 1})
    assert torch.equal(fast, sampling.sample_dpm_fast(model, x, 0.1, 14.0, n=4, extra_args={"seed": 1}))
    assert torch.equal(fast, k_function(SAMPLERS["dpm_fast"])(model, x, torch.linspace(14.0, 0.1, 5), {"seed": 1}))
    adaptive = sampling.sample_dpm_adaptive(model, x, 0.1, 14.0, {"seed": 1}, None, None, rtol=0.01)
    assert float(adaptive.std()) < float(x.std())
