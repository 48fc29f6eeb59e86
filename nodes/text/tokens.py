"""From a prompt to the weighted token chunks of one encoder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from graphcore.errors import RunError
from nodes.text.chunks import TokenizerSpec, chunked
from nodes.text.prompt import EMBEDDING, parse, split_embeddings
from nodes.text.tokenizer import clip_token_ids

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.text.chunks import Chunk, Token, Weighted
    from nodes.text.embeddings import EmbeddingFolders

log = logging.getLogger(__name__)


def tokenize(
    prompt: str, spec: TokenizerSpec, key: str, embeddings: EmbeddingFolders | None = None, *, weights: bool = True
) -> list[Chunk]:
    """The chunks of `prompt` for the CLIP encoder `key`, as (token or vector [C], weight) pairs.

    Without `embeddings` the words `embedding:name` are ordinary text. An embedding that is not found is left out and
    warned about; a vector whose width does not fit is kept here and left out when the chunks are encoded.
    """
    return chunked(groups_of(prompt, key, embeddings, weights=weights), spec)


def groups_of(
    prompt: str, key: str, embeddings: EmbeddingFolders | None = None, *, weights: bool = True
) -> Iterator[list[Weighted]]:
    """The parts of `prompt`, each as its weighted tokens: runs of text between weights and embeddings, and these."""
    return (
        [(token, weight) for token in tokens]
        for text, weight in parse(prompt, weights=weights)
        for piece in split_embeddings(text)
        for tokens in _groups(piece, key, embeddings)
    )


def _groups(piece: str, key: str, embeddings: EmbeddingFolders | None) -> Iterator[list[Token]]:
    if embeddings is not None and piece.startswith(EMBEDDING):
        vectors, piece = _embedding(piece.removeprefix(EMBEDDING), key, embeddings)
        if vectors is not None:
            yield list(vectors)
    if piece:
        yield [*clip_token_ids(piece)]


def _embedding(text: str, key: str, embeddings: EmbeddingFolders) -> tuple[Tensor | None, str]:
    """The vectors that the first word of `text` names, and the text that is left to tokenise."""
    words = text.strip("\n").split()
    if not words:
        raise RunError("The prompt says 'embedding:' without a name. Write 'embedding:name', or drop the word.")
    name, left = words[0], " ".join(words[1:])
    vectors = embeddings.load(name, key)
    bare = name.strip(",")
    if vectors is None and len(bare) < len(name):
        vectors = embeddings.load(bare, key)
        left = f"{name[len(bare) :]} {left}"
    if vectors is None:
        log.warning("The embedding '%s' is in none of the embeddings folders; the prompt is used without it.", name)
    return vectors, left
