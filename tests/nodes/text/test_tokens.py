"""Prompts to weighted chunks, exactly as recorded, and embeddings in prompts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from graphcore.errors import RunError
from nodes.text.embeddings import EmbeddingFolders
from nodes.text.families import SD1, SDXL
from nodes.text.tokenizer import clip_token_ids
from nodes.text.tokens import tokenize

REFERENCE = json.loads((Path(__file__).parents[2] / "reference/text/tokens.json").read_text())
RULES = {"sd1": SD1.encoders["l"], "sdxl_g": SDXL.encoders["g"]}


@pytest.fixture
def folders(tmp_path):
    save_file({"emb_params": torch.arange(8.0).reshape(2, 4)}, tmp_path / "two.safetensors")
    save_file({"emb_params": torch.arange(4.0)}, tmp_path / "one,.safetensors")
    return EmbeddingFolders((tmp_path,))


def content(prompt, folders):
    """What lies between start and end of the first chunk: token ids, vectors as tuples, each with its weight."""
    [chunk, *_] = tokenize(prompt, SD1.encoders["l"].tokens, "clip_l", folders)
    items = [(t if isinstance(t, int) else tuple(t.tolist()), weight) for t, weight in chunk[1:]]
    return items[: next(n for n, (token, _) in enumerate(items) if token == 49407)]


def words(text, weight=1.0):
    return [(token, weight) for token in clip_token_ids(text)]


TWO = [((0.0, 1.0, 2.0, 3.0), 1.0), ((4.0, 5.0, 6.0, 7.0), 1.0)]


@pytest.mark.parametrize("prompt", REFERENCE["sd1"])
@pytest.mark.parametrize("encoder", RULES)
def test_equals_the_recorded_chunks(encoder, prompt):
    recorded = [
        [(token, weight) for token, weight, count in chunk for _ in range(count)]
        for chunk in REFERENCE[encoder][prompt]
    ]
    assert tokenize(prompt, RULES[encoder].tokens, RULES[encoder].key) == recorded


def test_an_embedding_stands_for_its_vectors(folders):
    assert content("a embedding:two red", folders) == [*words("a"), *TWO, *words("red")]


def test_an_embedding_has_the_weight_around_it(folders):
    assert content("(embedding:two:1.5)", folders) == [(vector, 1.5) for vector, _ in TWO]


def test_a_comma_after_the_name_is_text(folders):
    assert content("embedding:two, red", folders) == [*TWO, *words(", red")]
    assert content("embedding:two,", folders) == [*TWO, *words(",")]


def test_a_comma_that_is_part_of_a_file_name_counts(folders):
    assert content("embedding:one,", folders) == [((0.0, 1.0, 2.0, 3.0), 1.0)]


def test_an_embedding_that_is_not_there_is_left_out_with_a_warning(folders, caplog):
    assert content("a embedding:nothere, red", folders) == [*words("a"), *words(", red")]
    assert "'nothere,' is in none of the embeddings folders" in caplog.text


def test_without_folders_an_embedding_is_text():
    assert content("embedding:two", None) == words("embedding:two")


def test_a_glued_embedding_is_text(folders):
    assert content("xembedding:two", folders) == words("xembedding:two")


def test_an_embedding_without_a_name_is_refused(folders):
    with pytest.raises(RunError, match="'embedding:' without a name"):
        tokenize("a embedding:", SD1.encoders["l"].tokens, "clip_l", folders)


def test_eight_vectors_are_cut_over_two_chunks_and_seven_are_not(tmp_path):
    save_file({"e": torch.ones(8, 4)}, tmp_path / "eight.safetensors")
    save_file({"e": torch.ones(7, 4)}, tmp_path / "seven.safetensors")
    for name, in_first in (("eight", 5), ("seven", 0)):
        prompt = "very " * 70 + f"embedding:{name}"
        first, _ = tokenize(prompt.strip(), SD1.encoders["l"].tokens, "clip_l", EmbeddingFolders((tmp_path,)))
        assert sum(not isinstance(token, int) for token, _ in first) == in_first


def test_weights_can_be_turned_off():
    spec = SD1.encoders["l"].tokens
    [chunk] = tokenize("(a:1.5)", spec, "clip_l", weights=False)
    assert chunk[1:4] == [*words("(a:1.5)")[:3]]


@given(st.text() | st.lists(st.sampled_from(["(", ")", ":1.5", "very ", "word, " * 20, "\\("])).map("".join))
def test_any_text_fills_whole_chunks(text):
    for chunk in tokenize(text, SD1.encoders["l"].tokens, "clip_l"):
        assert len(chunk) == 77
        assert all(isinstance(token, int) and isinstance(weight, float) for token, weight in chunk)
