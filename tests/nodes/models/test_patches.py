from __future__ import annotations

import torch

from nodes.models.adapters import Difference
from nodes.models.patches import WeightPatch, apply_patches, joined, multiplied

W = torch.arange(6, dtype=torch.float32).reshape(2, 3)
ONE = Difference(torch.ones(2, 3))


def test_no_patches_give_the_weight_itself() -> None:
    assert apply_patches(W, ()) is W
    assert apply_patches(W, (WeightPatch(ONE, strength=0.0),)) is W


def test_patches_are_applied_in_order() -> None:
    patches = (WeightPatch(ONE, 2.0), WeightPatch(None, model_strength=3.0), WeightPatch(ONE, 1.0))
    assert torch.equal(apply_patches(W, patches), (W + 2) * 3 + 1)
    assert W[0, 0] == 0, "the weight stays as it is"


def test_the_models_strength_comes_first() -> None:
    assert torch.equal(WeightPatch(ONE, 0.5, model_strength=2.0).apply(W), W * 2 + 0.5)


def test_a_window_changes_a_slice() -> None:
    patch = WeightPatch(Difference(torch.ones(2, 1)), window=(1, 2, 1))
    expected = W.clone()
    expected[:, 2] += 1
    assert torch.equal(patch.apply(W), expected)
    assert W[0, 2] == 2


def test_equal_patches_are_equal_and_hashable() -> None:
    assert WeightPatch(ONE, 0.5) == WeightPatch(ONE, 0.5)
    assert len({WeightPatch(ONE, 0.5), WeightPatch(ONE, 0.5), WeightPatch(ONE, 0.6)}) == 2
    assert WeightPatch(ONE) != WeightPatch(Difference(torch.ones(2, 3)))


def test_joining_keeps_the_order() -> None:
    first, second = WeightPatch(ONE, 1.0), WeightPatch(ONE, 2.0)
    assert joined({"a": (first,)}, {"a": (second,), "b": (second,)}) == {"a": (first, second), "b": (second,)}


def test_multiplying_parameters() -> None:
    (patch,) = multiplied(["q"], 1.5)["q"]
    assert torch.equal(patch.apply(W), W * 1.5)
