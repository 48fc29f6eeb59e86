"""CLIP handles from checkpoints and from separate files."""

from __future__ import annotations

import json

import pytest
import torch

from graphcore.errors import ModelError
from nodes.models.device import compute_device
from nodes.models.reader import WeightsFile
from nodes.text.loading import clip_from_checkpoint, clip_from_files
from tests.nodes.text.small import small_tensors

CONFIG = {key: {"num_attention_heads": 2} for key in ("clip_l", "clip_g", "clip_h")}


def file(layers, config=CONFIG):
    return small_tensors(16, layers), config


L, H, G = file(12), file(24), file(32)


@pytest.fixture(scope="module")
def checkpoints(tiny_models):
    return tiny_models / "models/checkpoints"


@pytest.mark.parametrize(("name", "family", "shape"), [("sd15", "sd1", (1, 77, 64)), ("sdxl", "sdxl", (1, 77, 160))])
def test_a_checkpoint(checkpoints, name, family, shape):
    weights = WeightsFile(checkpoints / f"{name}_tiny.safetensors")
    clip = clip_from_checkpoint(weights, family, json.loads(weights.metadata["graphcore.config"]))
    cond, pooled = clip.encode("a (red:1.2) cat")
    assert cond.shape == shape
    assert pooled.shape == (1, {"sd1": 64, "sdxl": 96}[family])
    assert torch.isfinite(cond).all()
    assert all(encoder.config.num_attention_heads == 4 for encoder in clip.encoders.values())
    assert {name: e.config.hidden_act for name, e in clip.encoders.items()}.items() <= {
        "l": "quick_gelu",
        "g": "gelu",
    }.items()


def test_a_checkpoint_without_text_encoder_is_refused():
    with pytest.raises(ModelError, match="text encoder l of a sd1 model is missing"):
        clip_from_checkpoint({"x": torch.zeros(1)}, "sd1", {})


@pytest.mark.parametrize(
    ("files", "type", "family"),
    [
        ([L], "stable_diffusion", "sd1"),
        ([L], "sd3", "sd3"),
        ([H], "stable_diffusion", "sd2"),
        ([H], "sd3", "sd2"),
        ([G], "stable_diffusion", "refiner"),
        ([G], "sd3", "sd3"),
        ([G], "stable_cascade", "cascade"),
        ([L, G], "sdxl", "sdxl"),
        ([G, L], "sdxl", "sdxl"),
        ([L, G], "sd3", "sd3"),
    ],
)
def test_files_of_their_own(files, type, family):
    clip = clip_from_files(files, type)
    assert clip.family.name == family
    depths = {"l": 12, "h": 24, "g": 32}
    assert all(encoder.config.num_hidden_layers == depths[name] for name, encoder in clip.encoders.items())
    assert len(clip.encoders) == len(files)


@pytest.mark.parametrize(("files", "type"), [([L, L], "sdxl"), ([L, H], "sdxl"), ([L, G], "flux"), ([L, G, H], "sd3")])
def test_files_that_do_not_go_together_are_refused(files, type):
    with pytest.raises(ModelError, match="is not what a model of type"):
        clip_from_files(files, type)


def test_weights_come_by_reference():
    clip = clip_from_files([L], "stable_diffusion")
    assert all(clip.encoders["l"].weights[name] is tensor for name, tensor in L[0].items())


def test_the_computing_device_can_be_chosen():
    assert clip_from_files([L], "stable_diffusion", device="cpu").device == "cpu"
    assert clip_from_files([L], "stable_diffusion").device == compute_device()
