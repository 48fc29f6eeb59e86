"""The prompt-control node gives what the nodes for each of its parts give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import Folders, ModelError, Run
from nodes.builtin.loaders import load_checkpoint, load_lora
from nodes.builtin.prompt_control import _files, prompt_control
from nodes.guidance.hooks import encode_text


@pytest.fixture
def run(tiny_models: Path) -> Run:
    return Run.silent(Folders(tiny_models))


def test_it_loads_encodes_and_schedules(run: Run) -> None:
    model, clip, _ = load_checkpoint("sd15_tiny.safetensors", run=run)
    text = "a [cat:dog:0.4] BREAK red <lora:sd15_tiny_lora:0.8:0.6> AND sky :0.5"
    result = prompt_control(model, clip, text, run=run)
    patched = load_lora(
        model=model, clip=clip, lora_name="sd15_tiny_lora.safetensors", strength_model=0.8, strength_clip=0.6, run=run
    )
    assert result.model.patches == patched.MODEL.patches
    red = encode_text(patched.CLIP, "red")[0][0]

    def expected(text: str) -> Any:
        return encode_text(patched.CLIP, text)[0][0]

    (cat, first), (dog, second), (sky, third) = result.conditioning
    torch.testing.assert_close(cat, torch.cat((expected("a cat"), red), dim=1))
    torch.testing.assert_close(dog, torch.cat((expected("a dog"), red), dim=1))
    torch.testing.assert_close(sky, expected("sky"))
    assert (first["start_percent"], first["end_percent"]) == (0.0, 0.4)
    assert (second["start_percent"], second["end_percent"]) == (0.4, 1.0)
    assert third["strength"] == 0.5
    assert "start_percent" not in third


def test_a_lora_that_is_not_there_is_named(run: Run) -> None:
    model, clip, _ = load_checkpoint("sd15_tiny.safetensors", run=run)
    with pytest.raises(ModelError, match="no 'sd15_tiny_lore' among the loras"):
        prompt_control(model, clip, "<lora:sd15_tiny_lore>", run=run)


def test_the_result_follows_the_lora_file(tiny_models: Path) -> None:
    folders = Folders(tiny_models)
    assert _files("<lora:sd15_tiny_lora>", folders) != _files("a cat", folders)
