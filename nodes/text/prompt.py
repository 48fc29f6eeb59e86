r"""The prompt grammar: `(text)` weighs 1.1, `(text:1.3)` weighs 1.3, `\(` and `\)` are plain parentheses.

    prompt  = { literal | group }
    group   = "(" prompt [ ":" number ] ")"

A number replaces all weights around it, a bare group multiplies the weight around it by 1.1. Square brackets mean
nothing. No text is an error: what does not parse is literal text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

EMBEDDING = "embedding:"

_EMPHASIS = 1.1
# An escaped parenthesis is held back as two characters that no prompt contains, so that positions do not move.
_HELD = {r"\)": "\0\1", r"\(": "\0\2"}
_PARENTHESES = re.compile(r"[()]")
_EMBEDDING_STARTS = re.compile(rf"[ \n]{EMBEDDING}")


class Segment(NamedTuple):
    """A stretch of the prompt that has one weight; the weight may be any float, also negative, infinite or nan."""

    text: str
    weight: float


def parse(prompt: str, *, weights: bool = True) -> list[Segment]:
    """The weighted segments of `prompt` in order; with `weights` off, one segment of weight 1."""
    for escaped, held in _HELD.items():
        prompt = prompt.replace(escaped, held)
    segments = _segments(prompt) if weights else [Segment(prompt, 1.0)]
    return [Segment(_restore(text), weight) for text, weight in segments]


def split_embeddings(text: str) -> list[str]:
    """Cut `text` before every `embedding:` that follows a space or a line break (which is dropped).

    Pieces that name an embedding start with `embedding:`; a glued one (`xembedding:foo`) is ordinary text.
    """
    first, *others = _EMBEDDING_STARTS.split(text)
    pieces = [first, *(EMBEDDING + other for other in others)]
    return [piece for piece in pieces if piece]


def _segments(text: str) -> list[Segment]:
    """Depth first over the groups with an own stack, because a prompt may nest deeper than Python recurses."""
    closes = _matches(text)
    found: list[Segment] = []
    ahead = [(start, stop, 1.0) for start, stop in reversed(_pieces(text, closes, 0, len(text)))]
    while ahead:
        start, stop, weight = ahead.pop()
        if text[start] == "(" and text[stop - 1] == ")":
            start, stop, weight = _inside(text, start, stop, weight)
            ahead += [(begin, end, weight) for begin, end in reversed(_pieces(text, closes, start, stop))]
        else:
            found.append(Segment(text[start:stop], weight))
    return found


def _matches(text: str) -> dict[int, int]:
    """Position of every parenthesis that opens a group -> where that closes (the length of `text` if nowhere).

    A stray `)` owes a `(`: the next one pays for it and opens nothing.
    """
    closes: dict[int, int] = {}
    opened: list[int] = []
    owed = 0
    for match in _PARENTHESES.finditer(text):
        if match[0] == ")" and opened:
            closes[opened.pop()] = match.start()
        elif match[0] == ")":
            owed += 1
        elif owed:
            owed -= 1
        else:
            opened.append(match.start())
            closes[match.start()] = len(text)
    return closes


def _pieces(text: str, closes: Mapping[int, int], start: int, stop: int) -> list[tuple[int, int]]:
    """The ranges of the outermost groups in `text[start:stop]` and of what lies between; an unclosed group runs on."""
    pieces: list[tuple[int, int]] = []
    begin = at = start
    while (at := text.find("(", at, stop)) >= 0:
        if at not in closes:
            at += 1
            continue
        end = min(closes[at] + 1, stop)
        pieces += [(begin, at), (at, end)]
        begin = at = end
    return [piece for piece in [*pieces, (begin, stop)] if piece[0] < piece[1]]


def _inside(text: str, start: int, stop: int, weight: float) -> tuple[int, int, float]:
    """The range inside the group `text[start:stop]`, and the weight there, given the weight around it."""
    colon = text.rfind(":", start + 1, stop - 1)
    # A colon right after the parenthesis leaves nothing to weigh: it is text.
    if colon > start + 1 and (number := _number(text[colon + 1 : stop - 1])) is not None:
        return start + 1, colon, number
    return start + 1, stop - 1, weight * _EMPHASIS


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _restore(text: str) -> str:
    return text.replace("\0\1", ")").replace("\0\2", "(")
