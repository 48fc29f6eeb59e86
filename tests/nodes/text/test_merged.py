"""Patched text encoders, shared by handles with equal patches."""

from __future__ import annotations

import gc

import torch

from nodes.models.patches import WeightPatch
from nodes.text.merged import merged
from tests.nodes.text.small import FC1, FC2, Add, small_encoder

ADD = Add()


def patches(*strengths):
    return tuple(WeightPatch(ADD, strength) for strength in strengths)


def test_patches_are_added_in_float32_and_rounded_once():
    base = small_encoder()
    base = base.replaced({FC1: torch.ones_like(base.weights[FC1])})
    # A quarter of a float16 step each: rounding in between would lose them.
    patched = merged(base, {FC1: patches(*[2.0**-12] * 4)})
    assert patched.weights[FC1].dtype == torch.float16
    assert (patched.weights[FC1] == 1 + 2.0**-10).all()


def test_the_base_stays_and_unpatched_weights_are_shared():
    base = small_encoder()
    before = base.weights[FC1].clone()
    patched = merged(base, {FC1: patches(1.0)})
    assert torch.equal(base.weights[FC1], before)
    assert patched.weights[FC2] is base.weights[FC2]


def test_equal_patches_share_one_encoder():
    base = small_encoder()
    first = merged(base, {FC1: patches(1.0), FC2: patches(2.0)})
    assert merged(base, {FC2: patches(2.0), FC1: patches(1.0)}) is first
    assert merged(base, {FC1: patches(1.0)}) is not first
    assert merged(small_encoder(), {FC1: patches(1.0), FC2: patches(2.0)}) is not first


def test_without_effective_patches_the_base_itself_serves():
    base = small_encoder()
    assert merged(base, {}) is base
    assert merged(base, {FC1: (), "not.there": patches(1.0)}) is base


def test_an_encoder_that_no_handle_holds_is_freed():
    base, adapter = small_encoder(), Add()
    merged(base, {FC1: (WeightPatch(adapter),)})
    gc.collect()
    merged(base, {FC1: (WeightPatch(adapter),)})
    assert adapter.calls == 2
