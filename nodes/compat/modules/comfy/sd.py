"""`comfy.sd`: model files as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from torch import Tensor

from nodes.compat import installation
from nodes.compat.handles.boundary import given, taken
from nodes.compat.handles.clip import CLIP
from nodes.compat.handles.from_tensors import opened
from nodes.compat.handles.vae import VAE
from nodes.models import checkpoint, style_model
from nodes.models.lora import LoraFile
from nodes.models.lora_parts import change_of, grouped
from nodes.models.reader import WeightsFile
from nodes.models.style_model import Redux as StyleModel
from nodes.text.embeddings import EmbeddingFolders
from nodes.text.loading import clip_from_files

__all__ = ["CLIP", "VAE", "StyleModel"]


class CLIPType(Enum):
    """What a text encoder is for."""

    STABLE_DIFFUSION = 1
    STABLE_CASCADE = 2
    SD3 = 3
    STABLE_AUDIO = 4
    HUNYUAN_DIT = 5
    FLUX = 6
    MOCHI = 7
    LTXV = 8
    HUNYUAN_VIDEO = 9
    PIXART = 10
    COSMOS = 11
    LUMINA2 = 12
    WAN = 13
    HIDREAM = 14
    CHROMA = 15
    ACE = 16
    OMNIGEN2 = 17
    QWEN_IMAGE = 18
    HUNYUAN_IMAGE = 19
    HUNYUAN_VIDEO_15 = 20
    OVIS = 21
    KANDINSKY5 = 22
    KANDINSKY5_IMAGE = 23
    NEWBIE = 24
    FLUX2 = 25


def _embeddings(directory: Any = None) -> EmbeddingFolders:
    given = [directory] if isinstance(directory, str | Path) else list(directory or ())
    return EmbeddingFolders(tuple(Path(path) for path in given or installation.current.folders.roots("embeddings")))


def load_checkpoint_guess_config(
    ckpt_path: str,
    output_vae: bool = True,
    output_clip: bool = True,
    output_clipvision: bool = False,
    embedding_directory: Any = None,
    output_model: bool = True,
    model_options: Any = None,
    te_model_options: Any = None,
) -> tuple[Any, Any, Any, None]:
    """(model, clip, vae, None) of a checkpoint; nothing is loaded before it is used, so all are given."""
    parts = checkpoint.load_checkpoint(ckpt_path, _embeddings(embedding_directory))
    return given(parts.model) if output_model else None, given(parts.clip), given(parts.vae), None


def load_checkpoint(
    config_path: Any = None,
    ckpt_path: Any = None,
    output_vae: bool = True,
    output_clip: bool = True,
    embedding_directory: Any = None,
    state_dict: Any = None,
    config: Any = None,
) -> tuple[Any, Any, Any]:
    """(model, clip, vae) of a checkpoint; what the old configuration files say is read from the file itself."""
    model, clip, vae, _ = load_checkpoint_guess_config(ckpt_path, output_vae, output_clip, False, embedding_directory)
    return model, clip, vae


def load_diffusion_model(unet_path: str, model_options: Any = None) -> Any:
    """A diffusion model alone."""
    return given(checkpoint.load_diffusion_model(unet_path))


def load_diffusion_model_state_dict(sd: Mapping[str, Tensor], model_options: Any = None, **_: Any) -> Any:
    """A diffusion model of tensors, by any of the layouts that files have."""
    return opened(sd, load_diffusion_model)


load_unet_state_dict = load_diffusion_model_state_dict


def load_state_dict_guess_config(
    sd: Mapping[str, Tensor],
    output_vae: bool = True,
    output_clip: bool = True,
    output_clipvision: bool = False,
    embedding_directory: Any = None,
    output_model: bool = True,
    model_options: Any = None,
    te_model_options: Any = None,
    metadata: Mapping[str, str] | None = None,
) -> tuple[Any, Any, Any, None]:
    """(model, clip, vae, None) of a checkpoint's tensors."""

    def load(path: str) -> tuple[Any, Any, Any, None]:
        return load_checkpoint_guess_config(
            path, output_vae, output_clip, output_clipvision, embedding_directory, output_model
        )

    return opened(sd, load, metadata)


def load_style_model(ckpt_path: str) -> Any:
    """A style model from its file."""
    return style_model.load_style_model(ckpt_path)


def load_unet(unet_path: str, dtype: Any = None) -> Any:
    """The same, under its old name."""
    return load_diffusion_model(unet_path)


def load_clip(
    ckpt_paths: Sequence[str],
    embedding_directory: Any = None,
    clip_type: CLIPType = CLIPType.STABLE_DIFFUSION,
    model_options: Any = None,
) -> CLIP:
    """Text encoders from their files."""
    files = [WeightsFile(path) for path in ckpt_paths]
    kind = "sdxl" if len(files) == 2 and clip_type is CLIPType.STABLE_DIFFUSION else clip_type.name.lower()
    pairs = [(file, checkpoint.metadata_config(file)) for file in files]
    found: CLIP = given(clip_from_files(pairs, kind, _embeddings(embedding_directory), None))
    return found


def load_text_encoder_state_dicts(
    state_dicts: Sequence[Mapping[str, Tensor]] = (),
    embedding_directory: Any = None,
    clip_type: CLIPType = CLIPType.STABLE_DIFFUSION,
    model_options: Any = None,
) -> CLIP:
    """Text encoders of tensors."""

    def open_next(paths: list[str]) -> CLIP:
        if len(paths) == len(state_dicts):
            return load_clip(paths, embedding_directory, clip_type)
        return opened(state_dicts[len(paths)], lambda path: open_next([*paths, path]))

    return open_next([])


def load_lora_for_models(
    model: Any, clip: Any, lora: Mapping[str, Tensor], strength_model: float, strength_clip: float
) -> tuple[Any, Any]:
    """Model and text encoder with a LoRA's tensors added; either may be None."""
    changes = {target: change for target, parts in grouped(lora).items() if (change := change_of(parts))}
    shapes = {name: tuple(tensor.shape) for name, tensor in lora.items()}
    file = LoraFile(Path("tensors"), changes, shapes)
    return (
        None if model is None else given(file.on_model(taken(model), strength_model)),
        None if clip is None else given(file.on_clip(taken(clip), strength_clip)),
    )


def model_detection_error_hint(path: str, state_dict: Any) -> str:
    """A hint for a file that is no model."""
    return ""
