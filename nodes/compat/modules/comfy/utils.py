"""`comfy.utils`: resizing, tiles, state dicts, files of weights, progress bars."""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphcore.calls import CURRENT
from graphcore.job import Run
from nodes.compat import installation
from nodes.compat.handles.unet_names import (
    TRANSFORMER_BLOCKS,
    UNET_MAP_ATTENTIONS,
    UNET_MAP_BASIC,
    UNET_MAP_RESNET,
    unet_to_diffusers,
)
from nodes.compat.stubs import ProvidedType
from nodes.imaging.resize import bislerp, common_upscale, lanczos
from nodes.models import pickles
from nodes.models.reader import WeightsFile

__all__ = [
    "TRANSFORMER_BLOCKS", "UNET_MAP_ATTENTIONS", "UNET_MAP_BASIC", "UNET_MAP_RESNET", "bislerp", "common_upscale",
    "lanczos", "unet_to_diffusers",
]  # fmt: skip

PROGRESS_BAR_ENABLED = True
PROGRESS_BAR_HOOK: Callable[..., Any] | None = None

# -- files of weights --------------------------------------------------------------------------------------------------


def load_torch_file(ckpt: str, safe_load: bool = False, device: Any = None, return_metadata: bool = False) -> Any:
    """The tensors of a file as a dict; with `return_metadata` its metadata too.

    An old file (a pickle) is converted once by a process that can do nothing else: weights only, whatever `safe_load`.
    """
    file = WeightsFile(ckpt if is_safetensors(ckpt) else converted(Path(ckpt)))
    tensors = {name: file[name] for name in file}
    if device is not None:
        tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    return (tensors, file.metadata) if return_metadata else tensors


def is_safetensors(path: str) -> bool:
    """Whether a file is to be read as it is, by its name; a missing one is left to whoever reads it."""
    return str(path).lower().endswith((".safetensors", ".sft")) or not os.path.isfile(path)


def converted(source: Path) -> Path:
    """An old file of weights as safetensors, among the temporary files."""
    status = source.stat()
    mark = hashlib.blake2b(f"{source.absolute()}:{status.st_mtime_ns}:{status.st_size}".encode(), digest_size=16)
    target = installation.current.folders.temp / "weights" / f"{mark.hexdigest()}.safetensors"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        pickles.convert(source, target)
    return target


def save_torch_file(sd: Mapping[str, Tensor], ckpt: str, metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors to a safetensors file."""
    from safetensors.torch import save_file

    tensors = {name: tensor.contiguous() for name, tensor in sd.items()}
    save_file(tensors, ckpt, metadata=dict(metadata) if metadata else None)


def safetensors_header(safetensors_path: str, max_size: int = 100 * 1024 * 1024) -> bytes | None:
    """The header's bytes; None if it is longer than `max_size`."""
    with open(safetensors_path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return None if length > max_size else file.read(length)


def calculate_parameters(sd: Mapping[str, Tensor], prefix: str = "") -> int:
    """How many numbers there are under a prefix."""
    return sum(tensor.nelement() for name, tensor in sd.items() if name.startswith(prefix))


def weight_dtype(sd: Mapping[str, Tensor], prefix: str = "") -> torch.dtype | None:
    """The number format of most of the numbers under a prefix."""
    counts: dict[torch.dtype, int] = {}
    for name, tensor in sd.items():
        if name.startswith(prefix):
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + tensor.numel()
    return max(counts, key=lambda dtype: counts[dtype]) if counts else None


def state_dict_key_replace(state_dict: dict[str, Any], keys_to_replace: Mapping[str, str]) -> dict[str, Any]:
    """Rename some entries, in place."""
    for old, new in keys_to_replace.items():
        if old in state_dict:
            state_dict[new] = state_dict.pop(old)
    return state_dict


def state_dict_prefix_replace(
    state_dict: dict[str, Any], replace_prefix: Mapping[str, str], filter_keys: bool = False
) -> dict[str, Any]:
    """Exchange prefixes, in place; with `filter_keys` only what had one is given, in a new dict."""
    out: dict[str, Any] = {} if filter_keys else state_dict
    for old, new in replace_prefix.items():
        for name in [name for name in state_dict if name.startswith(old)]:
            out[new + name[len(old) :]] = state_dict.pop(name)
    return out


def convert_sd_to(state_dict: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Every tensor in another number format, in place."""
    for name in list(state_dict):
        state_dict[name] = state_dict[name].to(dtype)
    return state_dict


# -- attributes by path ------------------------------------------------------------------------------------------------


def get_attr(obj: Any, attr: str) -> Any:
    """`obj.a.b.c` for 'a.b.c'."""
    for name in attr.split("."):
        obj = getattr(obj, name)
    return obj


def set_attr(obj: Any, attr: str, value: Any) -> Any:
    """Exchange `obj.a.b.c`; what was there."""
    *path, last = attr.split(".")
    owner = get_attr(obj, ".".join(path)) if path else obj
    previous = getattr(owner, last)
    setattr(owner, last, value)
    return previous


def set_attr_param(obj: Any, attr: str, value: Tensor) -> Any:
    """The same with a parameter made of a tensor."""
    return set_attr(obj, attr, torch.nn.Parameter(value, requires_grad=False))


def copy_to_param(obj: Any, attr: str, value: Tensor) -> None:
    """Copy numbers into a parameter."""
    get_attr(obj, attr).data.copy_(value)


# -- batches, masks, sizes ---------------------------------------------------------------------------------------------


def repeat_to_batch_size(tensor: Tensor, batch_size: int, dim: int = 0) -> Tensor:
    """Exactly `batch_size` items: cut, or repeated from the start."""
    size = tensor.shape[dim]
    if size > batch_size:
        return tensor.narrow(dim, 0, batch_size)
    if size < batch_size:
        repeats = [1] * tensor.dim()
        repeats[dim] = math.ceil(batch_size / size)
        return tensor.repeat(repeats).narrow(dim, 0, batch_size)
    return tensor


def resize_to_batch_size(tensor: Tensor, batch_size: int) -> Tensor:
    """Exactly `batch_size` items, spread evenly: items are left out or doubled along the way."""
    size = tensor.shape[0]
    if size == batch_size:
        return tensor
    if batch_size <= 1:
        return tensor[:batch_size]
    if batch_size < size:
        scale = (size - 1) / (batch_size - 1)
        index = [min(round(i * scale), size - 1) for i in range(batch_size)]
    else:
        scale = size / batch_size
        index = [min(math.floor((i + 0.5) * scale), size - 1) for i in range(batch_size)]
    return tensor[index]


def reshape_mask(input_mask: Tensor, output_shape: Sequence[int]) -> Tensor:
    """A mask of any form as [B, C, H, W] (or with frames) of a latent's shape, bilinear."""
    dims = len(output_shape) - 2
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[dims]
    mask = input_mask.reshape((-1, 1, *input_mask.shape[-2:])) if dims == 2 else input_mask
    if dims == 3 and mask.dim() < 5:
        mask = mask.reshape((1, 1, -1, *mask.shape[-2:]))
    elif dims == 1 and mask.dim() < 3:
        mask = mask.reshape((-1, 1, mask.shape[-1]))
    mask = torch.nn.functional.interpolate(mask, size=tuple(output_shape[2:]), mode=mode)
    if mask.shape[1] < output_shape[1]:
        mask = mask.repeat((1, output_shape[1], *[1] * dims))[:, : output_shape[1]]
    return repeat_to_batch_size(mask, output_shape[0])


def pack_latents(latents: Sequence[Tensor]) -> tuple[Tensor, list[torch.Size]]:
    """Latents of several shapes as one [B, 1, N], and their shapes."""
    shapes = [latent.shape for latent in latents]
    return torch.cat([latent.reshape(latent.shape[0], 1, -1) for latent in latents], dim=-1), shapes


def unpack_latents(combined_latent: Tensor, latent_shapes: Sequence[Sequence[int]]) -> list[Tensor]:
    """The latents again."""
    sizes = [math.prod(shape[1:]) for shape in latent_shapes]
    parts = torch.split(combined_latent, sizes, dim=-1)
    return [part.reshape(part.shape[0], *shape[1:]) for part, shape in zip(parts, latent_shapes, strict=True)]


# -- tiles -------------------------------------------------------------------------------------------------------------


def get_tiled_scale_steps(width: int, height: int, tile_x: int, tile_y: int, overlap: int) -> int:
    """How many tiles a picture takes."""
    rows = 1 if height <= tile_y else math.ceil((height - overlap) / (tile_y - overlap))
    columns = 1 if width <= tile_x else math.ceil((width - overlap) / (tile_x - overlap))
    return rows * columns


def tiled_scale(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile_x: int = 64,
    tile_y: int = 64,
    overlap: int = 8,
    upscale_amount: float = 4,
    out_channels: int = 3,
    output_device: Any = "cpu",
    pbar: ProgressBar | None = None,
) -> Tensor:
    """`function` over [B,C,H,W] tile by tile, seams blended; the result is `upscale_amount` times as large."""
    return tiled_scale_multidim(
        samples, function, (tile_y, tile_x), overlap=overlap, upscale_amount=upscale_amount, out_channels=out_channels,
        output_device=output_device, pbar=pbar,
    )  # fmt: skip


@torch.inference_mode()
def tiled_scale_multidim(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile: Sequence[int] = (64, 64),
    overlap: int | Sequence[int] = 8,
    upscale_amount: Any = 4,
    out_channels: int = 3,
    output_device: Any = "cpu",
    downscale: bool = False,
    index_formulas: Any = None,
    pbar: ProgressBar | None = None,
) -> Tensor:
    """The same over any number of dimensions. `upscale_amount`: a factor, or for each dimension one or a function."""
    dims = len(tile)
    overlaps = [overlap] * dims if isinstance(overlap, int) else list(overlap)
    factors = list(upscale_amount) if isinstance(upscale_amount, list | tuple) else [upscale_amount] * dims
    places = factors if index_formulas is None else (
        list(index_formulas) if isinstance(index_formulas, list | tuple) else [index_formulas] * dims
    )  # fmt: skip

    def scaled(dim: int, size: float, by: Sequence[Any]) -> int:
        factor = by[dim]
        result: float
        unit = size / factor if downscale and not callable(factor) else None
        result = unit if unit is not None else factor(size) if callable(factor) else size * factor
        return round(result)

    shape = [scaled(dim, size, factors) for dim, size in enumerate(samples.shape[2:])]
    out = torch.empty([samples.shape[0], out_channels, *shape], device=output_device)
    for b in range(samples.shape[0]):
        item = samples[b : b + 1]
        total = torch.zeros([1, out_channels, *shape], device=output_device)
        weight = torch.zeros_like(total)
        for corner in product(*(_starts(size, tile[d], overlaps[d]) for d, size in enumerate(item.shape[2:]))):
            part = item
            for dim, start in enumerate(corner):
                part = part.narrow(dim + 2, start, min(tile[dim], item.shape[dim + 2] - start))
            piece = function(part).to(output_device)
            ramps = _feathered(piece, [scaled(dim, overlaps[dim], factors) for dim in range(dims)])
            target, sums = total, weight
            for dim, start in enumerate(corner):
                offset = min(scaled(dim, start, places), shape[dim] - piece.shape[dim + 2])
                target = target.narrow(dim + 2, offset, piece.shape[dim + 2])
                sums = sums.narrow(dim + 2, offset, piece.shape[dim + 2])
            target.add_(piece * ramps)
            sums.add_(ramps)
            if pbar is not None:
                pbar.update(1)
        out[b : b + 1] = total / weight
    return out


def _starts(size: int, tile: int, overlap: int) -> list[int]:
    if size <= tile:
        return [0]
    step = tile - overlap
    return [max(0, min(size - overlap, place)) for place in range(0, size - overlap, step)]


def _feathered(piece: Tensor, overlaps: Sequence[int]) -> Tensor:
    """Weights of a tile that rise from each edge over the overlap."""
    weights = torch.ones_like(piece)
    for dim, overlap in enumerate(overlaps, 2):
        size = piece.shape[dim]
        if overlap <= 0 or overlap >= size:
            continue
        for place in range(overlap):
            share = (place + 1) / overlap
            weights.narrow(dim, place, 1).mul_(share)
            weights.narrow(dim, size - 1 - place, 1).mul_(share)
    return weights


# -- progress ----------------------------------------------------------------------------------------------------------


def set_progress_bar_enabled(enabled: bool) -> None:
    """Show bars or not; nodes report either way."""
    global PROGRESS_BAR_ENABLED
    PROGRESS_BAR_ENABLED = enabled


def set_progress_bar_global_hook(function: Callable[..., Any] | None) -> None:
    """Have a function called with (value, total, preview, node_id=...) at each step of every bar."""
    global PROGRESS_BAR_HOOK
    PROGRESS_BAR_HOOK = function


class ProgressBar(metaclass=ProvidedType):
    """Progress of the node that made it, or of the one that `node_id` names."""

    def __init__(self, total: float, node_id: str | None = None):
        run = CURRENT.get()
        self.total, self.current, self.hook = total, 0.0, PROGRESS_BAR_HOOK
        self.node_id = node_id if node_id is not None else (run.node if run is not None else None)
        self._run: Run | None = None if run is None else Run(run.job, self.node_id or run.node, run.call)

    def update_absolute(self, value: float, total: float | None = None, preview: Any = None) -> None:
        """Say how far it is. `preview`: (format, picture, longest side if any). Raises Cancelled when the run stops."""
        if total is not None:
            self.total = total
        self.current = min(value, self.total)
        if self._run is not None:
            self._run.progress(self.current, self.total)
            if preview is not None:
                self._run.preview(preview)
        if self.hook is not None:
            self.hook(self.current, self.total, preview, node_id=self.node_id)

    def update(self, value: float) -> None:
        """Say that `value` more is done."""
        self.update_absolute(self.current + value)
