"""What the shipped model must be able to do, each as a share of seeded attempts that came out right (0..1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from statistics import mean

import numpy as np
from scipy import ndimage

from tools.default_model.captions import full_caption, with_article
from tools.default_model.draw import render
from tools.default_model.measure import Found, overlap, read
from tools.default_model.palette import COLOURS, nearest_colours
from tools.default_model.scenes import Shapes, held_out, held_out_single, random_single
from tools.default_model.sheet import correct_shares
from tools.default_model.studio import Picture, Studio

_SEED = 20
_RIM = 5  # pixels
SAME_PLACE = 0.6  # intersection over union of a thing before and after
SAME_EDGES = 0.7
EITHER, REFUSING_GUIDANCE = "a red circle or a blue circle", 5.0


def held_out_captions(count: int) -> tuple[list[Shapes], list[str]]:
    """Scenes of combinations that training never saw, and everything about them as captions."""
    rng = random.Random(_SEED)
    scenes = [held_out_single(rng) for _ in range(count)]
    return scenes, [full_caption(scene, rng) for scene in scenes]


def captions(studio: Studio, count: int, keep: Callable[[Picture], None] = lambda _: None) -> dict[str, float]:
    """How often colour, backdrop, shape and place are what the caption says. `keep` is given every picture."""
    scenes, told = held_out_captions(count)
    pictures = [studio.paint(caption, seed) for seed, caption in enumerate(told)]
    for picture in pictures:
        keep(picture)
    return correct_shares(scenes, np.stack(pictures))


def repainting(studio: Studio, count: int) -> dict[str, float]:
    """Pictures repainted at denoise 0.5 with another colour in the prompt: does it follow, does the thing stay?"""
    rng = random.Random(_SEED + 1)
    recoloured, stayed = [], []
    for seed in range(count):
        scene, other = _recoloured(rng)
        after = read(studio.repaint(render(scene), full_caption(other, rng), seed, denoise=0.5))
        before = read(render(scene)).things[0]
        recoloured.append(bool(after.things) and after.things[0].colour == other.things[0].colour)
        stayed.append(bool(after.things) and overlap(before.mask, after.things[0].mask) >= SAME_PLACE)
    return {"new colour": mean(recoloured), "same place": mean(stayed)}


def refusing(studio: Studio, count: int) -> dict[str, float]:
    """How often a thing that may have either of two colours has the first: by itself, and with a negative prompt.

    With the guidance that negative prompts want: they work through it alone, and before the picture has decided.
    """
    shares = {}
    for name, negative in (("by itself", ""), ("refused", "red")):
        found = [_thing(studio.paint(EITHER, seed, negative, REFUSING_GUIDANCE)) for seed in range(count)]
        shares[name] = mean(thing is not None and thing.colour == "red" for thing in found)
    return shares


def tracing(studio: Studio, count: int) -> dict[str, float]:
    """How often a thing painted along given edges covers the one that the edges came from, in a colour of its own."""
    rng = random.Random(_SEED + 2)
    covered, coloured = [], []
    for seed in range(count):
        scene, other = _recoloured(rng)
        source, thing = render(scene), other.things[0]
        prompt = f"{with_article(thing.colour)} {thing.shape} on {with_article(other.backdrop.colour)} background"
        found = _thing(studio.trace(source, prompt, seed))
        covered.append(found is not None and overlap(read(source).things[0].mask, found.mask) >= SAME_EDGES)
        coloured.append(found is not None and found.colour == thing.colour)
    return {"edges kept": mean(covered), "colour": mean(coloured)}


def styling(studio: Studio, count: int, strengths: Iterable[float] = (0.0, 0.5, 1.0)) -> dict[str, float]:
    """How hollow things are at each strength of the outline style, beside themselves without it.

    1 is nothing but a line, 0 or less (rims blend with what is behind them) is filled.
    """
    rng = random.Random(_SEED + 3)
    scenes = [_with_shape(rng, ("circle", "square", "star", "triangle", "cross")) for _ in range(count)]
    told = [full_caption(scene, rng) for scene in scenes]
    filled = [_thing(studio.outline(caption, seed, 0)) for seed, caption in enumerate(told)]
    return {
        f"hollow at {strength:g}": mean(
            _hollow(thing, studio.outline(caption, seed, strength))
            for seed, (caption, thing) in enumerate(zip(told, filled, strict=True))
        )
        for strength in strengths
    }


def enlarging(studio: Studio, count: int) -> dict[str, float]:
    """How often a picture painted again at 256 pixels still shows one thing, the same in the same place."""
    rng = random.Random(_SEED + 4)
    whole = []
    for seed in range(count):
        scene = held_out_single(rng)
        caption = full_caption(scene, rng)
        small = studio.paint(caption, seed)
        before, after = read(small), read(studio.enlarge(small, caption, seed))
        one = len(after.things) == len(before.things) == 1
        same = one and _same(before.things[0], after.things[0]) and before.backdrop == after.backdrop
        whole.append(same)
    return {"whole at 256": mean(whole)}


def _same(first: Found, second: Found) -> bool:
    return (first.shape, first.colour, first.place) == (second.shape, second.colour, second.place)


def _thing(picture: Picture) -> Found | None:
    things = read(picture).things
    return things[0] if things else None


def _hollow(filled: Found | None, picture: Picture) -> float:
    """By how much more of a filled thing's rim than of its core has kept the colour (0 or less: no outline)."""
    if filled is None:
        return 0.0
    kept = nearest_colours(picture) == list(COLOURS).index(filled.colour)
    core = ndimage.binary_erosion(filled.mask, iterations=_RIM)
    return float(kept[filled.mask & ~core].mean() - kept[core].mean()) if core.any() else 0.0


def _recoloured(rng: random.Random) -> tuple[Shapes, Shapes]:
    """A scene of one plain thing, and the same with the thing in another colour."""
    while True:
        scene = random_single(rng)
        thing = scene.things[0]
        colour = rng.choice([name for name in COLOURS if name not in (thing.colour, scene.backdrop.colour)])
        other = replace(scene, things=(replace(thing, colour=colour),))
        if thing.size != "small" and not held_out(scene):
            return scene, other


def _with_shape(rng: random.Random, shapes: tuple[str, ...]) -> Shapes:
    while True:
        scene = random_single(rng)
        if scene.things[0].shape in shapes and scene.things[0].size == "large":
            return scene
