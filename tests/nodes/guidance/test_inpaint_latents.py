"""Pictures with holes, and the masks that say where."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.guidance.inpaint_latents import edit_conditioning, encode_for_inpaint, grown, inpaint_conditioning
from tests.nodes.guidance.fakes import entry


class Pixels:
    """A VAE whose latents are the pictures that it was given, cut as a VAE cuts them."""

    def encode(self, pixels: Tensor) -> Tensor:
        height, width = (size // 8 * 8 for size in pixels.shape[1:3])
        y, x = (size % 8 // 2 for size in pixels.shape[1:3])
        return pixels[:, y : y + height, x : x + width, :3].movedim(-1, 1)


VAE: Any = Pixels()
PICTURE = torch.rand(1, 18, 27, 4, generator=torch.Generator().manual_seed(0))
MASK = torch.zeros(1, 18, 27)
MASK[:, 8:12, 8:16] = 1.0


def test_the_hole_is_grey_and_its_mask_grows() -> None:
    latent = encode_for_inpaint(VAE, PICTURE, MASK, 6)
    samples, mask = latent["samples"], latent["noise_mask"]
    assert samples.shape == (1, 3, 16, 24)
    assert mask.shape == (1, 1, 16, 24)
    # Cut by one row and one column at the start: the hole is now at rows 7..10, columns 7..14.
    assert (samples[:, :, 7:11, 7:15] == 0.5).all()
    torch.testing.assert_close(samples[:, :, :7], PICTURE[:, 1:8, 1:25, :3].movedim(-1, 1))
    rows, columns = mask[0, 0].any(1).nonzero().flatten(), mask[0, 0].any(0).nonzero().flatten()
    assert (int(rows[0]), int(rows[-1])) == (7 - 2, 10 + 3)
    assert (int(columns[0]), int(columns[-1])) == (7 - 2, 14 + 3)


def test_growing_by_nothing_rounds_alone() -> None:
    mask = torch.tensor([[[[0.4, 0.6], [1.0, 0.0]]]])
    assert grown(mask, 0).tolist() == [[[[0.0, 1.0], [1.0, 0.0]]]]
    assert grown(mask, 3).min() == 1.0


def test_masks_of_another_size_are_fitted() -> None:
    assert encode_for_inpaint(VAE, PICTURE, torch.ones(36, 54), 0)["noise_mask"].min() == 1.0


def test_inpainting_models_are_told_picture_and_mask() -> None:
    positive, negative, latent = inpaint_conditioning([entry(1.0)], [entry(2.0)], VAE, PICTURE, MASK, True)
    told = positive[0][1]
    assert negative[0][1]["concat_latent_image"] is told["concat_latent_image"]
    assert (told["concat_latent_image"][:, :, 7:11, 7:15] == 0.5).all()
    assert told["concat_mask"] is latent["noise_mask"]
    torch.testing.assert_close(latent["samples"], VAE.encode(PICTURE))
    assert "noise_mask" not in inpaint_conditioning([], [], VAE, PICTURE, MASK, False)[2]


def test_editing_models_are_told_the_picture() -> None:
    positive, _, latent = edit_conditioning([entry(1.0)], [entry(2.0)], VAE, PICTURE)
    torch.testing.assert_close(positive[0][1]["concat_latent_image"], VAE.encode(PICTURE))
    assert latent["samples"].shape == (1, 3, 16, 24)
    assert not latent["samples"].any()
