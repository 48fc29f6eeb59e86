"""CLIP's picture encoders: what unCLIP models, style models and IP-Adapters see of a picture (arXiv:2103.00020)."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import ModelError
from nodes.models.device import compute_device
from nodes.models.loadable import Loadable
from nodes.models.reader import WeightsFile, named
from nodes.models.streaming import stream
from nodes.models.unet import construct
from nodes.models.weights import Weights

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
# Published encoders have 16 heads but for the smallest; others get one per 64 channels.
_HEADS = {768: 12, 1024: 16, 1280: 16, 1664: 16}
# OpenAI's own, which are not deeper than this, compute GELU by a sigmoid.
_OPENAI_DEPTH = 24
_MARK = "vision_model.embeddings.class_embedding"
_LAYER = re.compile(r"vision_model\.encoder\.layers\.(\d+)\.")
_OPEN_CLIP_LAYER = re.compile(r"visual\.transformer\.resblocks\.(\d+)\.(.+)")
_OPEN_CLIP = {
    "visual.class_embedding": _MARK,
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
    "visual.proj": "visual_projection.weight",
}
_OPEN_CLIP_PARTS = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}


@dataclass(frozen=True, eq=False)
class ClipVisionOutput:
    """What an encoder says of pictures; also by name, as in `output["image_embeds"]`.

    `last_hidden_state` and `penultimate_hidden_states` [B,T,C]: class token first, before the last norm.
    `image_embeds` [B,E]: the pictures as vectors in the space of CLIP's texts.
    """

    last_hidden_state: Tensor
    penultimate_hidden_states: Tensor
    image_embeds: Tensor

    def __getitem__(self, name: str) -> Tensor:
        found: Tensor = getattr(self, name)
        return found


class ClipVision(Loadable[Any]):
    """A picture encoder; its weights are loaded when first used."""

    def __init__(self, weights: Weights, config: Mapping[str, Any]):
        super().__init__(weights, "CLIP vision model")
        self._config = config

    @property
    def size(self) -> int:
        """Pixels that a picture is brought to, each way."""
        size: int = self._config["image_size"]
        return size

    @torch.no_grad()
    def encode_image(self, image: Tensor, crop: bool = True) -> ClipVisionOutput:
        """Encode pictures [B,H,W,C] in 0..1: their middle squares, or all of them squeezed where `crop` is False."""
        pixels = preprocess(image, self.size, crop).to(self.weights.device)
        output = self.network()(pixels, output_hidden_states=True)
        hidden = output.hidden_states
        return ClipVisionOutput(hidden[-1].cpu(), hidden[-2].cpu(), output.image_embeds.cpu())

    def make(self) -> Any:
        # Seconds on first use: only whoever runs a model pays.
        from transformers.models.clip.configuration_clip import CLIPVisionConfig
        from transformers.models.clip.modeling_clip import CLIPVisionModelWithProjection

        config, device = CLIPVisionConfig(**self._config), self.weights.device
        module = construct(
            lambda: CLIPVisionModelWithProjection(config), self.weights.load(), "CLIP vision model", self.path
        )
        embeddings = module.vision_model.embeddings
        # Counted out, not loaded: newer files have no position ids, and older ones sometimes wrong ones.
        embeddings.position_ids = torch.arange(embeddings.num_positions, device=device)[None]
        return stream(module, device, self.weights.dtype)


def preprocess(image: Tensor, size: int, crop: bool) -> Tensor:
    """[B,H,W,C] in 0..1 as CLIP was trained on: [B,3,size,size], normalised, from 8-bit values."""
    pixels = image[..., :3].movedim(-1, 1).float()
    height, width = pixels.shape[-2:]
    if (height, width) != (size, size):
        scale = size / min(height, width)
        target = (round(height * scale), round(width * scale)) if crop else (size, size)
        pixels = F.interpolate(pixels, size=target, mode="bicubic", antialias=True)
        top, left = (pixels.shape[-2] - size) // 2, (pixels.shape[-1] - size) // 2
        pixels = pixels[..., top : top + size, left : left + size]
    pixels = (pixels * 255).clamp(0, 255).round() / 255
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (MEAN, STD))
    return (pixels - mean) / std


def load_clip_vision(path: str | os.PathLike[str]) -> ClipVision:
    """Open a CLIP picture encoder, in transformers' or open_clip's layout.

    Raises ModelError if the file is damaged, unsafe or of another kind.
    """
    file = WeightsFile(path)
    with named(file.path):
        tensors = dict(_in_transformers_layout(file))
        if _MARK not in tensors or "visual_projection.weight" not in tensors:
            raise ModelError(
                "This is no CLIP vision model. Choose the picture encoder of CLIP-L, CLIP-H or CLIP-G; text encoders "
                "are loaded with a CLIP loader."
            )
        try:
            config = _config({name: tuple(tensor.shape) for name, tensor in tensors.items()})
        except (KeyError, IndexError, ValueError):
            raise ModelError("The CLIP vision model in this file is incomplete. Fetch the file again.") from None
        names = {name: name for name in tensors}
        return ClipVision(Weights(tensors, names, torch.float32, compute_device()), config)


def _config(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    width = shapes[_MARK][-1]
    patch = shapes["vision_model.embeddings.patch_embedding.weight"][-1]
    positions = shapes["vision_model.embeddings.position_embedding.weight"][0]
    layers = 1 + max(int(match[1]) for name in shapes if (match := _LAYER.match(name)))
    return {
        "hidden_size": width,
        "intermediate_size": shapes["vision_model.encoder.layers.0.mlp.fc1.weight"][0],
        "projection_dim": shapes["visual_projection.weight"][0],
        "num_hidden_layers": layers,
        "num_attention_heads": _HEADS.get(width, max(1, width // 64)),
        "image_size": math.isqrt(positions - 1) * patch,
        "patch_size": patch,
        "hidden_act": "quick_gelu" if layers <= _OPENAI_DEPTH else "gelu",
    }


def _in_transformers_layout(file: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    for name in file:
        own = name.removeprefix("embedder.model.")
        if own.startswith(("vision_model.", "visual_projection.")) and not own.endswith("position_ids"):
            yield own, file[name]
        elif own in _OPEN_CLIP:
            yield _OPEN_CLIP[own], file[name].T if own == "visual.proj" else file[name]
        elif match := _OPEN_CLIP_LAYER.fullmatch(own):
            yield from _layer(f"vision_model.encoder.layers.{match[1]}", match[2], file[name])


def _layer(layer: str, part: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    if part.startswith("attn.in_proj_"):
        kind = part.removeprefix("attn.in_proj_")
        for letter, piece in zip("qkv", tensor.chunk(3), strict=True):
            yield f"{layer}.self_attn.{letter}_proj.{kind}", piece
        return
    module, _, kind = part.rpartition(".")
    yield f"{layer}.{_OPEN_CLIP_PARTS[module]}.{kind}", tensor
