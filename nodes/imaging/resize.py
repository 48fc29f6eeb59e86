"""Resizing of channel-first tensors, the way the field does: `common_upscale` and its methods."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

from nodes.imaging.shapes import ImagingError, check_room, chosen
from nodes.imaging.strips import ROWS


def common_upscale(samples: torch.Tensor, width: int, height: int, method: str, crop: str = "disabled") -> torch.Tensor:
    """[B,C,H,W] (or [B,C,T,H,W], frame by frame) resized to [.., height, width].

    `crop="center"` first cuts the middle part that has the wanted aspect. Values are not clamped, and nothing is
    antialiased, so 'bicubic' overshoots and shrinking aliases, exactly as in the field.
    """
    if samples.ndim == 5:
        batch, _, frames = samples.shape[:3]
        folded = samples.movedim(2, 1).flatten(0, 1)
        resized = common_upscale(folded, width, height, method, crop)
        return resized.reshape(batch, frames, *resized.shape[1:]).movedim(1, 2)
    if samples.ndim != 4:
        raise ImagingError(f"Only pictures and videos are resized, not values of shape {list(samples.shape)}.")
    check_room(samples.shape[0], samples.shape[1], height, width)
    if crop == "center":
        samples = center_crop(samples, width, height)
    return chosen(METHODS, method)(samples, width, height)


def center_crop(samples: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """The largest middle part of [.., H, W] with the aspect width : height, a view."""
    old_height, old_width = samples.shape[-2:]
    old_aspect, new_aspect = old_width / old_height, width / height
    x = y = 0
    if old_aspect > new_aspect:
        x = round((old_width - old_width * (new_aspect / old_aspect)) / 2)
    elif old_aspect < new_aspect:
        y = round((old_height - old_height * (old_aspect / new_aspect)) / 2)
    part = samples[..., y : old_height - y, x : old_width - x]
    if part.numel() == 0:
        raise ImagingError(
            f"Nothing is left when {old_width}x{old_height} is cut to the aspect of {width}x{height}; "
            "choose a size nearer to the picture's aspect, or crop 'disabled'."
        )
    return part


def lanczos(samples: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Pillow's Lanczos filter on 8-bit values (truncated), for 1 to 4 channels; [B,C,H,W] -> [B,C,height,width]."""
    channels = samples.shape[1]
    if channels > 4:
        raise ImagingError(f"'lanczos' works on pictures of 1 to 4 channels, not {channels}; use 'bicubic'.")
    resized = torch.empty(samples.shape[0], channels, height, width)
    for source, target in zip(samples, resized, strict=True):
        pixels = to_bytes(source.movedim(0, -1))
        picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
        small = np.array(picture.resize((width, height), Image.Resampling.LANCZOS)).reshape(height, width, channels)
        target.copy_(torch.from_numpy(small).movedim(-1, 0)).div_(255.0)
    return resized.to(samples.device, samples.dtype)


def to_bytes(image: torch.Tensor) -> np.ndarray:
    """0..1 floats [H,W,C] as 8-bit values: clipped, then truncated, as the field does."""
    pixels = torch.empty(image.shape, dtype=torch.uint8)
    for top in range(0, image.shape[0], ROWS):
        pixels[top : top + ROWS] = image[top : top + ROWS].detach().mul(255.0).clamp_(0, 255)
    return pixels.numpy()


def bislerp(samples: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Bilinear in position, spherical in the direction of the channel vectors; first along W, then along H."""
    resized = _slerp_along(samples.float(), width, dim=3)
    return _slerp_along(resized, height, dim=2).to(samples.dtype)


def _slerp_along(samples: torch.Tensor, size: int, dim: int) -> torch.Tensor:
    first, second, ratio = _coordinates(samples.shape[dim], size, samples.device)
    shape = [1, 1, 1, 1]
    shape[dim] = -1

    def part(place: slice) -> torch.Tensor:
        left, right = (samples.index_select(dim, index[place]) for index in (first, second))
        return slerp(left, right, ratio[place].view(shape))

    # A few rows or columns at a time bound the memory.
    return torch.cat([part(slice(start, start + ROWS)) for start in range(0, size, ROWS)], dim)


def _coordinates(old: int, new: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Left and right neighbour and the ratio between them. Torch resizes the indices themselves, so that a
    coordinate that falls on an integer rounds as it does for 'bilinear'."""
    index = torch.arange(old, dtype=torch.float32, device=device).view(1, 1, 1, -1)
    left = interpolate(index, size=(1, new), mode="bilinear").flatten()
    following = index + 1
    following[..., -1] -= 1
    right = interpolate(following, size=(1, new), mode="bilinear").flatten()
    return left.to(torch.int64), right.to(torch.int64), left - left.floor()


def slerp(first: torch.Tensor, second: torch.Tensor, ratio: torch.Tensor) -> torch.Tensor:
    """Spherical interpolation of channel vectors (dim 1); lengths are interpolated linearly.

    Parallel vectors give `first`, opposite ones fall back to linear interpolation.
    """
    norm1, norm2 = first.norm(dim=1, keepdim=True), second.norm(dim=1, keepdim=True)
    unit1 = torch.where(norm1 == 0, 0.0, first / norm1)
    unit2 = torch.where(norm2 == 0, 0.0, second / norm2)
    dot = (unit1 * unit2).sum(1, keepdim=True)
    omega = torch.acos(dot)
    so = torch.sin(omega)
    mixed = (torch.sin((1.0 - ratio) * omega) / so) * unit1 + (torch.sin(ratio * omega) / so) * unit2
    mixed *= norm1 * (1.0 - ratio) + norm2 * ratio
    mixed = torch.where(dot > 1 - 1e-5, first, mixed)
    return torch.where(dot < 1e-5 - 1, first * (1.0 - ratio) + second * ratio, mixed)


Method = Callable[[torch.Tensor, int, int], torch.Tensor]


def _torch(mode: str) -> Method:
    return lambda samples, width, height: interpolate(samples, size=(height, width), mode=mode)


METHODS: dict[str, Method] = {
    **{mode: _torch(mode) for mode in ("nearest-exact", "bilinear", "area", "bicubic")},
    "lanczos": lanczos,
    "bislerp": bislerp,
}
