"""Sweeps: one workflow, several values of some inputs, every combination once. Pure: says what to run, runs nothing.

>>> parse("KSampler.cfg=4,6.5,8").values
('4', '6.5', '8')
>>> parse("KSampler.seed=1..4").values
('1', '2', '3', '4')
>>> parse("KSampler.denoise=0.5..1..0.25").values
('0.5', '0.75', '1')
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from graphcore import overrides
from graphcore.errors import UserError
from graphcore.graph import tainted
from graphcore.node import NodeSpec
from graphcore.prompt import Prompt, is_link, title_of

LARGEST = 10_000  # combinations; more is a slip of the hand
LONGEST = 40  # characters of one value in a file name
ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Axis:
    """An input ('NODE.INPUT') and the values that it takes in turn, as text (see `overrides.override`)."""

    place: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep: the values put in, what to add to names of its files, and what to write below its picture."""

    values: Mapping[str, str]
    suffix: str
    label: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """The runs in the order that reuses most results. On a contact sheet, `columns` of them make a row."""

    points: tuple[Point, ...]
    columns: int


def plan(prompt: Prompt, registry: Mapping[str, NodeSpec], settings: Iterable[str]) -> Sweep:
    """The sweep over `settings`. UserError for what is no setting, or names no input of the workflow.

    What has most nodes downstream varies slowest, so that each change leaves as many results as possible in use.
    """
    axes = [parse(setting) for setting in settings]
    places = [overrides.locate(prompt, registry, axis.place) for axis in axes]
    for place, axis in zip(places, axes, strict=True):
        if places.count(place) > 1:
            raise UserError(f"'{axis.place}' is swept twice; write all its values in one --sweep.")
    reach = {place: len(tainted(prompt, {place[0]})) for place in places}
    order = sorted(range(len(axes)), key=lambda index: -reach[places[index]])
    axes, places = [axes[index] for index in order], [places[index] for index in order]
    total = 1
    for axis in axes:
        total *= len(axis.values)
    if total > LARGEST:
        raise UserError(f"This sweep has {total} combinations; sweep fewer values, {LARGEST} combinations at most.")
    points = _points(axes, _names(prompt, places))
    return Sweep(tuple(points), len(axes[-1].values) if axes else 1)


def parse(setting: str) -> Axis:
    """'NODE.INPUT=4,6,8', or a range '1..4' or '0..1..0.25' (both ends included), or both. Quotes protect commas."""
    place, text = overrides.parse(setting)
    values = [value for item in _items(text) for value in _values(item, setting)]
    if not values:
        raise UserError(f"'{setting}' names no values; write them with commas, such as KSampler.cfg=4,6,8.")
    return Axis(place, tuple(dict.fromkeys(values)))


def _items(text: str) -> list[str]:
    return [match[1].strip() for match in ITEM.finditer(text) if match[1].strip()]


def _values(item: str, setting: str) -> list[str]:
    """The values of one item: those of a range, what is between quotes, or the item itself."""
    if item.startswith('"'):
        return [_unquoted(item)]
    parts = item.split("..")
    try:
        numbers = [Decimal(part) for part in parts]
    except InvalidOperation:
        return [item]
    if len(numbers) not in (2, 3) or not all(number.is_finite() for number in numbers):
        return [item]
    start, stop, *rest = numbers
    step = abs(rest[0]) if rest else Decimal(1)
    if not step:
        raise UserError(f"'{setting}' has a range with a step of zero; give it a step, such as 0..1..0.25.")
    count = int(abs(stop - start) / step) + 1
    if count > LARGEST:
        raise UserError(f"'{setting}' has a range of {count} values; {LARGEST} at most.")
    direction = 1 if stop >= start else -1
    return [_spell(start + direction * step * index) for index in range(count)]


def _unquoted(item: str) -> str:
    try:
        return str(json.loads(item))
    except ValueError:
        return item


def _spell(number: Decimal) -> str:
    return str(int(number)) if number == number.to_integral_value() else str(number.normalize())


def _names(prompt: Prompt, places: Sequence[tuple[str, str]]) -> list[str]:
    """What each axis is called: its input, with the node's title in front where two inputs have one name."""
    inputs = [name for _, name in places]
    titled = [f"{title_of(prompt[id])}.{name}" for id, name in places]
    exact = [f"{id}.{name}" for id, name in places]
    return [
        name if inputs.count(name) == 1 else title if titled.count(title) == 1 else id
        for name, title, id in zip(inputs, titled, exact, strict=True)
    ]


def _points(axes: Sequence[Axis], names: Sequence[str]) -> list[Point]:
    varied = [index for index, axis in enumerate(axes) if len(axis.values) > 1]
    safe = [_distinct(axis.values) for axis in axes]
    found = []
    for combination in itertools.product(*(axis.values for axis in axes)):
        values = {axis.place: value for axis, value in zip(axes, combination, strict=True)}
        suffix = "_".join(f"{_safe(names[i])}={safe[i][combination[i]]}" for i in varied)
        label = ", ".join(f"{names[i]} {combination[i]}" for i in varied)
        found.append(Point(values, suffix, label))
    return found


def _distinct(values: Sequence[str]) -> dict[str, str]:
    """Value -> how it is written in a file name; values that would look alike are told apart by a digest."""
    shown = {value: _safe(value) for value in values}
    seen = [text.casefold() for text in shown.values()]
    return {
        value: text if seen.count(text.casefold()) == 1 else f"{text}~{hashlib.blake2b(value.encode()).hexdigest()[:6]}"
        for value, text in shown.items()
    }


def _safe(text: str) -> str:
    """Text as part of a file name on any system: letters, digits and a few signs; long ones cut."""
    kept = re.sub(r"[^\w.+-]+", "-", text).strip("-.") or "empty"
    return kept[:LONGEST]


def with_suffix(prompt: Prompt, suffix: str) -> Prompt:
    """A copy of the prompt whose files are named with a suffix: every `filename_prefix` that is a text gets it."""
    return {id: {**node, "inputs": _suffixed(node["inputs"], suffix)} for id, node in prompt.items()}


def _suffixed(inputs: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    prefix = inputs.get("filename_prefix")
    if not suffix or not isinstance(prefix, str) or is_link(prefix):
        return dict(inputs)
    return {**inputs, "filename_prefix": f"{prefix}_{suffix}"}
