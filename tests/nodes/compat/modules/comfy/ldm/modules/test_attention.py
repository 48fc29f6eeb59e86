"""Layers of attention, against those of diffusers with the same weights."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.attention import BasicTransformerBlock as TheirBlock
from diffusers.models.attention import FeedForward as TheirFeedForward
from diffusers.models.transformers.transformer_2d import Transformer2DModel

from nodes.compat.modules.comfy.ldm.modules.attention import (
    BasicTransformerBlock,
    CrossAttention,
    FeedForward,
    SpatialTransformer,
    wrap_attn,
)

X, CONTEXT = torch.randn(2, 16, 32), torch.randn(2, 7, 24)


@pytest.mark.parametrize("glu", [True, False])
def test_a_feed_forward(glu: bool) -> None:
    theirs = TheirFeedForward(32, activation_fn="geglu" if glu else "gelu")
    ours = FeedForward(32, glu=glu)
    names = {name: name if glu else name.replace("net.0.0", "net.0.proj") for name in ours.state_dict()}
    ours.load_state_dict({name: theirs.state_dict()[there] for name, there in names.items()})
    assert torch.allclose(ours(X), theirs(X), atol=1e-6)


def test_a_transformer_block() -> None:
    theirs = TheirBlock(32, 2, 16, cross_attention_dim=24, activation_fn="geglu")
    ours = BasicTransformerBlock(32, 2, 16, context_dim=24)
    ours.load_state_dict(theirs.state_dict())
    assert torch.allclose(ours(X, CONTEXT), theirs(X, encoder_hidden_states=CONTEXT), atol=1e-5)


@pytest.mark.parametrize("linear", [True, False])
def test_a_transformer_over_a_picture(linear: bool) -> None:
    theirs = Transformer2DModel(2, 16, 32, num_layers=2, cross_attention_dim=24, use_linear_projection=linear)
    ours = SpatialTransformer(32, 2, 16, depth=2, context_dim=24, use_linear=linear)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 32, 4, 6)
    assert torch.allclose(ours(x, CONTEXT), theirs(x, encoder_hidden_states=CONTEXT, return_dict=False)[0], atol=1e-5)
    per_block = SpatialTransformer(32, 2, 16, depth=2, context_dim=[24, 24], use_linear=linear)
    per_block.load_state_dict(ours.state_dict())
    assert torch.equal(per_block(x, [CONTEXT, CONTEXT]), ours(x, CONTEXT))


def test_attention_to_other_values_and_under_a_mask() -> None:
    attention = CrossAttention(32, 24, heads=2, dim_head=8)
    assert torch.equal(attention(X, CONTEXT, CONTEXT), attention(X, CONTEXT))
    assert not torch.allclose(attention(X, CONTEXT, CONTEXT * 2), attention(X, CONTEXT))
    first = torch.zeros(16, 7, dtype=torch.bool)
    first[:, 0] = True
    assert torch.allclose(attention(X, CONTEXT, mask=first), attention(X, CONTEXT[:, :1]), atol=1e-5)


def test_an_override_takes_the_place_of_a_wrapped_function() -> None:
    @wrap_attn
    def attention(q: int, transformer_options: object = None) -> int:
        return q

    options = {"optimized_attention_override": lambda function, q, **more: function(q) + 1}
    assert attention(1) == 1
    assert attention(1, transformer_options=options) == 2
