"""Colour spaces and colours written as one number."""

from __future__ import annotations

import torch

from nodes.imaging.shapes import ImagingError, check_image, check_room, chosen
from nodes.imaging.strips import by_strips

CHANNELS = {"red": 0, "green": 1, "blue": 2, "alpha": 3}


def rgb_to_yuv(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """[B,H,W,3] -> luma and the two chroma planes (JPEG's YCbCr), each repeated to 3 channels."""
    red, green, blue = _rgb(image, "image")
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    cb = 0.564 * (blue - y) + 0.5
    cr = 0.713 * (red - y) + 0.5
    return y[..., None].repeat(1, 1, 1, 3), cb[..., None].repeat(1, 1, 1, 3), cr[..., None].repeat(1, 1, 1, 3)


def yuv_to_rgb(y: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The inverse of `rgb_to_yuv` on the channel means of three pictures, clamped to 0..1."""
    if not y.shape[:3] == u.shape[:3] == v.shape[:3]:
        raise ImagingError("Y, U and V should be pictures of the same size and batch; scale them alike first.")
    return by_strips(_from_yuv, *(check_image(plane, "Y, U and V") for plane in (y, u, v)))[0]


def _from_yuv(y: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    luma, cb, cr = y.mean(-1), u.mean(-1) - 0.5, v.mean(-1) - 0.5
    red = luma + 1.4025245442 * cr
    green = luma - 0.7144034731 * cr - 0.3443401356 * cb
    blue = luma + 1.7730496454 * cb
    return torch.stack((red, green, blue), -1).clamp_(0, 1)


def _rgb(image: torch.Tensor, name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    check_image(image, name)
    if image.shape[-1] < 3:
        raise ImagingError(f"'{name}' has {image.shape[-1]} channel(s); a colour picture (3 channels) is needed.")
    return image[..., 0], image[..., 1], image[..., 2]


def color_to_mask(image: torch.Tensor, color: int) -> torch.Tensor:
    """[B,H,W,3] -> mask [B,H,W]: 1 where the 8-bit colour is exactly `color` (0xRRGGBB)."""
    red, green, blue = (channel.clamp(0, 1).mul(255.0).round().to(torch.int32) for channel in _rgb(image, "image"))
    return ((red << 16) + (green << 8) + blue == color).float()


def near_color_to_mask(image: torch.Tensor, color: int, tolerance: float) -> torch.Tensor:
    """[B,H,W,3] -> mask [B,H,W]: 1 where every channel is within `tolerance` (0..1) of the colour 0xRRGGBB."""
    channels = zip(_rgb(image, "image"), (16, 8, 0), strict=True)
    near = [(channel - (color >> shift & 0xFF) / 255).abs() <= tolerance + 0.5 / 255 for channel, shift in channels]
    return torch.stack(near).all(0).float()


def solid_image(width: int, height: int, batch_size: int, color: int) -> torch.Tensor:
    """[batch,height,width,3] of one colour, 0xRRGGBB."""
    check_room(batch_size, height, width, 3)
    red, green, blue = (((color >> shift) & 0xFF) / 255 for shift in (16, 8, 0))
    return torch.tensor([red, green, blue]).expand(batch_size, height, width, 3).clone()


def channel_mask(image: torch.Tensor, channel: str) -> torch.Tensor:
    """One channel of [B,H,W,C] as a mask [B,H,W]."""
    check_image(image)
    index = chosen(CHANNELS, channel)
    if index >= image.shape[-1]:
        raise ImagingError(f"The picture has no {channel} channel: it has {image.shape[-1]}. Choose another channel.")
    return image[..., index]


def add_noise(image: torch.Tensor, seed: int, strength: float) -> torch.Tensor:
    """Gaussian noise of the given standard deviation, the same for the same seed; clamped to 0..1."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(check_image(image).shape, generator=generator, dtype=image.dtype)
    return (image + strength * noise.to(image.device)).clamp_(0, 1)
