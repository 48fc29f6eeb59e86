"""Giving a picture the colours of another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from nodes.imaging.shapes import ImagingError, check_image, chosen

Pixels = np.ndarray  # [N,3] float64


def match_colours(image: torch.Tensor, reference: torch.Tensor, method: str, strength: float) -> torch.Tensor:
    """[B,H,W,C>=3] with the colours of `reference`, mixed with the original by `strength` 0..1; clamped to 0..1.

    Each picture takes those of the reference of its number, the last one of them for any beyond. Alpha stays.
    """
    check_image(image)
    check_image(reference, "reference")
    if min(image.shape[-1], reference.shape[-1]) < 3:
        raise ImagingError("Colours are matched between colour pictures of 3 or 4 channels.")
    match = chosen(METHODS, method)
    result = image.clone()
    for number, picture in enumerate(result):
        wanted = _pixels(reference[min(number, reference.shape[0] - 1)])
        matched = match(_pixels(picture), wanted).reshape(*picture.shape[:2], 3)
        colors = picture[..., :3]
        colors.lerp_(torch.from_numpy(matched).to(colors), strength).clamp_(0, 1)
    return result


def _pixels(picture: torch.Tensor) -> Pixels:
    pixels: Pixels = picture[..., :3].reshape(-1, 3).double().cpu().numpy()
    return pixels


def match_moments(source: Pixels, wanted: Pixels) -> Pixels:
    """Mean and deviation of each channel (E. Reinhard et al., 2001, in RGB)."""
    scale = wanted.std(0) / np.maximum(source.std(0), 1e-8)
    matched: Pixels = (source - source.mean(0)) * scale + wanted.mean(0)
    return matched


def match_covariance(source: Pixels, wanted: Pixels) -> Pixels:
    """Mean and covariance: the linear Monge-Kantorovich map (F. Pitie and A. Kokaram, 2007)."""
    root = _power(np.cov(source.T, bias=True), 0.5)
    inverse = _power(np.cov(source.T, bias=True), -0.5)
    matrix = inverse @ _power(root @ np.cov(wanted.T, bias=True) @ root, 0.5) @ inverse
    matched: Pixels = (source - source.mean(0)) @ matrix + wanted.mean(0)
    return matched


def _power(matrix: Pixels, exponent: float) -> Pixels:
    """A power of a symmetric, non-negative matrix; directions without extent count as tiny."""
    values, vectors = np.linalg.eigh(matrix)
    power: Pixels = (vectors * np.maximum(values, 1e-10) ** exponent) @ vectors.T
    return power


def match_histogram(source: Pixels, wanted: Pixels) -> Pixels:
    """The whole distribution of each channel."""
    matched = np.empty_like(source)
    for channel in range(3):
        order = np.argsort(source[:, channel], kind="stable")
        ranks = np.linspace(0, 1, len(order))
        target = np.sort(wanted[:, channel])
        matched[order, channel] = np.interp(ranks, np.linspace(0, 1, len(target)), target)
    return matched


METHODS: dict[str, Callable[[Pixels, Pixels], Pixels]] = {
    "mean and deviation": match_moments,
    "covariance": match_covariance,
    "histogram": match_histogram,
}
