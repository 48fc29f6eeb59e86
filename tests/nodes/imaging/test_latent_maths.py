from typing import Any

import pytest
import torch

from nodes.imaging.latent_maths import (
    add_latents,
    apply_operation,
    blend_latents,
    concat_latents,
    cut_latent,
    interpolate_latents,
    multiply_latent,
    sharpen_operation,
    subtract_latents,
    tonemap_operation,
)
from nodes.imaging.shapes import ImagingError


def latent(*shape: int, **more: Any) -> dict[str, Any]:
    return {"samples": torch.randn(shape), **more}


def test_sums_resize_and_repeat_the_second() -> None:
    first, second = latent(3, 4, 6, 8, batch_index=[5, 6, 7]), latent(2, 4, 3, 9)
    total = add_latents(first, second)
    assert total["samples"].shape == (3, 4, 6, 8)
    assert total["batch_index"] == [5, 6, 7]
    torch.testing.assert_close(subtract_latents(total, second)["samples"], first["samples"])
    assert torch.equal(multiply_latent(first, -2)["samples"], first["samples"] * -2)


@pytest.mark.parametrize("operation", [add_latents, subtract_latents])
def test_other_families_are_refused(operation: Any) -> None:
    with pytest.raises(ImagingError, match="different model families"):
        operation(latent(1, 4, 6, 8), latent(1, 16, 6, 8))


def test_blending_is_linear() -> None:
    first, second = latent(1, 4, 6, 8), latent(1, 4, 6, 8)
    wanted = first["samples"] * 0.25 + second["samples"] * 0.75
    torch.testing.assert_close(blend_latents(first, second, 0.25)["samples"], wanted)
    assert blend_latents(first, latent(1, 4, 9, 9), 0.25)["samples"].shape == (1, 4, 6, 8)


def test_interpolating_mixes_lengths_apart_from_directions() -> None:
    first = {"samples": torch.tensor([2.0, 0.0]).view(1, 2, 1, 1)}
    second = {"samples": torch.tensor([0.0, 4.0]).view(1, 2, 1, 1)}
    middle = interpolate_latents(first, second, 0.5)["samples"]
    torch.testing.assert_close(middle.flatten(), torch.tensor([3.0, 3.0]) / 2**0.5)
    torch.testing.assert_close(interpolate_latents(first, second, 1.0)["samples"], first["samples"])
    empty = {"samples": torch.zeros(1, 2, 1, 1)}
    assert interpolate_latents(empty, empty, 0.5)["samples"].abs().sum() == 0
    with pytest.raises(ImagingError, match="Latent Blend"):
        interpolate_latents(latent(2, 4, 3, 3), latent(2, 4, 3, 3), 0.5)


@pytest.mark.parametrize(("axis", "shape"), [("x", (2, 4, 6, 16)), ("-y", (2, 4, 12, 8)), ("t", (2, 8, 6, 8))])
def test_side_by_side(axis: str, shape: tuple[int, ...]) -> None:
    first, second = latent(2, 4, 6, 8), latent(1, 4, 6, 8)
    joined = concat_latents(first, second, axis)["samples"]
    assert joined.shape == shape
    start = cut_latent({"samples": joined}, axis[-1], 0, first["samples"].shape[{"x": -1, "y": -2, "t": -3}[axis[-1]]])
    source = second["samples"].expand(2, -1, -1, -1) if axis.startswith("-") else first["samples"]
    assert torch.equal(start["samples"], source)


def test_side_by_side_needs_equal_sides() -> None:
    with pytest.raises(ImagingError, match="side by side along x"):
        concat_latents(latent(1, 4, 6, 8), latent(1, 4, 7, 8), "x")


@pytest.mark.parametrize(
    ("index", "amount", "cells"), [(0, 2, [0, 1]), (3, 9, [3, 4]), (99, 1, [4]), (-2, 9, [3, 4]), (-99, 2, [0, 1])]
)
def test_cuts(index: int, amount: int, cells: list[int]) -> None:
    samples = {"samples": torch.arange(5.0).view(1, 1, 1, 5)}
    assert cut_latent(samples, "x", index, amount)["samples"].flatten().tolist() == cells


def test_operations_keep_directions_or_lengths() -> None:
    source = latent(2, 4, 24, 24)
    samples = source["samples"]
    toned = apply_operation(source, tonemap_operation(1.0))["samples"]
    cosine = torch.nn.functional.cosine_similarity(toned, samples)
    torch.testing.assert_close(cosine, torch.ones_like(cosine))
    assert bool((toned.norm(dim=1) < samples.norm(dim=1)).all())
    sharp = apply_operation(source, sharpen_operation(3, 1.0, 0.0))["samples"]
    torch.testing.assert_close(sharp, samples)
