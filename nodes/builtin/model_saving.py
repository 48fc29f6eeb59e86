"""Saving models: what was merged or patched, as files that any loader reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from graphcore import Clip, Model, Range, Run, Socket, Vae
from graphcore.widgets import Widget
from nodes.builtin.pack import pack

LoraModel = Annotated[Any, Socket("LORA_MODEL")]
Writer = Callable[[Path, Mapping[str, str], str], None]


def _save(run: Run, prefix: str, write: Writer) -> None:
    """Have `write(path, metadata, title)` make the next numbered file of that prefix; none is left if it fails."""
    from nodes.imaging.metadata import texts
    from nodes.imaging.outputs import Outputs

    place = Outputs(run, prefix).place
    title = f"{place.stem} {place.counter}"
    path = _claimed(place.folder, place.stem, place.counter)
    try:
        write(path, texts(run.metadata), title)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    run.show(files=[{"filename": path.name, "subfolder": place.subfolder, "type": "output"}])


def _claimed(folder: Path, stem: str, number: int) -> Path:
    """An empty file under the first free number: nobody else will take that name meanwhile."""
    while True:
        path = folder / f"{stem}_{number:05}_.safetensors"
        try:
            path.open("xb").close()
        except FileExistsError:
            number += 1
        else:
            return path


@pack.node(id="CheckpointSave", title="Save Checkpoint", category="advanced/model_merging", output=True, lane="io")
def save_checkpoint(
    model: Model, clip: Clip, vae: Vae, filename_prefix: str = "checkpoints/ComfyUI", *, run: Run
) -> None:
    """Save model, text encoder and VAE in one file, patches included."""
    from nodes.models import saving

    _save(run, filename_prefix, lambda path, texts, title: saving.save_checkpoint(path, model, clip, vae, texts, title))


@pack.node(id="ModelSave", title="ModelSave", category="advanced/model_merging", output=True, lane="io")
def save_model(model: Model, filename_prefix: str = "diffusion_models/ComfyUI", *, run: Run) -> None:
    """Save a diffusion model alone, patches included."""
    from nodes.models import saving

    _save(run, filename_prefix, lambda path, texts, title: saving.save_model(path, model, texts))


@pack.node(id="VAESave", title="VAESave", category="advanced/model_merging", output=True, lane="io")
def save_vae(vae: Vae, filename_prefix: str = "vae/ComfyUI_vae", *, run: Run) -> None:
    """Save a VAE alone."""
    from nodes.models import saving

    _save(run, filename_prefix, lambda path, texts, title: saving.save_vae(path, vae, texts))


@pack.node(id="CLIPSave", title="CLIPSave", category="advanced/model_merging", output=True, lane="io")
def save_clip(clip: Clip, filename_prefix: str = "clip/ComfyUI", *, run: Run) -> None:
    """Save each text encoder in a file of its own, patches included; its name ends in _clip_l, _clip_g, ..."""
    from nodes.models import saving

    for name in clip.encoders:
        key = clip.family.encoders[name].key

        def write(path: Path, texts: Mapping[str, str], title: str, name: str = name) -> None:
            saving.save_text_encoder(path, clip, name, texts)

        _save(run, f"{filename_prefix}_{key}", write)


@pack.node(id="LoraSave", title="Extract and Save Lora", category="_for_testing", output=True, experimental=True)
def save_lora(
    *,
    filename_prefix: str = "loras/ComfyUI_extracted_lora",
    rank: Annotated[int, Range(1, 4096, step=1)] = 8,
    lora_type: Literal["standard", "full_diff"],
    bias_diff: bool = True,
    model_diff: Model | None = None,
    text_encoder_diff: Clip | None = None,
    run: Run,
) -> None:
    """Save the difference of two models, as ModelMergeSubtract makes it, as a LoRA of a rank or as it is."""
    from nodes.models.lora_extraction import save_lora

    limit = rank if lora_type == "standard" else None

    def write(path: Path, texts: Mapping[str, str], title: str) -> None:
        save_lora(path, model_diff, text_encoder_diff, limit, bias_diff, texts, run.progress)

    _save(run, filename_prefix, write)


@pack.node(id="SaveLoRANode", title="Save LoRA Weights", category="loaders", output=True, experimental=True, lane="io")
def save_lora_weights(
    lora: LoraModel,
    prefix: str = "loras/ComfyUI_trained_lora",
    steps: Annotated[int | None, Widget(extra={"forceInput": True})] = None,
    *,
    run: Run,
) -> None:
    """Save a LoRA that another node made; the number of steps it was trained for becomes part of the name."""
    from nodes.models.writer import Row, write

    rows = [Row.of(name, tensor) for name, tensor in lora.items()]
    _save(
        run, prefix if steps is None else f"{prefix}_{steps}_steps", lambda path, texts, title: write(path, rows, texts)
    )
