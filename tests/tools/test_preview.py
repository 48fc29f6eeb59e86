"""The preview decoder has the published layout and reads latents of the model."""

from __future__ import annotations

import torch

from tools.default_model.preview import new_preview, preview_tensors


def test_the_layout_is_the_published_one() -> None:
    tensors = preview_tensors(new_preview())
    assert tensors["1.weight"].shape == (64, 4, 3, 3)
    assert tensors["3.conv.0.weight"].shape == (64, 64, 3, 3)
    assert tensors["7.weight"].shape == (64, 64, 3, 3)
    assert "7.bias" not in tensors
    assert tensors["19.weight"].shape == (3, 64, 3, 3)


@torch.no_grad()
def test_eight_pixels_to_a_cell() -> None:
    assert new_preview()(torch.zeros(1, 4, 4, 6)).shape == (1, 3, 32, 48)
