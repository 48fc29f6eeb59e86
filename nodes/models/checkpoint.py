"""Opens checkpoints and diffusion-model files; nothing is loaded before it is used."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from graphcore.errors import ModelError
from nodes.models.device import compute_device, diffusion_dtype
from nodes.models.family import Family, detect, supported, unet_prefix
from nodes.models.model import Model
from nodes.models.reader import WeightsFile, named
from nodes.models.unet_keys import from_diffusers, to_diffusers
from nodes.models.vae import PREFIX as VAE_PREFIX
from nodes.models.vae import Vae
from nodes.models.weights import Weights
from nodes.text.loading import clip_from_checkpoint

if TYPE_CHECKING:
    from nodes.text.clip import Clip
    from nodes.text.embeddings import EmbeddingFolders

CONFIG_KEY = "graphcore.config"  # metadata: JSON of component -> what its shapes cannot tell
TEXT_PREFIXES = ("cond_stage_model.", "conditioner.embedders.", "text_encoders.")
# Files that people mistake for checkpoints: part of a tensor name -> what the file is and where it belongs.
MISTAKEN = {
    "lora_down": "It looks like a LoRA: load it with a LoRA loader. ",
    "lora_A.": "It looks like a LoRA: load it with a LoRA loader. ",
    "zero_convs.": "It looks like a ControlNet: load it with a ControlNet loader. ",
    "controlnet_cond_embedding.": "It looks like a ControlNet: load it with a ControlNet loader. ",
    "decoder.up": "It looks like a VAE: load it with a VAE loader. ",
    "text_model.encoder.": "It looks like a text encoder: load it with a CLIP loader. ",
}


class Checkpoint(NamedTuple):
    """A checkpoint's parts. Files without text encoder or VAE give None there."""

    model: Model
    clip: Clip | None
    vae: Vae | None


def load_checkpoint(path: str | os.PathLike[str], embeddings: EmbeddingFolders | None = None) -> Checkpoint:
    """Open a checkpoint: model, text encoders and VAE. `embeddings` are the folders for prompts' embedding:name.

    Raises ModelError for files that are damaged, unsafe, or of an unknown family.
    """
    file = WeightsFile(path)
    with named(file.path):
        model = _model(file)
        return Checkpoint(model, _clip(file, model.family, embeddings), _vae(file))


def load_diffusion_model(path: str | os.PathLike[str], storage: torch.dtype | None = None) -> Model:
    """Open a file that holds a diffusion network alone, in latent diffusion's layout (any prefix) or diffusers'.

    `storage` is a smaller number format to keep matrices in; they compute in the usual one all the same.
    """
    file = WeightsFile(path)
    with named(file.path):
        return _model(file, storage)


def load_vae(path: str | os.PathLike[str]) -> Vae:
    """Open a VAE file, in latent diffusion's layout (with or without prefix) or diffusers'."""
    file = WeightsFile(path)
    with named(file.path):
        return _vae(file) or Vae.from_tensors(file, config=metadata_config(file).get("vae", {}))


def metadata_config(file: WeightsFile) -> Mapping[str, Mapping[str, Any]]:
    """What the file says about itself that its shapes cannot tell: component -> overrides."""
    try:
        config = json.loads(file.metadata.get(CONFIG_KEY, "{}"))
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict) or not all(isinstance(value, dict) for value in config.values()):
        raise ModelError(f"The metadata '{CONFIG_KEY}' should be a JSON object of objects; correct or remove it.")
    return config


def _model(file: WeightsFile, storage: torch.dtype | None = None) -> Model:
    prefix = unet_prefix(file.entries)
    names = {name.removeprefix(prefix): name for name in file if name.startswith(prefix)}
    if "down_blocks.0.resnets.0.norm1.weight" in names:
        names = {here: names[there] for there, here in from_diffusers(names).items()}
    if not names:
        hint = next((text for mark, text in MISTAKEN.items() if any(mark in name for name in file)), "")
        raise ModelError(f"There is no diffusion model in this file. {hint}{supported()}")
    family = detect(file, prefix, {name: file[there] for name, there in names.items()})
    own = to_diffusers(names, family.shape)
    device = compute_device()
    kept = {name: names[name] for name in own}
    weights = Weights(file, kept, diffusion_dtype(device), device, storage=storage)
    return _with_stated_preview(Model.of(family, weights), metadata_config(file))


def _with_stated_preview(model: Model, config: Mapping[str, Mapping[str, Any]]) -> Model:
    """With the small decoder for previews that the file names: its latents may be none of its family's."""
    taesd = config.get("latent_format", {}).get("taesd")
    if taesd is None:
        return model
    if not isinstance(taesd, str):
        raise ModelError(f"The metadata '{CONFIG_KEY}' should name the decoder for previews; correct or remove it.")
    return model.with_sampling(model.sampling, replace(model.latent_format, taesd=taesd))


def _clip(file: WeightsFile, family: Family, embeddings: EmbeddingFolders | None) -> Clip | None:
    own = {name: file[name] for name in file if name.startswith(TEXT_PREFIXES)}
    try:
        return clip_from_checkpoint(own, family.name, metadata_config(file), embeddings) if own else None
    except (IndexError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"The text encoder in this file has impossible sizes ({error}). Fetch the file again."
        ) from None


def _vae(file: WeightsFile) -> Vae | None:
    if not any(name.startswith(VAE_PREFIX) for name in file):
        return None
    return Vae.from_tensors(file, VAE_PREFIX, metadata_config(file).get("vae", {}))
