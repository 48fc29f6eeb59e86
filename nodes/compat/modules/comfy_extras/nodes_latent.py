"""`comfy_extras.nodes_latent`: our nodes as classes, and how they bring two latents together."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from nodes.compat.modules.comfy.utils import common_upscale, repeat_to_batch_size


def reshape_latent_to(target_shape: Sequence[int], latent: Tensor, repeat_batch: bool = True) -> Tensor:
    """A latent [B,C,h,w] resized to the size of another, and repeated to as many."""
    if tuple(latent.shape[1:]) != tuple(target_shape[1:]):
        latent = common_upscale(latent, target_shape[-1], target_shape[-2], "bilinear", "center")
    return repeat_to_batch_size(latent, target_shape[0]) if repeat_batch else latent
