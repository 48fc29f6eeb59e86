"""Patches of the guidance rule, each against its formula on random predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.guidance.patches.adaptive_projection import adaptive_projection, projected
from nodes.guidance.patches.cfg_norm import cfg_norm
from nodes.guidance.patches.cfg_zero_star import cfg_zero_star
from nodes.guidance.patches.epsilon_scaling import epsilon_scaling
from nodes.guidance.patches.fresca import filtered, fresca
from nodes.guidance.patches.latent_operation import apply_operation
from nodes.guidance.patches.mahiro import mahiro
from nodes.guidance.patches.rescale_cfg import rescale_cfg
from nodes.guidance.patches.tangential_damping import tangential_damping
from nodes.guidance.patches.video_cfg import linear_scales, triangle_scales, video_cfg
from tests.nodes.guidance.fakes import FakeModel

SCALE, SIGMA = 5.0, 1.5
GENERATOR = torch.Generator().manual_seed(3)
X, COND, UNCOND = (torch.randn(2, 4, 6, 8, generator=GENERATOR) for _ in range(3))
PLAIN = UNCOND + SCALE * (COND - UNCOND)


def post(patch: Callable[..., Any], *settings: Any) -> Tensor:
    (function,) = patch(FakeModel(), *settings).options["sampler_post_cfg_function"]
    args = {"denoised": PLAIN, "cond_denoised": COND, "uncond_denoised": UNCOND, "cond_scale": SCALE, "input": X}
    return function(args)


def pre(model: Any, uncond: Any = (), sigma: float = SIGMA) -> list[Tensor]:
    (function,) = model.options["sampler_pre_cfg_function"]
    sigmas = torch.full((2,), sigma)
    args = {"conds": [[], uncond], "conds_out": [COND, UNCOND], "cond_scale": SCALE, "input": X, "sigma": sigmas}
    return function(args)


def own(patch: Callable[..., Any], *settings: Any) -> Tensor:
    function = patch(FakeModel(), *settings).options["sampler_cfg_function"]
    args = {"cond": X - COND, "uncond": X - UNCOND, "cond_scale": SCALE, "input": X, "sigma": torch.full((2,), SIGMA)}
    return X - function(args)


def test_rescale_cfg_with_nothing_to_rescale_is_plain_guidance() -> None:
    torch.testing.assert_close(own(rescale_cfg, 0.0), PLAIN, rtol=1e-4, atol=1e-4)


def test_rescale_cfg_brings_the_velocity_to_the_prompts_deviation() -> None:
    root = (SIGMA**2 + 1) ** 0.5

    def velocity(denoised: Tensor) -> Tensor:
        return (X / (SIGMA**2 + 1) - denoised) * root / SIGMA

    v = velocity(own(rescale_cfg, 1.0))
    torch.testing.assert_close(v.std(dim=(1, 2, 3)), velocity(COND).std(dim=(1, 2, 3)))


def test_cfg_zero_star() -> None:
    c, u = (X - COND).flatten(1), (X - UNCOND).flatten(1)
    a = ((c * u).sum(1) / ((u**2).sum(1) + 1e-8)).reshape(2, 1, 1, 1)
    torch.testing.assert_close(post(cfg_zero_star), PLAIN + UNCOND * (a - 1) + SCALE * UNCOND * (1 - a))


def test_cfg_norm_never_exceeds_the_prompts_norm() -> None:
    out = post(cfg_norm, 1.0)
    limit = torch.minimum(COND.norm(dim=1), PLAIN.norm(dim=1))
    torch.testing.assert_close(out.norm(dim=1), limit, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(post(cfg_norm, 0.5), out * 0.5)


def test_epsilon_scaling() -> None:
    torch.testing.assert_close(post(epsilon_scaling, 1.25), X - (X - PLAIN) / 1.25)


def test_mahiro() -> None:
    leap, uncond = SCALE * COND, SCALE * UNCOND
    roots = [v.abs().sqrt() * v.sign() for v in (uncond, (leap + PLAIN) / 2)]
    z = 2 * (torch.nn.functional.cosine_similarity(*roots, dim=1).mean() + 1)
    torch.testing.assert_close(post(mahiro), (z * PLAIN + (4 - z) * leap) / 4)


def test_tangential_damping_keeps_what_lies_on_the_main_direction() -> None:
    cond, uncond = pre(tangential_damping(FakeModel()))  # type: ignore[arg-type]
    assert cond is COND
    scores = torch.stack(((X - UNCOND).flatten(1), (X - COND).flatten(1)), dim=1)
    for score, kept in zip(scores, (X - uncond).flatten(1), strict=True):
        _, vectors = torch.linalg.eigh(score.T @ score)
        main = vectors[:, -1]
        torch.testing.assert_close(kept, (score[0] @ main) * main, rtol=1e-3, atol=1e-4)


def test_adaptive_projection_with_eta_one_is_stronger_plain_guidance() -> None:
    cond, uncond = pre(adaptive_projection(FakeModel(), 1.0, 0.0, 0.0))  # type: ignore[arg-type]
    guided = uncond + SCALE * (cond - uncond)
    torch.testing.assert_close(guided, UNCOND + (SCALE + 1) * (COND - UNCOND), rtol=1e-4, atol=1e-4)


def test_adaptive_projection_limits_and_projects() -> None:
    cond, _ = pre(adaptive_projection(FakeModel(), 0.0, 2.0, 0.0))  # type: ignore[arg-type]
    guidance = COND - UNCOND
    norms = guidance.flatten(1).norm(dim=1).reshape(2, 1, 1, 1)
    guidance = guidance * (2.0 / norms).clamp(max=1)
    _, orthogonal = projected(guidance, COND)
    assert float((orthogonal * COND).sum()) == pytest.approx(0, abs=1e-4)
    torch.testing.assert_close(cond, UNCOND + orthogonal + (COND - UNCOND) / SCALE)


def test_adaptive_projection_remembers_until_sigma_rises() -> None:
    model: Any = adaptive_projection(FakeModel(), 1.0, 0.0, -0.5)  # type: ignore[arg-type]
    guidance = COND - UNCOND
    first, second, again = (pre(model, sigma=sigma)[0] for sigma in (9.0, 4.0, 9.0))
    torch.testing.assert_close(first, UNCOND + guidance * (1 + 1 / SCALE))
    torch.testing.assert_close(second, UNCOND + guidance * (0.5 + 1 / SCALE))
    torch.testing.assert_close(again, first)


@pytest.mark.parametrize(
    "patch", [tangential_damping, lambda m: fresca(m, 1, 2, 3), lambda m: adaptive_projection(m, 1, 1, 0)]
)
def test_patches_of_the_difference_wait_for_a_second_prediction(patch: Callable[..., Any]) -> None:
    assert pre(patch(FakeModel()), uncond=None)[0] is COND


def test_fresca_with_one_scale_scales_everything() -> None:
    cond, uncond = pre(fresca(FakeModel(), 2.0, 2.0, 1))  # type: ignore[arg-type]
    torch.testing.assert_close(cond - uncond, 2 * (COND - UNCOND), rtol=1e-4, atol=1e-5)


def test_fresca_takes_a_constant_for_a_low_frequency() -> None:
    waves = torch.ones(1, 1, 8, 8)
    waves[..., ::2] = -1  # the highest frequency there is
    torch.testing.assert_close(filtered(waves + 3, 2.0, 0.5, 1), 0.5 * waves + 6)


def test_latent_operations_work_on_the_difference() -> None:
    cond, uncond = pre(apply_operation(FakeModel(), lambda latent: latent * 3))  # type: ignore[arg-type]
    torch.testing.assert_close(cond, 3 * (COND - UNCOND) + UNCOND)
    assert uncond is UNCOND


def test_video_cfg_has_a_scale_for_each_frame() -> None:
    out = own(video_cfg, 1.0)
    torch.testing.assert_close(out[0], COND[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(out[1], PLAIN[1], rtol=1e-4, atol=1e-5)


def test_scales_over_frames() -> None:
    assert linear_scales(1.0, 3.0, 3).tolist() == [1.0, 2.0, 3.0]
    assert triangle_scales(1.0, 3.0, 5).tolist() == [1.0, 2.0, 3.0, 2.0, 1.0]
