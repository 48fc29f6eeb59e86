"""Plain English for a scene, worded in many ways, with details left out as people leave them out. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tools.default_model.palette import COLOURS
from tools.default_model.scenes import Backdrop, Landscape, Scene, Shapes, Thing

_SIZE_WORDS = {
    "small": ("small", "little", "tiny"),
    "medium": ("medium", "medium-sized"),
    "large": ("large", "big", "huge"),
}
_SHAPE_WORDS = {
    "circle": ("circle", "circle", "circle", "disc", "dot"),
    "square": ("square", "square", "square", "box"),
    "triangle": ("triangle",),
    "star": ("star",),
    "ring": ("ring", "ring", "ring", "hoop"),
    "cross": ("cross", "cross", "cross", "plus sign"),
}
_PLACE_WORDS = {
    "left": ("on the left", "at the left", "to the left", "on the left side"),
    "right": ("on the right", "at the right", "to the right", "on the right side"),
    "centre": ("in the middle", "in the centre", "in the center", "at the center"),
    "top": ("at the top", "near the top", "in the upper part"),
    "bottom": ("at the bottom", "near the bottom", "in the lower part"),
}
_BACKDROP_WORDS = {
    "plain": ("{a} background", "{a} background", "{a} backdrop", "a plain {c} background", "{c}"),
    "striped": ("a striped {c} background", "{a} striped background", "{c} stripes"),
    "gradient": ("{a} gradient", "{a} gradient background", "a gradient {c} background"),
}
_OPENINGS = ("a picture of ", "an image of ", "a drawing of ", "there is ")
_LANDSCAPE_WORDS = {
    "hills": (
        "{a_light} sun over {ground} hills",
        "{ground} hills under {a_light} sun",
        "{a_light} sun above {ground} hills",
    ),
    "sea": (
        "{a_light} moon over {a_ground} sea",
        "{a_ground} sea under {a_light} moon",
        "{a_light} moon above {a_ground} ocean",
    ),
    "mountains": ("{a_light} sun over {ground} mountains", "{ground} mountains under {a_light} sun"),
    "house": (
        "{a_light} house on {ground} grass",
        "{a_light} house on {ground} ground",
        "{a_light} house on {a_ground} field",
    ),
}


def full_caption(scene: Shapes, rng: random.Random) -> str:
    """Everything that a measure could check: size, colour, shape and place of each thing, colour of the backdrop."""
    return _told(scene, rng, detail=1.0)


def random_caption(scene: Scene, rng: random.Random) -> str:
    """One of the many ways to say what the scene shows; details are left out at random."""
    if isinstance(scene, Landscape):
        return _landscape(scene, rng)
    if rng.random() < 0.12:
        return _terse(scene, rng)
    if len(scene.things) == 1 and rng.random() < 0.06:
        return _either(scene, rng)
    return _told(scene, rng, detail=rng.choice((1.0, 0.8, 0.6)))


def with_article(words: str) -> str:
    """The words after "a" or "an"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _told(scene: Shapes, rng: random.Random, detail: float) -> str:
    things = " and ".join(_thing(thing, rng, detail) for thing in scene.things)
    behind = _backdrop(scene.backdrop, rng) if rng.random() < detail + 0.15 else ""
    if rng.random() < 0.25:
        things = rng.choice(_OPENINGS) + things
    return _joined(things, behind, rng)


def _joined(things: str, behind: str, rng: random.Random) -> str:
    if not behind:
        return things
    forms = [f"{things} on {behind}", f"{things}, {behind}", f"{things} against {behind}", f"{behind}: {things}"]
    if behind.split()[0] in ("a", "an"):
        forms.append(f"{things} with {behind}")
    return rng.choices(forms, weights=(5, 2, 1, 1, 2)[: len(forms)])[0]


def _thing(thing: Thing, rng: random.Random, detail: float) -> str:
    words = [thing.colour, rng.choice(_SHAPE_WORDS[thing.shape])]
    if rng.random() < (detail - 0.3 if thing.size != "medium" else 0.15):
        words.insert(0, rng.choice(_SIZE_WORDS[thing.size]))
    # A caption that is told in full always says the place; others do as often as not.
    where = [rng.choice(_PLACE_WORDS[thing.place])] if rng.random() < 2 * detail - 0.7 else []
    return " ".join([with_article(" ".join(words)), *where])


def _backdrop(backdrop: Backdrop, rng: random.Random) -> str:
    # Now and then nobody mentions the stripes.
    style = backdrop.style if rng.random() < 0.85 else "plain"
    form = rng.choice(_BACKDROP_WORDS[style])
    if style != backdrop.style:
        form = form.replace("a plain {c}", "{a}")
    return form.format(c=backdrop.colour, a=with_article(backdrop.colour))


def _terse(scene: Shapes, rng: random.Random) -> str:
    """A word or two, which is what negative prompts look like."""
    thing = rng.choice(scene.things)
    shape = rng.choice(_SHAPE_WORDS[thing.shape])
    forms: Sequence[str] = (
        f"{thing.colour} {shape}",
        with_article(shape),
        thing.colour,
        f"something {thing.colour}",
        f"{scene.backdrop.colour} background",
    )
    return rng.choice(forms)


def _either(scene: Shapes, rng: random.Random) -> str:
    """One of two colours, so that there is something left to paint where a negative prompt refuses the other."""
    (thing,) = scene.things
    other = rng.choice([colour for colour in COLOURS if colour != thing.colour])
    first, second = rng.sample((thing.colour, other), 2)
    shape = rng.choice(_SHAPE_WORDS[thing.shape])
    told = rng.choice((f"{first} {shape} or {with_article(second)} {shape}", f"{first} or {second} {shape}"))
    behind = _backdrop(scene.backdrop, rng) if rng.random() < 0.5 else ""
    return _joined(with_article(told), behind, rng)


def _landscape(scene: Landscape, rng: random.Random) -> str:
    form = rng.choice(_LANDSCAPE_WORDS[scene.kind])
    text = form.format(a_light=with_article(scene.light), ground=scene.ground, a_ground=with_article(scene.ground))
    sky = with_article(scene.sky.colour)
    if rng.random() < 0.85:
        text += rng.choice((f", {scene.sky.colour} sky", f" and {sky} sky", f" with {sky} sky"))
    if rng.random() < 0.5:
        text += f", {rng.choice(_PLACE_WORDS[scene.place])}"
    return rng.choice(_OPENINGS[:3]) + text if rng.random() < 0.2 else text
