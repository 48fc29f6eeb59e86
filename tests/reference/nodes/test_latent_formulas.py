"""Nodes of latents beside their formulas; see `test_image_formulas`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import torch

from graphcore.testing import call
from nodes.builtin.latents import Methods
from tests.reference.nodes.formulas import Array, equal, gaussian, resized
from tests.reference.nodes.recorded import choices_of, fixtures

FIRST, SECOND = fixtures()["LATENT.0"], fixtures()["LATENT.1"]  # [2,4,6,8]
MASK = fixtures()["MASK.0"]
WIDE = {"samples": torch.randn(2, 4, 20, 24, generator=torch.Generator().manual_seed(1))}
VIDEO = {"samples": torch.randn(1, 4, 5, 6, 8, generator=torch.Generator().manual_seed(2))}


def samples(latent: dict[str, Any]) -> Array:
    return latent["samples"].numpy().astype(np.float64)


def resized_latent(latent: dict[str, Any], width: int, height: int, method: str, center: bool = False) -> Array:
    """[B,C,h,w] -> [B,C,height,width]."""
    if method == "bislerp":
        return bislerp(bislerp(samples(latent), width, 3), height, 2)
    return np.moveaxis(resized(latent["samples"].movedim(1, -1), width, height, method, center), -1, 1)


def bislerp(x: Array, new: int, axis: int) -> Array:
    x = np.moveaxis(x, axis, -1)
    old = x.shape[-1]
    index = np.arange(old, dtype=np.float32)
    following = np.append(index[1:], index[-1])

    def torchs(line: Array) -> Array:
        """Torch's own rounding says on which side of a whole number a place lies."""
        return (
            torch.nn.functional.interpolate(torch.from_numpy(line)[None, None, None], (1, new), mode="bilinear")
            .numpy()
            .ravel()
        )

    first = torchs(index)
    ratio = first - np.floor(first)
    result = np.empty((*x.shape[:-1], new))
    for place, (i, j) in enumerate(zip(first.astype(int), torchs(following).astype(int), strict=True)):
        result[..., place] = slerped(x[..., i], x[..., j], ratio[place])
    return np.moveaxis(result, -1, axis)


def slerped(b1: Array, b2: Array, r: float) -> Array:
    n1, n2 = (np.linalg.norm(b, axis=1, keepdims=True) for b in (b1, b2))
    u1, u2 = b1 / np.where(n1 == 0, 1, n1), b2 / np.where(n2 == 0, 1, n2)
    dot = (u1 * u2).sum(1, keepdims=True)
    omega = np.arccos(np.clip(dot, -1, 1))
    sine = np.where(np.sin(omega) == 0, 1, np.sin(omega))
    mixed = (np.sin((1 - r) * omega) / sine * u1 + np.sin(r * omega) / sine * u2) * (n1 * (1 - r) + n2 * r)
    return np.where(dot > 1 - 1e-5, b1, np.where(dot < 1e-5 - 1, b1 * (1 - r) + b2 * r, mixed))


# -- sizes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", choices_of(Methods))
@pytest.mark.parametrize("crop", ["disabled", "center"])
def test_upscale(method: str, crop: str) -> None:
    for width, height in [(80, 200), (320, 64), (8, 96), (64, 64)]:
        got = call("LatentUpscale", samples=WIDE, upscale_method=method, width=width, height=height, crop=crop).LATENT
        columns, rows = max(64, width) // 8, max(64, height) // 8
        source = WIDE
        if crop == "center" and method == "bislerp":
            aspect, old = columns / rows, 24 / 20
            x = round((24 - 24 * (aspect / old)) / 2) if old > aspect else 0
            y = round((20 - 20 * (old / aspect)) / 2) if old < aspect else 0
            source = {"samples": WIDE["samples"][:, :, y : 20 - y, x : 24 - x]}
        equal(got["samples"], resized_latent(source, columns, rows, method, crop == "center"), 1e-4)


@pytest.mark.parametrize("method", choices_of(Methods))
def test_upscales_that_keep_the_aspect(method: str) -> None:
    for width, height, columns, rows in [(0, 0, 24, 20), (160, 0, 20, 8), (0, 72, 10, 9), (0, 8, 9, 8)]:
        got = call("LatentUpscale", samples=WIDE, upscale_method=method, width=width, height=height).LATENT["samples"]
        if width == height == 0:
            equal(got, samples(WIDE))
            continue
        if width:  # the other side in pixels is the ratio of cells times what was asked, at least 64
            rows = max(64, round(20 * width / 24)) // 8
        else:
            columns, rows = max(64, round(24 * max(64, height) / 20)) // 8, max(64, height) // 8
        equal(got, resized_latent(WIDE, columns, rows, method), 1e-4)
    for factor in (0.3, 1.25, 2.6):
        got = call("LatentUpscaleBy", samples=WIDE, upscale_method=method, scale_by=factor).LATENT["samples"]
        equal(got, resized_latent(WIDE, round(24 * factor), round(20 * factor), method), 1e-4)


def test_videos_are_resized_frame_by_frame() -> None:
    got = call("LatentUpscaleBy", samples=VIDEO, upscale_method="bicubic", scale_by=1.5).LATENT["samples"]
    for frame in range(5):
        single = {"samples": VIDEO["samples"][:, :, frame]}
        equal(got[:, :, frame], resized_latent(single, 12, 9, "bicubic"), 1e-4)


@pytest.mark.parametrize("turns", range(4))
def test_turn_flip_crop_and_trim(turns: int) -> None:
    rotation = ["none", "90 degrees", "180 degrees", "270 degrees"][turns]
    equal(
        call("LatentRotate", samples=FIRST, rotation=rotation).LATENT["samples"],
        np.rot90(samples(FIRST), -turns, (2, 3)),
    )
    for method, axis in (("x-axis: vertically", 2), ("y-axis: horizontally", 3)):
        equal(call("LatentFlip", samples=FIRST, flip_method=method).LATENT["samples"], np.flip(samples(FIRST), axis))
    got = call("LatentCrop", samples=WIDE, width=64, height=80, x=40 * turns, y=24).LATENT["samples"]
    left = min(5 * turns, 24 - 8)
    equal(got, samples(WIDE)[:, :, 3:13, left : left + 8])
    equal(call("TrimVideoLatent", samples=VIDEO, trim_amount=turns).LATENT["samples"], samples(VIDEO)[:, :, turns:])


@pytest.mark.parametrize(
    ("node", "inputs", "shape"),
    [
        ("EmptyHunyuanLatentVideo", {"width": 96, "height": 64, "length": 9, "batch_size": 2}, (2, 16, 3, 8, 12)),
        ("EmptyHunyuanLatentVideo", {"width": 80, "height": 64, "length": 1}, (1, 16, 1, 8, 10)),
        ("EmptyCosmosLatentVideo", {"width": 96, "height": 64, "length": 17}, (1, 16, 3, 8, 12)),
        ("EmptyMochiLatentVideo", {"width": 96, "height": 64, "length": 13}, (1, 12, 3, 8, 12)),
        ("EmptyLTXVLatentVideo", {"width": 96, "height": 64, "length": 25}, (1, 128, 4, 2, 3)),
        ("EmptyHunyuanImageLatent", {"width": 96, "height": 64}, (1, 64, 2, 3)),
        ("EmptySD3LatentImage", {"width": 96, "height": 64}, (1, 16, 8, 12)),
        ("EmptyChromaRadianceLatentImage", {"width": 96, "height": 64}, (1, 3, 64, 96)),
        ("EmptyAceStepLatentAudio", {"seconds": 120.0, "batch_size": 2}, (2, 8, 16, 1291)),
        ("EmptyAceStepLatentAudio", {"seconds": 33.3}, (1, 8, 16, 358)),
    ],
)
def test_empty_latents(node: str, inputs: dict[str, int], shape: tuple[int, ...]) -> None:
    equal(call(node, **inputs).LATENT["samples"], np.zeros(shape))


def test_empty_latents_of_two_stages() -> None:
    stage_c, stage_b = call("StableCascade_EmptyLatentImage", width=512, height=344, compression=37, batch_size=2)
    equal(stage_c["samples"], np.zeros((2, 16, 9, 13)))
    equal(stage_b["samples"], np.zeros((2, 4, 86, 128)))


# -- mixing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "y"), [(0, 0), (16, 8), (40, 0), (0, 40), (56, 40)])
@pytest.mark.parametrize("feather", [0, 8, 24, 64])
def test_composite(x: int, y: int, feather: int) -> None:
    source = {"samples": SECOND["samples"][:, :, :4, :5]}
    column, row, fade = x // 8, y // 8, feather // 8
    mask = np.ones((4, 5))
    for t in range(fade):
        share = (t + 1) / fade
        if row and t < 4:
            mask[t] *= share
        if row + 4 < 6 and t < 4:
            mask[3 - t] *= share
        if column and t < 5:
            mask[:, t] *= share
        if column + 5 < 8 and t < 5:
            mask[:, 4 - t] *= share
    wanted = samples(FIRST).copy()
    place = wanted[:, :, row : row + 4, column : column + 5]
    part = (..., slice(0, place.shape[2]), slice(0, place.shape[3]))
    place[...] = samples(source)[part] * mask[part] + place * (1 - mask[part])
    got = call("LatentComposite", samples_to=FIRST, samples_from=source, x=x, y=y, feather=feather).LATENT
    equal(got["samples"], wanted)


@pytest.mark.parametrize("resize", [False, True])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (16, 24), (60, 40)])
def test_composite_masked(x: int, y: int, resize: bool) -> None:
    source = {"samples": SECOND["samples"][:1, :, :3, :7]}
    above = resized_latent(source, 8, 6, "bilinear") if resize else samples(source)
    weight = resized(MASK[..., None], above.shape[3], above.shape[2], "bilinear")[:, :, :, 0]
    wanted = samples(FIRST).copy()
    place = wanted[:, :, y // 8 :, x // 8 :]
    place = place[:, :, : above.shape[2], : above.shape[3]]
    rows, columns = place.shape[2:]
    w = weight[:, None, :rows, :columns]
    place[...] = w * above[:, :, :rows, :columns] + (1 - w) * place
    got = call("LatentCompositeMasked", destination=FIRST, source=source, x=x, y=y, resize_source=resize, mask=MASK)
    equal(got.LATENT["samples"], wanted, 1e-4)


def test_arithmetic() -> None:
    small = {"samples": SECOND["samples"][:1, :, :4, :5], "other": 1}
    fitted = resized_latent(small, 8, 6, "bilinear", center=True)
    equal(call("LatentAdd", samples1=FIRST, samples2=small).LATENT["samples"], samples(FIRST) + fitted, 1e-4)
    equal(call("LatentSubtract", samples1=FIRST, samples2=small).LATENT["samples"], samples(FIRST) - fitted, 1e-4)
    for factor in (0.0, 0.3, 1.0):
        cubic = resized_latent({"samples": SECOND["samples"][:, :, :4, :5]}, 8, 6, "bicubic", center=True)
        for second, other in ((SECOND, samples(SECOND)), ({"samples": SECOND["samples"][:, :, :4, :5]}, cubic)):
            got = call("LatentBlend", samples1=FIRST, samples2=second, blend_factor=factor).LATENT["samples"]
            equal(got, samples(FIRST) * factor + other * (1 - factor), 1e-4)
    assert call("LatentMultiply", samples=small, multiplier=2.0).LATENT["other"] == 1


@pytest.mark.parametrize("ratio", [0.0, 0.25, 1.0])
def test_interpolate(ratio: float) -> None:
    """One picture: lengths of shape [1,h,w] fit [1,4,h,w]."""
    a, b = (latent["samples"][:1].clone() for latent in (FIRST, SECOND))
    a[:, :, 0, 0] = 0
    first, second = a.numpy().astype(np.float64), b.numpy().astype(np.float64)
    m1, m2 = (np.linalg.norm(x, axis=1) for x in (first, second))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = ratio * np.nan_to_num(first / m1) + (1 - ratio) * np.nan_to_num(second / m2)
        t = np.nan_to_num(t / np.linalg.norm(t, axis=1))
    got = call("LatentInterpolate", samples1={"samples": a}, samples2={"samples": b}, ratio=ratio).LATENT["samples"]
    equal(got, t * (m1 * ratio + m2 * (1 - ratio)), 1e-4)


@pytest.mark.parametrize(("dim", "axis"), [("x", -1), ("y", -2), ("t", -3)])
def test_concat_and_cut(dim: str, axis: int) -> None:
    equal(call("LatentConcat", samples1=FIRST, samples2=SECOND, dim=dim).LATENT["samples"],
          np.concatenate((samples(FIRST), samples(SECOND)), axis))  # fmt: skip
    equal(call("LatentConcat", samples1=FIRST, samples2=SECOND, dim=f"-{dim}").LATENT["samples"],
          np.concatenate((samples(SECOND), samples(FIRST)), axis))  # fmt: skip
    size = samples(FIRST).shape[axis]
    for index, amount in [(0, 2), (2, 99), (99, 1), (-1, 5), (-3, 2), (-99, 3)]:
        start = min(index, size - 1) if index >= 0 else max(index, -size) + size
        end = start + min(size - start, amount)
        got = call("LatentCut", samples=FIRST, dim=dim, index=index, amount=amount).LATENT["samples"]
        equal(got, np.take(samples(FIRST), range(start, end), axis))


def test_batches() -> None:
    small = {"samples": SECOND["samples"][:1, :, :4, :5], "batch_index": [7]}
    joined = call("LatentBatch", samples1=FIRST, samples2=small).LATENT
    fitted = resized_latent(small, 8, 6, "bilinear", center=True)
    equal(joined["samples"], np.concatenate((samples(FIRST), fitted)), 1e-4)
    assert joined["batch_index"] == [0, 1, 7]
    masked = {**joined, "noise_mask": torch.rand(2, 1, 6, 8)}
    part = call("LatentFromBatch", samples=masked, batch_index=1, length=60).LATENT
    equal(part["samples"], joined["samples"][1:])
    assert part["batch_index"] == [1, 7]
    equal(part["noise_mask"], masked["noise_mask"][[1, 0]])  # two masks for three items are tiled
    repeated = call("RepeatLatentBatch", samples=masked, amount=2).LATENT
    assert repeated["batch_index"] == [0, 1, 7, 8, 9, 15]
    equal(repeated["noise_mask"], masked["noise_mask"][[0, 1, 0, 0, 1, 0]])
    assert call("LatentBatchSeedBehavior", samples=joined, seed_behavior="fixed").LATENT["batch_index"] == [0, 0, 0]
    assert "batch_index" not in call("LatentBatchSeedBehavior", samples=joined, seed_behavior="random").LATENT
    assert call("SetLatentNoiseMask", samples=FIRST, mask=MASK).LATENT["noise_mask"].shape == (1, 1, 48, 64)


def test_rebatch() -> None:
    mask = torch.zeros(1, 1, 48, 64)
    masked = {**SECOND, "noise_mask": mask}
    got = call("RebatchLatents", latents=[FIRST, masked, WIDE], batch_size=3).LATENT
    assert [len(batch["samples"]) for batch in got] == [3, 1, 2]
    assert [batch["batch_index"] for batch in got] == [[0, 1, 2], [3], [4, 5]]
    equal(got[0]["samples"], np.concatenate((samples(FIRST), samples(SECOND)[:1])))
    equal(got[0]["noise_mask"], np.concatenate((np.ones((2, 1, 48, 64)), np.zeros((1, 1, 48, 64)))))
    assert "noise_mask" not in got[2]


@pytest.mark.parametrize("multiplier", [0.2, 1.0, 7.5])
def test_tonemap(multiplier: float) -> None:
    x = samples(FIRST)
    length = np.linalg.norm(x, axis=1, keepdims=True) + 1e-10
    mean, deviation = (
        f(length, axis=(1, 2, 3), keepdims=True) for f in (np.mean, lambda v, **k: np.std(v, ddof=1, **k))
    )
    top = (5 * deviation + mean) * multiplier
    new = length / top
    operation = call("LatentOperationTonemapReinhard", multiplier=multiplier)[0]
    got = call("LatentApplyOperation", samples=FIRST, operation=operation).LATENT["samples"]
    equal(got, x / length * (new / (new + 1) * top), 1e-4)


@pytest.mark.parametrize(("radius", "sigma", "alpha"), [(1, 1.0, 0.1), (2, 0.3, 1.7), (5, 4.0, 0.5)])
def test_sharpen(radius: int, sigma: float, alpha: float) -> None:
    x = samples(WIDE)
    length = np.linalg.norm(x, axis=1, keepdims=True) + 1e-6
    kernel = gaussian(radius, sigma) * -(alpha * 10)
    kernel[radius, radius] += 1 - kernel.sum()
    sharp = scipy.ndimage.correlate(x / length, kernel[None, None], mode="mirror") * length
    operation = call("LatentOperationSharpen", sharpen_radius=radius, sigma=sigma, alpha=alpha)[0]
    equal(call("LatentApplyOperation", samples=WIDE, operation=operation).LATENT["samples"], sharp, 1e-4)
