"""Training a LoRA in a workflow: pictures with captions, the training itself, its course."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Choice, Clip, Conditioning, Folders, Image, Latent, Model, ModelError, Range, Run, Socket
from graphcore.widgets import Widget
from nodes.builtin.image_files import picture_folders
from nodes.builtin.pack import pack

LoraModel = Annotated[Any, Socket("LORA_MODEL")]
LossMap = Annotated[Any, Socket("LOSS_MAP"), Widget(extra={"default": {}})]
Side = Annotated[int | None, Range(-1, 10000, step=1)]
DType = Literal["bf16", "fp32"]
NONE = "[None]"
_STEPS = re.compile(r"_(\d+)_steps(?=[_.]|$)")  # as SaveLoRANode writes them into names


class ImagesAndPrompts(NamedTuple):
    """Pictures as one batch, and a conditioning that holds the prompt of each."""

    IMAGE: Image
    CONDITIONING: Conditioning


class TrainedLora(NamedTuple):
    """The model with the LoRA, the LoRA, how the loss went, and the steps that the LoRA has seen in all."""

    model_with_lora: Model
    lora: LoraModel
    loss: Annotated[Any, Socket("LOSS_MAP")]
    steps: int


def _pictures_and_captions(folder: str, folders: Folders) -> object:
    from nodes.training.captions import identity_with_captions

    return identity_with_captions(folders, folder)


@pack.node(
    id="LoadImageTextSetFromFolderNode",
    title="Load Image and Text Dataset from Folder",
    category="loaders",
    experimental=True,
    fingerprint=_pictures_and_captions,
)
def load_image_text_set(
    *,
    folder: Annotated[str, Choice(picture_folders)],
    clip: Clip,
    resize_method: Literal["None", "Stretch", "Crop", "Pad"] | None = "None",
    width: Side = -1,
    height: Side = -1,
    run: Run,
) -> ImagesAndPrompts:
    """Load the pictures of a folder as one batch, and encode the caption of each: a .txt file of the same name."""
    from nodes.guidance.hooks import encode_text
    from nodes.imaging.load import load_batch
    from nodes.imaging.sequence import picture_files
    from nodes.training.captions import captions

    if clip is None:
        raise ModelError("The checkpoint holds no text encoder: load one with 'Load CLIP'.")
    size = (width or -1, height or -1)
    images = load_batch(picture_files(run.folders, folder), resize_method or "None", size)
    prompts = [encode_text(clip, text) for text in captions(run.folders, folder)]
    return ImagesAndPrompts(images, [entry for prompt in prompts for entry in prompt])


def _lora_names(folders: Folders) -> list[str]:
    return [NONE, *folders.names("loras")]


def _existing_file(existing_lora: str | None, folders: Folders) -> object:
    if existing_lora in (None, NONE):
        return None
    stat = folders.find("loras", existing_lora).stat()
    return stat.st_size, stat.st_mtime_ns


@pack.node(id="TrainLoraNode", title="Train LoRA", category="training", experimental=True, fingerprint=_existing_file)
def train_lora(
    *,
    model: Model,
    latents: Latent,
    positive: Conditioning,
    batch_size: Annotated[int, Range(1, 10000, step=1)] = 1,
    grad_accumulation_steps: Annotated[int, Range(1, 1024, step=1)] = 1,
    steps: Annotated[int, Range(1, 100000)] = 16,
    learning_rate: Annotated[float, Range(1e-7, 1.0, step=1e-6)] = 5e-4,
    rank: Annotated[int, Range(1, 128)] = 8,
    optimizer: Literal["AdamW", "Adam", "SGD", "RMSprop"] = "AdamW",
    loss_function: Literal["MSE", "L1", "Huber", "SmoothL1"] = "MSE",
    seed: Annotated[int, Range(0, 2**64 - 1)] = 0,
    training_dtype: DType = "bf16",
    lora_dtype: DType = "bf16",
    algorithm: Literal["LoRA", "LoHa", "LoKr", "OFT"] = "LoRA",
    gradient_checkpointing: bool = True,
    existing_lora: Annotated[str, Choice(_lora_names)] = NONE,
    run: Run,
) -> TrainedLora:
    """Train a LoRA on latents and their prompts; an existing one is trained further, as what it is."""
    from nodes.models.lora import lora_of
    from nodes.models.reader import WeightsFile
    from nodes.training import lora

    path = None if existing_lora == NONE else run.folders.find("loras", existing_lora)
    recipe = lora.Recipe(
        steps=steps,
        batch_size=batch_size,
        accumulation=grad_accumulation_steps,
        learning_rate=learning_rate,
        rank=rank,
        algorithm=algorithm,
        optimizer=optimizer,
        loss=loss_function,
        seed=seed,
        training_dtype=training_dtype,
        lora_dtype=lora_dtype,
        checkpointing=gradient_checkpointing,
    )
    trained = lora.train_lora(model, latents, positive, recipe, run, None if path is None else WeightsFile(path))
    before = _STEPS.search(existing_lora)
    return TrainedLora(
        lora_of(trained.tensors, "The LoRA that was trained").on_model(model, 1.0),
        trained.tensors,
        {"loss": trained.losses},
        steps + (int(before[1]) if before else 0),
    )


@pack.node(id="LossGraphNode", title="Plot Loss Graph", category="training", output=True, lane="io", experimental=True)
def plot_loss(loss: LossMap, filename_prefix: str = "loss_graph", *, run: Run) -> None:
    """Show how the loss went: each step's, and their running mean."""
    from nodes.imaging.outputs import save_pngs
    from nodes.training.loss_graph import loss_graph

    save_pngs(run, loss_graph(loss.get("loss", ())), filename_prefix, "temp", compress_level=1)
