"""Changed weights: LoRAs, merges, hooks, attention multiplied; clip skip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from graphcore.engine import Engine
from nodes.models.checkpoint import load_checkpoint
from nodes.models.unet_keys import to_diffusers
from nodes.text.tokenizer import clip_token_ids
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import (
    CFG,
    NEGATIVE,
    OTHER,
    POSITIVE,
    assert_close,
    latent,
    node,
    plain,
    workflow,
)
from tests.nodes.formulas.written import Net, Text


@pytest.mark.parametrize(("kind", "part"), [("Self", "attn1"), ("Cross", "attn2")])
def test_attention_multiplied(engine: Engine, net: Net, text: Any, kind: str, part: str) -> None:
    changed = net.copy()
    factors = {"to_q": 1.5, "to_k": 0.5, "to_v": 1.25, "to_out.0": 0.75}
    for name, weight in changed.weights().items():
        for module, factor in factors.items():
            if f".{part}.{module}." in name:
                weight.mul_(factor)
    patch = node(f"UNet{kind}AttentionMultiply", model=["ckpt", 0], q=1.5, k=0.5, v=1.25, out=0.75)
    D = f.guided(changed.eps(text(POSITIVE)), changed.eps(text(NEGATIVE)), CFG)
    assert_close(latent(engine, workflow(mp=patch, ks_model=["mp", 0])), plain(D))


def lora_deltas(base: Path, net: Net) -> dict[str, Tensor]:
    """The tiny LoRA's change of each UNet weight at strength 1, by diffusers' names."""
    file = load_file(base / "models/loras/sd15_tiny_lora.safetensors")
    model = load_checkpoint(base / "models/checkpoints/sd15_tiny.safetensors").model
    names = to_diffusers(model.shapes(), model.family.shape)
    weights, deltas = net.weights(), {}
    for here, there in names.items():
        flat = "lora_unet_" + there.removesuffix(".weight").replace(".", "_")
        if here.endswith(".weight") and f"{flat}.lora_up.weight" in file:
            up, down = (file[f"{flat}.lora_{way}.weight"].float().flatten(1) for way in ("up", "down"))
            alpha = float(file[f"{flat}.alpha"]) if f"{flat}.alpha" in file else float(len(down))
            deltas[there] = (up @ down).reshape(weights[there].shape) * alpha / len(down)
    assert deltas
    return deltas


def with_lora(net: Net, deltas: dict[str, Tensor], strength: float) -> Net:
    changed = net.copy()
    weights = changed.weights()
    for name, delta in deltas.items():
        weights[name].add_(delta, alpha=strength)
    return changed


@pytest.mark.parametrize("order", [(0.8, -0.5), (-0.5, 0.8)])
def test_loras_in_a_row_on_the_model_alone(
    engine: Engine, base: Path, net: Net, text: Any, order: tuple[float, float]
) -> None:
    changed = with_lora(net, lora_deltas(base, net), 0.8 - 0.5)
    name = "sd15_tiny_lora.safetensors"
    prompt = workflow(
        l1=node("LoraLoaderModelOnly", model=["ckpt", 0], lora_name=name, strength_model=order[0]),
        l2=node(
            "LoraLoader",
            model=["l1", 0],
            clip=["ckpt", 1],
            lora_name=name,
            strength_model=order[1],
            strength_clip=0.0,
        ),
        ks_model=["l2", 0],
    )
    D = f.guided(changed.eps(text(POSITIVE)), changed.eps(text(NEGATIVE)), CFG)
    assert_close(latent(engine, prompt), plain(D), 5e-5)


def test_models_merged_by_block(engine: Engine, base: Path, net: Net, text: Any) -> None:
    deltas = lora_deltas(base, net)
    changed = net.copy()
    weights = changed.weights()
    for name, delta in deltas.items():
        ratio = 0.2 if name.startswith("mid_block") else 0.9 if name.startswith(("up_blocks", "conv_out")) else 0.4
        weights[name].add_(delta, alpha=1 - ratio)
    prompt = workflow(
        l=node("LoraLoaderModelOnly", model=["ckpt", 0], lora_name="sd15_tiny_lora.safetensors", strength_model=1.0),
        m=node("ModelMergeBlocks", model1=["ckpt", 0], model2=["l", 0], input=0.4, middle=0.2, out=0.9),
        ks_model=["m", 0],
    )
    D = f.guided(changed.eps(text(POSITIVE)), changed.eps(text(NEGATIVE)), CFG)
    assert_close(latent(engine, prompt), plain(D), 5e-5)


def test_a_difference_given_back(engine: Engine, base: Path, net: Net, text: Any) -> None:
    """(W + lora) - W, halved, added to W again."""
    changed = with_lora(net, lora_deltas(base, net), 0.5)
    prompt = workflow(
        l=node("LoraLoaderModelOnly", model=["ckpt", 0], lora_name="sd15_tiny_lora.safetensors", strength_model=1.0),
        d=node("ModelMergeSubtract", model1=["l", 0], model2=["ckpt", 0], multiplier=0.5),
        m=node("ModelMergeAdd", model1=["ckpt", 0], model2=["d", 0]),
        ks_model=["m", 0],
    )
    D = f.guided(changed.eps(text(POSITIVE)), changed.eps(text(NEGATIVE)), CFG)
    assert_close(latent(engine, prompt), plain(D), 5e-5)


def test_a_lora_on_one_of_two_regions(engine: Engine, base: Path, net: Net, text: Any) -> None:
    """A hook's LoRA changes the predictions of the conditioning that carries it, from half of the sampling on."""
    deltas = lora_deltas(base, net)
    strong, weak = with_lora(net, deltas, 1.0), with_lora(net, deltas, 0.25)
    left, negative = net.eps(text(POSITIVE)), net.eps(text(NEGATIVE))
    mask = torch.zeros(1, 1, 12, 16)
    mask[..., :8] = 1.0

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        hooked = weak if float(sigma) <= f.percent_to_sigma(0.5) else strong
        right = hooked.eps(text(OTHER))
        cond = left(x, sigma) * mask + right(x, sigma) * (1 - mask)
        u = negative(x, sigma)
        return u + (cond - u) * CFG

    prompt = workflow(
        black=node("SolidMask", value=0.0, width=16, height=12),
        white=node("SolidMask", value=1.0, width=8, height=12),
        m=node("MaskComposite", destination=["black", 0], source=["white", 0], x=0, y=0, operation="add"),
        n=node("InvertMask", mask=["m", 0]),
        hook=node("CreateHookLoraModelOnly", lora_name="sd15_tiny_lora.safetensors", strength_model=1.0),
        k1=node("CreateHookKeyframe", strength_mult=1.0, start_percent=0.0),
        k2=node("CreateHookKeyframe", strength_mult=0.25, start_percent=0.5, prev_hook_kf=["k1", 0]),
        hooks=node("SetHookKeyframes", hooks=["hook", 0], hook_kf=["k2", 0]),
        a=node("ConditioningSetMask", conditioning=["pos", 0], mask=["m", 0], strength=1.0, set_cond_area="default"),
        c=node(
            "ConditioningSetPropertiesAndCombine",
            cond=["a", 0],
            cond_NEW=["p2", 0],
            strength=1.0,
            set_cond_area="default",
            mask=["n", 0],
            hooks=["hooks", 0],
        ),
        ks_positive=["c", 0],
        ks_steps=6,
    )
    assert_close(latent(engine, prompt), plain(D, steps=6), 5e-5)


@pytest.mark.parametrize("stop", [-1, -2, -3, -4, -24])
def test_clip_skip(engine: Engine, net: Net, checkpoint: Path, stop: int) -> None:
    """Three layers: a stop before the first means the whole encoder. Every state goes through the last norm."""
    encoder = Text(checkpoint)
    hidden = stop if stop >= -3 else None
    contexts = [encoder(clip_token_ids(prompt), hidden=hidden) for prompt in (POSITIVE, NEGATIVE)]
    prompt = workflow(
        skip=node("CLIPSetLastLayer", clip=["ckpt", 1], stop_at_clip_layer=stop),
        pos=node("CLIPTextEncode", text=POSITIVE, clip=["skip", 0]),
        neg=node("CLIPTextEncode", text=NEGATIVE, clip=["skip", 0]),
    )
    assert_close(latent(engine, prompt), plain(f.guided(net.eps(contexts[0]), net.eps(contexts[1]), CFG)))


def test_clip_attention_multiplied(engine: Engine, net: Net, checkpoint: Path) -> None:
    """The products are rounded to float16, as all weights of text encoders are."""
    encoder = Text(checkpoint)
    with torch.no_grad():
        for name, weight in encoder.model.named_parameters():
            for module, factor in {"q_proj": 1.2, "k_proj": 0.9, "v_proj": 1.1, "out_proj": 0.7}.items():
                if f"self_attn.{module}." in name:
                    weight.copy_((weight * factor).half().float())
    contexts = [encoder(clip_token_ids(prompt)) for prompt in (POSITIVE, NEGATIVE)]
    prompt = workflow(
        am=node("CLIPAttentionMultiply", clip=["ckpt", 1], q=1.2, k=0.9, v=1.1, out=0.7),
        pos=node("CLIPTextEncode", text=POSITIVE, clip=["am", 0]),
        neg=node("CLIPTextEncode", text=NEGATIVE, clip=["am", 0]),
    )
    assert_close(latent(engine, prompt), plain(f.guided(net.eps(contexts[0]), net.eps(contexts[1]), CFG)))


def test_a_hypernetwork_at_a_strength(engine: Engine, base: Path, net: Net, text: Any) -> None:
    """Two layers with an activation between them on the keys and values of every attention over 64 channels."""
    torch.manual_seed(8)
    layers = {(side, number): torch.nn.Linear(64, 64) for side in (0, 1) for number in (0, 2)}
    tensors = {
        f"64.{side}.linear.{number}.{part}": weight.data
        for (side, number), layer in layers.items()
        for part, weight in layer.named_parameters()
    }
    (base / "models/hypernetworks").mkdir(exist_ok=True)
    metadata = {"activation_func": '"relu"', "activate_output": "false"}
    save_file(tensors, base / "models/hypernetworks/tiny.safetensors", metadata)
    changed = net.copy()
    for name, module in changed.unet.named_modules():
        for side, part in enumerate(("to_k", "to_v")):
            if name.endswith(part) and module.in_features == 64:
                first, second = layers[side, 0], layers[side, 2]

                def shifted(_: Any, inputs: Any, first: Any = first, second: Any = second) -> tuple[Tensor]:
                    (x,) = inputs
                    return (x + 0.6 * second(F.relu(first(x))),)

                module.register_forward_pre_hook(shifted)
    D = f.guided(changed.eps(text(POSITIVE)), changed.eps(text(NEGATIVE)), CFG)
    patch = node("HypernetworkLoader", model=["ckpt", 0], hypernetwork_name="tiny.safetensors", strength=0.6)
    assert_close(latent(engine, workflow(h=patch, ks_model=["h", 0])), plain(D), 5e-5)
