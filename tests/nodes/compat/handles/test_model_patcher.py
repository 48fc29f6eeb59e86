"""Packs that change models: what they make equals what our own nodes make, where both can."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore import Engine
from graphcore.errors import NodeFailed
from nodes.compat.handles.model_patcher import ModelPatcher

KINDS = ("CfgFunction", "PostCfg", "Attention", "Options", "FunctionWrapper", "Wrappers")


class Tools:
    """An engine with the pack, and the nodes of a text-to-image workflow on a tiny model."""

    def __init__(self, engine: Engine, module: Any):
        self.engine, self.module = engine, module
        self.prompt: dict[str, Any] = {
            "ckpt": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors"),
            "pos": node("CLIPTextEncode", clip=["ckpt", 1], text="a (red:1.3) cat"),
            "neg": node("CLIPTextEncode", clip=["ckpt", 1], text="blur"),
            "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
            "image": node("LoadImage", image="fixture.png"),
        }

    def values(self, target: str, **nodes: dict[str, Any]) -> Any:
        return self.engine.run({**self.prompt, **nodes}, keep=[target]).values[target]

    def latent(self, kind: str = "KSampler", model: Any = ("ckpt", 0), **nodes: dict[str, Any]) -> Tensor:
        sampler = node(
            kind, model=list(model), seed=7, steps=3, cfg=5.0, sampler_name="euler", scheduler="normal",
            positive=["pos", 0], negative=["neg", 0], latent_image=["empty", 0], denoise=1.0,
        )  # fmt: skip
        samples: Tensor = self.values("out", out=sampler, **nodes)[0][0]["samples"]
        return samples


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


@pytest.fixture
def tools(base: Callable[..., Any], tmp_path: Path, tiny_models: Path) -> Tools:
    place = base("model_tools")
    (tmp_path / "models").symlink_to(tiny_models / "models")
    (tmp_path / "input").symlink_to(tiny_models / "input")
    engine, packs = place.start()
    packs.load_all()
    module = sys.modules[next(entry.module for entry in packs.known())]
    module.SEEN.clear()
    return Tools(engine, module)


@pytest.mark.parametrize("kind", KINDS)
def test_a_patch_that_changes_nothing_changes_nothing(tools: Tools, kind: str) -> None:
    plain = tools.latent()
    patched = tools.latent(model=("m", 0), m=node(f"MT{kind}", model=["ckpt", 0]))
    assert torch.allclose(plain, patched, atol=1e-4)
    assert tools.module.SEEN or kind == "Options"


def test_every_wrapper_is_called_from_outside_in(tools: Tools) -> None:
    tools.latent(model=("m", 0), m=node("MTWrappers", model=["ckpt", 0]))
    seen = tools.module.SEEN
    assert seen[:8] == [("outer", True), "pre_run", "sampler", "predict", "calc", "apply", "network", "predict"]
    assert seen[-1] == "cleanup"


def test_patches_of_two_packs_add_up_and_the_original_stays(tools: Tools) -> None:
    nodes = {"m": node("MTCfgFunction", model=["ckpt", 0]), "n": node("MTFunctionWrapper", model=["m", 0])}
    tools.latent(model=("n", 0), **nodes)
    assert "cfg" in tools.module.SEEN
    assert (1, 0) in tools.module.SEEN
    tools.module.SEEN.clear()
    tools.latent(model=("ckpt", 0), **nodes)
    assert tools.module.SEEN == []


def test_a_parameterisation_of_a_pack_is_that_of_our_node(tools: Tools) -> None:
    ours = node("ModelSamplingDiscrete", model=["ckpt", 0], sampling="v_prediction", zsnr=False)
    assert torch.allclose(
        tools.latent(model=("m", 0), m=ours),
        tools.latent(model=("m", 0), m=node("MTSampling", model=["ckpt", 0])),
        atol=1e-5,
    )


@pytest.mark.parametrize("kind", ["MTLora", "MTLoraForModels"])
def test_a_lora_of_a_pack_is_that_of_our_node(tools: Tools, kind: str) -> None:
    ours = node(
        "LoraLoader", model=["ckpt", 0], clip=["ckpt", 1], lora_name="sd15_tiny_lora.safetensors", strength_model=0.8,
        strength_clip=0.6,
    )  # fmt: skip
    own = {"model": ["ckpt", 0]} | ({"clip": ["ckpt", 1]} if kind == "MTLoraForModels" else {})
    plain, ours_latent = tools.latent(), tools.latent(model=("m", 0), m=ours)
    theirs = tools.latent(model=("m", 0), m=node(kind, **own))
    assert not torch.allclose(plain, ours_latent, atol=1e-3)
    assert torch.allclose(ours_latent, theirs, atol=1e-5)


def test_a_merge_of_a_pack_is_that_of_our_node(tools: Tools) -> None:
    lora = node("MTLora", model=["ckpt", 0])
    inputs = {"model1": ["ckpt", 0], "model2": ["lora", 0], "ratio": 0.3}
    ours = tools.latent(model=("m", 0), lora=lora, m=node("ModelMergeSimple", **inputs))
    theirs = tools.latent(model=("m", 0), lora=lora, m=node("MTMerge", **inputs))
    assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("kind", ["MTSampleBySample", "MTSampleByCommon", "MTSampleByParts"])
def test_sampling_in_a_pack_is_that_of_our_node(tools: Tools, kind: str) -> None:
    assert torch.equal(tools.latent(), tools.latent(kind))
    if kind == "MTSampleBySample":
        assert tools.module.SEEN == [[(0, 3), (1, 3), (2, 3)]]


@pytest.mark.parametrize("guider", ["CFGGuider", "MTGuider"])
@pytest.mark.parametrize("sampler", ["KSamplerSelect", "MTFunctionSampler", "MTClassSampler"])
def test_samplers_and_guiders_of_packs_in_our_nodes(tools: Tools, guider: str, sampler: str) -> None:
    nodes = {
        "g": node(guider, model=["ckpt", 0], positive=["pos", 0], negative=["neg", 0], cfg=5.0),
        "s": node(sampler, **({"sampler_name": "euler"} if sampler == "KSamplerSelect" else {"kick": 0.0})),
        "n": node("RandomNoise", noise_seed=7),
        "t": node("BasicScheduler", model=["ckpt", 0], scheduler="normal", steps=3, denoise=1.0),
    }
    out = node(
        "SamplerCustomAdvanced", noise=["n", 0], guider=["g", 0], sampler=["s", 0], sigmas=["t", 0],
        latent_image=["empty", 0],
    )  # fmt: skip
    found = tools.values("out", out=out, **nodes)[0][0]["samples"]
    assert torch.allclose(tools.latent(), found, atol=1e-4)
    assert ("own sampler" in tools.module.SEEN) is (sampler == "MTClassSampler")


def test_control_of_a_pack_is_that_of_our_node(tools: Tools) -> None:
    common = {"positive": ["pos", 0], "negative": ["neg", 0], "control_net": ["c", 0], "image": ["image", 0]}
    found = []
    for kind, more in (("ControlNetApplyAdvanced", {"start_percent": 0.0, "end_percent": 0.9}), ("MTControl", {})):
        sampler = node(
            "KSampler", model=["ckpt", 0], seed=7, steps=3, cfg=5.0, sampler_name="euler", scheduler="normal",
            positive=["a", 0], negative=["a", 1], latent_image=["empty", 0], denoise=1.0,
        )  # fmt: skip
        loader = node("ControlNetLoader", control_net_name="sd15_tiny_control.safetensors")
        apply = node(kind, strength=0.7, **common, **more)
        found.append(tools.values("out", out=sampler, c=loader, a=apply)[0][0]["samples"])
    assert torch.equal(*found)
    assert not torch.allclose(found[0], tools.latent(), atol=1e-3)


def test_a_text_encoder_in_a_pack(tools: Tools) -> None:
    own, words, skipped = tools.values("e", e=node("MTEncode", clip=["ckpt", 1], text="a (red:1.3) cat"))
    [[ours]] = tools.values("pos")
    assert torch.equal(own[0][0][0], ours[0][0])
    assert torch.equal(words[0][0][0], ours[0][0])
    assert torch.equal(own[0][0][1]["pooled_output"], ours[0][1]["pooled_output"])
    assert skipped[0][0][1]["my_value"] == 1
    skip = node("CLIPSetLastLayer", clip=["ckpt", 1], stop_at_clip_layer=-2)
    [[ours]] = tools.values("t", s=skip, t=node("CLIPTextEncode", clip=["s", 0], text="a (red:1.3) cat"))
    assert torch.equal(skipped[0][0][0], ours[0][0])


def test_a_vae_in_a_pack(tools: Tools) -> None:
    latent, pixels = tools.values("v", v=node("MTPixels", vae=["ckpt", 2], image=["image", 0]))
    [[ours]] = tools.values("o", o=node("VAEEncode", vae=["ckpt", 2], pixels=["image", 0]))
    assert torch.equal(latent[0]["samples"], ours["samples"])
    assert pixels[0].shape[-1] == 3


def test_what_packs_read_off_models(tools: Tools) -> None:
    told = tools.values("f", f=node("MTFacts", model=["ckpt", 0], clip=["ckpt", 1], vae=["ckpt", 2]))[0][0]
    assert told.startswith("8 EPS ")


def test_models_in_a_pipe_of_a_pack_come_out_as_ours(tools: Tools) -> None:
    nodes = {
        "m": node("MTCfgFunction", model=["ckpt", 0]),
        "p": node("MTPipe", model=["m", 0], clip=["ckpt", 1], vae=["ckpt", 2]),
        "u": node("MTUnpipe", pipe=["p", 0]),
    }
    assert torch.allclose(tools.latent(model=("u", 0), **nodes), tools.latent(), atol=1e-3)
    assert "cfg" in tools.module.SEEN
    loaded = node("MTLoader", ckpt_name="sd15_tiny.safetensors")
    assert torch.equal(tools.latent(model=("l", 0), l=loaded), tools.latent())


def test_parts_of_our_networks_cannot_be_exchanged(tools: Tools) -> None:
    with pytest.raises(NodeFailed, match=r"exchanges the part 'diffusion_model\.input_blocks\.0\.0' of a model"):
        tools.values("m", m=node("MTRefused", model=["ckpt", 0]))


def test_a_module_of_a_pack_is_loaded_and_patched(tools: Tools) -> None:
    assert tools.values("m", m=node("MTOwnModule", value=2.0)) == ([5.0],)


def test_clones_have_the_same_weights_until_one_is_patched(tools: Tools) -> None:
    patcher = ModelPatcher.of(tools.values("ckpt")[0][0])
    first, second = patcher.clone(), patcher.clone()
    assert first.clone_has_same_weights(second)
    name = next(iter(first.weight_names()))
    for clone in (first, second):
        clone.add_patches({name: (torch.ones_like(patcher.get_key_patches(name)[name][0][0]()),)})
    assert not first.clone_has_same_weights(second)
    assert first.is_clone(second)
