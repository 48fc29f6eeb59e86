"""T2I-Adapters (https://arxiv.org/abs/2302.08453): small networks that see the picture alone, once per sampling."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.control_network import CELL, Control
from nodes.models.device import compute_device, diffusion_dtype
from nodes.models.loadable import Loadable
from nodes.models.reader import WeightsFile
from nodes.models.streaming import stream
from nodes.models.unet import construct
from nodes.models.weights import Weights

_PREFIX = "adapter."
_FULL, _LIGHT, _DIFFUSERS = "body.0.block1.weight", "body.0.in_conv.weight", "body.0.resnets.0.block1.weight"
_FULL_PART = re.compile(r"body\.(\d+)\.(block1|block2|in_conv)\.(.+)")
_LIGHT_PART = re.compile(r"body\.(\d+)\.body\.(\d+)\.(.+)")
_BLOCKS = 2  # residual blocks per level in published full adapters
# Feature -> the input block that it is added after: at the end of each level, before the size is halved. SDXL's first
# level is not steered at full size; its last feature goes to the middle.
_PLACES = (2, 5, 8, 11)
_XL_PLACES = (3, 5, 8)


class AdapterNetwork:
    """The network of a T2I-Adapter: its features are the residuals."""

    def __init__(self, module: Any, device: torch.device, dtype: torch.dtype, places: tuple[int, ...], channels: int):
        self.module, self.device, self.dtype = module, device, dtype
        self._places, self._channels = places, channels

    def hint_size(self, width: int, height: int) -> tuple[int, int]:
        unit = self.module.adapter.unshuffle.downscale_factor
        return -(-width * CELL // unit) * unit, -(-height * CELL // unit) * unit

    @torch.no_grad()
    def embed(self, hint: Tensor) -> list[Tensor]:
        if self._channels == 1:
            hint = hint.mean(dim=1, keepdim=True)
        features: list[Tensor] = self.module(hint.to(self.device, self.dtype))
        return features

    def __call__(
        self,
        x: Tensor,
        features: Sequence[Tensor],
        timesteps: Tensor,
        context: Tensor | None,
        y: Tensor | None = None,
    ) -> Control:
        after: list[Tensor | None] = [None] * (self._places[-1] + 1)
        for place, feature in zip(self._places, features, strict=False):
            after[place] = feature
        control: Control = {"input": after[::-1]}
        if len(features) > len(self._places):
            control["middle"] = [features[-1]]
        return control


class AdapterWeights(Loadable[AdapterNetwork]):
    """A T2I-Adapter's weights, held once for all its uses."""

    def __init__(self, weights: Weights, config: Mapping[str, Any]):
        super().__init__(weights, "ControlNet")
        self._config = config

    def make(self) -> AdapterNetwork:
        # Seconds on first use: only whoever runs a model pays.
        from diffusers.models.adapter import T2IAdapter

        places = _XL_PLACES if self._config["adapter_type"] == "full_adapter_xl" else _PLACES
        device, dtype = self.weights.device, self.weights.dtype
        module = construct(lambda: T2IAdapter(**self._config), self.weights.load(), "T2I-Adapter", self.path)
        return AdapterNetwork(stream(module, device, dtype), device, dtype, places, self._config["in_channels"])


def adapter_from(file: WeightsFile) -> AdapterWeights | None:
    """The T2I-Adapter in a file, in its authors' layout or diffusers'; None if the file is something else."""
    names = {name.removeprefix(_PREFIX): name for name in file}
    light = _LIGHT in names and "conv_in.weight" not in names
    if not light and (_FULL in names or _DIFFUSERS in names) and "conv_in.weight" in names:
        config = _full_config({name: file.entries[there].shape for name, there in names.items()})
    elif light:
        config = _light_config({name: file.entries[there].shape for name, there in names.items()})
    else:
        return None
    rename = _from_light if light else str if _DIFFUSERS in names else _from_full
    own = {_PREFIX + rename(name): there for name, there in names.items()}
    device = compute_device()
    return AdapterWeights(Weights(file, own, diffusion_dtype(device), device), config)


def _from_full(name: str) -> str:
    """diffusers' name of a full adapter's parameter; the authors number residual blocks through all levels."""
    if (match := _FULL_PART.fullmatch(name)) is None:
        return name
    number, part = int(match[1]), match[2]
    resnet = "" if part == "in_conv" else f"resnets.{number % _BLOCKS}."
    return f"body.{number // _BLOCKS}.{resnet}{part}.{match[3]}"


def _from_light(name: str) -> str:
    """diffusers' name of a light adapter's parameter in either layout."""
    match = _LIGHT_PART.fullmatch(name)
    return f"body.{match[1]}.resnets.{match[2]}.{match[3]}" if match else name


def _full_config(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    width = _at(shapes, "conv_in.weight", 1)
    xl = width in (256, 768)
    levels = [shapes[name] for name in _level_names(shapes)]
    if not levels or any(len(shape) != 4 for shape in levels):
        raise ModelError("The T2I-Adapter has no levels that are known. Use one in a published layout.")
    return {
        "in_channels": width // (256 if xl else 64),
        "channels": [shape[0] for shape in levels],
        "num_res_blocks": _BLOCKS,
        "downscale_factor": 16 if xl else 8,
        "adapter_type": "full_adapter_xl" if xl else "full_adapter",
    }


def _level_names(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    """The first convolution of each level, in either layout."""
    if _DIFFUSERS in shapes:
        return [name for n in range(8) if (name := f"body.{n}.resnets.0.block1.weight") in shapes]
    return [name for n in range(8) if (name := f"body.{n * _BLOCKS}.block1.weight") in shapes]


def _light_config(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    widths = [_at(shapes, name, 0) for n in range(8) if (name := f"body.{n}.out_conv.weight") in shapes]
    if not widths:
        raise ModelError("The T2I-Adapter has no levels that are known. Use one in a published layout.")
    blocks = sum(
        f"body.0.body.{n}.block1.weight" in shapes or f"body.0.resnets.{n}.block1.weight" in shapes for n in range(16)
    )
    return {
        "in_channels": _at(shapes, _LIGHT, 1) // 64,
        "channels": widths[:-1],
        "num_res_blocks": blocks,
        "downscale_factor": 8,
        "adapter_type": "light_adapter",
    }


def _at(shapes: Mapping[str, tuple[int, ...]], name: str, dim: int) -> int:
    shape = shapes[name]
    if len(shape) != 4:
        raise ModelError(f"The T2I-Adapter's tensor '{name}' has the shape {list(shape)}, which makes no sense there.")
    return shape[dim]
