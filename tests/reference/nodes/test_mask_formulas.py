"""Nodes of masks and compositing beside their formulas; see `test_image_formulas`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.ndimage
import torch

from graphcore.testing import call
from nodes.builtin.masks import PorterDuff
from tests.reference.nodes.formulas import Array, equal, resized
from tests.reference.nodes.recorded import choices_of, fixtures

FIRST, SECOND = fixtures()["IMAGE.0"], fixtures()["IMAGE.1"]  # [2,48,64,3]
MASK, OTHER = fixtures()["MASK.0"], fixtures()["MASK.1"]  # [1,48,64]


def resized_mask(mask: torch.Tensor, width: int, height: int, method: str = "bilinear", center: bool = False) -> Array:
    return resized(mask[..., None], width, height, method, center)[..., 0]


# -- masks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tapered", [True, False])
@pytest.mark.parametrize("expand", [-70, -5, -1, 0, 1, 2, 9, 70])
def test_grow(expand: int, tapered: bool) -> None:
    footprint = np.array([[not tapered, 1, not tapered], [1, 1, 1], [not tapered, 1, not tapered]], bool)
    grow = scipy.ndimage.grey_dilation if expand > 0 else scipy.ndimage.grey_erosion
    grown = MASK.numpy()[0]
    for _ in range(abs(expand)):
        grown = grow(grown, footprint=footprint)
    equal(call("GrowMask", mask=MASK, expand=expand, tapered_corners=tapered).MASK, grown[None])


@pytest.mark.parametrize(
    "sides", [(5, 0, 0, 0), (0, 7, 0, 0), (0, 0, 6, 0), (0, 0, 0, 9), (3, 4, 5, 6), (900, 900, 900, 900)]
)
def test_feather(sides: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = sides
    wanted = MASK.numpy().astype(np.float64).copy()
    left, right = min(left, 64), min(right, 64)
    top, bottom = min(top, 48), min(bottom, 48)
    wanted[:, :, :left] *= np.arange(1, left + 1) / max(left, 1)
    wanted[:, :top] *= (np.arange(1, top + 1) / max(top, 1))[:, None]
    for x in range(right):  # counted from -0: the first column gets the first step
        wanted[:, :, (64 - x) % 64] *= (x + 1) / right
    for y in range(bottom):
        wanted[:, (48 - y) % 48] *= (y + 1) / bottom
    equal(call("FeatherMask", mask=MASK, left=sides[0], top=sides[1], right=sides[2], bottom=sides[3]).MASK, wanted)


COMBINED: dict[str, Callable[[Array, Array], Array]] = {
    "multiply": lambda a, b: a * b,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "and": lambda a, b: (np.round(a) != 0) & (np.round(b) != 0),
    "or": lambda a, b: (np.round(a) != 0) | (np.round(b) != 0),
    "xor": lambda a, b: (np.round(a) != 0) ^ (np.round(b) != 0),
}


@pytest.mark.parametrize("operation", COMBINED)
@pytest.mark.parametrize(("x", "y"), [(0, 0), (9, 31), (63, 47), (64, 2), (500, 500)])
def test_composite_of_masks(operation: str, x: int, y: int) -> None:
    below, above = MASK.numpy() * 1.5 - 0.2, OTHER.numpy()
    wanted = below.copy()
    part = wanted[:, y : y + 48, x : x + 64]
    part[...] = COMBINED[operation](part, above[:, : part.shape[1], : part.shape[2]])
    options = {"x": x, "y": y, "operation": operation}
    got = call("MaskComposite", destination=torch.from_numpy(below), source=OTHER, **options).MASK
    equal(got, np.clip(wanted, 0, 1))


def test_single_pixels() -> None:
    mask = MASK.numpy()
    equal(call("InvertMask", mask=MASK).MASK, 1 - mask)
    for value in (0.0, 0.25, 0.5, 1.0):
        equal(call("ThresholdMask", mask=MASK, value=value).MASK, mask > value)
    equal(call("CropMask", mask=MASK, x=50, y=40, width=30, height=30).MASK, mask[:, 40:, 50:])
    equal(call("SolidMask", value=0.3, width=7, height=4).MASK, np.full((1, 4, 7), 0.3))
    equal(call("MaskToImage", mask=MASK).IMAGE, np.repeat(mask[..., None], 3, -1))
    with_alpha = torch.cat((FIRST, OTHER.expand(2, -1, -1)[..., None]), -1)
    for channel, name in enumerate(("red", "green", "blue", "alpha")):
        equal(call("ImageToMask", image=with_alpha, channel=name).MASK, with_alpha.numpy()[..., channel])
    color, transparent = call("SplitImageWithAlpha", image=with_alpha)
    equal(color, FIRST.numpy())
    equal(transparent, np.repeat(1 - OTHER.numpy(), 2, 0))
    assert call("SplitImageWithAlpha", image=FIRST).MASK.unique().tolist() == [0]


@pytest.mark.parametrize("size", [(48, 64), (20, 90)])
def test_join_with_alpha(size: tuple[int, int]) -> None:
    alpha = torch.from_numpy(resized_mask(MASK, size[1], size[0])).float()
    got = call("JoinImageWithAlpha", image=FIRST, alpha=alpha).IMAGE
    equal(got, np.concatenate((FIRST.numpy()[:1], 1 - resized_mask(alpha, 64, 48)[..., None]), -1))


# -- compositing -------------------------------------------------------------------------------------------------------


def pasted(below: Array, above: Array, weight: Array, x: int, y: int) -> Array:
    """[B,H,W,C] with `above` at (x, y), pixel by pixel."""
    result = below.copy()
    for i in range(above.shape[1]):
        for j in range(above.shape[2]):
            if 0 <= y + i < below.shape[1] and 0 <= x + j < below.shape[2]:
                w = weight[:, i, j, None]
                result[:, y + i, x + j] = w * above[:, i, j] + (1 - w) * below[:, y + i, x + j]
    return result


@pytest.mark.parametrize("resize", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (11, 30), (63, 47), (64, 48), (999, 1)])
def test_composite_of_images(x: int, y: int, masked: bool, resize: bool) -> None:
    source = SECOND[:1, :30, :50]
    above = resized(source, 64, 48, "bilinear") if resize else source.numpy()
    mask = MASK[:, :40, :20] if masked else torch.ones(1, 4, 4)
    weight = resized_mask(mask, above.shape[2], above.shape[1])
    wanted = pasted(FIRST.numpy(), above.repeat(2, 0), weight.repeat(2, 0), x, y)
    options = {"x": x, "y": y, "resize_source": resize} | ({"mask": mask} if masked else {})
    equal(call("ImageCompositeMasked", destination=FIRST, source=source, **options).IMAGE, wanted, 1e-4)


def test_composite_takes_as_many_channels_as_the_destination_has() -> None:
    source = torch.cat((SECOND, torch.rand(2, 48, 64, 1)), -1)
    equal(call("ImageCompositeMasked", destination=FIRST, source=source).IMAGE, SECOND.numpy())


def lighter(S: Array, D: Array, a: Array, b: Array, choose: Callable[[Array, Array], Array]) -> tuple[Array, Array]:
    return a + b - a * b, (1 - b) * S + (1 - a) * D + choose(S, D)


PORTER_DUFF: dict[str, Callable[[Array, Array, Array, Array], tuple[Array, Array]]] = {
    "ADD": lambda S, D, a, b: (np.clip(a + b, 0, 1), np.clip(S + D, 0, 1)),
    "CLEAR": lambda S, D, a, b: (0 * a, 0 * S),
    "DARKEN": lambda S, D, a, b: lighter(S, D, a, b, np.minimum),
    "DST": lambda S, D, a, b: (b, D),
    "DST_ATOP": lambda S, D, a, b: (a, a * D + (1 - b) * S),
    "DST_IN": lambda S, D, a, b: (a * b, a * D),
    "DST_OUT": lambda S, D, a, b: ((1 - a) * b, (1 - a) * D),
    "DST_OVER": lambda S, D, a, b: (b + (1 - b) * a, D + (1 - b) * S),
    "LIGHTEN": lambda S, D, a, b: lighter(S, D, a, b, np.maximum),
    "MULTIPLY": lambda S, D, a, b: (a * b, S * D),
    "OVERLAY": lambda S, D, a, b: (
        a + b - a * b,
        np.where(b > 2 * D, 2 * S * D, a * b - 2 * (b - S) * (a - D)),
    ),
    "SCREEN": lambda S, D, a, b: (a + b - a * b, S + D - S * D),
    "SRC": lambda S, D, a, b: (a, S),
    "SRC_ATOP": lambda S, D, a, b: (b, b * S + (1 - a) * D),
    "SRC_IN": lambda S, D, a, b: (a * b, b * S),
    "SRC_OUT": lambda S, D, a, b: ((1 - b) * a, (1 - b) * S),
    "SRC_OVER": lambda S, D, a, b: (a + (1 - a) * b, S + (1 - a) * D),
    "XOR": lambda S, D, a, b: ((1 - b) * a + (1 - a) * b, (1 - b) * S + (1 - a) * D),
}


@pytest.mark.parametrize("mode", choices_of(PorterDuff))
@pytest.mark.parametrize("same_size", [True, False])
def test_porter_duff(mode: str, same_size: bool) -> None:
    source, mask = (SECOND, OTHER) if same_size else (SECOND[:, :40, :44], OTHER[:, :60, :30])
    got = call(
        "PorterDuffImageComposite",
        source=source,
        source_alpha=mask,
        destination=FIRST,
        destination_alpha=MASK,
        mode=mode,
    )
    above = SECOND.numpy() if same_size else resized(source, 64, 48, "bicubic", center=True)
    above_mask = OTHER.numpy() if same_size else resized_mask(mask, 64, 48, "bicubic", center=True)
    a, b = 1 - above_mask[..., None].astype(np.float64), 1 - MASK.numpy()[..., None].astype(np.float64)
    alpha, color = PORTER_DUFF[mode](above[:1] * a, FIRST.numpy()[:1] * b, a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(alpha > 1e-5, color / alpha, 0)
    certain = np.broadcast_to(np.abs(alpha) > 1e-3, plain.shape)  # near 0, single precision decides
    np.testing.assert_allclose(got.IMAGE.numpy()[certain], np.clip(plain, 0, 1)[certain], atol=1e-4)
    assert got.IMAGE.shape == (1, 48, 64, 3)
    equal(got.MASK, np.clip(1 - alpha[..., 0], 0, 1), 1e-4)
