from __future__ import annotations

import math

import pytest
import torch

from nodes.models.conds import (
    BLANK_LATENT,
    embed_numbers,
    image_channels,
    inpaint_channels,
    refiner_vector,
    sdxl_vector,
)

SIZES = {"width": 640, "height": 512}
WHERE = {"height": 512, "width": 640}


def test_numbers_are_embedded_cosine_first() -> None:
    embedded = embed_numbers([512, 0])
    assert embedded.shape == (1, 512)
    assert float(embedded[0, 0]) == pytest.approx(math.cos(512), abs=1e-4)
    assert float(embedded[0, 128]) == pytest.approx(math.sin(512), abs=1e-4)
    assert float(embedded[0, 1]) == pytest.approx(math.cos(512 * math.exp(-math.log(10000) / 128)), abs=1e-3)
    assert embedded[0, 256:384].tolist() == [1.0] * 128
    assert embedded[0, 384:].tolist() == [0.0] * 128


def test_sdxl_sizes_default_to_the_latent_and_the_target_to_the_size() -> None:
    pooled = torch.randn(1, 96)
    y = sdxl_vector({**SIZES, "pooled_output": pooled}, 1632)
    expected = torch.cat((pooled, embed_numbers([512, 640, 0, 0, 512, 640])), dim=1)
    assert torch.equal(y, expected)


def test_sdxl_sizes_as_the_prompt_says() -> None:
    cond = {**SIZES, "crop_h": 3, "crop_w": 5, "target_height": 7, "target_width": 9, "pooled_output": torch.ones(2, 8)}
    y = sdxl_vector(cond, 8 + 6 * 256)
    assert torch.equal(y[1:, 8:], embed_numbers([512, 640, 3, 5, 7, 9]))
    assert y.shape == (2, 8 + 6 * 256)


def test_without_pooled_prompt_there_are_zeros() -> None:
    y = sdxl_vector({**SIZES, "pooled_output": None}, 1632)
    assert y.shape == (1, 1632)
    assert not y[:, :96].any()


def test_the_refiner_scores_negatives_lower() -> None:
    pooled = torch.ones(1, 16)
    for prompt_type, score in (("positive", 6.0), ("negative", 2.5)):
        y = refiner_vector({**SIZES, "prompt_type": prompt_type, "pooled_output": pooled}, 16 + 5 * 256)
        assert torch.equal(y[:, 16:], embed_numbers([512, 640, 0, 0, score]))
    y = refiner_vector({**SIZES, "aesthetic_score": 3.0, "pooled_output": pooled}, 16 + 5 * 256)
    assert torch.equal(y[:, 16 + 4 * 256 :], embed_numbers([3.0]))


def test_inpainting_without_mask_is_all_hole() -> None:
    channels = inpaint_channels({"width": 32, "height": 16}, lambda z: z)
    assert channels.shape == (1, 5, 2, 4)
    assert channels[:, 0].unique().tolist() == [1.0]
    for channel, value in enumerate(BLANK_LATENT):
        assert channels[0, channel + 1].unique().item() == pytest.approx(value)


def test_inpainting_from_the_prompt() -> None:
    image, mask = torch.rand(1, 4, 2, 4), torch.tensor([[0.2, 0.6, 0.5, 1.0], [0.0, 0.4, 0.9, 0.51]])
    cond = {"width": 32, "height": 16, "concat_latent_image": image, "concat_mask": mask[None]}
    channels = inpaint_channels(cond, lambda z: z * 2)
    assert torch.equal(channels[:, 1:], image * 2)
    assert channels[0, 0].tolist() == [[0, 1, 0, 1], [0, 0, 1, 1]]


def test_inpainting_from_the_sampling_call() -> None:
    latent, mask = torch.rand(2, 4, 2, 4), torch.ones(2, 4, 2, 4)
    cond = {"width": 32, "height": 16, "latent_image": latent, "denoise_mask": mask}
    channels = inpaint_channels(cond, lambda z: z * 2)
    assert channels.shape == (2, 5, 2, 4)
    assert torch.equal(channels[:, 1:], latent), "already in model space"


def test_inpainting_resizes_masks_of_pictures() -> None:
    mask = torch.zeros(1, 16, 32)
    mask[:, :, 16:] = 1
    cond = {"width": 32, "height": 16, "concat_latent_image": torch.rand(3, 4, 2, 4), "concat_mask": mask}
    channels = inpaint_channels(cond, lambda z: z)
    assert channels[:, 0].tolist() == [[[0, 0, 1, 1]] * 2] * 3


def test_editing_takes_the_picture_or_zeros() -> None:
    image = torch.rand(1, 4, 2, 4)
    cond = {"width": 32, "height": 16, "concat_latent_image": image}
    assert torch.equal(image_channels(cond, lambda z: z), image)
    assert not image_channels({"width": 32, "height": 16}, lambda z: z).any()
