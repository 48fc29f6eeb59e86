from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore.testing import call, recording_run
from nodes.models.checkpoint import load_checkpoint
from nodes.text.language import mostly_foreign, note

CHINESE = "一个红色的圆形 (大:1.2)"


@pytest.mark.parametrize("text", [CHINESE, "красный круг", "赤い円を描いて, best", "embedding:painting 猫"])
def test_other_scripts(text: str) -> None:
    assert mostly_foreign(text)


@pytest.mark.parametrize("text", ["", "a cat, 猫", "Käse für Übermorgen", "12 (:1.2) ★★★", "embedding:猫猫猫 cat"])
def test_latin_texts(text: str) -> None:
    assert not mostly_foreign(text)


@pytest.fixture(scope="module")
def clip(tiny_models: Path) -> Any:
    return load_checkpoint(tiny_models / "models/checkpoints/sdxl_tiny.safetensors").clip


def test_the_note_names_the_encoders(clip: Any) -> None:
    assert "the text encoder (clip_g and clip_l) was trained on English" in (note(clip, "a cat", CHINESE) or "")
    assert note(clip, "a cat", "") is None


def test_an_encoder_with_a_vocabulary_of_its_own_is_trusted(clip: Any) -> None:
    table = "text_model.embeddings.token_embedding.weight"
    larger = clip.encoders["g"].replaced({table: torch.zeros(60000, 96, dtype=torch.float16)})
    assert note(replace(clip, encoders={**clip.encoders, "g": larger}), CHINESE) is None


@pytest.mark.parametrize("node", ["CLIPTextEncode", "CLIPTextEncodeSDXL"])
def test_the_run_shows_it_once(clip: Any, node: str, tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    texts = {"text": CHINESE} if node == "CLIPTextEncode" else {"text_g": CHINESE, "text_l": CHINESE}
    call(node, run, clip=clip, **texts)
    (shown,) = run.shown["text"]
    assert "trained on English" in shown
    plain = recording_run(tmp_path)
    call(node, plain, clip=clip, **dict.fromkeys(texts, "a red circle"))
    assert plain.shown == {}
