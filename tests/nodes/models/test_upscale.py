"""Upscale models of the ESRGAN kind against the formulas of their papers.

spandrel imports two names of torchvision, which has no build for the CPU: stand-ins that no architecture here uses.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from graphcore import Engine, Folders, ModelError, Registry
from nodes.builtin import pack
from nodes.models import upscale
from nodes.models.upscale import UpscaleModel, load_upscale_model

FILTERS, GROWTH = 8, 32


@pytest.fixture(scope="module", autouse=True)
def spandrel() -> ModuleType:
    """spandrel, imported beside a stand-in that nobody else gets to see."""
    names = ("torchvision", "torchvision.transforms", "torchvision.transforms.functional")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setitem(sys.modules, name, ModuleType(name))
        for name in ("InterpolationMode", "rotate", "normalize"):
            setattr(sys.modules[names[-1]], name, object())
        import spandrel

    return spandrel


def weights(seed: int = 0) -> dict[str, Tensor]:
    """A Real-ESRGAN network with one block, enlarging four times."""
    generator = torch.Generator().manual_seed(seed)
    sizes = {"conv_first": (3, FILTERS), "conv_last": (FILTERS, 3)}
    sizes |= dict.fromkeys(("conv_body", "conv_up1", "conv_up2", "conv_hr"), (FILTERS, FILTERS))
    for block in (1, 2, 3):
        for conv in range(1, 6):
            given = FILTERS + GROWTH * (conv - 1)
            sizes[f"body.0.rdb{block}.conv{conv}"] = (given, GROWTH if conv < 5 else FILTERS)
    found = {}
    for name, (given, made) in sizes.items():
        found[f"{name}.weight"] = torch.randn(made, given, 3, 3, generator=generator) / (given * 9) ** 0.5
        found[f"{name}.bias"] = torch.randn(made, generator=generator) * 0.1
    found["conv_last.bias"] += 0.5
    return found


def formula(w: dict[str, Tensor], x: Tensor) -> Tensor:
    """ESRGAN (arXiv:1809.00219), section 3.1, with the residual scaling 0.2."""

    def conv(name: str, h: Tensor) -> Tensor:
        return F.conv2d(h, w[f"{name}.weight"], w[f"{name}.bias"], padding=1)

    def rdb(name: str, h: Tensor) -> Tensor:
        seen = [h]
        for i in range(1, 5):
            seen.append(F.leaky_relu(conv(f"{name}.conv{i}", torch.cat(seen, 1)), 0.2))
        return h + 0.2 * conv(f"{name}.conv5", torch.cat(seen, 1))

    first = conv("conv_first", x)
    h = first
    for block in (1, 2, 3):
        h = rdb(f"body.0.rdb{block}", h)
    h = first + conv("conv_body", first + 0.2 * h)
    for up in ("conv_up1", "conv_up2"):
        h = F.leaky_relu(conv(up, h.repeat_interleave(2, -1).repeat_interleave(2, -2)), 0.2)
    return conv("conv_last", F.leaky_relu(conv("conv_hr", h), 0.2)).clamp(0, 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> UpscaleModel:
    path = tmp_path_factory.mktemp("upscale") / "x4.safetensors"
    save_file(weights(), path)
    return load_upscale_model(path)


def picture(height: int, width: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, height, width, 3, generator=torch.Generator().manual_seed(3))


def test_a_small_picture_is_what_the_paper_says(model: UpscaleModel) -> None:
    image = picture(20, 24, 2)
    enlarged = model.enlarge(image)
    assert model.scale == 4
    assert enlarged.shape == (2, 80, 96, 3)
    wanted = formula(weights(), image.movedim(-1, 1)).movedim(1, -1)
    assert 0.1 < wanted.std() < 0.45  # neither flat nor all clamped
    torch.testing.assert_close(enlarged, wanted, atol=1e-5, rtol=1e-4)


def test_tiles_are_blended(model: UpscaleModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upscale, "TILE", 96)
    image = picture(20, 160)
    steps: list[tuple[int, int]] = []
    enlarged = model.enlarge(image, lambda *now: steps.append(now))
    assert steps == [(1, 2), (2, 2)]
    left, right = (formula(weights(), part.movedim(-1, 1)) for part in (image[:, :, :96], image[:, :, 64:160]))
    ramp = torch.linspace(1, 128, 128) / 128
    both = left[..., 256:] * ramp.flip(0) + right[..., :128] * ramp
    wanted = torch.cat((left[..., :256], both / (ramp + ramp.flip(0)), right[..., 128:]), -1).movedim(1, -1)
    torch.testing.assert_close(enlarged, wanted, atol=1e-5, rtol=1e-4)


def test_tiles_are_halved_where_memory_is_short(model: UpscaleModel, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def enlarged(pixels: Tensor, tile: int, step: object) -> Tensor:
        tried.append(tile)
        raise torch.OutOfMemoryError

    monkeypatch.setattr(model, "_enlarged", enlarged)
    with pytest.raises(torch.OutOfMemoryError):
        model.enlarge(picture(8, 8))
    assert tried == [512, 256, 128]


def test_transparency_is_dropped_and_grey_becomes_colour(model: UpscaleModel) -> None:
    image = picture(8, 8)
    assert torch.equal(model.enlarge(torch.cat((image, image[..., :1]), -1)), model.enlarge(image))
    assert torch.equal(model.enlarge(image[..., :1]), model.enlarge(image[..., :1].expand(-1, -1, -1, 3)))


def test_it_loads_again_after_being_unloaded(model: UpscaleModel) -> None:
    before = model.enlarge(picture(8, 8))
    model.unload()
    assert torch.equal(model.enlarge(picture(8, 8)), before)


def test_other_files_are_refused(tiny_models: Path) -> None:
    with pytest.raises(ModelError, match="no upscale model"):
        load_upscale_model(tiny_models / "models/loras/sd15_tiny_lora.safetensors")


def test_without_spandrel_the_extra_is_named(model: UpscaleModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    with pytest.raises(ModelError, match=r"pip install '\.\[upscale\]'"):
        load_upscale_model(model.path)


def test_the_nodes(model: UpscaleModel, tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.add("upscale_models", model.path.parent)
    prompt = {
        "1": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": model.path.name}},
        "2": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 6, "batch_size": 1, "color": 8421504}},
        "3": {"class_type": "ImageUpscaleWithModel", "inputs": {"upscale_model": ["1", 0], "image": ["2", 0]}},
    }
    (enlarged,) = Engine(Registry(pack), folders).run(prompt, keep=["3"]).values["3"][0]
    assert enlarged.shape == (1, 24, 32, 3)
