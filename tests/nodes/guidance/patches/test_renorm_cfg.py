"""RenormCFG: the limit on the guided prediction's norm, and the noise level below which it guides."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.guidance.patches.renorm_cfg import renorm_cfg
from tests.nodes.guidance.fakes import FakeModel

X, COND, UNCOND = (torch.randn(2, 4, 6, 8, generator=torch.Generator().manual_seed(i)) for i in range(3))
GUIDED = UNCOND + 5.0 * (COND - UNCOND)


def denoised(trunc: float, limit: float, sigmas: list[float]) -> Tensor:
    model: Any = renorm_cfg(FakeModel(), trunc, limit)  # type: ignore[arg-type]
    args = {"cond_denoised": COND, "uncond_denoised": UNCOND, "cond_scale": 5.0, "timestep": torch.tensor(sigmas)}
    return X - model.options["sampler_cfg_function"]({**args, "input": X})


def test_without_a_limit_it_is_plain_guidance_below_the_level() -> None:
    result = denoised(1.0, 0.0, [0.5, 2.0])
    torch.testing.assert_close(result[0], GUIDED[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(result[1], COND[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("limit", [0.5, 1.0, 2.0])
def test_the_norm_is_limited_sample_by_sample(limit: float) -> None:
    norms = denoised(100.0, limit, [0.5, 2.0]).flatten(1).norm(dim=1)
    torch.testing.assert_close(norms, COND.flatten(1).norm(dim=1) * limit, rtol=1e-4, atol=1e-4)


def test_what_is_weaker_than_the_limit_stays() -> None:
    torch.testing.assert_close(denoised(100.0, 100.0, [0.5, 2.0]), GUIDED, rtol=1e-4, atol=1e-4)
