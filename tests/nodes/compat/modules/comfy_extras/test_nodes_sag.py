"""`comfy_extras.nodes_sag`: as our own self-attention guidance blurs."""

from __future__ import annotations

import torch

from nodes.compat.modules.comfy_extras.nodes_sag import create_blur_map, gaussian_blur_2d
from nodes.guidance.patches.self_attention import blurred_where_attended, gaussian_blur


def test_blurring_is_that_of_our_own_node() -> None:
    latent = torch.randn(1, 4, 16, 16)
    attention = torch.rand(1, 2, 16, 16).softmax(-1)
    assert torch.allclose(gaussian_blur_2d(latent, 9, 2.0), gaussian_blur(latent, 2.0))
    assert torch.allclose(create_blur_map(latent, attention, 2.0), blurred_where_attended(latent, attention, 2.0))
    assert torch.allclose(create_blur_map(latent, attention.flatten(0, 1), 2.0, 99.0), latent)
