"""Image prompts: noised as diffusers' own parts do it, summed, and told to the model as a vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore import ModelError
from nodes.models.clip_vision import ClipVisionOutput
from nodes.models.conds import sdxl_vector
from nodes.models.unclip import NoiseAugmentor, embedded_level, image_vector, signal_shares

DIM = 32


def prompt(vectors: Tensor, strength: float = 1.0, noise: float = 0.0) -> Mapping[str, Any]:
    output = ClipVisionOutput(torch.zeros(1, 1, 1), torch.zeros(1, 1, 1), vectors)
    return {"clip_vision_output": output, "strength": strength, "noise_augmentation": noise}


def test_the_schedule_is_that_of_diffusers() -> None:
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2")
    torch.testing.assert_close(signal_shares(), scheduler.alphas_cumprod, rtol=1e-5, atol=1e-7)


def test_levels_are_embedded_as_in_diffusers() -> None:
    from diffusers.models.embeddings import get_timestep_embedding

    expected = get_timestep_embedding(torch.tensor([700]), DIM, flip_sin_to_cos=True, downscale_freq_shift=0)
    torch.testing.assert_close(embedded_level(700, DIM), expected)


def test_vectors_are_noised_where_they_have_unit_deviation() -> None:
    vector, mean, std = torch.randn(1, DIM), torch.randn(1, DIM), torch.rand(1, DIM) + 0.5
    augmentor = NoiseAugmentor.of(DIM, {"noise_augmentor.data_mean": mean, "noise_augmentor.data_std": std})
    noised = augmentor(vector, 0.3, 5)
    kept = signal_shares()[300]  # round(999 * 0.3)
    noise = torch.randn(1, DIM, generator=torch.Generator().manual_seed(5))
    expected = (kept.sqrt() * (vector - mean) / std + (1 - kept).sqrt() * noise) * std + mean
    torch.testing.assert_close(noised[:, :DIM], expected)
    torch.testing.assert_close(noised[:, DIM:], embedded_level(300, DIM))


def test_one_picture_is_weighted_and_several_are_summed_and_noised_again() -> None:
    augmentor, vectors = NoiseAugmentor(DIM), torch.randn(2, DIM)
    one = image_vector([prompt(vectors[:1], 0.5, 0.2)], augmentor, 0.05, 42)
    torch.testing.assert_close(one, augmentor(vectors[:1], 0.2, 32) * 0.5)
    both = image_vector([prompt(vectors[:1], 0.5, 0.2), prompt(vectors[1:], 2.0)], augmentor, 0.05, 42)
    total = augmentor(vectors[:1], 0.2, 32) * 0.5 + augmentor(vectors[1:], 0.0, 32) * 2.0
    torch.testing.assert_close(both, augmentor(total[:, :DIM], 0.05, 32))
    assert image_vector([prompt(vectors)], augmentor, 0.05, 42).shape == both.shape


def test_vectors_of_another_encoder_are_named() -> None:
    with pytest.raises(ModelError, match="encoded 16 numbers wide, but this model reads 32"):
        image_vector([prompt(torch.ones(1, 16))], NoiseAugmentor(DIM), 0.05, 0)


def test_sdxl_takes_the_vector_in_place_of_the_pooled_prompt() -> None:
    vectors = torch.randn(1, 1280)
    cond = {"height": 64, "width": 64, "unclip_conditioning": [prompt(vectors, 0.7)], "seed": 3}
    told = sdxl_vector({**cond, "pooled_output": torch.zeros(1, 1280)}, 2816)
    expected = image_vector(cond["unclip_conditioning"], NoiseAugmentor(1280), 0.0, 3)[:, :1280]  # type: ignore[arg-type]
    torch.testing.assert_close(told[:, :1280], expected)
