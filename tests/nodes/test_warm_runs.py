"""What stays warm between runs of one process: nothing that is known is done again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphcore.engine import Engine
from graphcore.events import Event, NodeStarted
from nodes.models.model import Model
from nodes.text.clip import Clip

WORKFLOW = Path("workflows/txt2img.json")
FEW = {
    "CheckpointLoaderSimple.ckpt_name": "sd15_tiny.safetensors",
    "KSampler.steps": 2,
    "EmptyLatentImage.width": 64,
    "EmptyLatentImage.height": 64,
}


@pytest.fixture
def engine(tiny_models: Path, tmp_path: Path) -> Iterator[Engine]:
    with Engine.installed(tiny_models) as engine:
        engine.folders.output = tmp_path / "output"
        yield engine


def started(engine: Engine, **inputs: object) -> tuple[set[str], object]:
    """The types of the nodes that were called, and what the run shows."""
    events: list[Event] = []
    settings = FEW | {name.replace("__", "."): value for name, value in inputs.items()}
    result = engine.run(WORKFLOW, settings, on_event=events.append)
    called = {result.prompt[event.node]["class_type"] for event in events if isinstance(event, NodeStarted)}
    return called, result.ui


def test_an_identical_second_run_calls_nothing_but_reports_its_outputs(engine: Engine) -> None:
    first, shown = started(engine)
    assert first == {
        "CheckpointLoaderSimple",
        "CLIPTextEncode",
        "EmptyLatentImage",
        "KSampler",
        "VAEDecode",
        "SaveImage",
    }
    assert started(engine) == (set(), shown)


def test_another_seed_reuses_the_loader_and_the_text_encodings(engine: Engine) -> None:
    started(engine)
    assert started(engine, KSampler__seed=8)[0] == {"KSampler", "VAEDecode", "SaveImage"}


def test_loaders_leave_the_device_to_others(engine: Engine) -> None:
    reads_nothing = {"LoraModelLoader"}  # it is given the LoRA as a value
    loaders = [id for id in engine.registry if "Loader" in id and id not in reads_nothing]
    assert "CheckpointLoaderSimple" in loaders
    assert {id for id in loaders if engine.registry[id].lane != "io"} == set()


def test_models_are_read_while_texts_are_encoded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, reads = threading.Event(), []
    prefetch, encode = Model.prefetch, Clip.encode

    def read(model: Model) -> None:
        reading.set()
        prefetch(model)
        reads.append(model)

    def encoded(clip: Clip, *arguments: Any, **options: Any) -> Any:
        assert reading.wait(20), "the model was not read while its sampler waited for the text"
        return encode(clip, *arguments, **options)

    monkeypatch.setattr(Model, "prefetch", read)
    monkeypatch.setattr(Clip, "encode", encoded)
    started(engine)
    assert len(reads) == 1


@pytest.mark.parametrize("wired", [False, True])
def test_an_embedding_that_changed_is_encoded_anew(engine: Engine, tmp_path: Path, wired: bool) -> None:
    source = engine.folders.find("embeddings", "tinyembed.safetensors").read_bytes()
    engine.folders.add("embeddings", tmp_path, first=True)
    text = "a circle embedding:mine"
    prompt = {
        "c": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15_tiny.safetensors"}},
        "s": {"class_type": "PrimitiveString", "inputs": {"value": text}},
        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": ["s", 0] if wired else text, "clip": ["c", 1]}},
    }
    (tmp_path / "mine.safetensors").write_bytes(source)
    first = engine.run(prompt, keep=["t"]).values["t"][0][0][0][0]
    changed = bytearray(source)
    changed[-3:] = b"\x00\x3c\x3c"
    (tmp_path / "mine.safetensors").write_bytes(changed)
    second = engine.run(prompt, keep=["t"]).values["t"][0][0][0][0]
    assert not first.equal(second)


def test_a_checkpoint_that_changed_on_disk_is_loaded_anew(engine: Engine, tmp_path: Path) -> None:
    source = engine.folders.find("checkpoints", "sd15_tiny.safetensors")
    copied = tmp_path / "sd15_tiny.safetensors"
    copied.write_bytes(source.read_bytes())
    engine.folders.add("checkpoints", tmp_path, first=True)
    started(engine)
    changed = bytearray(source.read_bytes())
    changed[-1] ^= 1
    copied.unlink()  # the old file is still mapped
    copied.write_bytes(changed)
    assert "CheckpointLoaderSimple" in started(engine)[0]
