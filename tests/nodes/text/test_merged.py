"""Patched text encoders, shared by handles with equal patches."""

from __future__ import annotations

import gc

import torch

from nodes.text.merged import merged
from tests.nodes.text.small import FC1, FC2, small_encoder


def add(weight, patches):
    assert weight.dtype == torch.float32
    for patch in patches:
        weight = weight + patch
    return weight


def test_patches_are_added_in_float32_and_rounded_once():
    base = small_encoder()
    patched = merged(base, {FC1: (2.0**-13, 2.0**-13, 2.0**-13, 2.0**-13)}, add)
    assert patched.weights[FC1].dtype == torch.float16
    assert torch.equal(patched.weights[FC1], (base.weights[FC1].float() + 4 * 2.0**-13).half())


def test_the_base_stays_and_unpatched_weights_are_shared():
    base = small_encoder()
    before = base.weights[FC1].clone()
    patched = merged(base, {FC1: (1.0,)}, add)
    assert torch.equal(base.weights[FC1], before)
    assert patched.weights[FC2] is base.weights[FC2]


def test_equal_patches_share_one_encoder():
    base = small_encoder()
    first = merged(base, {FC1: (1.0,), FC2: (2.0,)}, add)
    assert merged(base, {FC2: (2.0,), FC1: (1.0,)}, add) is first
    assert merged(base, {FC1: (1.0,)}, add) is not first
    assert merged(small_encoder(), {FC1: (1.0,), FC2: (2.0,)}, add) is not first


def test_without_effective_patches_the_base_itself_serves():
    base = small_encoder()
    assert merged(base, {}, add) is base
    assert merged(base, {FC1: (), "not.there": (1.0,)}, add) is base


def test_nobody_keeps_an_encoder_that_no_handle_holds():
    base, calls = small_encoder(), []

    def counted(weight, patches):
        calls.append(patches)
        return weight

    merged(base, {FC1: (1.0,)}, counted)
    gc.collect()
    merged(base, {FC1: (1.0,)}, counted)
    assert len(calls) == 2
