"""Training in a workflow: from a folder of pictures with captions to a LoRA that is kept, used and plotted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from graphcore import Engine, Folders, ModelError, Registry, Run, RunError
from graphcore.testing import call, recording_run
from nodes.builtin import pack
from nodes.guidance.hooks import encode_text
from nodes.imaging.shapes import ImagingError
from nodes.models.checkpoint import load_checkpoint
from nodes.models.lora import load_lora
from nodes.training.loss_graph import BOTTOM, SIZE, TOP, loss_graph, smoothed

COLOURS = {"red": (200, 20, 20), "blue": (20, 20, 200)}


@pytest.fixture
def base(tiny_models: Path, tmp_path: Path) -> Path:
    """A base directory with the tiny models and a folder of two pictures, of which one has a caption."""
    shutil.copytree(tiny_models / "models", tmp_path / "models", copy_function=lambda a, b: Path(b).hardlink_to(a))
    folder = tmp_path / "input/set"
    folder.mkdir(parents=True)
    for name, colour in COLOURS.items():
        Image.new("RGB", (32, 32), colour).save(folder / f"{name}.png")
    (folder / "red.txt").write_text("a red square\n")
    return tmp_path


def clip_of(base: Path) -> Any:
    return load_checkpoint(base / "models/checkpoints/sd15_tiny.safetensors").clip


def load(base: Path, run: Run | None = None, **inputs: Any) -> Any:
    run = run or recording_run(base)
    return call("LoadImageTextSetFromFolderNode", run, folder="set", clip=clip_of(base), **inputs)


def test_a_folder_gives_pictures_and_their_captions(base: Path) -> None:
    images, prompts = load(base)
    expected = torch.tensor([COLOURS["blue"], COLOURS["red"]]) / 255  # by name
    torch.testing.assert_close(images, expected[:, None, None].expand(2, 32, 32, 3))
    blue, red = (encode_text(clip_of(base), text)[0][0] for text in ("", "a red square"))
    assert torch.equal(prompts[0][0], blue)  # without a caption
    assert torch.equal(prompts[1][0], red)


def test_pictures_are_brought_to_the_size_asked_for(base: Path) -> None:
    Image.new("RGB", (64, 32), "white").save(base / "input/set/red.png")
    with pytest.raises(ImagingError, match=r"'red\.png' is 64x32 pixels, not 32x32; choose a resize method"):
        load(base)
    assert load(base, resize_method="Stretch")[0].shape == (2, 32, 32, 3)
    wide = load(base, resize_method="Pad", width=64, height=16)[0]
    assert wide.shape == (2, 16, 64, 3)
    assert wide[1, :, 0].max() == 0  # black beside the white picture
    assert load(base, resize_method="Crop", width=48)[0].shape == (2, 32, 48, 3)


def test_a_caption_that_is_no_text_and_a_missing_text_encoder_are_sentences(base: Path) -> None:
    (base / "input/set/red.txt").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(RunError, match=r"The caption 'red\.txt' cannot be read: .* Save it as UTF-8 text"):
        load(base)
    with pytest.raises(ModelError, match="holds no text encoder"):
        call("LoadImageTextSetFromFolderNode", recording_run(base), folder="set", clip=None)


def training(**changes: Any) -> dict[str, Any]:
    """The workflow: pictures of a folder, a LoRA trained on them, kept, plotted and used."""
    sampling = {"steps": 1, "seed": 3, "cfg": 2.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    recipe = {
        **{"steps": 3, "batch_size": 1, "grad_accumulation_steps": 1, "learning_rate": 0.01, "rank": 4, "seed": 0},
        **{"optimizer": "AdamW", "loss_function": "MSE", "algorithm": "LoRA", "gradient_checkpointing": True},
        **{"training_dtype": "bf16", "lora_dtype": "bf16", "existing_lora": "[None]"},
    }
    parts = {
        "model": ("CheckpointLoaderSimple", {"ckpt_name": "sd15_tiny.safetensors"}),
        "set": ("LoadImageTextSetFromFolderNode", {"folder": "set", "clip": ["model", 1]}),
        "latents": ("VAEEncode", {"pixels": ["set", 0], "vae": ["model", 2]}),
        "train": (
            "TrainLoraNode",
            {"model": ["model", 0], "latents": ["latents", 0], "positive": ["set", 1], **(recipe | changes)},
        ),
        "graph": ("LossGraphNode", {"loss": ["train", 2], "filename_prefix": "loss"}),
        "keep": ("SaveLoRANode", {"lora": ["train", 1], "prefix": "mine", "steps": ["train", 3]}),
        "use": ("LoraModelLoader", {"model": ["model", 0], "lora": ["train", 1], "strength_model": 1.0}),
    }
    for name, model in {"plain": "model", "trained": "train", "used": "use"}.items():
        wired = {"model": [model, 0], "positive": ["set", 1], "negative": ["set", 1], "latent_image": ["latents", 0]}
        parts[name] = ("KSampler", {**wired, **sampling})
        parts[f"{name} kept"] = ("SaveLatent", {"samples": [name, 0], "filename_prefix": name})
    return {name: {"class_type": node, "inputs": inputs} for name, (node, inputs) in parts.items()}


def test_a_lora_is_trained_kept_plotted_and_used(base: Path) -> None:
    engine = Engine(Registry(pack), Folders(base))
    result = engine.run(training())
    (graph,) = result.ui["graph"]["images"]
    assert graph["type"] == "temp"
    with Image.open(base / "temp" / graph["filename"]) as picture:
        assert picture.size == SIZE
    (kept,) = result.ui["keep"]["files"]
    assert kept["filename"] == "mine_3_steps_00001_.safetensors"

    run = recording_run(base)
    plain, trained, used = (
        call("LoadLatent", run, latent=f"{name}_00001_.latent [output]")[0]["samples"]
        for name in ("plain", "trained", "used")
    )
    assert torch.equal(trained, used)
    assert (trained - plain).abs().max() > 1e-3

    loras = base / "models/loras"
    shutil.move(base / "output" / kept["filename"], loras / kept["filename"])
    model = load_checkpoint(base / "models/checkpoints/sd15_tiny.safetensors").model
    assert load_lora(loras / kept["filename"]).on_model(model, 1.0).patches
    again = engine.run(training(existing_lora=kept["filename"], steps=1))
    assert again.ui["keep"]["files"][0]["filename"] == "mine_4_steps_00001_.safetensors"  # in all


def test_the_curve_is_where_the_losses_are() -> None:
    picture = loss_graph([3.0, 1.0, 2.0])
    assert picture.shape == (1, SIZE[1], SIZE[0], 3)
    ink = (picture[0, TOP:-BOTTOM, :, 2] - picture[0, TOP:-BOTTOM, :, 0]) > 0.3  # blue
    columns = ink.any(dim=0).nonzero().flatten()
    heights = [float(ink[:, column].nonzero().float().mean()) for column in (columns[1], columns[len(columns) // 2])]
    assert heights[0] < 30  # the highest loss is at the top
    assert heights[1] > SIZE[1] - TOP - BOTTOM - 50


def test_the_running_mean_looks_both_ways() -> None:
    assert smoothed([1.0, 2.0, 6.0]) == [1.0, 2.0, 6.0]
    values = np.arange(40.0)
    assert smoothed(list(values))[20] == pytest.approx(20.0)
    assert smoothed(list(values))[0] == pytest.approx(values[:3].mean())


@pytest.mark.parametrize("losses", [[], [1.0, float("nan")]])
def test_nothing_to_draw_is_a_sentence(losses: list[float]) -> None:
    with pytest.raises(RunError, match="no course of a loss to draw"):
        loss_graph(losses)
    assert loss_graph([0.5]).min() < 1  # one step is a point
