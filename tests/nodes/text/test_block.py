"""Our block of CLIP against transformers' with the same weights."""

from __future__ import annotations

import pytest
import torch
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPEncoderLayer

from nodes.text.block import ACTIVATIONS, Block


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_block(activation: str) -> None:
    ours = Block(64, 256, 4, activation, 1e-5)
    sizes = {"hidden_size": 64, "intermediate_size": 256, "num_attention_heads": 4, "hidden_act": activation}
    theirs = CLIPEncoderLayer(CLIPTextConfig(**sizes, attn_implementation="sdpa")).eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 9, 64)
    mask = torch.zeros(1, 1, 9, 9).masked_fill(torch.ones(9, 9).triu(1).bool(), torch.finfo(torch.float32).min)
    with torch.no_grad():
        torch.testing.assert_close(ours(x, mask), theirs(x, mask), rtol=1e-5, atol=1e-5)
