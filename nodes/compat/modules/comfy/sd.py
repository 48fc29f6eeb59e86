"""`comfy.sd`: model files as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from torch import Tensor

from nodes.compat import installation
from nodes.compat.stubs import stub
from nodes.models import checkpoint
from nodes.models.lora import LoraFile
from nodes.models.lora_parts import change_of, grouped
from nodes.models.reader import WeightsFile
from nodes.models.vae import Vae
from nodes.text.clip import Clip
from nodes.text.embeddings import EmbeddingFolders
from nodes.text.loading import clip_from_files

load_checkpoint = stub("comfy.sd.load_checkpoint")
load_diffusion_model_state_dict = stub("comfy.sd.load_diffusion_model_state_dict")
StyleModel = stub("comfy.sd.StyleModel")


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


class _VaeType(type):
    """Our VAE under the reference's name: it is what `isinstance` asks for, and what a call makes of tensors."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Vae)

    def __call__(cls, sd: Mapping[str, Tensor] | None = None, **_: Any) -> Vae:
        return Vae.from_tensors(sd or {})


class VAE(metaclass=_VaeType):
    """`VAE(sd=tensors)`."""


class _ClipType(type):
    """The same for text encoders, which come from files only."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Clip)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return stub("comfy.sd.CLIP")(*args, **kwargs)


class CLIP(metaclass=_ClipType):
    """What a CLIP wire carries."""


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
    return parts.model if output_model else None, parts.clip, parts.vae, None


def load_diffusion_model(unet_path: str, model_options: Any = None) -> Any:
    """A diffusion model alone."""
    return checkpoint.load_diffusion_model(unet_path)


def load_unet(unet_path: str, dtype: Any = None) -> Any:
    """The same, under its old name."""
    return load_diffusion_model(unet_path)


def load_clip(
    ckpt_paths: Sequence[str],
    embedding_directory: Any = None,
    clip_type: CLIPType = CLIPType.STABLE_DIFFUSION,
    model_options: Any = None,
) -> Clip:
    """Text encoders from their files."""
    files = [WeightsFile(path) for path in ckpt_paths]
    kind = "sdxl" if len(files) == 2 and clip_type is CLIPType.STABLE_DIFFUSION else clip_type.name.lower()
    return clip_from_files(
        [(file, checkpoint.metadata_config(file)) for file in files], kind, _embeddings(embedding_directory), None
    )


def load_lora_for_models(
    model: Any, clip: Any, lora: Mapping[str, Tensor], strength_model: float, strength_clip: float
) -> tuple[Any, Any]:
    """Model and text encoder with a LoRA's tensors added; either may be None."""
    changes = {target: change for target, parts in grouped(lora).items() if (change := change_of(parts))}
    shapes = {name: tuple(tensor.shape) for name, tensor in lora.items()}
    file = LoraFile(Path("tensors"), changes, shapes)
    return (
        None if model is None else file.on_model(model, strength_model),
        None if clip is None else file.on_clip(clip, strength_clip),
    )
