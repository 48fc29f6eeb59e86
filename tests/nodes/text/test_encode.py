"""Prompt weights over the chunks of one encoder."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from nodes.text.encode import encode_chunks
from nodes.text.families import CASCADE, REFINER, SD1
from nodes.text.tokens import tokenize
from tests.nodes.text.small import small_encoder

RULE = SD1.encoders["l"]
LONG = "very " * 80


@pytest.fixture(scope="module")
def encoder():
    return small_encoder(projection=12)


def encode(encoder, prompt, rule=RULE):
    return encode_chunks(encoder, tokenize(prompt, rule.tokens, rule.key), rule)


def close(left, right):
    return torch.allclose(left, right, rtol=1e-4, atol=1e-5)


def test_chunks_are_joined_and_pooled_is_the_first_ones(encoder):
    encoding = encode(encoder, LONG)
    assert encoding.hidden.shape == (1, 154, 16)
    assert encoding.pooled.shape == (1, 16)
    assert close(encoding.pooled, encode(encoder, "very " * 75).pooled)
    assert close(encoding.hidden[:, 77:], encode(encoder, "very " * 5).hidden)


def test_a_weight_moves_the_state_away_from_the_empty_prompt(encoder):
    empty, plain = encode(encoder, "").hidden, encode(encoder, "red cat").hidden
    weighted = encode(encoder, "(red:1.5) cat").hidden
    expected = plain.clone()
    expected[:, 1] = (plain[:, 1] - empty[:, 1]) * 1.5 + empty[:, 1]
    assert close(weighted, expected)
    assert close(encode(encoder, "(red:0)").hidden[:, 1], empty[:, 1])


def test_the_empty_prompt_serves_every_chunk(encoder):
    empty, plain = encode(encoder, "").hidden, encode(encoder, LONG + "cat").hidden
    weighted = encode(encoder, f"({LONG}cat:-0.5)").hidden
    expected = plain.clone()
    for start, content in ((0, 75), (77, 6)):
        here, zero = slice(start + 1, start + 1 + content), slice(1, 1 + content)
        expected[:, here] = (plain[:, here] - empty[:, zero]) * -0.5 + empty[:, zero]
    assert close(weighted, expected)


def test_what_has_weight_one_stays_to_the_last_bit(encoder):
    # An infinite weight elsewhere must not leak, and the pooled state knows no weights.
    plain, weighted = encode(encoder, "red cat"), encode(encoder, "(red:inf) cat")
    assert torch.isfinite(weighted.hidden[:, 2:]).all()
    assert torch.isfinite(weighted.hidden[:, :1]).all()
    assert close(weighted.hidden[:, 2:], plain.hidden[:, 2:])
    assert close(weighted.pooled, plain.pooled)


def test_no_chunks_are_start_and_end_alone(encoder):
    encoding = encode_chunks(encoder, [], RULE)
    assert encoding.hidden.shape == (1, 2, 16)
    assert close(encoding.hidden, encode(encoder, "").hidden[:, :2])


def test_pooled_is_projected_raw_or_left_out(encoder):
    raw = encode(encoder, "red").pooled
    projected = encode(encoder, "red", dataclasses.replace(RULE, pooled="projected")).pooled
    assert torch.equal(projected, encoder.project(raw))
    assert encode(encoder, "red", dataclasses.replace(RULE, pooled=None)).pooled is None


def test_the_empty_prompt_is_padded_as_its_encoder_pads(encoder):
    rule = REFINER.encoders["g"]
    empty, plain = encode(encoder, "", rule).hidden, encode(encoder, "red", rule).hidden
    weighted = encode(encoder, "(red:2)", rule).hidden
    assert close(weighted[:, 1], 2 * plain[:, 1] - empty[:, 1])
    assert not close(empty, encode(encoder, "").hidden)


def test_a_masked_encoder_does_not_see_its_padding(encoder):
    rule = CASCADE.encoders["g"]
    other_padding = dataclasses.replace(rule, tokens=dataclasses.replace(rule.tokens, pad=3))
    assert close(encode(encoder, "red", rule).hidden[:, :3], encode(encoder, "red", other_padding).hidden[:, :3])


def test_a_weighted_vector_of_another_width_still_counts_as_a_position(encoder):
    odd = torch.zeros(99)
    chunk = [(49406, 1.0), (odd, 1.0), (320, 2.0), (49407, 1.0), (49407, 1.0)]
    hidden = encode_chunks(encoder, [chunk], RULE).hidden
    plain = encode_chunks(encoder, [[(token, 1.0) for token in (49406, 320, 49407, 49407, 49407)]], RULE).hidden
    empty = encode(encoder, "").hidden[:, :5]
    # The weight stays at the place that its token had among all entries.
    assert close(hidden[:, 1], plain[:, 1])
    assert close(hidden[:, 2], 2 * plain[:, 2] - empty[:, 2])
