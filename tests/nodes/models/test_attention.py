from __future__ import annotations

from typing import Any

import pytest
import torch

from graphcore import RunError
from nodes.models.attention import Hooks, attention, spatial_transformer
from nodes.models.transformer_layers import SpatialTransformer


def dense(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int) -> torch.Tensor:
    """softmax(q k^T / sqrt(d)) v, head by head."""
    out = []
    for qh, kh, vh in zip(q.chunk(heads, 2), k.chunk(heads, 2), v.chunk(heads, 2), strict=True):
        scores = qh @ kh.transpose(1, 2) / qh.shape[-1] ** 0.5
        out.append(scores.softmax(dim=-1) @ vh)
    return torch.cat(out, dim=2)


def test_attention_is_the_formula() -> None:
    torch.manual_seed(0)
    q, k, v = torch.randn(2, 5, 12), torch.randn(2, 7, 12), torch.randn(2, 7, 12)
    torch.testing.assert_close(attention(q, k, v, 3), dense(q, k, v, 3), rtol=1e-5, atol=1e-5)


def test_halves_can_be_computed_in_float32() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 9, 8).to(torch.bfloat16) for _ in range(3))
    result = attention(q, k, v, 2, upcast=True)
    assert result.dtype == torch.bfloat16
    expected = dense(q.float(), k.float(), v.float(), 2)
    torch.testing.assert_close(result.float(), expected, rtol=1e-2, atol=1e-2)


def test_hooks_copy_the_options() -> None:
    options = {"sigmas": torch.ones(1), "patches": {"middle_patch": []}}
    hooks = Hooks(options, torch.zeros(1, 4, 2, 3))
    hooks.enter("input", 3)
    assert hooks.options["block"] == ("input", 3)
    assert hooks.options["original_shape"] == [1, 4, 2, 3]
    assert "block" not in options


def overridden(override: Any) -> torch.Tensor:
    torch.manual_seed(0)
    module = SpatialTransformer(64, 64, heads=2, depth=1, linear=True, upcast=True).to(torch.bfloat16)
    h, context = torch.randn(1, 64, 4, 4).to(torch.bfloat16), torch.randn(1, 7, 64).to(torch.bfloat16)
    hooks = Hooks({"optimized_attention_override": override}, h)
    hooks.enter("middle", 0)
    with torch.no_grad():
        return spatial_transformer(module, h, context, hooks)


def test_an_override_may_have_attention_computed_as_ever() -> None:
    passed_on = overridden(lambda function, *given, **more: function(*given, **more))
    assert passed_on.equal(overridden(None))  # in float32, as this model wants


def test_an_override_with_a_mask_is_refused() -> None:
    with pytest.raises(RunError, match="passes a mask on"):
        overridden(lambda function, *given, **more: function(*given, mask=torch.ones(16, 16), **more))
