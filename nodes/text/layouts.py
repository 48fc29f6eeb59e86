"""The layouts in which published files keep text encoders, brought to that of transformers' CLIPTextModel.

Everything here only renames, slices and transposes views: no tensor is copied, so memory-mapped files stay mapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from torch import Tensor

from graphcore.errors import ModelError

# Where a checkpoint of each family keeps its text encoders; of several prefixes, files use one.
_PREFIXES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sd1": {"l": ("cond_stage_model.transformer.",)},
    "sd2": {"h": ("cond_stage_model.model.", "conditioner.embedders.0.model.")},
    "sdxl": {"l": ("conditioner.embedders.0.transformer.",), "g": ("conditioner.embedders.1.model.",)},
    "refiner": {"g": ("conditioner.embedders.0.model.",)},
    "sd3": {"l": ("text_encoders.clip_l.transformer.",), "g": ("text_encoders.clip_g.transformer.",)},
}

_OPEN_CLIP_MARK = "transformer.resblocks.0.ln_1.weight"
_OPEN_CLIP_BLOCK = re.compile(r"transformer\.resblocks\.(\d+)\.(.+)\.(weight|bias)")
_OPEN_CLIP_PARTS = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}
_OPEN_CLIP_IN_PROJ = re.compile(r"transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)")
_OPEN_CLIP_REST = {
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "text_projection.weight": "text_projection.weight",
    "logit_scale": "logit_scale",
}
_TEXT_MODEL_PARTS = ("embeddings.", "encoder.layers.", "final_layer_norm.")

# A block that only the deeper encoders have tells them apart; the deepest first.
_DEPTH_MARKS = {
    "g": "text_model.encoder.layers.30.mlp.fc1.weight",
    "h": "text_model.encoder.layers.22.mlp.fc1.weight",
    "l": "text_model.encoder.layers.0.mlp.fc1.weight",
}
_T5_MARK = "encoder.block.0.layer.0.SelfAttention.k.weight"


def checkpoint_encoders(tensors: Mapping[str, Tensor], family: str) -> dict[str, dict[str, Tensor]]:
    """The text encoders that a checkpoint of `family` ("sd1", "sd2", "sdxl", "refiner", "sd3") has, by name."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, prefixes in _PREFIXES[family].items():
        for prefix in prefixes:
            own = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
            if own:
                found[name] = to_transformers(own)
                break
    return found


def to_transformers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One text encoder's tensors (any layout, no prefix) in transformers' layout, without position ids."""
    rename = _from_open_clip if _OPEN_CLIP_MARK in tensors else _from_transformers
    return dict(pair for name, tensor in tensors.items() for pair in rename(name, tensor))


def kind(tensors: Mapping[str, Tensor]) -> str:
    """Which encoder a file of its own holds, by its depth: "l", "h" or "g". `tensors` are in transformers' layout.

    Raises ModelError for anything else, naming T5 where it is that.
    """
    for name, mark in _DEPTH_MARKS.items():
        if mark in tensors:
            return name
    what = "a T5 text encoder, which is not supported" if _T5_MARK in tensors else "no text encoder that is known"
    raise ModelError(f"The file holds {what}. Choose a CLIP-L, CLIP-G or CLIP-H file.")


def _from_transformers(name: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    if name.endswith("position_ids"):
        return
    if name == "text_projection":
        yield "text_projection.weight", tensor.T
    elif name.startswith(_TEXT_MODEL_PARTS):
        # Some published SD 1 files lack this level.
        yield f"text_model.{name}", tensor
    else:
        yield name, tensor


def _from_open_clip(name: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    if name == "text_projection":
        yield "text_projection.weight", tensor.T
    elif name in _OPEN_CLIP_REST:
        yield _OPEN_CLIP_REST[name], tensor
    elif match := _OPEN_CLIP_IN_PROJ.fullmatch(name):
        for part, third in zip("qkv", tensor.chunk(3), strict=True):
            yield f"text_model.encoder.layers.{match[1]}.self_attn.{part}_proj.{match[2]}", third
    elif (match := _OPEN_CLIP_BLOCK.fullmatch(name)) and match[2] in _OPEN_CLIP_PARTS:
        yield f"text_model.encoder.layers.{match[1]}.{_OPEN_CLIP_PARTS[match[2]]}.{match[3]}", tensor
