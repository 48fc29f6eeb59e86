"""Widgets: how a value that is not a wire is entered, and which values are allowed.

Each is a frozen record, given as metadata of an annotation: `Annotated[int, Range(1, 100)] = 20`. `options` is what the
node catalogue tells clients, in the field's spelling; `check` returns what is wrong with a value, or None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os.path import isfile
from pathlib import Path
from typing import Any

from graphcore.errors import GraphcoreError, brief
from graphcore.folders import Folders

MAX_SEED = 2**64 - 1
Finding = tuple[str, str]  # (problem code, sentence)


@dataclass(frozen=True, slots=True)
class Widget:
    """A plain widget: nothing but its options. `extra` holds further option keys, handed to clients unchanged."""

    extra: dict[str, Any] = field(default_factory=dict, kw_only=True, hash=False)

    def options(self) -> dict[str, Any]:
        """Option keys for the catalogue, in the field's spelling."""
        return dict(self.extra)

    def check(self, value: Any, folders: Folders) -> Finding | None:
        """What is wrong with a value that already has the right Python type, or None."""
        return None


@dataclass(frozen=True, slots=True)
class Range(Widget):
    """A number from `min` to `max`, both included; `step` and `round` guide the editor only."""

    min: float | None = None
    max: float | None = None
    step: float | None = None
    round: float | bool | None = None
    display: str | None = None

    def options(self) -> dict[str, Any]:
        named = {"min": self.min, "max": self.max, "step": self.step, "round": self.round, "display": self.display}
        return {key: value for key, value in named.items() if value is not None} | self.extra

    def check(self, value: Any, folders: Folders) -> Finding | None:
        return within(value, self.min, self.max)


def within(value: Any, low: Any, high: Any) -> Finding | None:
    """What is wrong with a number that should lie between two limits, both included; None sets no limit.

    What is no number (NaN) is neither below nor above anything, and lies between no limits.
    """
    if isinstance(value, float) and math.isnan(value) and (low, high) != (None, None):
        rule = "value_smaller_than_min" if low is not None else "value_bigger_than_max"
        return rule, f"{value} is no number, and so not within the limits; enter one that is."
    if low is not None and value < low:
        return "value_smaller_than_min", f"{value} is below the smallest allowed value {low}."
    if high is not None and value > high:
        return "value_bigger_than_max", f"{value} is above the largest allowed value {high}."
    return None


@dataclass(frozen=True, slots=True)
class Seed(Range):
    """A 64-bit seed, with the editor's fixed / increment / decrement / randomize control beside it."""

    min: float | None = 0
    max: float | None = MAX_SEED

    def options(self) -> dict[str, Any]:
        # Not super(): slots and dataclass re-create the class, which zero-argument super() does not survive.
        return Range.options(self) | {"control_after_generate": True}


@dataclass(frozen=True, slots=True)
class Text(Widget):
    """A string. `multiline` opens a text area; `dynamic` lets clients resolve {a|b} choices."""

    multiline: bool = False
    dynamic: bool = False
    placeholder: str = ""

    def options(self) -> dict[str, Any]:
        named = {"multiline": self.multiline, "dynamicPrompts": self.dynamic, "placeholder": self.placeholder}
        return {key: value for key, value in named.items() if value} | self.extra


@dataclass(frozen=True, slots=True)
class Toggle(Widget):
    """A yes/no switch with its own two words."""

    on: str = ""
    off: str = ""

    def options(self) -> dict[str, Any]:
        return ({"label_on": self.on, "label_off": self.off} if self.on or self.off else {}) | self.extra


@dataclass(frozen=True, slots=True)
class Wire(Widget):
    """No widget: a number or text that can only arrive by wire."""

    def options(self) -> dict[str, Any]:
        return {"forceInput": True} | self.extra


@dataclass(frozen=True, slots=True)
class Listed(Widget):
    """One of a list of values; the base of every combo."""

    def listed(self, folders: Folders) -> list[Any]:
        """The allowed values, now."""
        return []

    def check(self, value: Any, folders: Folders) -> Finding | None:
        listed = self.listed(folders)
        return None if value in listed else ("value_not_in_list", self.refusal(value, listed, folders))

    def refusal(self, value: Any, listed: list[Any], folders: Folders) -> str:
        """The sentence for a value that is not listed, with the nearest names."""
        import difflib

        kinds = {type(item) for item in listed}
        if str(value) in map(str, listed) and len(kinds) == 1:
            return f"{brief(value)} is a {type(value).__name__}; the choices are of type {kinds.pop().__name__}."
        names = [str(item) for item in listed]
        near = difflib.get_close_matches(str(value), names, n=3, cutoff=0.5)
        if near:
            return f"{brief(value)} is not among the choices. Did you mean {' or '.join(repr(n) for n in near)}?"
        shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        return f"{brief(value)} is not among the choices: {shown or 'there are none'}."


@dataclass(frozen=True, slots=True)
class Choice(Listed):
    """One of a list. The list may be a function of the folders, asked each time the catalogue is asked."""

    # Not hashed: `Annotated[str, Choice([...])] | None` hashes the widget, and lists have no hash.
    values: Sequence[Any] | Callable[[Folders], Sequence[Any]] = field(default=(), hash=False)

    def listed(self, folders: Folders) -> list[Any]:
        return list(self.values(folders)) if callable(self.values) else list(self.values)


@dataclass(frozen=True, slots=True)
class ModelFile(Listed):
    """The name of a model file of one kind, such as 'checkpoints'. The result cache follows the file's identity.

    `others` are further choices, which stand for no file.
    """

    kind: str
    others: tuple[str, ...] = ()

    def listed(self, folders: Folders) -> list[Any]:
        return [*folders.names(self.kind), *self.others]

    def path(self, value: str, folders: Folders) -> Path:
        """Where the file is; ModelError with near names if it is not there."""
        return folders.find(self.kind, value)

    def refusal(self, value: Any, listed: list[Any], folders: Folders) -> str:
        return _absence(lambda: self.path(str(value), folders))


@dataclass(frozen=True, slots=True)
class InputFile(Listed):
    """The name of a file in the input folder; `name [output]` and `name [temp]` reach the other two.

    `upload` ('image', 'audio' or 'video') gives the editor its upload button and says which files are offered.
    """

    upload: str = "image"
    extensions: frozenset[str] = frozenset()

    def listed(self, folders: Folders) -> list[Any]:
        suffixes = self.extensions or UPLOADS[self.upload]
        if not folders.input.is_dir():
            return []
        files = (entry.name for entry in folders.input.iterdir() if entry.is_file())
        return sorted(name for name in files if Path(name).suffix.lower() in suffixes)

    def options(self) -> dict[str, Any]:
        return {f"{self.upload}_upload": True} | self.extra

    def path(self, value: str, folders: Folders) -> Path:
        """Where the file is; a sentence naming the folder if it is not there."""
        path = folders.path(value)
        if not isfile(path):  # unlike Path.is_file, it takes names that no file can have
            area, name = folders.split(value)
            raise GraphcoreError(f"There is no file '{name}' in {folders.area(area)}; put it there or upload it.")
        return path

    def check(self, value: Any, folders: Folders) -> Finding | None:
        message = _absence(lambda: self.path(str(value), folders))
        return ("value_not_in_list", message) if message else None


UPLOADS: dict[str, frozenset[str]] = {
    "image": frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".mpo", ".ppm"}),
    "audio": frozenset({".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac"}),
    "video": frozenset({".mp4", ".webm", ".mkv", ".mov", ".avi", ".gif"}),
}


def _absence(find: Callable[[], Path]) -> str:
    try:
        find()
    except GraphcoreError as error:
        return str(error)
    return ""
