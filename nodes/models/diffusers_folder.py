"""Models in diffusers' layout on disk: a folder with an index and a folder for each part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint, load_diffusion_model, load_vae
from nodes.models.reader import WeightsFile
from nodes.text.families import FAMILIES
from nodes.text.loading import clip_from_files

if TYPE_CHECKING:
    from nodes.text.clip import Clip
    from nodes.text.embeddings import EmbeddingFolders

NAMES = ("diffusion_pytorch_model", "model")
VARIANTS = ("", ".fp16", ".non_ema")
TYPES = {"sdxl": "sdxl", "sd3": "sd3"}  # family -> the loader's word for its text encoders


def load_folder(folder: Path, embeddings: EmbeddingFolders | None = None) -> Checkpoint:
    """The parts of a model. Raises ModelError, naming the file, for parts that are missing or of an unknown kind."""
    model = load_diffusion_model(_weights(folder, "unet"))
    encoders = [part for part in ("text_encoder", "text_encoder_2") if (folder / part).is_dir()]
    clip = _clip(folder, encoders, model.family.name, embeddings) if encoders else None
    return Checkpoint(model, clip, load_vae(_weights(folder, "vae")))


def _clip(folder: Path, parts: Sequence[str], family: str, embeddings: EmbeddingFolders | None) -> Clip:
    keys = [rule.key for rule in FAMILIES[family].encoders.values()]
    files = []
    for part in parts:
        config = {key: _config(folder / part / "config.json") for key in keys}
        files.append((WeightsFile(_weights(folder, part)), config))
    return clip_from_files(files, TYPES.get(family, "stable_diffusion"), embeddings)


def _weights(folder: Path, part: str) -> Path:
    tries = [folder / part / f"{name}{variant}.safetensors" for name in NAMES for variant in VARIANTS]
    found = next((path for path in tries if path.is_file()), None)
    if found is None:
        raise ModelError(
            f"{folder / part} holds no weights as safetensors: fetch {tries[0].name} or {tries[len(VARIANTS)].name} "
            "for it. Old .bin files can be converted by `graphcore models convert`."
        )
    return found


def _config(path: Path) -> dict[str, Any]:
    """What a text encoder's shapes cannot tell."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    names = ("num_attention_heads", "layer_norm_eps")
    return {name: config[name] for name in names if name in config} if isinstance(config, dict) else {}
