"""Prompts with choices: `{red|green|blue}`, `{2$$a|b|c}` (two of them), `{3::often|1::rarely}`, `__wildcard__`.

Choices nest. A wildcard stands for a line of the text file of that name. The same seed gives the same text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from graphcore.errors import RunError

MAX_LENGTH = 100_000  # characters of a finished text
MAX_DEPTH = 16  # wildcards within wildcards
WILDCARD = re.compile(r"__([\w][\w/. -]*?)__")
PICK = re.compile(r"\s*(\d+)(?:-(\d+))?\$\$(?:([^$|]*)\$\$)?")
WEIGHT = re.compile(r"\s*(\d+(?:\.\d+)?)::")


class ChoiceError(RunError):
    """A text with choices cannot be resolved. The text says why."""


def resolve(text: str, seed: int, lines_of: Callable[[str], Sequence[str]]) -> str:
    """The text with every choice made. `lines_of(name)` gives a wildcard's lines.

    A backslash before `{`, `|` or `}` takes it literally. ChoiceError for unbalanced braces and endless wildcards.
    """
    return _unescaped(_Resolution(random.Random(seed), lines_of).text(text, 0))


class _Resolution:
    def __init__(self, chance: random.Random, lines_of: Callable[[str], Sequence[str]]):
        self.chance, self.lines_of = chance, lines_of

    def text(self, text: str, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise ChoiceError(f"Wildcards are nested more than {MAX_DEPTH} deep; does one of them name itself?")
        parts: list[str] = []
        rest = text
        while (start := _find(rest, "{")) >= 0:
            end = _closing(rest, start)
            parts += self.wildcards(rest[:start], depth), self.choice(rest[start + 1 : end], depth)
            rest = rest[end + 1 :]
        if _find(rest, "}") >= 0:
            raise ChoiceError("There is a '}' without a '{' before it; write \\} for a literal one.")
        result = "".join([*parts, self.wildcards(rest, depth)])
        if len(result) > MAX_LENGTH:
            raise ChoiceError(f"The resolved text is longer than {MAX_LENGTH:,} characters.")
        return result

    def wildcards(self, text: str, depth: int) -> str:
        def line(match: re.Match[str]) -> str:
            lines = self.lines_of(match[1])
            return self.text(self.chance.choice(lines), depth + 1) if lines else ""

        return WILDCARD.sub(line, text)

    def choice(self, inner: str, depth: int) -> str:
        pick = PICK.match(inner)
        low = int(pick[1]) if pick else 1
        count = self.chance.randint(low, max(low, int(pick[2]))) if pick and pick[2] else low
        options = _split(inner[pick.end() :] if pick else inner)
        weights = [float(match[1]) if (match := WEIGHT.match(option)) else 1.0 for option in options]
        options = [WEIGHT.sub("", option, count=1) for option in options]
        chosen: list[str] = []
        while options and len(chosen) < count:
            index = self._drawn(weights)
            chosen.append(self.text(options.pop(index), depth))
            weights.pop(index)
        separator = pick[3] if pick and pick[3] is not None else ", "
        return separator.join(chosen)

    def _drawn(self, weights: list[float]) -> int:
        usable = weights if sum(weights) > 0 else [1.0] * len(weights)
        return self.chance.choices(range(len(weights)), usable)[0]


def _find(text: str, character: str, start: int = 0) -> int:
    """The first unescaped occurrence, or -1."""
    while (found := text.find(character, start)) > 0 and text[found - 1] == "\\":
        start = found + 1
    return found


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        if text[index] in "{}" and (index == 0 or text[index - 1] != "\\"):
            depth += 1 if text[index] == "{" else -1
            if depth == 0:
                return index
    raise ChoiceError("There is a '{' without a '}' after it; write \\{ for a literal one.")


def _split(inner: str) -> list[str]:
    """The options of a choice: separated by bars that are not inside a further choice."""
    options, depth = [""], 0
    for index, character in enumerate(inner):
        escaped = index > 0 and inner[index - 1] == "\\"
        if character in "{}" and not escaped:
            depth += 1 if character == "{" else -1
        if character == "|" and depth == 0 and not escaped:
            options.append("")
        else:
            options[-1] += character
    return options


def _unescaped(text: str) -> str:
    return re.sub(r"\\([{}|])", r"\1", text)
