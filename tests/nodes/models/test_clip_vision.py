"""CLIP's picture encoder against the formulas of the vision transformer (arXiv:2010.11929)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from graphcore import Engine, Folders, ModelError, Registry
from nodes.builtin import pack
from nodes.models.clip_vision import MEAN, STD, ClipVision, load_clip_vision, preprocess

WIDTH, INNER, LAYERS, PATCH, SIDE, EMBED = 128, 96, 3, 4, 5, 24  # two heads


def weights() -> dict[str, Tensor]:
    """In open_clip's layout, which fuses queries, keys and values."""
    generator = torch.Generator().manual_seed(5)

    def random(*shape: int, scale: float = 0.1) -> Tensor:
        return torch.randn(shape, generator=generator) * scale

    found = {
        "visual.class_embedding": random(WIDTH),
        "visual.conv1.weight": random(WIDTH, 3, PATCH, PATCH),
        "visual.positional_embedding": random(SIDE**2 + 1, WIDTH),
        "visual.proj": random(WIDTH, EMBED),
    }
    norms = ["visual.ln_pre", "visual.ln_post"]
    for n in range(LAYERS):
        block = f"visual.transformer.resblocks.{n}"
        norms += [f"{block}.ln_1", f"{block}.ln_2"]
        shapes = {"attn.in_proj_": (3 * WIDTH, WIDTH), "attn.out_proj.": (WIDTH, WIDTH)}
        shapes |= {"mlp.c_fc.": (INNER, WIDTH), "mlp.c_proj.": (WIDTH, INNER)}
        for part, shape in shapes.items():
            found[f"{block}.{part}weight"], found[f"{block}.{part}bias"] = random(*shape), random(shape[0])
    for norm in norms:
        found[f"{norm}.weight"], found[f"{norm}.bias"] = 1 + random(WIDTH), random(WIDTH)
    return found


def formula(w: dict[str, Tensor], pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(last, last but one, embedding) of [B,3,H,W], with the sigmoid form of GELU that OpenAI's encoders have."""

    def norm(name: str, x: Tensor) -> Tensor:
        mean, variance = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)
        return (x - mean) / (variance + 1e-5).sqrt() * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(name: str, x: Tensor) -> Tensor:
        return x @ w[f"{name}weight"].T + w[f"{name}bias"]

    patches = F.unfold(pixels, PATCH, stride=PATCH).transpose(1, 2) @ w["visual.conv1.weight"].flatten(1).T
    x = torch.cat((w["visual.class_embedding"].expand(len(pixels), 1, -1), patches), 1)
    x = norm("visual.ln_pre", x + w["visual.positional_embedding"])
    states = [x]
    for n in range(LAYERS):
        block = f"visual.transformer.resblocks.{n}"
        qkv = linear(f"{block}.attn.in_proj_", norm(f"{block}.ln_1", x)).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (2, 64)).transpose(1, 2) for t in qkv)
        seen = ((q @ k.transpose(-1, -2)) / 8).softmax(-1) @ v
        x = x + linear(f"{block}.attn.out_proj.", seen.transpose(1, 2).flatten(2))
        inner = linear(f"{block}.mlp.c_fc.", norm(f"{block}.ln_2", x))
        x = x + linear(f"{block}.mlp.c_proj.", inner * (1.702 * inner).sigmoid())
        states.append(x)
    return states[-1], states[-2], norm("visual.ln_post", x[:, 0]) @ w["visual.proj"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vision") / "tiny.safetensors"
    save_file({f"embedder.model.{name}": tensor for name, tensor in weights().items()}, path)
    return path


@pytest.fixture(scope="module")
def vision(file: Path) -> ClipVision:
    return load_clip_vision(file)


def picture(height: int, width: int) -> Tensor:
    return torch.rand(2, height, width, 3, generator=torch.Generator().manual_seed(6))


def test_the_encoder_is_a_vision_transformer(vision: ClipVision) -> None:
    image = picture(20, 20)
    output = vision.encode_image(image)
    pixels = (image.movedim(-1, 1) * 255).round() / 255
    pixels = (pixels - torch.tensor(MEAN).reshape(3, 1, 1)) / torch.tensor(STD).reshape(3, 1, 1)
    for got, wanted in zip(
        (output.last_hidden_state, output.penultimate_hidden_states, output["image_embeds"]),
        formula(weights(), pixels),
        strict=True,
    ):
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-4)


def test_it_loads_again_after_being_unloaded(vision: ClipVision) -> None:
    before = vision.encode_image(picture(20, 20)).image_embeds
    vision.unload()
    assert torch.equal(vision.encode_image(picture(20, 20)).image_embeds, before)


@pytest.mark.parametrize(("crop", "size", "cut"), [(True, (32, 16), (8, 0)), (False, (16, 16), (0, 0))])
def test_pictures_are_resized_as_pillow_does(crop: bool, size: tuple[int, int], cut: tuple[int, int]) -> None:
    smooth = F.interpolate(picture(6, 4).movedim(-1, 1), size=(96, 48), mode="bicubic").clamp(0, 1).movedim(1, -1)
    got = preprocess(smooth, 16, crop) * torch.tensor(STD).reshape(3, 1, 1) + torch.tensor(MEAN).reshape(3, 1, 1)
    source = Image.fromarray((smooth[0] * 255).round().byte().numpy())
    wanted = np.asarray(source.resize(size[::-1], Image.Resampling.BICUBIC)) / 255
    wanted = wanted[cut[0] : cut[0] + 16, cut[1] : cut[1] + 16]
    assert got.shape == (2, 3, 16, 16)
    assert np.abs(got[0].movedim(0, -1).numpy() - wanted).max() < 2.5 / 255  # Pillow rounds between its two passes


def test_both_layouts_give_the_same(vision: ClipVision, tmp_path: Path) -> None:
    saved = dict(vision.weights.load())
    save_file({name: tensor.contiguous() for name, tensor in saved.items()}, tmp_path / "other.safetensors")
    other = load_clip_vision(tmp_path / "other.safetensors")
    image = picture(11, 17)
    torch.testing.assert_close(other.encode_image(image).image_embeds, vision.encode_image(image).image_embeds)


def test_other_files_are_refused(tiny_models: Path) -> None:
    with pytest.raises(ModelError, match="no CLIP vision model"):
        load_clip_vision(tiny_models / "models/checkpoints/sd15_tiny.safetensors")


def test_the_nodes(file: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.add("clip_vision", file.parent)
    prompt = {
        "1": {"class_type": "CLIPVisionLoader", "inputs": {"clip_name": file.name}},
        "2": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 6, "batch_size": 1, "color": 8421504}},
        "3": {"class_type": "CLIPVisionEncode", "inputs": {"clip_vision": ["1", 0], "image": ["2", 0], "crop": "none"}},
    }
    (output,) = Engine(Registry(pack), folders).run(prompt, keep=["3"]).values["3"][0]
    assert output.image_embeds.shape == (1, EMBED)
