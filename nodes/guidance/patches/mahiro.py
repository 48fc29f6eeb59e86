"""Mahiro: lean on the scaled conditional prediction as far as it differs from the unconditional one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.nn.functional import cosine_similarity

from nodes.guidance.options import with_post_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def mahiro(model: Model) -> Model:
    """Mix the guided prediction with the scaled conditional one, by how alike the directions are."""

    def post_cfg(args: dict[str, Any]) -> Tensor:
        scale = args["cond_scale"]
        return mixed(args["denoised"], scale * args["cond_denoised"], scale * args["uncond_denoised"])

    return with_post_cfg(model, post_cfg)


def mixed(guided: Tensor, leap: Tensor, uncond_leap: Tensor) -> Tensor:
    """The weighted mean of `guided` and `leap`; the weight comes from one similarity over the whole batch."""
    similarity = cosine_similarity(signed_root(uncond_leap), signed_root((leap + guided) / 2), dim=1).mean()
    weight = 2 * (similarity + 1)
    return (weight * guided + (4 - weight) * leap) / 4


def signed_root(values: Tensor) -> Tensor:
    """The square root of the magnitude, with the sign kept."""
    return values.abs().sqrt() * values.sign()
