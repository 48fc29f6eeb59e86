"""Captions say what the scene shows, in plain English."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from nodes.text.tokenizer import clip_token_ids
from tools.default_model.captions import full_caption, random_caption, with_article
from tools.default_model.palette import COLOURS
from tools.default_model.scenes import Backdrop, Landscape, Shapes, Thing, random_scene

SCENE = Shapes((Thing("star", "orange", "large", "left"),), Backdrop("blue", "striped"))


def captions(scene: Shapes | Landscape, count: int = 200) -> list[str]:
    rng = random.Random(0)
    return [random_caption(scene, rng) for _ in range(count)]


def test_a_full_caption_leaves_nothing_out() -> None:
    for seed in range(30):
        text = full_caption(SCENE, random.Random(seed))
        assert all(word in text for word in ("orange", "star", "left", "blue"))


def test_captions_vary_and_leave_things_out() -> None:
    told = captions(SCENE)
    assert len(set(told)) > 100
    assert any("left" not in text for text in told)
    assert any("blue" not in text for text in told)


def test_captions_never_name_a_colour_that_is_not_there() -> None:
    assert not [text for text in captions(SCENE, 500) if absent_colours(text) and " or " not in text]


def test_an_alternative_names_what_is_there_and_one_colour_that_is_not() -> None:
    told = [text for text in captions(SCENE, 500) if " or " in text]
    assert 10 < len(told) < 60
    assert all("orange" in text and len(absent_colours(text)) <= 1 for text in told)
    # The other colour may be the backdrop's.
    assert sum(not absent_colours(text) for text in told) < len(told) / 2


def absent_colours(text: str) -> set[str]:
    return (set(COLOURS) - {"orange", "blue"}) & set(text.replace(",", " ").split())


@pytest.mark.parametrize(("words", "expected"), [("orange ring", "an orange ring"), ("red box", "a red box")])
def test_articles(words: str, expected: str) -> None:
    assert with_article(words) == expected


def test_captions_are_grammatical() -> None:
    rng = random.Random(0)
    for _ in range(1500):
        text = random_caption(random_scene(rng), rng)
        words = text.replace(",", " ").replace(":", " ").split()
        after_a = {second for first, second in pairwise(words) if first == "a"}
        assert not [word for word in after_a if word[0] in "aeiou"], text
        assert not {"on", "of"} & {words[-1]}
        assert "of on" not in text


def test_a_landscape_names_its_parts() -> None:
    scene = Landscape("sea", "white", "blue", Backdrop("black"), "right")
    for text in captions(scene, 50):
        assert all(word in text for word in ("white", "moon", "blue"))


def test_every_caption_fits_one_chunk_of_the_text_encoder() -> None:
    rng = random.Random(1)
    assert max(len(clip_token_ids(random_caption(random_scene(rng), rng))) for _ in range(500)) <= 75
