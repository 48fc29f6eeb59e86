"""Captions become the rows that a checkpoint's own tokenizer would make of them."""

from __future__ import annotations

import random

import torch

from nodes.text.tokenizer import clip_token_ids
from tools.default_model.captions import random_caption
from tools.default_model.scenes import random_scene
from tools.default_model.text import full_table, token_rows, used_tokens


def test_rows_of_captions_are_framed_and_padded_as_clip_does() -> None:
    known = used_tokens()
    (row,) = token_rows(["a red circle"]).tolist()
    assert [known[n] for n in row[:5]] == [49406, *clip_token_ids("a red circle"), 49407]
    assert {known[n] for n in row[5:]} == {49407}
    assert len(row) == 77


def test_words_that_no_caption_uses_are_left_out() -> None:
    assert torch.equal(token_rows(["a red zebra circle"]), token_rows(["a red circle"]))


def test_every_caption_is_made_of_used_tokens() -> None:
    rng = random.Random(77)
    captions = [random_caption(random_scene(rng), rng) for _ in range(1000)]
    assert {token for caption in captions for token in clip_token_ids(caption)} <= set(used_tokens())


def test_the_full_table_has_each_row_at_its_token() -> None:
    name = "text_model.embeddings.token_embedding.weight"
    rows = torch.arange(1.0, len(used_tokens()) + 1)[:, None].expand(-1, 4)
    table = full_table({name: rows, "other": torch.ones(1)})[name]
    assert table.shape == (49408, 4)
    assert table[49406, 0] == 1
    assert table[49407, 0] == 2
    assert int(table[:, 0].count_nonzero()) == len(used_tokens())
