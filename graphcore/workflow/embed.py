"""Workflows inside other files: what to read from them, and what to write into them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from graphcore.errors import WorkflowError
from graphcore.workflow.api import without_fingerprints
from graphcore.workflow.jsontext import dump
from graphcore.workflow.metadata import glb, id3, isobmff, jpeg, matroska, png, riff, safetensors, svg, vorbis
from graphcore.workflow.metadata.reader import Reader, TruncatedFileError

_Texts: TypeAlias = Callable[[Reader], Iterator[tuple[str, str]]]

_BY_MAGIC: tuple[tuple[bytes, _Texts], ...] = (
    (png.MAGIC, png.png_texts),
    (jpeg.MAGIC, jpeg.jpeg_texts),
    (matroska.MAGIC, matroska.matroska_texts),
    (vorbis.FLAC_MAGIC, vorbis.flac_texts),
    (vorbis.OGG_MAGIC, vorbis.ogg_texts),
    (id3.MAGIC, id3.id3_texts),
    (glb.MAGIC, glb.glb_texts),
)
_BY_LOOK: tuple[tuple[Callable[[bytes], bool], _Texts], ...] = (
    (riff.is_webp, riff.webp_texts),
    (lambda head: head[4:8] == b"ftyp", isobmff.isobmff_texts),
    (safetensors.is_safetensors, safetensors.safetensors_texts),
    (svg.is_svg, svg.svg_texts),
)
_HEAD = 4096


def container_of(head: bytes) -> _Texts | None:
    """The reader for a file that starts with `head`; None for kinds of files that carry no workflows."""
    for magic, texts in _BY_MAGIC:
        if head.startswith(magic):
            return texts
    return next((texts for looks, texts in _BY_LOOK if looks(head)), None)


def read_texts(reader: Reader) -> dict[str, str]:
    """The texts that a picture, video, sound or model carries, by key in lower case; the first of each key.

    A damaged file gives what could be read. Raises WorkflowError for a file that is none of these.
    """
    texts = container_of(reader.head(_HEAD))
    if texts is None:
        raise WorkflowError("This is neither a workflow nor a kind of file that can carry one.")
    found: dict[str, str] = {}
    try:
        for key, value in texts(reader):
            found.setdefault(key.lower(), value)
    except TruncatedFileError:
        return found
    return found


def texts_to_embed(
    prompt: Mapping[str, Mapping[str, Any]] | None, extra: Mapping[str, Any] | None = None, *, disabled: bool = False
) -> dict[str, str]:
    """What to write into a result: `prompt`, then one text for each key of `extra` (normally `workflow`).

    ASCII-escaped JSON, as the field's readers expect; fingerprints are left out and NaN becomes null. Nothing at all
    when `disabled`.
    """
    if disabled:
        return {}
    texts = {} if prompt is None else {"prompt": _strict_json(without_fingerprints(prompt))}
    return texts | {key: _strict_json(value) for key, value in (extra or {}).items()}


def png_with_texts(picture: bytes, texts: Mapping[str, str]) -> bytes:
    """A PNG file with `texts` as text chunks, in place of those of the same names. Raises WorkflowError for no PNG."""
    return png.with_texts(picture, texts)


def _strict_json(value: Any) -> str:
    return dump(_finite(value), ascii_only=True)


def _finite(value: Any) -> Any:
    """Data without NaN and infinities. Recursion is safe: loading limits how deep data nests."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
