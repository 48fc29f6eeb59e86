"""`comfy.sd1_clip`: of it, the prompt grammar, and encoders to ask `isinstance` for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nodes.compat.handles.encoder import SD1ClipModel, SDClipModel
from nodes.compat.handles.encoder import empty_tokens as gen_empty_tokens
from nodes.text import prompt

__all__ = ["SD1ClipModel", "SDClipModel", "gen_empty_tokens"]

ESCAPES = {r"\)": "\0\1", r"\(": "\0\2"}


def escape_important(text: str) -> str:
    """Escaped parentheses as marks."""
    for escaped, mark in ESCAPES.items():
        text = text.replace(escaped, mark)
    return text


def unescape_important(text: str) -> str:
    """Marks as parentheses."""
    for escaped, mark in ESCAPES.items():
        text = text.replace(mark, escaped[1])
    return text


def token_weights(string: str, current_weight: float) -> list[tuple[str, float]]:
    """(text, weight) for every part of a text with parentheses."""
    return [(segment.text, segment.weight * current_weight) for segment in prompt.parse(string)]


def expand_directory_list(directories: Iterable[str]) -> list[str]:
    """Folders with all that are in them, each once."""
    roots = [Path(directory) for directory in directories]
    inner = [found for root in roots for found in sorted(root.rglob("*")) if found.is_dir()]
    return list(dict.fromkeys(map(str, [*roots, *inner])))
