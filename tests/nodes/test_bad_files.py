"""Bad files and odd settings through whole workflows: each gives a sentence with the file, or what is documented."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from graphcore import Folders, Registry
from graphcore.engine import Engine
from graphcore.errors import InvalidWorkflow, NodeFailed
from nodes.builtin import pack
from tests.nodes.formulas.workflows import node, workflow

SD1, SDXL = "sd15_tiny.safetensors", "sdxl_tiny.safetensors"
Prompt = dict[str, Any]
Change = Callable[[dict[str, Tensor]], None]


@pytest.fixture(scope="module")
def base(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(tiny_models, tmp_path_factory.mktemp("bad") / "base"))


@pytest.fixture(scope="module")
def engine(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Registry(pack), Folders(base, output=tmp_path_factory.mktemp("output")))


def altered(base: Path, kind: str, source: str, change: Change) -> str:
    """The name of a copy of a model file whose tensors were changed."""
    path = base / "models" / kind / source
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    change(tensors)
    save_file({name: t.contiguous() for name, t in tensors.items()}, path.with_name("bad.safetensors"), metadata)
    return "bad.safetensors"


def sampled(engine: Engine, prompt: Prompt) -> dict[str, Any]:
    """The latent that the workflow samples."""
    prompt["ks"]["inputs"].setdefault("steps", 2)
    (latent,) = engine.run(prompt, targets=[], keep=["ks"]).values["ks"][0]
    return dict(latent)


def refusal(engine: Engine, prompt: Prompt) -> str:
    """What the user reads."""
    with pytest.raises(NodeFailed) as caught:
        sampled(engine, prompt)
    message = str(caught.value)
    assert "Traceback" not in message
    return message


# -- checkpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("model.diffusion_model.middle_block.0.in_layers.2.weight"), "conv1.weight' is missing"),
        (
            lambda t: t.update({"model.diffusion_model.out.2.weight": torch.zeros(4, 16, 3, 3).half()}),
            "has the shape [4, 16, 3, 3] in place of [4, 32, 3, 3]",
        ),
        (
            lambda t: t["model.diffusion_model.middle_block.0.in_layers.2.weight"].fill_(float("nan")),
            "weight 'middle_block.0.in_layers.2.weight' holds values that are not numbers",
        ),
        (
            lambda t: t.pop("cond_stage_model.transformer.text_model.final_layer_norm.weight"),
            "text encoder is incomplete: 1 of its tensors are missing, first 'text_model.final_layer_norm.weight'",
        ),
        (lambda t: [t.pop(n) for n in list(t) if "diffusion_model" in n], "There is no diffusion model in this file"),
    ],
)
def test_a_damaged_checkpoint(engine: Engine, base: Path, change: Change, sentence: str) -> None:
    name = altered(base, "checkpoints", SD1, change)
    message = refusal(engine, workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name=name)))
    assert sentence in message
    assert "bad.safetensors" in message


def test_a_checkpoint_that_is_cut_off(engine: Engine, base: Path) -> None:
    whole = (base / "models/checkpoints" / SD1).read_bytes()
    (base / "models/checkpoints/cut.safetensors").write_bytes(whole[:-1000])
    message = refusal(engine, workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name="cut.safetensors")))
    assert "cut.safetensors is cut off" in message


@pytest.mark.parametrize(
    ("kind", "file", "sentence"),
    [
        ("loras", "sd15_tiny_lora.safetensors", "It looks like a LoRA: load it with a LoRA loader."),
        (
            "controlnet",
            "sd15_tiny_control.safetensors",
            "It looks like a ControlNet: load it with a ControlNet loader.",
        ),
    ],
)
def test_another_kind_of_file_as_checkpoint(engine: Engine, base: Path, kind: str, file: str, sentence: str) -> None:
    shutil.copyfile(base / "models" / kind / file, base / "models/checkpoints" / file)
    message = refusal(engine, workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name=file)))
    assert sentence in message
    assert file in message


def test_a_text_encoder_of_another_family(engine: Engine) -> None:
    prompt = workflow(other=node("CheckpointLoaderSimple", ckpt_name=SDXL), ks_model=["other", 0])
    assert "encoded 64 channels wide, but this SDXL model reads 160" in refusal(engine, prompt)


# -- LoRAs -----------------------------------------------------------------------------------------------------------


def with_lora(name: str) -> Prompt:
    lora = node("LoraLoaderModelOnly", model=["ckpt", 0], lora_name=name, strength_model=1.0)
    return workflow(l=lora, ks_model=["l", 0])


def of_sdxl(tensors: dict[str, Tensor]) -> None:
    """A LoRA that the tiny SDXL would take: prompts 160 wide."""
    tensors.clear()
    target = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
    tensors |= {f"{target}.lora_down.weight": torch.ones(2, 160), f"{target}.lora_up.weight": torch.ones(64, 2)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (of_sdxl, "prompts 160 wide), but this is a model of Stable Diffusion 1 (64 wide)"),
        (
            lambda t: t.update({n: t[n].new_ones(3, *t[n].shape[1:]) for n in t if "lora_up" in n}),
            "fits this Stable Diffusion 1 model",
        ),
        (lambda t: next(iter(t.values())).fill_(float("inf")), "holds values that are not numbers"),
        (lambda t: [t.pop(n) for n in list(t) if "lora_up" in n], "holds no LoRA that is known"),
    ],
)
def test_a_lora_that_does_not_do(engine: Engine, base: Path, change: Change, sentence: str) -> None:
    message = refusal(engine, with_lora(altered(base, "loras", "sd15_tiny_lora.safetensors", change)))
    assert sentence in message
    assert "bad.safetensors" in message


# -- ControlNets -----------------------------------------------------------------------------------------------------


def with_control(name: str) -> Prompt:
    return workflow(
        load=node("LoadImage", image="fixture.png"),
        cn=node("ControlNetLoader", control_net_name=name),
        c=node("ControlNetApply", conditioning=["pos", 0], control_net=["cn", 0], image=["load", 0], strength=1.0),
        ks_positive=["c", 0],
    )


def for_other_prompts(tensors: dict[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if name.endswith(("attn2.to_k.weight", "attn2.to_v.weight")):
            tensors[name] = torch.zeros(tensor.shape[0], 160).half()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (for_other_prompts, "was made for prompts of width 160, but this model's are of width 64"),
        (
            lambda t: t.pop("control_model.zero_convs.1.0.weight"),
            "The ControlNet in this file is incomplete or unusual",
        ),
        (lambda t: t["control_model.zero_convs.0.0.weight"].fill_(float("nan")), "holds values that are not numbers"),
        (lambda t: t.pop("control_model.zero_convs.0.0.weight"), "This is no ControlNet in a layout that is known"),
    ],
)
def test_a_controlnet_that_does_not_do(engine: Engine, base: Path, change: Change, sentence: str) -> None:
    message = refusal(engine, with_control(altered(base, "controlnet", "sd15_tiny_control.safetensors", change)))
    assert sentence in message
    assert "bad.safetensors" in message


# -- settings --------------------------------------------------------------------------------------------------------


def test_no_steps(engine: Engine) -> None:
    with pytest.raises(InvalidWorkflow, match=r"ks \(KSampler\), input 'steps'.*1"):
        sampled(engine, workflow(ks_steps=0))


def test_guidance_that_is_no_number(engine: Engine) -> None:
    for number in (float("nan"), float("inf")):
        with pytest.raises(InvalidWorkflow, match=r"ks \(KSampler\), input 'cfg'"):
            sampled(engine, workflow(ks_cfg=number))


def test_a_denoise_of_0_hands_the_latent_on(engine: Engine) -> None:
    latent = sampled(engine, workflow(ks_denoise=0.0))
    assert not latent["samples"].any()


def test_an_empty_noise_mask_keeps_the_picture(engine: Engine) -> None:
    prompt = workflow(
        load=node("LoadImage", image="fixture.png"),
        enc=node("VAEEncode", pixels=["load", 0], vae=["ckpt", 2]),
        black=node("SolidMask", value=0.0, width=128, height=96),
        m=node("SetLatentNoiseMask", samples=["enc", 0], mask=["black", 0]),
        ks_latent_image=["m", 0],
    )
    (before,) = engine.run(prompt, targets=[], keep=["enc"]).values["enc"][0]
    torch.testing.assert_close(sampled(engine, prompt)["samples"], before["samples"], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("rule", ["default", "mask bounds"])
def test_an_empty_mask_on_one_of_two_prompts_leaves_the_other(engine: Engine, rule: str) -> None:
    prompt = workflow(
        black=node("SolidMask", value=0.0, width=128, height=96),
        a=node("ConditioningSetMask", conditioning=["p2", 0], mask=["black", 0], strength=1.0, set_cond_area=rule),
        c=node("ConditioningCombine", conditioning_1=["pos", 0], conditioning_2=["a", 0]),
        ks_positive=["c", 0],
    )
    expected = sampled(engine, workflow())["samples"]
    torch.testing.assert_close(sampled(engine, prompt)["samples"], expected, rtol=1e-3, atol=1e-3)


def test_a_picture_whose_sides_are_no_multiples_of_8_is_cut_to_whole_cells(engine: Engine, base: Path) -> None:
    Image.new("RGB", (101, 75), "red").save(base / "input/odd.png")
    prompt = workflow(
        load=node("LoadImage", image="odd.png"),
        enc=node("VAEEncode", pixels=["load", 0], vae=["ckpt", 2]),
        ks_latent_image=["enc", 0],
        ks_denoise=0.5,
    )
    assert sampled(engine, prompt)["samples"].shape == (1, 4, 9, 12)


def test_an_empty_latent_whose_sides_are_no_multiples_of_8_has_whole_cells(engine: Engine) -> None:
    empty = node("EmptyLatentImage", width=100, height=75, batch_size=1)
    assert sampled(engine, workflow(empty=empty))["samples"].shape == (1, 4, 9, 12)
