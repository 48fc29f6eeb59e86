"""The shipped model paints what the prompt says: reduced forms of `benchmarks/default_model.py`."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from graphcore.testing import call
from nodes.guidance.previews import Previewer
from tools.default_model import trials
from tools.default_model.draw import render
from tools.default_model.scenes import held_out_single
from tools.default_model.studio import Studio

COUNT = 8  # of each trial; a picture that goes wrong by chance counts 12 %


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


def test_pictures_show_what_captions_that_were_never_trained_on_say(studio: Studio) -> None:
    shares = trials.captions(studio, 2 * COUNT)
    assert shares["colour"] >= 0.9
    assert shares["backdrop"] >= 0.9
    assert shares["shape"] >= 0.8
    assert shares["place"] >= 0.8


def test_repainting_follows_a_new_colour_and_keeps_the_place(studio: Studio) -> None:
    shares = trials.repainting(studio, COUNT)
    assert shares["new colour"] >= 0.8
    assert shares["same place"] >= 0.8


def test_the_controlnet_keeps_to_edges_and_the_prompt_gives_the_colour(studio: Studio) -> None:
    shares = trials.tracing(studio, COUNT)
    assert shares["edges kept"] >= 0.75  # the share of pictures with an intersection over union of at least 0.7
    assert shares["colour"] >= 0.9


def test_a_negative_prompt_removes_a_colour(studio: Studio) -> None:
    shares = trials.refusing(studio, 2 * COUNT)
    assert shares["by itself"] >= 2 * max(shares["refused"], 0.1)


def test_a_hires_fix_leaves_the_picture_whole(studio: Studio) -> None:
    assert trials.enlarging(studio, COUNT // 2)["whole at 256"] >= 0.75


def test_the_style_shows_more_the_stronger_it_is(studio: Studio) -> None:
    none, most, full = trials.styling(studio, 6, strengths=(0, 0.75, 1)).values()
    assert none < most < full
    assert full > 0.1


def test_previews_show_what_the_latent_holds(studio: Studio) -> None:
    model, vae, rng = studio.checkpoint.MODEL, studio.checkpoint.VAE, random.Random(0)
    for _ in range(4):
        picture = render(held_out_single(rng))
        pixels = torch.from_numpy(picture.astype(np.float32))[None] / 255
        latent = call("VAEEncode", studio.run, pixels=pixels, vae=vae).LATENT["samples"]
        shown = Previewer(model.latent_format, studio.run.folders)(model.latent_format.process_in(latent))
        assert shown is not None
        assert shown.size == (128, 128)
        assert np.abs(np.asarray(shown, dtype=float) - picture).mean() < 12  # levels of 255
