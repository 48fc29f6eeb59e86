"""The Canny edge detector (J. Canny, A Computational Approach to Edge Detection, 1986), with the choices of kornia 0.9
where the paper leaves them open: how ties count and what lies outside the picture."""

from __future__ import annotations

import numpy as np
import scipy.ndimage
import torch
from torch.nn.functional import pad

from nodes.imaging.shapes import ImagingError, check_image
from nodes.imaging.strips import convolve

EPS = 1e-6
# Neighbour (dy, dx) of each gradient direction, in steps of 45 degrees.
DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
TIES_COUNT = (0, 2)  # a neighbour to the right or below may be equally strong


def canny_edges(image: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """[B,H,W,C>=3] -> edges [B,H,W,3], 1 on an edge and 0 elsewhere.

    Gradients above `high` are edges, those above `low` are edges where they touch one (8-connected).
    """
    check_image(image)
    if image.shape[-1] < 3:
        raise ImagingError(f"Edges are found in colour pictures; this one has {image.shape[-1]} channel(s).")
    if low > high:
        raise ImagingError(f"The low threshold {low} is above the high threshold {high}; swap them.")
    if min(image.shape[1:3]) < 3:
        raise ImagingError(f"Edges need at least 3x3 pixels, not {image.shape[2]}x{image.shape[1]}.")
    edges = torch.stack([_edges(picture, low, high) for picture in image.float().cpu()])
    return edges[..., None].expand(-1, -1, -1, 3).contiguous().to(image.device)


def _edges(picture: torch.Tensor, low: float, high: float) -> torch.Tensor:
    gx, gy = _gradients(_smooth(_luma(picture)[None, None]))
    magnitude = torch.sqrt(gx * gx + gy * gy + EPS)
    direction = torch.round(torch.atan2(gy, gx) * (4 / torch.pi)).to(torch.int8).remainder_(8)
    ridge = magnitude * _is_ridge(magnitude, direction)
    return torch.from_numpy(_hysteresis(ridge.numpy(), low, high)).to(picture.dtype)


def _luma(picture: torch.Tensor) -> torch.Tensor:
    """Summed in this very order, like the blur below: how a tie between two gradients ends hangs on the last bit."""
    red, green, blue = torch.tensor([0.299, 0.587, 0.114], dtype=picture.dtype)
    gray = torch.addcmul(picture[..., 0] * red, picture[..., 1], green)
    return torch.addcmul(gray, picture[..., 2], blue)


def _smooth(gray: torch.Tensor) -> torch.Tensor:
    x = torch.arange(-2.0, 3.0)
    line = torch.exp(-(x * x) / 2)
    line = line / line.sum()
    gray = convolve(pad(gray, (2, 2, 0, 0), mode="reflect"), line.view(1, 1, 1, -1))
    return convolve(pad(gray, (0, 0, 2, 2), mode="reflect"), line.view(1, 1, -1, 1))


def _gradients(gray: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    gray = pad(gray, (1, 1, 1, 1), mode="replicate")
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    both = convolve(gray, torch.stack((sobel, sobel.T))[:, None])[0]
    return both[0], both[1]


def _is_ridge(magnitude: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """Whether a gradient is stronger than both neighbours along its direction."""
    height, width = magnitude.shape
    padded = pad(magnitude[None], (1, 1, 1, 1))[0]
    ridge: torch.Tensor = magnitude > EPS**0.5  # flat pixels never count
    aligned = torch.zeros_like(ridge)
    stronger: list[torch.Tensor] = []
    for number, (dy, dx) in enumerate(DIRECTIONS):
        neighbour = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        stronger.append(magnitude >= neighbour if number in TIES_COUNT else magnitude > neighbour)
    for number in range(4):
        along = (direction == number) | (direction == number + 4)
        aligned |= along & stronger[number] & stronger[number + 4]
    return ridge & aligned


def _hysteresis(ridge: np.ndarray, low: float, high: float) -> np.ndarray:
    weak, strong = ridge > low, ridge > high
    labels, count = scipy.ndimage.label(weak, structure=np.ones((3, 3), bool))
    keep = np.zeros(count + 1, bool)
    keep[labels[strong]] = True
    keep[0] = False
    edges: np.ndarray = keep[labels]
    return edges
