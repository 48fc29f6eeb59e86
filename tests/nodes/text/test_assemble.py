"""Encodings joined into the conditioning of a family."""

from __future__ import annotations

import torch

from nodes.text.assemble import Encoding, assemble_sd3, assemble_sdxl, only


def encoding(tokens, width, value, pooled=None):
    return Encoding(torch.full((1, tokens, width), value), None if pooled is None else torch.full((1, pooled), value))


def test_one_encoder_speaks_for_itself():
    own = encoding(77, 4, 1.0, pooled=4)
    assert only("l")({"l": own}) == (own.hidden, own.pooled)


def test_sdxl_puts_l_before_g_and_cuts_to_the_shorter():
    cond, pooled = assemble_sdxl({"g": encoding(77, 3, 2.0, pooled=5), "l": encoding(154, 2, 1.0)})
    assert cond.shape == (1, 77, 5)
    assert cond[0, 0].tolist() == [1, 1, 2, 2, 2]
    assert torch.equal(pooled, torch.full((1, 5), 2.0))


L = encoding(77, 768, 1.0, pooled=768)
G = encoding(154, 1280, 2.0, pooled=1280)
T5 = encoding(80, 4096, 3.0)


def spans(tensor):
    """The runs of equal numbers in a row."""
    values, counts = torch.unique_consecutive(tensor, return_counts=True)
    return list(zip(values.tolist(), counts.tolist(), strict=True))


def test_sd3_pads_clip_with_zeros_and_appends_t5():
    cond, pooled = assemble_sd3({"l": L, "g": G, "t5xxl": T5})
    assert cond.shape == (1, 77 + 80, 4096)
    assert spans(cond[0, 0]) == [(1.0, 768), (2.0, 1280), (0.0, 2048)]
    assert spans(cond[0, 77]) == [(3.0, 4096)]
    assert spans(pooled[0]) == [(1.0, 768), (2.0, 1280)]


def test_sd3_without_an_encoder():
    cond, pooled = assemble_sd3({"g": G})
    assert cond.shape == (1, 154, 4096)
    assert spans(cond[0, 0]) == [(0.0, 768), (2.0, 1280), (0.0, 2048)]
    assert spans(pooled[0]) == [(0.0, 768), (2.0, 1280)]
    cond, pooled = assemble_sd3({"l": L})
    assert spans(cond[0, 0]) == [(1.0, 768), (0.0, 4096 - 768)]
    assert spans(pooled[0]) == [(1.0, 768), (0.0, 1280)]
    cond, pooled = assemble_sd3({"t5xxl": T5})
    assert torch.equal(cond, T5.hidden)
    assert torch.equal(pooled, torch.zeros(1, 2048))


def test_sd3_without_any():
    cond, pooled = assemble_sd3({})
    assert torch.equal(cond, torch.zeros(1, 77, 4096))
    assert torch.equal(pooled, torch.zeros(1, 2048))
