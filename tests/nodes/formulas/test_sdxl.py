"""SDXL and its refiner: two text encoders, or one, and sizes told as a vector."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import Tensor

from graphcore.engine import Engine
from nodes.models.unet_keys import to_ldm
from nodes.models.unet_shape import UNetShape
from nodes.text.tokenizer import clip_token_ids
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import CFG, NEGATIVE, POSITIVE, assert_close, latent, node, workflow
from tests.nodes.formulas.written import Net, Prediction, Text
from tests.tiny_models import HEADS


class Xl:
    """The two text encoders and the UNet of the tiny SDXL."""

    def __init__(self, path: Path):
        self.net = Net.of(path)
        self.l, self.g = Text(path, "sdxl", "l"), Text(path, "sdxl", "g")

    def eps(self, prompt: str, stop: int, *numbers: float) -> Prediction:
        ids = clip_token_ids(prompt)
        # Deeper than the encoder is: the whole of it, with its last norm. No other state is normalised.
        from_l = self.l(ids) if stop < -3 else self.l(ids, hidden=stop, norm=False)
        context = torch.cat([from_l, self.g(ids, hidden=stop, norm=False)], dim=2)
        return told(self.net, context, f.micro_conditioning(self.g.pooled(ids), *numbers))


def told(net: Net, context: Tensor, vector: Tensor) -> Prediction:
    """The prediction of a UNet that is told a whole vector, past diffusers' own way of making one."""
    unet = net.unet

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        unet.get_aug_embed = lambda emb, encoder_hidden_states, added_cond_kwargs: unet.add_embedding(vector)
        return x - sigma * net(x, sigma, context)

    return D


def sampled(D: Prediction) -> Tensor:
    sigmas = f.normal_schedule(4)
    return f.stored(f.euler(D, f.start(5, sigmas), sigmas), 0.13025)


@pytest.mark.parametrize("stop", [None, -1, -2, -3, -4])
def test_clip_skip(engine: Engine, base: Path, stop: int | None) -> None:
    xl = Xl(base / "models/checkpoints/sdxl_tiny.safetensors")
    sizes = (96, 128, 0, 0, 96, 128)  # of the picture, where the text does not say
    D = f.guided(xl.eps(POSITIVE, stop or -2, *sizes), xl.eps(NEGATIVE, stop or -2, *sizes), CFG)
    prompt = workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name="sdxl_tiny.safetensors"))
    if stop is not None:
        prompt["skip"] = node("CLIPSetLastLayer", clip=["ckpt", 1], stop_at_clip_layer=stop)
        for name in ("pos", "neg"):
            prompt[name]["inputs"]["clip"] = ["skip", 0]
    assert_close(latent(engine, prompt), sampled(D))


def test_texts_of_different_lengths(engine: Engine, base: Path) -> None:
    """The shorter one gets chunks of the empty prompt; both are encoded chunk by chunk, and G's first is pooled."""
    xl = Xl(base / "models/checkpoints/sdxl_tiny.safetensors")
    long = clip_token_ids("tree " * 80)
    from_l = torch.cat([xl.l(long[:75], hidden=-2, norm=False), xl.l(long[75:], hidden=-2, norm=False)], dim=1)
    ids = clip_token_ids(POSITIVE)
    from_g = torch.cat([xl.g(ids, hidden=-2, norm=False), xl.g([], hidden=-2, norm=False)], dim=1)
    vector = f.micro_conditioning(xl.g.pooled(ids), 768, 1024, 8, 16, 512, 640)
    cond = told(xl.net, torch.cat([from_l, from_g], dim=2), vector)
    uncond = xl.eps(NEGATIVE, -2, 96, 128, 0, 0, 96, 128)
    encode = node(
        "CLIPTextEncodeSDXL",
        clip=["ckpt", 1],
        width=1024,
        height=768,
        crop_w=16,
        crop_h=8,
        target_width=640,
        target_height=512,
        text_g=POSITIVE,
        text_l="tree " * 80,
    )
    prompt = workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name="sdxl_tiny.safetensors"), pos=encode)
    assert_close(latent(engine, prompt), sampled(f.guided(cond, uncond, CFG)))


@pytest.fixture(scope="module")
def refiner(base: Path) -> Path:
    """A tiny refiner: attention in the middle levels, CLIP-G's prompts, a vector of five numbers."""
    shape = UNetShape(
        in_channels=4,
        out_channels=4,
        channels=(32, 64, 128, 128),
        depths=((0, 0), (1, 1), (1, 1), (0, 0)),
        up_depths=((0, 0, 0), (1, 1, 1), (1, 1, 1), (0, 0, 0)),
        middle=True,
        middle_depth=1,
        context=96,
        linear_projection=True,
        adm=96 + 5 * 256,
    )
    torch.manual_seed(2)
    unet = UNet2DConditionModel(**shape.diffusers_config((1, 1, 2, 2))).state_dict()
    names = to_ldm(unet, shape)
    tensors = {f"model.diffusion_model.{names[name]}": weight.half() for name, weight in unet.items()}
    for name, weight in load_file(base / "models/checkpoints/sdxl_tiny.safetensors").items():
        if name.startswith("conditioner.embedders.1."):
            tensors[name.replace("embedders.1", "embedders.0")] = weight
        elif name.startswith("first_stage_model."):
            tensors[name] = weight
    path = base / "models/checkpoints/refiner.safetensors"
    save_file(
        {name: weight.contiguous() for name, weight in tensors.items()}, path, metadata={"graphcore.config": HEADS}
    )
    return path


@pytest.mark.parametrize("explicit", [True, False])
def test_the_refiner(engine: Engine, refiner: Path, explicit: bool) -> None:
    """Scores are 6 for what is wanted and 2.5 for what is not, where the text does not say."""
    net, encoder = Net.of(refiner), Text(refiner, "refiner", "g")

    def eps(prompt: str, *numbers: float) -> Prediction:
        ids = clip_token_ids(prompt)
        vector = f.micro_conditioning(encoder.pooled(ids), *numbers)
        return told(net, encoder(ids, hidden=-2, norm=False), vector)

    cond = eps(POSITIVE, *((512, 768, 0, 0, 7.5) if explicit else (96, 128, 0, 0, 6.0)))
    prompt = workflow(ckpt=node("CheckpointLoaderSimple", ckpt_name="refiner.safetensors"))
    if explicit:
        prompt["pos"] = node(
            "CLIPTextEncodeSDXLRefiner", ascore=7.5, width=768, height=512, text=POSITIVE, clip=["ckpt", 1]
        )
    D = f.guided(cond, eps(NEGATIVE, 96, 128, 0, 0, 2.5), CFG)
    assert_close(latent(engine, prompt), sampled(D))


@pytest.mark.parametrize("both", [True, False])
def test_an_embedding(engine: Engine, base: Path, both: bool) -> None:
    """Two vectors for L and one for G; or one that is as wide as L's alone, which G leaves out."""
    generator = torch.Generator().manual_seed(9)
    for_l = torch.randn(2 if both else 1, 64, generator=generator) * 0.3
    for_g = torch.randn(1, 96, generator=generator) * 0.3
    save_file(
        {"clip_l": for_l, "clip_g": for_g} if both else {"emb_params": for_l},
        base / f"models/embeddings/xl_{both}.safetensors",
    )
    xl = Xl(base / "models/checkpoints/sdxl_tiny.safetensors")
    before, after = clip_token_ids("a red"), clip_token_ids("circle")
    free = [40000, 40001]  # words of the vocabulary that no test uses stand for the vectors
    with torch.no_grad():
        for encoder, vectors in ((xl.l, for_l), (xl.g, for_g)):
            table = encoder.model.text_model.embeddings.token_embedding.weight
            table[free[: len(vectors)]] = vectors
    ids_l = [*before, *free[: len(for_l)], *after]
    ids_g = [*before, *free[: len(for_g) if both else 0], *after]
    context = torch.cat([xl.l(ids_l, hidden=-2, norm=False), xl.g(ids_g, hidden=-2, norm=False)], dim=2)
    vector = f.micro_conditioning(xl.g.pooled(ids_g), 96, 128, 0, 0, 96, 128)
    D = f.guided(told(xl.net, context, vector), xl.eps(NEGATIVE, -2, 96, 128, 0, 0, 96, 128), CFG)
    prompt = workflow(
        ckpt=node("CheckpointLoaderSimple", ckpt_name="sdxl_tiny.safetensors"),
        pos=node("CLIPTextEncode", text=f"a red embedding:xl_{both} circle", clip=["ckpt", 1]),
    )
    assert_close(latent(engine, prompt), sampled(D))
