"""Saved models load again as what they were, patches included."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
from safetensors.torch import load_file

from graphcore import Engine, Folders, Pack, Registry, Socket
from nodes.builtin import pack
from nodes.models.checkpoint import load_checkpoint, load_diffusion_model, load_vae
from nodes.models.lora import load_lora

NAME = "diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.weight"
LOADED: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15_tiny.safetensors"}},
    "2": {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["1", 0],
            "clip": ["1", 1],
            "lora_name": "sd15_tiny_lora.safetensors",
            "strength_model": 0.5,
            "strength_clip": 0.5,
        },
    },
}
SAMPLING = {
    "negative": ["4", 0],
    "latent_image": ["5", 0],
    "seed": 7,
    "steps": 2,
    "cfg": 4.0,
    "sampler_name": "euler",
    "scheduler": "normal",
    "denoise": 1.0,
}
SAVES = {
    "CheckpointSave": {"model": ["2", 0], "clip": ["2", 1], "vae": ["1", 2]},
    "ModelSave": {"model": ["2", 0]},
    "VAESave": {"vae": ["1", 2]},
    "CLIPSave": {"clip": ["2", 1]},
}


def saved(tiny_models: Path, output: Path, type: str) -> list[Path]:
    engine = Engine(Registry(pack), Folders(tiny_models, output=output))
    node = {"class_type": type, "inputs": {**SAVES[type], "filename_prefix": "kept/mine"}}
    result = engine.run({**LOADED, "3": node})
    return [output / item["subfolder"] / item["filename"] for item in result.ui["3"]["files"]]


def test_a_checkpoint(tiny_models: Path, tmp_path: Path) -> None:
    (path,) = saved(tiny_models, tmp_path, "CheckpointSave")
    assert path == tmp_path / "kept" / "mine_00001_.safetensors"
    plain = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    lora = load_lora(tiny_models / "models/loras/sd15_tiny_lora.safetensors")
    again = load_checkpoint(path)
    torch.testing.assert_close(again.model.patched(NAME), lora.on_model(plain.model, 0.5).patched(NAME))
    assert plain.clip is not None
    assert again.clip is not None
    wanted = lora.on_clip(plain.clip, 0.5).encode("a red circle")[0]
    torch.testing.assert_close(again.clip.encode("a red circle")[0], wanted)


def test_a_model_alone(tiny_models: Path, tmp_path: Path) -> None:
    (path,) = saved(tiny_models, tmp_path, "ModelSave")
    assert load_diffusion_model(path).family.name == "sd1"


def test_a_vae_alone(tiny_models: Path, tmp_path: Path) -> None:
    (path,) = saved(tiny_models, tmp_path, "VAESave")
    plain = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors").vae
    assert plain is not None
    latent = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(load_vae(path).decode(latent), plain.decode(latent))


def sampled(engine: Engine, checkpoint: dict[str, Any], model: list[Any], clip: list[Any]) -> torch.Tensor:
    """What a prompt gives, as a picture [1,H,W,3]."""
    prompt = {
        **checkpoint,
        "4": {"class_type": "CLIPTextEncode", "inputs": {"clip": clip, "text": "a red circle"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "6": {"class_type": "KSampler", "inputs": {"model": model, "positive": ["4", 0], **SAMPLING}},
        "7": {"class_type": "VAEDecode", "inputs": {"samples": ["6", 0], "vae": ["1", 2]}},
    }
    picture: torch.Tensor = engine.run(prompt, keep=["7"]).values["7"][0][0]
    return picture


def test_a_saved_checkpoint_makes_the_same_picture(tiny_models: Path, tmp_path: Path) -> None:
    (path,) = saved(tiny_models, tmp_path, "CheckpointSave")
    folders = Folders(tiny_models, output=tmp_path)
    folders.add("checkpoints", path.parent)
    engine = Engine(Registry(pack), folders)
    before = sampled(engine, LOADED, ["2", 0], ["2", 1])
    loaded = {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": path.name}}}
    after = sampled(engine, loaded, ["1", 0], ["1", 1])
    assert before.std() > 0.01
    torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-4)


def test_an_extracted_lora_makes_the_same_picture(tiny_models: Path, tmp_path: Path) -> None:
    folders = Folders(tiny_models, output=tmp_path)
    folders.add("loras", tmp_path / "loras")
    engine = Engine(Registry(pack), folders)
    save = {"filename_prefix": "loras/mine", "rank": 8, "lora_type": "standard", "bias_diff": True}
    subtract = {
        "8": ("ModelMergeSubtract", {"model1": ["2", 0], "model2": ["1", 0], "multiplier": 1.0}),
        "9": ("CLIPMergeSubtract", {"clip1": ["2", 1], "clip2": ["1", 1], "multiplier": 1.0}),
        "3": ("LoraSave", {"model_diff": ["8", 0], "text_encoder_diff": ["9", 0], **save}),
    }
    difference = {id: {"class_type": type, "inputs": inputs} for id, (type, inputs) in subtract.items()}
    (file,) = engine.run({**LOADED, **difference}).ui["3"]["files"]
    assert (file["subfolder"], file["filename"]) == ("loras", "mine_00001_.safetensors")
    before = sampled(engine, LOADED, ["2", 0], ["2", 1])
    whole = {"lora_name": file["filename"], "strength_model": 1.0, "strength_clip": 1.0}
    lora = {"class_type": "LoraLoader", "inputs": {**LOADED["2"]["inputs"], **whole}}
    after = sampled(engine, {**LOADED, "2": lora}, ["2", 0], ["2", 1])
    plain = sampled(engine, LOADED, ["1", 0], ["1", 1])
    # The file is in half precision; what is left of the LoRA's change must be far smaller than the change.
    assert (after - before).norm() < 0.02 * (plain - before).norm()


def test_text_encoders_are_named(tiny_models: Path, tmp_path: Path) -> None:
    (path,) = saved(tiny_models, tmp_path, "CLIPSave")
    assert path.name == "mine_clip_l_00001_.safetensors"


def test_a_second_file_gets_a_number_of_its_own(tiny_models: Path, tmp_path: Path) -> None:
    first, second = (saved(tiny_models, tmp_path, "VAESave")[0] for _ in range(2))
    assert (first.name, second.name) == ("mine_00001_.safetensors", "mine_00002_.safetensors")


def test_a_failed_save_leaves_nothing(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("nodes.models.saving.save_model", fail)
    with pytest.raises(Exception, match="no space left"):
        saved(tiny_models, tmp_path, "ModelSave")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_lora_that_a_node_made_is_used_and_saved(tiny_models: Path, tmp_path: Path) -> None:
    """A node of a pack hands out a LORA_MODEL, tensors by name: using it is the same as using its file."""
    trained = Pack("trained")

    @trained.node(id="Trained")
    def make() -> Annotated[Any, Socket("LORA_MODEL")]:
        return dict(load_file(tiny_models / "models/loras/sd15_tiny_lora.safetensors"))

    engine = Engine(Registry(pack, trained), Folders(tiny_models, output=tmp_path))
    result = engine.run(
        {
            "1": LOADED["1"],
            "t": {"class_type": "Trained", "inputs": {}},
            "l": {
                "class_type": "LoraModelLoader",
                "inputs": {"model": ["1", 0], "lora": ["t", 0], "strength_model": 0.5},
            },
            "s": {"class_type": "SaveLoRANode", "inputs": {"lora": ["t", 0], "prefix": "loras/mine", "steps": 30}},
            "m": {"class_type": "ModelSave", "inputs": {"model": ["l", 0], "filename_prefix": "kept"}},
        }
    )
    (lora,) = result.ui["s"]["files"]
    assert lora["filename"] == "mine_30_steps_00001_.safetensors"
    by_file = load_lora(tmp_path / lora["subfolder"] / lora["filename"])
    plain = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    (model,) = result.ui["m"]["files"]
    again = load_diffusion_model(tmp_path / model["subfolder"] / model["filename"])
    assert torch.equal(again.patched(NAME), by_file.on_model(plain.model, 0.5).patched(NAME))
    assert not torch.equal(again.patched(NAME), plain.model.patched(NAME))
