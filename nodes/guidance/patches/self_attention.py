"""Self-attention guidance (https://arxiv.org/abs/2210.00939): guide away from a blur of what is attended to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad, scaled_dot_product_attention

from nodes.guidance.batch import calc_cond_batch
from nodes.guidance.options import with_post_cfg, with_replacement

if TYPE_CHECKING:
    from nodes.models.model import Model

UNCOND = 1  # index of the unconditional list among those of a prediction
SMALLEST_SIDE = 4  # latents up to this size have too few cells to blur
KERNEL = 9


@dataclass(eq=False)
class Recorder:
    """Stands in for the middle block's self-attention and keeps the map of the unconditional prediction."""

    attention: Tensor | None = None  # [B, heads, tokens, tokens]

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, extra_options: dict[str, Any]) -> Tensor:
        """Attention over [B,T,heads*D]."""
        heads = extra_options["n_heads"]
        lists = extra_options["cond_or_uncond"]
        q, k, v = (t.reshape(*t.shape[:2], heads, -1).transpose(1, 2) for t in (q, k, v))
        if UNCOND not in lists:
            return scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        weights: Tensor = (q.float() @ k.float().transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(dim=-1)
        self.attention = weights.chunk(len(lists))[lists.index(UNCOND)]
        out: Tensor = weights.to(v) @ v
        return out.transpose(1, 2).flatten(2)

    def take(self) -> Tensor | None:
        """The map of the prediction just made, once."""
        attention, self.attention = self.attention, None
        return attention


def self_attention_guidance(model: Model, scale: float, blur_sigma: float) -> Model:
    """Guide away from the prediction for a latent whose attended parts are blurred, `scale` times."""
    recorder = Recorder()

    def post_cfg(args: dict[str, Any]) -> Tensor:
        denoised: Tensor = args["denoised"]
        uncond, x = args["uncond_denoised"], args["input"]
        attention = recorder.take()
        if min(uncond.shape[2:]) <= SMALLEST_SIDE or attention is None:
            return denoised
        degraded = blurred_where_attended(uncond, attention, blur_sigma)
        (sag,) = calc_cond_batch(
            args["model"], [args["uncond"]], degraded + x - uncond, args["sigma"], args["model_options"]
        )
        return denoised + (degraded - sag) * scale

    return with_post_cfg(with_replacement(model, "attn1", ("middle", 0, 0), recorder), post_cfg, always_uncond=True)


def blurred_where_attended(latent: Tensor, attention: Tensor, blur_sigma: float) -> Tensor:
    """`latent` [B,C,H,W] blurred where its tokens receive more than an even share of attention [B,heads,T,T]."""
    batch, _, height, width = latent.shape
    attended = attention.mean(dim=1).sum(dim=1) > 1.0
    tokens = attended.shape[1]
    rows = middle_height(tokens, height, width)
    mask = attended.reshape(batch, 1, rows, tokens // rows).to(latent)
    mask = interpolate(mask, size=(height, width), mode="nearest")
    return gaussian_blur(latent, blur_sigma) * mask + latent * (1 - mask)


def middle_height(tokens: int, height: int, width: int) -> int:
    """Rows of the middle block's grid: the divisor of `tokens` nearest to the latent's aspect."""
    ideal = round(math.sqrt(height / width * tokens))
    return next(
        candidate
        for distance in range(tokens)
        for candidate in (ideal + distance, max(1, ideal - distance))
        if tokens % candidate == 0
    )


def gaussian_blur(latent: Tensor, sigma: float) -> Tensor:
    """A 9 x 9 Gaussian blur with reflected edges; sigma in latent cells."""
    radius = (KERNEL - 1) / 2
    line = torch.exp(-0.5 * (torch.linspace(-radius, radius, KERNEL) / sigma) ** 2)
    line = (line / line.sum()).to(latent)
    channels = latent.shape[1]
    kernel = torch.outer(line, line).expand(channels, 1, KERNEL, KERNEL)
    padded = pad(latent, [KERNEL // 2] * 4, mode="reflect")
    return conv2d(padded, kernel, groups=channels)
