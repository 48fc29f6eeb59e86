"""Pictures as prompts for unCLIP models: CLIP's image vectors, noised by choice (https://arxiv.org/abs/2204.06125).

A model is told the noised vector and, embedded, how much noise it carries: [1, 2 * dim] side by side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError

LEVELS = 1000
MERGE_NOISE = 0.05  # a sum of several pictures is noised once more, as much as this
SEED_OFFSET = -10  # from the sampling's seed: this noise is another than the latent's


@dataclass(frozen=True, eq=False)
class NoiseAugmentor:
    """Noises image vectors of `dim` numbers, in the space where they have mean 0 and deviation 1."""

    dim: int
    mean: Tensor | None = None
    std: Tensor | None = None

    @classmethod
    def of(cls, dim: int, marks: Mapping[str, Tensor]) -> NoiseAugmentor:
        """With the statistics that a checkpoint holds, if it does."""
        mean, std = (marks.get(f"noise_augmentor.data_{name}") for name in ("mean", "std"))
        return cls(dim, mean, std)

    def __call__(self, vector: Tensor, share: float, seed: int) -> Tensor:
        """`vector` [1,dim] noised by a share (0..1) of the levels, then the embedded level: [1, 2 * dim]."""
        level = round((LEVELS - 1) * share)
        mean = 0.0 if self.mean is None else self.mean.float().reshape(1, -1)
        std = 1.0 if self.std is None else self.std.float().reshape(1, -1)
        kept = signal_shares()[level]
        noise = torch.randn(vector.shape, generator=torch.manual_seed(seed % 2**64))
        noised = kept.sqrt() * ((vector - mean) / std) + (1 - kept).sqrt() * noise
        return torch.cat((noised * std + mean, embedded_level(level, self.dim)), dim=1)


@cache
def signal_shares() -> Tensor:
    """How much of the variance is signal at each level: the squared cosine schedule, betas at most 0.999."""
    shares = [math.cos((i / LEVELS + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(LEVELS + 1)]
    betas = [min(1 - after / before, 0.999) for before, after in pairwise(shares)]
    return (1 - torch.tensor(betas, dtype=torch.float64)).cumprod(0).float()


def embedded_level(level: int, dim: int) -> Tensor:
    """Sinusoids of a level, cosines first: [1, dim]."""
    half = dim // 2
    frequencies = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32) / half)
    angles = level * frequencies
    return torch.cat((angles.cos(), angles.sin()))[None]


def image_vector(prompts: Sequence[Mapping[str, Any]], augmentor: NoiseAugmentor, merge: float, seed: int) -> Tensor:
    """The vector that image prompts stand for together: [1, 2 * dim].

    A prompt has `clip_vision_output`, `strength` and `noise_augmentation`. Several pictures are summed, and the sum is
    noised by the share `merge`. Raises ModelError for vectors of another CLIP vision model.
    """
    seed += SEED_OFFSET
    told: list[Tensor] = []
    for prompt in prompts:
        for vector in prompt["clip_vision_output"].image_embeds:
            _check(vector, augmentor.dim)
            noised = augmentor(vector.float().cpu()[None], prompt["noise_augmentation"], seed)
            told.append(noised * prompt["strength"])
    if len(told) == 1:
        return told[0]
    return augmentor(torch.stack(told).sum(dim=0)[:, : augmentor.dim], merge, seed)


def _check(vector: Tensor, dim: int) -> None:
    if vector.shape[-1] != dim:
        raise ModelError(
            f"The image prompt was encoded {vector.shape[-1]} numbers wide, but this model reads {dim}: use the CLIP "
            "vision model of its own checkpoint (unCLIPCheckpointLoader hands it out)."
        )
