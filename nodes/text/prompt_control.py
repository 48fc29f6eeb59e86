r"""Recipes written into a prompt: LoRAs, schedules, breaks and several prompts in one text.

    recipe    = prompt | prompt [ ":" weight ] "AND" prompt [ ":" weight ] { "AND" ... }
    prompt    = part { "BREAK" part }
    part      = { text | lora | schedule }
    lora      = "<lora:" name [ ":" weight [ ":" weight of the text encoder ] ] ">"
    schedule  = "[" part ":" part ":" when "]"       the first until `when`, then the second

`when` is a share of the sampling (0..1). AND and BREAK are words of their own, in capitals. Brackets without two colons
and a number are plain text, as they are everywhere else; `\[` and `\]` never open or close a schedule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from graphcore.errors import RunError

_AND = re.compile(r"\bAND\b")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")
_WEIGHT = re.compile(r"^(.*?)(?::\s*(-?\d*\.?\d+)\s*)?$", re.DOTALL)
_LORA = re.compile(r"<lora:([^<>]*)>")
_INNERMOST = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)(?<!\\)\]")
_PLAIN = {"[": "\0", "]": "\1"}  # stand for brackets that turned out to be text


@dataclass(frozen=True, slots=True)
class LoraUse:
    """A LoRA that a prompt asks for, by the name of its file with or without its ending."""

    name: str
    strength_model: float = 1.0
    strength_clip: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """What is said from share `start` to share `end` of the sampling, each part encoded by itself."""

    start: float
    end: float
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of a recipe: how much it counts, and what it says when."""

    weight: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole text: the LoRAs it asks for, in order, and its prompts."""

    loras: tuple[LoraUse, ...]
    prompts: tuple[Prompt, ...]


def parse_recipe(text: str) -> Recipe:
    """Raises RunError, in words, for a LoRA without a name or with a weight that is no number."""
    loras = tuple(_lora(match[1]) for match in _LORA.finditer(text))
    several = _AND.split(_LORA.sub("", text))
    return Recipe(loras, tuple(_prompt(part, weighted=len(several) > 1) for part in several))


def _lora(inside: str) -> LoraUse:
    name, *weights = (part.strip() for part in inside.split(":"))
    try:
        numbers = [float(weight) for weight in weights]
    except ValueError:
        numbers = [0.0] * 3
    if not name or len(numbers) > 2:
        raise RunError(
            f"'<lora:{inside}>' is no LoRA: write '<lora:name:0.8>', or '<lora:name:0.8:0.5>' with a weight of its own "
            "for the text encoder."
        )
    model = numbers[0] if numbers else 1.0
    return LoraUse(name, model, numbers[1] if len(numbers) > 1 else model)


def _prompt(text: str, *, weighted: bool) -> Prompt:
    """One prompt; where there are several (`weighted`), a number after a last colon is its weight."""
    match = _WEIGHT.fullmatch(text.strip()) if weighted else None
    body, weight = (match[1], match[2]) if match else (text.strip(), None)
    if weight is not None and body.count("(") > body.count(")"):  # the colon of a weight in parentheses
        body, weight = text.strip(), None
    times = sorted({0.0, 1.0, *_times(body)})
    spans = [Span(start, end, _parts(_at(body, start))) for start, end in pairwise(times)]
    return Prompt(1.0 if weight is None else float(weight), tuple(_merged(spans)))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _BREAK.split(text))


def _merged(spans: list[Span]) -> list[Span]:
    """Neighbours that say the same become one."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].parts == span.parts:
            merged[-1] = Span(merged[-1].start, span.end, span.parts)
        else:
            merged.append(span)
    return merged


def _times(text: str) -> set[float]:
    """The shares of the sampling at which a schedule of the text changes."""
    times: set[float] = set()

    def collect(before: str, after: str, when: float) -> str:
        if 0.0 < when < 1.0:
            times.add(when)
        return f"{before} {after}"

    _resolved(text, collect)
    return times


def _at(text: str, time: float) -> str:
    """What the text says from share `time` on."""
    return _resolved(text, lambda before, after, when: before if time < when else after)


def _resolved(text: str, choose: Callable[[str, str, float], str]) -> str:
    """The text with every schedule, from the inside out, replaced by what `choose(before, after, when)` gives."""
    while (match := _INNERMOST.search(text)) is not None:
        schedule = _schedule(match[1])
        inside = f"{_PLAIN['[']}{match[1]}{_PLAIN[']']}" if schedule is None else choose(*schedule)
        text = text[: match.start()] + inside + text[match.end() :]
    for bracket, stand_in in _PLAIN.items():
        text = text.replace(stand_in, bracket).replace(f"\\{bracket}", bracket)
    return text


def _schedule(inside: str) -> tuple[str, str, float] | None:
    """(before, after, when) of `before:after:when`; colons inside parentheses belong to weights."""
    colons, depth = [], 0
    for place, letter in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == ":" and depth == 0:
            colons.append(place)
    if len(colons) != 2:
        return None
    first, second = colons
    try:
        return inside[:first], inside[first + 1 : second], float(inside[second + 1 :])
    except ValueError:
        return None
