"""Folds a change of the latents' coordinates into a trained VAE: the same pictures, better numbers.

Latents become uncorrelated, of mean 0 and of the spread that the family's scale expects, so that a diffusion model
starts from noise of the right size; and among the rotations that leave it so, the one whose linear previews are closest
to the picture is chosen, with the factors that are published for the family.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.sampling.latent_formats import SD1, preview_factors

_CELL = 8


@torch.no_grad()
def whiten(vae: Any, pixels: Tensor) -> None:
    """Change `vae` (diffusers' AutoencoderKL) in place; `pixels` [B,3,H,W] in -1..1 are typical pictures."""
    batches = [vae.encode(part).latent_dist for part in torch.split(pixels, 16)]
    latents = torch.cat([_rows(batch.mean) for batch in batches]).double()
    variance = torch.cat([_rows(batch.var) for batch in batches]).double().mean(dim=0)
    centre = latents.mean(dim=0)
    turn = change_of_basis(latents, _rows(F.avg_pool2d(pixels, _CELL)).double())
    _fold(vae, centre, turn / SD1.scale, variance)


def change_of_basis(latents: Tensor, colours: Tensor) -> Tensor:
    """The matrix T [4,4] for which rows (latents - mean) @ T are white and look most like `colours` [N,3] in previews.

    Previews are linear, so with white rows the best rotation is the solution of an orthogonal Procrustes problem
    (Schönemann 1966).
    """
    centred = latents - latents.mean(dim=0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    white = vectors / values.sqrt()
    factors, bias = (part.to(latents) for part in preview_factors(str(SD1.preview)))
    likeness = factors @ ((centred @ white).T @ (colours - bias) / len(colours)).T
    left, _, right = torch.linalg.svd(likeness)
    rotated: Tensor = white @ right.T @ left.T
    return rotated


def _rows(tensor: Tensor) -> Tensor:
    """[B,C,h,w] as [B*h*w, C]."""
    return tensor.movedim(1, -1).flatten(0, -2)


def _fold(vae: Any, centre: Tensor, turn: Tensor, variance: Tensor) -> None:
    """Let `quant_conv` write (latent - centre) @ turn, and `post_quant_conv` read it."""
    quant, post = vae.quant_conv, vae.post_quant_conv
    channels = len(centre)
    kernel, bias = quant.weight.double().flatten(1), quant.bias.double()
    kernel[:channels], bias[:channels] = turn.T @ kernel[:channels], turn.T @ (bias[:channels] - centre)
    # The posterior's spread, which nothing but sampling from it reads, becomes its average.
    kernel[channels:], bias[channels:] = 0.0, ((turn**2).T @ variance).log()
    back = post.weight.double().flatten(1)
    post_bias = post.bias.double() + back @ centre
    post_kernel = back @ torch.linalg.inv(turn).T
    for layer, weight, offset in ((quant, kernel, bias), (post, post_kernel, post_bias)):
        layer.weight.copy_(weight[..., None, None])
        layer.bias.copy_(offset)
