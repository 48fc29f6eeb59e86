"""The shapes of the field's picture values, and the checks that turn a wrong one into a sentence.

IMAGE is float32 [B,H,W,C] in 0..1, MASK is float32 [B,H,W] (or [H,W]) in 0..1, LATENT is a dict with "samples"
[B,C,h,w] (or [B,C,t,h,w]) and, optionally, "noise_mask" and "batch_index".
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch

from graphcore.errors import RunError

Latent = dict[str, Any]
Value = TypeVar("Value")
UNLIMITED = 1 << 62
UNASKED = 16 << 20  # bytes that are there without asking the system


class ImagingError(RunError):
    """A picture, mask or latent does not fit what is asked of it, or a picture file cannot be read or written."""


def check_image(image: torch.Tensor, name: str = "image") -> torch.Tensor:
    """The same [B,H,W,C] picture. ImagingError if it is no such tensor, or empty."""
    if image.ndim != 4:
        raise ImagingError(
            f"'{name}' should be pictures of shape [batch, height, width, channels], but has shape {list(image.shape)}."
        )
    return _not_empty(image, name)


def check_mask(mask: torch.Tensor, name: str = "mask") -> torch.Tensor:
    """The mask as [B,H,W]; [H,W] gains a batch of one, [B,1,H,W] loses its channel. ImagingError otherwise."""
    if mask.ndim == 2:
        mask = mask[None]
    if mask.ndim == 4 and mask.shape[1] == 1:
        mask = mask[:, 0]
    if mask.ndim != 3:
        raise ImagingError(f"'{name}' should be a mask of shape [batch, height, width], but is {list(mask.shape)}.")
    return _not_empty(mask, name)


def check_latent(latent: Latent, name: str = "samples", spatial: bool = False) -> torch.Tensor:
    """The samples of a latent. ImagingError if there are none, or no height and width although `spatial`."""
    samples = latent.get("samples")
    if not isinstance(samples, torch.Tensor) or samples.ndim < 3:
        raise ImagingError(f"'{name}' is not a latent: it needs 'samples' of shape [batch, channels, height, width].")
    if spatial and samples.ndim < 4:
        raise ImagingError(f"'{name}' is a latent of sound (shape {list(samples.shape)}); one of pictures is needed.")
    return _not_empty(samples, name)


def _not_empty(tensor: torch.Tensor, name: str) -> torch.Tensor:
    if tensor.numel() == 0:
        raise ImagingError(f"'{name}' is empty (shape {list(tensor.shape)}); check the crop or batch that made it.")
    if not tensor.is_floating_point():
        raise ImagingError(f"'{name}' holds {tensor.dtype} values; divide 8-bit ones by 255 in the node that made it.")
    return tensor


def chosen(table: Mapping[str, Value], name: str) -> Value:
    """What a name stands for. ImagingError, with the names there are, if it is none of them."""
    if name not in table:
        raise ImagingError(f"'{name}' is not among the choices; use one of {', '.join(table)}.")
    return table[name]


def check_room(*shape: int, what: str = "picture") -> None:
    """ImagingError if a float32 tensor of this shape would be empty or not fit into the memory that is free."""
    if min(shape) < 1:
        raise ImagingError(f"The {what} would be empty (shape {list(shape)}); ask for at least one pixel each way.")
    need = 4 * math.prod(shape)
    if need > UNASKED and need > (limit := memory_limit()):
        raise ImagingError(
            f"A {what} of shape {list(shape)} needs {need / 2**30:,.1f} GiB, there are "
            f"{limit / 2**30:,.1f} GiB; ask for a smaller size or batch."
        )


def memory_limit() -> int:
    """Bytes that one value may have: what is free of the machine's memory, its control group's, or the process's."""
    return min(_machine_memory(), _free_memory(), _process_room())


def _free_memory() -> int:
    """What the machine can give without swapping, where it says so (Linux)."""
    info = Path("/proc/meminfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), UNLIMITED)


def _process_room() -> int:
    """What is left of the process's own limits (`ulimit -v`, `ulimit -d`), if it has any."""
    try:
        import resource
    except ImportError:  # Windows
        return UNLIMITED
    kinds = {"VmSize": resource.RLIMIT_AS, "VmData": resource.RLIMIT_DATA}
    limits = {name: resource.getrlimit(kind)[0] for name, kind in kinds.items()}
    limits = {name: limit for name, limit in limits.items() if limit != resource.RLIM_INFINITY}
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if limits and status.is_file() else []
    fields = (line.split() for line in lines)
    used = {name[:-1]: int(size) << 10 for name, size, *_ in (field for field in fields if field[0][:-1] in limits)}
    return min((limit - used.get(name, 0) for name, limit in limits.items()), default=UNLIMITED)


@cache
def _machine_memory() -> int:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        total = 1 << 38
    group = Path("/sys/fs/cgroup/memory.max")
    text = group.read_text().strip() if group.is_file() else ""
    return min(total, int(text)) if text.isdecimal() else total


def channels_first(image: torch.Tensor) -> torch.Tensor:
    """[B,H,W,C] -> [B,C,H,W], a view."""
    return image.movedim(-1, 1)


def channels_last(samples: torch.Tensor) -> torch.Tensor:
    """[B,C,H,W] -> [B,H,W,C], a view."""
    return samples.movedim(1, -1)


def with_samples(latent: Latent, samples: torch.Tensor) -> Latent:
    """A shallow copy of a latent with other samples; every other key survives."""
    return {**latent, "samples": samples}
