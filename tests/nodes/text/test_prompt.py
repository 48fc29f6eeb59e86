"""The prompt grammar, against recorded weights, every documented example, and a transcription of the algorithm."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.text.prompt import parse, split_embeddings

REFERENCE = json.loads((Path(__file__).parents[2] / "reference/text/tokens.json").read_text())
PROMPTS = st.text(alphabet="()\\:12.a \n", max_size=40)

EXAMPLES = [
    ("a) (b:1.2) c", [("a) (b:1.2) c", 1.0)]),
    ("(a:1.2))(b:1.3)", [("a", 1.2), (")(b:1.3)", 1.0)]),
    ("x ((a:1.2) b", [("x ", 1.0), ("((a:1.2) b", 1.0)]),
    ("((a:1.2) b", [("((a:1.2) b", 1.0)]),
    ("(:1.2)", [(":1.2", 1.1)]),
    ("()", []),
    ("", []),
    ("(", [("(", 1.0)]),
    (")", [(")", 1.0)]),
    ("((x))", [("x", 1.1 * 1.1)]),
    ("(outer (inner:1.5) tail:0.8)", [("outer ", 0.8), ("inner", 1.5), (" tail", 0.8)]),
    ("(a:b:1.3)", [("a:b", 1.3)]),
    ("(x:1.5", [("(x:1.5", 1.0)]),
    ("((a:1.2) b)", [("a", 1.2), (" b", 1.1)]),
    ("((a:1.2))", [("a", 1.2)]),
    ("((a)", [("(a", 1.1)]),
    ("(a: 1.2 )", [("a", 1.2)]),
    (r"(a\):1.3)", [("a)", 1.3)]),
    (r"\\(b)", [("\\(b)", 1.0)]),
    ("(a:-0.5)", [("a", -0.5)]),
    ("(a:1e3)", [("a", 1000.0)]),
    ("(a:inf)", [("a", math.inf)]),
    ("(a:.5)", [("a", 0.5)]),
    ("(a:1_0)", [("a", 10.0)]),
    ("(a:b)", [("a:b", 1.1)]),
    ("[a] AND b BREAK c", [("[a] AND b BREAK c", 1.0)]),
    # A stray ")" is paid for by the next "(", after which groups count again.
    ("a) ((b:1.2)", [("a) (", 1.0), ("b", 1.2)]),
]


@pytest.mark.parametrize(("prompt", "segments"), EXAMPLES)
def test_documented_examples(prompt, segments):
    assert parse(prompt) == segments


def test_a_weight_may_be_nan():
    [segment] = parse("(a:nan)")
    assert segment.text == "a"
    assert math.isnan(segment.weight)


@pytest.mark.parametrize("prompt", REFERENCE["token_weights"])
def test_equals_the_recorded_weights(prompt):
    recorded = REFERENCE["token_weights"][prompt]
    # The record was taken before escapes are restored.
    restored = [(text.replace("\0\1", ")").replace("\0\2", "("), weight) for text, weight in recorded]
    assert parse(prompt) == restored


def test_weights_can_be_turned_off():
    assert parse(r"(a:1.2) \(b", weights=False) == [("(a:1.2) (b", 1.0)]


def split_as_described(text):
    pieces, buffer, nesting = [], "", 0
    for letter in text:
        if letter == "(":
            if nesting == 0:
                if buffer:
                    pieces.append(buffer)
                buffer = "("
            else:
                buffer += "("
            nesting += 1
        elif letter == ")":
            nesting -= 1
            buffer += ")"
            if nesting == 0:
                pieces.append(buffer)
                buffer = ""
        else:
            buffer += letter
    return [*pieces, buffer] if buffer else pieces


def parse_as_described(text, weight=1.0):
    segments = []
    for piece in split_as_described(text):
        if len(piece) >= 2 and piece[0] == "(" and piece[-1] == ")":
            piece, inner = piece[1:-1], weight * 1.1
            colon = piece.rfind(":")
            if colon > 0:
                try:
                    inner = float(piece[colon + 1 :])
                    piece = piece[:colon]
                except ValueError:
                    pass
            segments += parse_as_described(piece, inner)
        else:
            segments.append((piece, weight))
    return segments


@given(PROMPTS)
def test_equals_the_algorithm_as_described(prompt):
    held = prompt.replace(r"\)", "\0\1").replace(r"\(", "\0\2")
    described = [(t.replace("\0\1", ")").replace("\0\2", "("), w) for t, w in parse_as_described(held)]
    assert repr([tuple(segment) for segment in parse(prompt)]) == repr(described)


@given(st.text() | PROMPTS)
def test_never_raises_and_every_weight_is_a_float(prompt):
    for segment in parse(prompt):
        assert segment.text
        assert isinstance(segment.weight, float)


def test_deep_nesting_takes_neither_stack_nor_time():
    depth = 20_000
    started = time.perf_counter()
    [segment] = parse("(" * depth + "deep" + ")" * depth)
    assert segment.text == "deep"
    assert math.isinf(segment.weight)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a photo of embedding:x, red", ["a photo of", "embedding:x, red"]),
        ("embedding:x", ["embedding:x"]),
        (" embedding:x\nembedding:y z", ["embedding:x", "embedding:y z"]),
        ("a  embedding:x", ["a ", "embedding:x"]),
        ("xembedding:foo", ["xembedding:foo"]),
        ("a\tembedding:x", ["a\tembedding:x"]),
        ("a embedding:", ["a", "embedding:"]),
        ("", []),
    ],
)
def test_split_embeddings(text, pieces):
    assert split_embeddings(text) == pieces


@given(st.lists(st.sampled_from([" embedding:", "\nembedding:", "embedding:", "a", " ", "\n"])).map("".join))
def test_splitting_only_drops_separators(text):
    pieces = split_embeddings(text)
    assert all(pieces)
    assert "".join(pieces) == re.sub(r"[ \n](?=embedding:)", "", text)
