"""Saves models, text encoders and VAEs, patches included, in the layouts of published checkpoints."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.checkpoint import CONFIG_KEY
from nodes.models.merge import EncoderWeights
from nodes.models.model import PREFIX, Model
from nodes.models.vae import PREFIX as VAE_PREFIX
from nodes.models.vae import Vae
from nodes.models.vae_keys import VaeShape, to_ldm
from nodes.models.writer import Row, write
from nodes.sampling.predictions import V
from nodes.sampling.sigma_tables import ContinuousEdm

if TYPE_CHECKING:
    from nodes.text.clip import Clip

UNET_PREFIX = "model.diffusion_model."
# Family -> text encoder -> where a checkpoint keeps it.
TEXT_PREFIXES = {
    "sd1": {"l": "cond_stage_model.transformer."},
    "sd2": {"h": "cond_stage_model.model."},
    "sdxl": {"l": "conditioner.embedders.0.transformer.", "g": "conditioner.embedders.1.model."},
    "refiner": {"g": "conditioner.embedders.0.model."},
}
ARCHITECTURES = {"sdxl": "stable-diffusion-xl-v1-base", "refiner": "stable-diffusion-xl-v1-refiner"}
HIGHEST_PLAIN_SIGMA = 1000.0  # no table reaches it whose last step is not (nearly) pure noise
_LAYER = re.compile(r"text_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)")
_PROJECTION = "text_projection.weight"
_OPEN_CLIP_PARTS = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
_OPEN_CLIP_REST = {
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
    "logit_scale": "logit_scale",
}


def save_checkpoint(
    path: str | os.PathLike[str],
    model: Model,
    clip: Clip | None = None,
    vae: Vae | None = None,
    metadata: Mapping[str, str] | None = None,
    title: str = "",
) -> None:
    """Write one file with everything given. `metadata` is kept in the file, `title` too where the family has one."""
    rows = [*model_rows(model, UNET_PREFIX), *marks(model)]
    config = model_config(model)
    if clip is not None:
        for encoder, prefix in TEXT_PREFIXES[clip.family.name].items():
            rows += text_rows(clip, encoder, prefix)
        config |= text_config(clip)
    if vae is not None:
        rows += vae_rows(vae, VAE_PREFIX)
        config |= vae_config(vae)
    write(path, rows, {**model_metadata(model, title), **(metadata or {}), **_stated(config)})


def save_model(path: str | os.PathLike[str], model: Model, metadata: Mapping[str, str] | None = None) -> None:
    """Write a diffusion model alone."""
    described = {**model_metadata(model), **(metadata or {}), **_stated(model_config(model))}
    write(path, [*model_rows(model, UNET_PREFIX), *marks(model)], described)


def save_vae(path: str | os.PathLike[str], vae: Vae, metadata: Mapping[str, str] | None = None) -> None:
    """Write a VAE alone, in latent diffusion's layout."""
    rows = list(vae_rows(vae))
    write(path, rows, {**(metadata or {}), **_stated(vae_config(vae))})


def save_text_encoder(
    path: str | os.PathLike[str], clip: Clip, encoder: str, metadata: Mapping[str, str] | None = None
) -> None:
    """Write the text encoder called `encoder` alone, in transformers' layout."""
    owner, weights = EncoderWeights(clip, encoder), clip.encoders[encoder].weights
    config = {key: value for key, value in text_config(clip).items() if key == clip.family.encoders[encoder].key}
    described = {**(metadata or {}), **_stated(config)}
    write(path, [_text_row(name, owner, name, weights[name]) for name in weights], described)


def model_rows(model: Model, prefix: str = "") -> Iterator[Row]:
    """The diffusion network in latent diffusion's layout, in the format that it is kept in."""
    for name, shape in model.shapes().items():
        yield Row(prefix + name, model.weights.weights.dtype, shape, partial(model.patched, PREFIX + name))


def vae_rows(vae: Vae, prefix: str = "") -> Iterator[Row]:
    """The VAE in latent diffusion's layout; attention's linear layers become 1x1 convolutions again."""
    if not isinstance(vae, Vae):
        raise ModelError("This VAE has no weights to save; leave the VAE out.")
    weights = vae.weights.weights
    for there, here in to_ldm(weights.names).items():
        tensor = weights.raw(there)
        shape = tuple(tensor.shape)
        if ".attn_1." in here and len(shape) == 2:
            shape = (*shape, 1, 1)
        yield Row(prefix + here, weights.dtype, shape, partial(tensor.reshape, shape))


def text_rows(clip: Clip, encoder: str, prefix: str) -> Iterator[Row]:
    """A text encoder in its checkpoint's layout: transformers' for CLIP-L, open_clip's for the others."""
    owner, weights = EncoderWeights(clip, encoder), clip.encoders[encoder].weights
    if encoder != "l":
        yield from _open_clip_rows(owner, weights, prefix)
        return
    for name, tensor in weights.items():
        if name.startswith("text_model."):  # Stable Diffusion 1 and SDXL use no projection of this one
            yield _text_row(prefix + name, owner, name, tensor)


def marks(model: Model) -> Iterator[Row]:
    """Tensors by which a file states a parameterisation that its weights do not show."""
    if not isinstance(model.sampling.prediction, V):
        return
    table = model.sampling.table
    if isinstance(table, ContinuousEdm):
        yield Row.of("edm_vpred.sigma_max", torch.tensor(table.sigma_max))
        yield Row.of("edm_vpred.sigma_min", torch.tensor(table.sigma_min))
        return
    yield Row.of("v_pred", torch.empty(0))
    if model.sampling.sigma_max > HIGHEST_PLAIN_SIGMA:
        yield Row.of("ztsnr", torch.empty(0))


def model_metadata(model: Model, title: str = "") -> dict[str, str]:
    """The description that model catalogues read (modelspec), for the families that have one."""
    predicts = {"modelspec.predict_key": "v" if isinstance(model.sampling.prediction, V) else "epsilon"}
    architecture = ARCHITECTURES.get(model.family.name)
    if architecture is None:
        return predicts
    return {
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.implementation": "sgm",
        "modelspec.architecture": architecture,
        "modelspec.title": title,
        **predicts,
    }


def text_config(clip: Clip) -> dict[str, Any]:
    """What the text encoders' shapes do not tell: head counts other than one per 64 channels."""
    config = {}
    for name, encoder in clip.encoders.items():
        heads = encoder.config.num_attention_heads
        if heads != encoder.config.hidden_size // 64:
            config[clip.family.encoders[name].key] = {"num_attention_heads": heads}
    return config


def vae_config(vae: Vae) -> dict[str, Any]:
    """What the VAE's shapes do not tell: groups of its norms other than the published ones' 32."""
    usual, groups = VaeShape.groups, vae.shape.groups
    return {} if groups == usual else {"vae": {"norm_num_groups": groups}}


def model_config(model: Model) -> dict[str, Any]:
    """What the network's shapes do not tell: a decoder for previews other than its family's."""
    taesd = model.latent_format.taesd
    return {} if taesd in (None, model.family.latent_format.taesd) else {"latent_format": {"taesd": taesd}}


def _stated(config: Mapping[str, Any]) -> dict[str, str]:
    return {CONFIG_KEY: json.dumps(config)} if config else {}


def _text_row(target: str, owner: EncoderWeights, name: str, like: Tensor) -> Row:
    return Row(target, like.dtype, tuple(like.shape), lambda: owner.patched(name))


def _open_clip_rows(owner: EncoderWeights, weights: Mapping[str, Tensor], prefix: str) -> Iterator[Row]:
    for name, tensor in weights.items():
        if name in _OPEN_CLIP_REST:
            yield _text_row(prefix + _OPEN_CLIP_REST[name], owner, name, tensor)
        elif name == _PROJECTION:
            shape = tuple(tensor.T.shape)
            yield Row(
                f"{prefix}text_projection", tensor.dtype, shape, lambda: owner.patched("text_projection.weight").T
            )
        elif match := _LAYER.fullmatch(name):
            block = f"{prefix}transformer.resblocks.{match[1]}"
            if match[2] in _OPEN_CLIP_PARTS:
                yield _text_row(f"{block}.{_OPEN_CLIP_PARTS[match[2]]}.{match[3]}", owner, name, tensor)
            elif match[2] == "self_attn.q_proj":
                yield _fused(f"{block}.attn.in_proj_{match[3]}", owner, name, tensor)


def _fused(target: str, owner: EncoderWeights, q: str, like: Tensor) -> Row:
    """Queries, keys and values as the one matrix that open_clip has."""
    names = [q.replace("q_proj", f"{part}_proj") for part in "qkv"]
    shape = (like.shape[0] * 3, *like.shape[1:])
    return Row(target, like.dtype, shape, lambda: torch.cat([owner.patched(name) for name in names]))
