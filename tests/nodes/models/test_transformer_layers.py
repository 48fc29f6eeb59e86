"""Our transformers, run by `nodes.models.attention`, against diffusers' with the same weights."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.transformers.transformer_2d import Transformer2DModel

from nodes.models.attention import Hooks, spatial_transformer
from nodes.models.transformer_layers import Attention, SpatialTransformer


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("upcast", [True, False])
def test_a_transformer(linear: bool, upcast: bool) -> None:
    ours = SpatialTransformer(64, 48, heads=4, depth=2, linear=linear, upcast=upcast)
    theirs = Transformer2DModel(
        **{"num_attention_heads": 4, "attention_head_dim": 16, "in_channels": 64, "num_layers": 2},
        **{"cross_attention_dim": 48, "use_linear_projection": linear, "upcast_attention": upcast},
    )
    theirs.load_state_dict(ours.state_dict())
    x, context = torch.randn(2, 64, 5, 6), torch.randn(2, 11, 48)
    with torch.no_grad():
        expected = theirs.eval()(x, encoder_hidden_states=context, return_dict=False)[0]
        torch.testing.assert_close(spatial_transformer(ours, x, context, Hooks({}, x)), expected, rtol=1e-5, atol=1e-5)


def test_heads_that_do_not_divide_the_channels() -> None:
    with pytest.raises(ValueError, match="64 channels are not divisible into 5 heads"):
        Attention(64, 48, 5, False)
