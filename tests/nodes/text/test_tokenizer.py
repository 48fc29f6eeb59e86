"""CLIP's tokenizer against the field's implementation of the same vocabulary."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nodes.text.tokenizer import END, START, VOCABULARY_SIZE, clip_token_ids, clip_tokenizer

REFERENCE = json.loads((Path(__file__).parents[2] / "reference/text/tokens.json").read_text())
# Without lone surrogates, which the other tokenizer refuses.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORDS = st.lists(st.sampled_from(["It's", "  ", "<|endoftext|>", "<|startoftext|>x", "É", "é", "日本", "7"])).map(
    " ".join
)


@cache
def published():
    from transformers import CLIPTokenizer

    model = json.loads(clip_tokenizer().to_str())["model"]
    return CLIPTokenizer(vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]])


# The first example builds both tokenizers, which no deadline should count.
@settings(deadline=None)
@given(TEXT | WORDS)
@example("a photo of a cat, 8k, don't <|endoftext|> stop<|startoftext|>")
@example("e\u0301 \u00a0\u3000 ẞ ŒUVRE İ 𝔸 👩\u200d👩\u200d👧")
def test_equals_the_published_tokenizer(text):
    ids = published()(text)["input_ids"]
    assert ids == [START, *clip_token_ids(text), END]


UNWEIGHTED = [prompt for prompt, weights in REFERENCE["token_weights"].items() if weights == [[prompt, 1.0]]]


@pytest.mark.parametrize("prompt", [prompt for prompt in UNWEIGHTED if len(REFERENCE["sd1"][prompt]) == 1])
def test_equals_the_recorded_tokens(prompt):
    [chunk] = REFERENCE["sd1"][prompt]
    recorded = [token for token, _, count in chunk for _ in range(count)]
    ids = clip_token_ids(prompt)
    assert recorded == [START, *ids] + [END] * (76 - len(ids))


def test_vocabulary():
    assert clip_tokenizer().get_vocab_size() == VOCABULARY_SIZE
    assert clip_tokenizer().token_to_id("<|startoftext|>") == START
    assert clip_tokenizer().token_to_id("<|endoftext|>") == END


def test_what_is_no_text_becomes_the_replacement_character():
    assert clip_token_ids("a \ud800 b") == clip_token_ids("a � b")
    assert clip_token_ids("\ud83d\ude00") == clip_token_ids("😀")


def test_needs_neither_torch_nor_transformers():
    code = "import sys; from nodes.text.tokenizer import clip_token_ids; clip_token_ids('a'); "
    code += "print({'torch', 'transformers'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
