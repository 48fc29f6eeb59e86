"""How weighted tokens fill the fixed-length chunks that a text encoder reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nodes.text.tokenizer import END, START

if TYPE_CHECKING:
    from torch import Tensor

    Token: TypeAlias = int | Tensor
    """An index into the encoder's vocabulary, or an injected vector [C]."""
    Weighted: TypeAlias = tuple[Token, float]
    Chunk: TypeAlias = list[Weighted]


@dataclass(frozen=True, slots=True)
class TokenizerSpec:
    """What one encoder's token rows look like.

    `start` or `end` is None where the encoder knows no such token. With `pad_to_max`, every chunk has `max_length`
    tokens; otherwise the last is padded to `min_length` at least, after `min_padding` tokens that always come.
    A group of fewer than `max_word` tokens is a word: it moves to the next chunk whole.
    """

    pad: int
    start: int | None = START
    end: int | None = END
    max_length: int = 77
    pad_to_max: bool = True
    min_length: int = 0
    min_padding: int = 0
    max_word: int = 8

    def empty(self, length: int) -> list[Token]:
        """The tokens of a chunk without content; longer than `length` where start and end already are."""
        tokens: list[Token] = [token for token in (self.start, self.end) if token is not None]
        return tokens + [self.pad] * (length - len(tokens))


def chunked(groups: Iterable[Sequence[Weighted]], spec: TokenizerSpec) -> list[Chunk]:
    """Lay `groups` (words, runs of text, embeddings) into chunks; start, end and padding have weight 1."""
    ends = _ones(spec.end)
    chunk = _ones(spec.start)
    chunks = [chunk]
    for group in groups:
        splits = len(group) >= spec.max_word
        while group:
            room = spec.max_length - len(chunk) - len(ends)
            if len(group) <= room:
                chunk += group
                break
            if splits:
                chunk += group[:room]
                group = group[room:]
                chunk += ends
            else:
                chunk += ends
                chunk += _ones(spec.pad) * (room if spec.pad_to_max else 0)
            chunk = _ones(spec.start)
            chunks.append(chunk)
    chunk += ends + _ones(spec.pad) * spec.min_padding
    length = max(spec.min_length, spec.max_length if spec.pad_to_max else 0)
    chunk += _ones(spec.pad) * (length - len(chunk))
    return chunks


def _ones(token: int | None) -> Chunk:
    return [] if token is None else [(token, 1.0)]
