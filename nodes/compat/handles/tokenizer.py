"""`clip.tokenizer`: what packs read of tokenizers, `clip.tokenizer.clip_l` and its like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from nodes.guidance.hooks import HookedClip
from nodes.text.chunks import chunked
from nodes.text.clip import Clip
from nodes.text.tokenizer import clip_token_ids, clip_tokenizer
from nodes.text.tokens import groups_of

Rows = list[list[Any]]


@cache
def vocabulary() -> dict[str, int]:
    """CLIP's words."""
    return dict(clip_tokenizer().get_vocab())


@cache
def inverse() -> dict[int, str]:
    """Its words by number."""
    return {number: word for word, number in vocabulary().items()}


class Vocabulary:
    """A tokenizer as transformers has it: `tokenizer(text)["input_ids"]`, with start and end."""

    def __init__(self, spec: Any):
        self._spec = spec

    def __call__(self, text: str | Sequence[str], **_: Any) -> dict[str, list[Any]]:
        if not isinstance(text, str):
            return {"input_ids": [self(one)["input_ids"] for one in text]}
        ends = [[token] if token is not None else [] for token in (self._spec.start, self._spec.end)]
        return {"input_ids": [*ends[0], *clip_token_ids(text), *ends[1]]}

    def get_vocab(self) -> Mapping[str, int]:
        """Word -> number."""
        return vocabulary()

    def encode(self, text: str, **_: Any) -> list[int]:
        """The same numbers."""
        return list(self(text)["input_ids"])

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        """The text of numbers."""
        return str(clip_tokenizer().decode(list(ids)))

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        """Words by their numbers."""
        return inverse()[ids] if isinstance(ids, int) else [inverse()[number] for number in ids]

    def convert_tokens_to_ids(self, words: Any) -> Any:
        """Numbers of words."""
        return vocabulary()[words] if isinstance(words, str) else [vocabulary()[word] for word in words]


class TokenizerView:
    """One encoder's tokenizer."""

    embedding_identifier = "embedding:"
    pad_left = False
    max_word_length = 8

    def __init__(self, native: Clip, name: str):
        self._native, self._rule = native, native.family.encoders[name]
        self._spec = replace(self._rule.tokens, **native.options.get(name, {}))
        self.embedding_key = self._rule.key
        self.max_length, self.min_length = self._spec.max_length, self._spec.min_length
        self.start_token, self.end_token, self.pad_token = self._spec.start, self._spec.end, self._spec.pad
        self.pad_with_end, self.pad_to_max_length = self._spec.pad == self._spec.end, self._spec.pad_to_max
        self.embedding_directory = [str(folder) for folder in getattr(native.embeddings, "folders", ())]
        self.embedding_size = native.encoders[name].config.hidden_size
        self.tokenizer = Vocabulary(self._spec)

    @property
    def inv_vocab(self) -> Mapping[int, str]:
        """Number -> word."""
        return inverse()

    @property
    def vocab(self) -> Mapping[str, int]:
        """Word -> number."""
        return vocabulary()

    def tokenize_with_weights(self, text: str, return_word_ids: bool = False, **_: Any) -> Rows:
        """[[(token, weight), ...], ...]; with `return_word_ids` the number of the part of the text as third, 0 for
        start, end and padding."""
        groups = groups_of(text, self._rule.key, self._native.embeddings)
        numbered = [[(token, (weight, number)) for token, weight in group] for number, group in enumerate(groups, 1)]
        rows = chunked(numbered, self._spec)  # type: ignore[arg-type]
        full: Rows = [[(token, *(of if isinstance(of, tuple) else (of, 0))) for token, of in row] for row in rows]
        return full if return_word_ids else [[item[:2] for item in row] for row in full]

    def untokenize(self, token_weight_pair: Sequence[Any]) -> list[tuple[Any, str]]:
        """Every token with its word."""
        return [(item, inverse().get(item[0], "") if isinstance(item[0], int) else "") for item in token_weight_pair]


class TokenizersView:
    """All of them, as attributes clip_l, clip_g, clip_h."""

    def __init__(self, native: Clip | HookedClip):
        self._native = native.clip if isinstance(native, HookedClip) else native

    def __getattr__(self, name: str) -> TokenizerView:
        encoders = self.__dict__["_native"].encoders
        if name.removeprefix("clip_") not in encoders:
            raise AttributeError(f"The tokenizers have no '{name}'; there are {', '.join(encoders)}.")
        return TokenizerView(self._native, name.removeprefix("clip_"))

    @property
    def embedding_directory(self) -> list[str]:
        """Where embeddings are looked for."""
        return TokenizerView(self._native, next(iter(self._native.encoders))).embedding_directory

    def tokenize_with_weights(self, text: str, return_word_ids: bool = False, **_: Any) -> dict[str, Rows]:
        """The rows for every encoder."""
        return {
            name: TokenizerView(self._native, name).tokenize_with_weights(text, return_word_ids)
            for name in self._native.encoders
        }

    def untokenize(self, token_weight_pair: Any) -> Any:
        """Every token with its word: of rows by encoder, or of one row."""
        view = TokenizerView(self._native, next(iter(self._native.encoders)))
        if isinstance(token_weight_pair, Mapping):
            return {name: [view.untokenize(row) for row in rows] for name, rows in token_weight_pair.items()}
        return view.untokenize(token_weight_pair)
