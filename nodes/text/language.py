"""Whether a text encoder can read a prompt: published CLIPs were trained on English."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from nodes.text.tokenizer import VOCABULARY_SIZE

if TYPE_CHECKING:
    from nodes.text.clip import Clip

NOTE = (
    "This prompt is written in another script than Latin, but the text encoder ({names}) was trained on English and "
    "understands little of it. Translate the prompt, or use a model with a multilingual text encoder."
)
_EMBEDDING = re.compile(r"embedding:\S+")


def note(clip: Clip, *texts: str) -> str | None:
    """What the user should know of prompts that an English text encoder will not understand; else None.

    Encoders with another vocabulary than CLIP's English one are taken to know what they were given.
    """
    if not any(mostly_foreign(text) for text in texts):
        return None
    english = [
        clip.family.encoders[name].key
        for name, encoder in clip.encoders.items()
        if encoder.vocabulary_size == VOCABULARY_SIZE
    ]
    return NOTE.format(names=" and ".join(sorted(english))) if len(english) == len(clip.encoders) else None


def mostly_foreign(text: str) -> bool:
    """Whether more than half of a text's letters are not Latin ones; names of embeddings do not count."""
    letters = [letter for letter in _EMBEDDING.sub("", text) if letter.isalpha()]
    return sum(not unicodedata.name(letter, "").startswith("LATIN") for letter in letters) * 2 > len(letters)
