"""Batches of latents: "noise_mask" and "batch_index" (which noise each item draws) go along with the samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from nodes.imaging.batch import repeat_to_batch_size, slice_batch
from nodes.imaging.latents import CELL
from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import ImagingError, Latent, check_latent, check_mask, check_room, with_samples


def batch_index(latent: Latent, start: int = 0) -> list[int]:
    """The noise numbers of a latent's items: from `start` on, unless it says otherwise."""
    count = check_latent(latent).shape[0]
    numbers = list(latent.get("batch_index") or range(start, start + count))
    if len(numbers) != count:
        raise ImagingError(f"The latent has {count} items, but noise numbers for {len(numbers)}; make it anew.")
    return numbers


def join_latents(first: Latent, second: Latent) -> Latent:
    """Both batches in one; the second is resized (bilinear, centred) to the first."""
    a, b = check_latent(first, "samples1"), check_latent(second, "samples2")
    if a.ndim != b.ndim or a.shape[1] != b.shape[1]:
        raise ImagingError(f"Latents of shapes {list(a.shape)} and {list(b.shape)} are of different model families.")
    if a.shape[1:] != b.shape[1:]:
        b = common_upscale(b, a.shape[-1], a.shape[-2], "bilinear", "center")
    joined = with_samples(first, torch.cat((a, b)))
    return {**joined, "batch_index": batch_index(first) + batch_index(second)}


def seed_behavior(latent: Latent, behavior: str) -> Latent:
    """'random': every item draws its own noise; 'fixed': all draw that of the first."""
    rest = {key: value for key, value in latent.items() if key != "batch_index"}
    if behavior == "random":
        return rest
    return {**rest, "batch_index": batch_index(latent)[:1] * check_latent(latent).shape[0]}


def _noise_mask(latent: Latent) -> torch.Tensor | None:
    mask = latent.get("noise_mask")
    if mask is not None and mask.numel() == 0:
        raise ImagingError("The latent's noise mask is empty; set it anew with 'Set Latent Noise Mask'.")
    return mask


def latent_from_batch(latent: Latent, start: int, length: int) -> Latent:
    """`length` items from `start`, each with the mask and the noise it had; both are limited to what is there."""
    samples = check_latent(latent)
    count = samples.shape[0]
    start = min(count - 1, start)
    length = min(count - start, length)
    result: dict[str, Any] = with_samples(latent, slice_batch(samples, start, length))
    mask = _noise_mask(latent)
    if mask is not None:
        whole = mask if mask.shape[0] == 1 else repeat_to_batch_size(mask, count)
        result["noise_mask"] = whole.clone() if whole.shape[0] == 1 else slice_batch(whole, start, length)
    result["batch_index"] = batch_index(latent)[start : start + length]
    return result


def repeat_latent(latent: Latent, amount: int) -> Latent:
    """The whole batch `amount` times; repetitions draw further noise."""
    samples = check_latent(latent)
    check_room(samples.shape[0] * amount, *samples.shape[1:], what="latent")
    result: dict[str, Any] = with_samples(latent, samples.repeat([amount] + [1] * (samples.ndim - 1)))
    mask = _noise_mask(latent)
    if mask is not None and mask.shape[0] > 1:
        whole = repeat_to_batch_size(mask, samples.shape[0])
        result["noise_mask"] = whole.repeat([amount] + [1] * (whole.ndim - 1))
    if "batch_index" in latent:
        index = batch_index(latent)
        offset = max(index) - min(index) + 1
        result["batch_index"] = [number + i * offset for i in range(amount) for number in index]
    return result


def set_noise_mask(latent: Latent, mask: torch.Tensor) -> Latent:
    """The latent with a mask (1 = sample anew) as [B,1,H,W]."""
    return {**latent, "noise_mask": check_mask(mask)[:, None]}


def rebatch_latents(latents: Sequence[Latent], batch_size: int) -> list[Latent]:
    """All items of all latents in batches of `batch_size`; another size starts a batch of its own."""
    batches: list[list[tuple[torch.Tensor, torch.Tensor, int]]] = []
    for item in _items(latents):
        fits = batches and len(batches[-1]) < batch_size and batches[-1][0][0].shape == item[0].shape
        batches[-1].append(item) if fits else batches.append([item])
    return [_gathered(batch) for batch in batches]


def _items(latents: Sequence[Latent]) -> list[tuple[torch.Tensor, torch.Tensor, int]]:
    """(samples, mask, noise number) of every item; where a latent gives no numbers, they are the places in the row."""
    items: list[tuple[torch.Tensor, torch.Tensor, int]] = []
    for latent in latents:
        samples = check_latent(latent, "latents")
        masks, numbers = _masks(latent, samples), batch_index(latent, len(items))
        items += zip(samples.unbind(), masks, numbers, strict=True)
    return items


def _masks(latent: Latent, samples: torch.Tensor) -> list[torch.Tensor]:
    count, height, width = samples.shape[0], samples.shape[-2] * CELL, samples.shape[-1] * CELL
    mask = latent.get("noise_mask")
    if mask is None:
        return [torch.ones(1, height, width)] * count
    mask = check_mask(mask, "noise_mask")[:, None]
    if mask.shape[-2:] != (height, width):
        mask = torch.nn.functional.interpolate(mask.float(), size=(height, width), mode="bilinear")
    return list(repeat_to_batch_size(mask, count).unbind())


def _gathered(batch: list[tuple[torch.Tensor, torch.Tensor, int]]) -> Latent:
    samples, masks, numbers = zip(*batch, strict=True)
    result: Latent = {"samples": torch.stack(samples), "batch_index": list(numbers)}
    mask = torch.stack(masks)
    return {**result, "noise_mask": mask} if float(mask.mean()) != 1.0 else result
