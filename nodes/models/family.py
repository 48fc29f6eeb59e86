"""Families of diffusion models: which one a checkpoint belongs to, and what follows from that.

Every module in `nodes.models.families` describes one family by a function `detect(candidate) -> Family | None`; adding
a family is adding a module there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.unet_shape import UNetShape, infer_shape
from nodes.sampling.latent_formats import LatentFormat
from nodes.sampling.model_sampling import ModelSampling

# Longest first, as one is the beginning of another.
PREFIXES = ("model.diffusion_model.", "model.model.", "net.")
UNSUPPORTED = {
    "joint_blocks.0.context_block.attn.qkv.weight": "Stable Diffusion 3",
    "double_blocks.0.img_attn.norm.key_norm.scale": "Flux",
    "input_blocks.1.0.time_stack.in_layers.0.weight": "Stable Video Diffusion",
    "label_emb.weight": "the Stable Diffusion x4 upscaler",
    "clf.1.weight": "Stable Cascade",
}


@dataclass(frozen=True)
class Candidate:
    """A checkpoint to be recognised: its UNet's construction and tensors (latent diffusion's names, no prefix).

    `marks` are all tensor names outside the networks, such as `v_pred`, by which files state their parameterisation.
    """

    shape: UNetShape
    unet: Mapping[str, Tensor]
    marks: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Family:
    """What is known about a model from its family; the defaults of a fresh `Model`.

    `name` is also the name of its text encoders' family. `heads` gives attention heads per UNet level. `conditions`
    maps a cond (see `nodes.models.conds`) to further network arguments such as y and c_concat.
    """

    name: str
    title: str
    shape: UNetShape
    heads: tuple[int, ...]
    latent_format: LatentFormat
    sampling: ModelSampling
    conditions: Callable[[Mapping[str, Any]], Mapping[str, Tensor]]
    upcast_attention: bool = False

    @property
    def model_channels(self) -> int:
        return self.shape.model_channels


def default_heads(shape: UNetShape) -> tuple[int, ...]:
    """Attention heads per level as published models have them: 8, or one per 64 channels if projections are linear."""
    if not shape.linear_projection:
        return (8,) * len(shape.channels)
    return tuple(max(1, channels // 64) for channels in shape.channels)


@cache
def detectors() -> tuple[Callable[[Candidate], Family | None], ...]:
    """The `detect` functions of all families, in the order of their module names."""
    package = importlib.import_module("nodes.models.families")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return tuple(importlib.import_module(f"{package.__name__}.{name}").detect for name in names)


def detect(tensors: Mapping[str, Tensor], prefix: str, unet: Mapping[str, Tensor]) -> Family:
    """The family of a checkpoint whose UNet `unet` lies under `prefix` in `tensors`. ModelError if there is none."""
    for mark, title in UNSUPPORTED.items():
        if mark in unet:
            raise ModelError(f"This is a model of {title}, which is not supported. {supported()}")
    shape = infer_shape({name: tuple(tensor.shape) for name, tensor in unet.items()})
    marks = {name.removeprefix(prefix): tensors[name] for name in tensors if name.removeprefix(prefix).count(".") < 2}
    candidate = Candidate(shape, unet, marks)
    for detector in detectors():
        if (family := detector(candidate)) is not None:
            return family
    raise ModelError(
        f"This UNet is of no family that is known: {shape.model_channels} channels, a latent of {shape.in_channels}, "
        f"transformer depths {list(shape.flat_depths)}, context of {shape.context}, vector of {shape.adm}, "
        f"{'linear' if shape.linear_projection else 'convolutional'} projections. {supported()}"
    )


def supported() -> str:
    """A sentence that lists the supported families."""
    titles = [importlib.import_module(detector.__module__).TITLE for detector in detectors()]
    return f"Supported are {', '.join(titles[:-1])} and {titles[-1]}, in latent diffusion's or diffusers' layout."


def unet_prefix(names: Mapping[str, Any]) -> str:
    """The prefix of the diffusion network's tensors in a checkpoint."""
    if "input_blocks.0.0.weight" in names or "conv_in.weight" in names:
        return ""
    counts = {prefix: sum(name.startswith(prefix) for name in names) for prefix in PREFIXES}
    best = max(counts, key=lambda prefix: counts[prefix])
    return best if counts[best] > 5 else "model."
