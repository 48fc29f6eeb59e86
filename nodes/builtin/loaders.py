"""Loaders: model files as values. A file is opened here and read when something uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from graphcore import Choice, Clip, ClipVision, ControlNet, Folders, Model, ModelFile, Range, Run, Socket, Vae
from graphcore.widgets import Widget
from nodes.builtin.pack import pack

if TYPE_CHECKING:
    from nodes.text.embeddings import EmbeddingFolders

CheckpointName = Annotated[str, ModelFile("checkpoints")]
LoraName = Annotated[str, ModelFile("loras")]
ControlNetName = Annotated[str, ModelFile("controlnet")]
EncoderName = Annotated[str, ModelFile("text_encoders")]
Strength = Annotated[float, Range(-100.0, 100.0, step=0.01)]
Device = Annotated[Literal["default", "cpu"] | None, Widget(extra={"advanced": True})]
ClipType = Literal[
    "stable_diffusion",
    "stable_cascade",
    "sd3",
    "stable_audio",
    "mochi",
    "ltxv",
    "pixart",
    "cosmos",
    "lumina2",
    "wan",
    "hidream",
    "chroma",
    "ace",
    "omnigen2",
    "qwen_image",
    "hunyuan_image",
]
LoraModel = Annotated[Any, Socket("LORA_MODEL")]
DualClipType = Literal["sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image"]


class Checkpoint(NamedTuple):
    """The parts of a checkpoint."""

    MODEL: Model
    CLIP: Clip
    VAE: Vae


class CheckpointWithVision(NamedTuple):
    """The parts of a checkpoint that pictures can prompt."""

    MODEL: Model
    CLIP: Clip
    VAE: Vae
    CLIP_VISION: ClipVision


class ModelAndClip(NamedTuple):
    """A model and the text encoder that goes with it."""

    MODEL: Model
    CLIP: Clip


def _embeddings(run: Run) -> EmbeddingFolders:
    from nodes.text.embeddings import EmbeddingFolders

    return EmbeddingFolders(tuple(run.folders.roots("embeddings")))


@pack.node(id="CheckpointLoaderSimple", title="Load Checkpoint", category="loaders", lane="io")
def load_checkpoint(ckpt_name: CheckpointName, *, run: Run) -> Checkpoint:
    """A checkpoint's diffusion model, text encoder and VAE. What kind of model it is shows in the file."""
    from nodes.models.checkpoint import load_checkpoint

    return Checkpoint(*load_checkpoint(run.folders.find("checkpoints", ckpt_name), _embeddings(run)))


@pack.node(id="unCLIPCheckpointLoader", title="unCLIPCheckpointLoader", category="loaders", lane="io")
def load_unclip_checkpoint(ckpt_name: CheckpointName, *, run: Run) -> CheckpointWithVision:
    """A checkpoint that pictures can prompt: model, text encoder, VAE and its encoder of pictures."""
    from nodes.models.checkpoint import load_checkpoint
    from nodes.models.clip_vision import load_clip_vision

    path = run.folders.find("checkpoints", ckpt_name)
    return CheckpointWithVision(*load_checkpoint(path, _embeddings(run)), load_clip_vision(path))


@pack.node(
    id="CheckpointLoader",
    title="Load Checkpoint With Config (DEPRECATED)",
    category="advanced/loaders",
    lane="io",
    deprecated=True,
)
def load_checkpoint_with_config(
    config_name: Annotated[str, ModelFile("configs")], ckpt_name: CheckpointName, *, run: Run
) -> Checkpoint:
    """The same as Load Checkpoint: configuration files are not needed any more, the checkpoint says what it is."""
    return load_checkpoint(ckpt_name, run=run)


def _diffusers_folders(folders: Folders) -> list[str]:
    from nodes.models.diffusers_index import folders_in

    return folders_in(folders.roots("diffusers"))


@pack.node(id="DiffusersLoader", title="DiffusersLoader", category="advanced/loaders/deprecated", lane="io")
def load_diffusers(model_path: Annotated[str, Choice(_diffusers_folders)], *, run: Run) -> Checkpoint:
    """A model in diffusers' layout: a folder with model_index.json below models/diffusers."""
    from nodes.models.diffusers_folder import load_folder

    found = (root / model_path for root in run.folders.roots("diffusers"))
    return Checkpoint(*load_folder(next(path for path in found if path.is_dir()), _embeddings(run)))


@pack.node(id="UNETLoader", title="Load Diffusion Model", category="advanced/loaders", lane="io")
def load_diffusion_model(
    unet_name: Annotated[str, ModelFile("diffusion_models")],
    weight_dtype: Literal["default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"],
    *,
    run: Run,
) -> Model:
    """A diffusion model alone. fp8 keeps its matrices in a byte a number, for a quarter to half of the memory.

    They compute in the device's usual format all the same ("fast" as well): pictures change a little, times do not.
    """
    import torch

    from nodes.models.checkpoint import load_diffusion_model

    formats = {"fp8_e4m3fn": torch.float8_e4m3fn, "fp8_e4m3fn_fast": torch.float8_e4m3fn, "fp8_e5m2": torch.float8_e5m2}
    path = run.folders.find("diffusion_models", unet_name)
    return load_diffusion_model(path, formats.get(weight_dtype))


@pack.node(id="VAELoader", title="Load VAE", category="loaders", lane="io")
def load_vae(vae_name: Annotated[str, ModelFile("vae", others=("pixel_space",))], *, run: Run) -> Vae:
    """A VAE alone, in place of the one in a checkpoint; 'pixel_space' is for models that work on pixels."""
    from nodes.models.checkpoint import load_vae
    from nodes.models.pixel_space import PixelSpace

    if vae_name == "pixel_space":
        return PixelSpace()
    return load_vae(run.folders.find("vae", vae_name))


def _load_clip(names: list[str], type: str, device: str | None, run: Run) -> Clip:
    from nodes.models.checkpoint import metadata_config
    from nodes.models.reader import WeightsFile
    from nodes.text.loading import clip_from_files

    files = [WeightsFile(run.folders.find("text_encoders", name)) for name in names]
    parts = [(file, metadata_config(file)) for file in files]
    return clip_from_files(parts, type, _embeddings(run), "cpu" if device == "cpu" else None)


@pack.node(id="CLIPLoader", title="Load CLIP", category="advanced/loaders", lane="io")
def load_clip(clip_name: EncoderName, type: ClipType, device: Device = "default", *, run: Run) -> Clip:
    """One text encoder: CLIP-L for SD1, CLIP-H for SD2, CLIP-G for the SDXL refiner."""
    return _load_clip([clip_name], type, device, run)


@pack.node(id="DualCLIPLoader", title="DualCLIPLoader", category="advanced/loaders", lane="io")
def load_dual_clip(
    clip_name1: EncoderName, clip_name2: EncoderName, type: DualClipType, device: Device = "default", *, run: Run
) -> Clip:
    """Two text encoders in either order: CLIP-L and CLIP-G for SDXL."""
    return _load_clip([clip_name1, clip_name2], type, device, run)


@pack.node(id="LoraLoader", title="Load LoRA", category="loaders", lane="io")
def load_lora(
    *,
    model: Model,
    clip: Clip,
    lora_name: LoraName,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    run: Run,
) -> ModelAndClip:
    """Change a model and its text encoder by a LoRA. Several can be chained."""
    from nodes.models.lora import load_lora

    if strength_model == 0 and strength_clip == 0:
        return ModelAndClip(model, clip)
    lora = load_lora(run.folders.find("loras", lora_name))
    encoder = None if clip is None else lora.on_clip(clip, strength_clip)  # a checkpoint may have none
    return ModelAndClip(lora.on_model(model, strength_model), encoder)


@pack.node(id="LoraLoaderModelOnly", title="LoraLoaderModelOnly", category="loaders", lane="io")
def load_lora_model_only(*, model: Model, lora_name: LoraName, strength_model: Strength = 1.0, run: Run) -> Model:
    """Change a model by a LoRA and leave its text encoder alone."""
    from nodes.models.lora import load_lora

    if strength_model == 0:
        return model
    return load_lora(run.folders.find("loras", lora_name)).on_model(model, strength_model)


@pack.node(id="LoraModelLoader", title="Load LoRA Model", category="loaders", experimental=True)
def load_lora_model(model: Model, lora: LoraModel, strength_model: Strength = 1.0) -> Model:
    """Change a model by a LoRA that another node made, such as one that trains."""
    from nodes.models.lora import lora_of

    return model if strength_model == 0 else lora_of(lora, "The LoRA model").on_model(model, strength_model)


@pack.node(id="ControlNetLoader", title="Load ControlNet Model", category="loaders", lane="io")
def load_control_net(control_net_name: ControlNetName, *, run: Run) -> ControlNet:
    """A ControlNet, to be applied to a conditioning together with a picture."""
    from nodes.models.controlnet import load_controlnet

    return load_controlnet(run.folders.find("controlnet", control_net_name))


@pack.node(id="DiffControlNetLoader", title="Load ControlNet Model (diff)", category="loaders", lane="io")
def load_diff_control_net(model: Model, control_net_name: ControlNetName, *, run: Run) -> ControlNet:
    """A ControlNet that is kept as a difference to its model's weights."""
    from nodes.models.controlnet import load_controlnet

    return load_controlnet(run.folders.find("controlnet", control_net_name), model)
