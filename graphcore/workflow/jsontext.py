"""Text to data and back: JSON as the field writes it, with limits that keep hostile files harmless."""

from __future__ import annotations

import codecs
import json
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.nesting import MAX_DEPTH, too_deep

MAX_BYTES = 16 << 20
"""Largest JSON text that is read."""
MAX_VALUES = 2_000_000
"""Most values that one text may hold; bounds memory to about 100 bytes each."""

_TOO_DEEP = f"The JSON is nested more than {MAX_DEPTH} levels deep; no workflow is. Check where the file comes from."


def parse(text: bytes | str) -> Any:
    """JSON text as data. Accepts a byte order mark, UTF-8, UTF-16 or UTF-32, and the bare tokens NaN and Infinity.

    Raises WorkflowError for text that is not JSON, or is too large or nested too deep to be a workflow.
    """
    decoded = decode(text) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    _refuse_bombs(decoded)
    try:
        value = json.loads(decoded)
    except RecursionError:
        raise WorkflowError(_TOO_DEEP) from None
    except ValueError as error:
        raise WorkflowError(f"This is not valid JSON: {error}. Save the workflow again and retry.") from None
    refuse_depth(value)
    return value


def dump(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """Data as JSON text; bare NaN and Infinity stay as they are, since the field's readers accept them."""
    try:
        return json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    except RecursionError:
        raise WorkflowError(_TOO_DEEP) from None


def encode(value: Any, *, indent: int | None = 2) -> bytes:
    """Data as UTF-8 JSON text; falls back to escapes where the data holds lone surrogates."""
    try:
        return dump(value, indent=indent).encode()
    except UnicodeEncodeError:
        return dump(value, indent=indent, ascii_only=True).encode()


def decode(data: bytes) -> str:
    """Bytes of a JSON text as text. UTF-8 unless a mark or the zero bytes of the first characters say otherwise."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        raise WorkflowError(f"The text is not UTF-8 ({error.reason} at byte {error.start}).") from None


def _refuse_bombs(text: str) -> None:
    if len(text) > MAX_BYTES:
        raise WorkflowError(f"The JSON is larger than {MAX_BYTES >> 20} MiB; no workflow is. Check the file.")
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise WorkflowError(f"The JSON holds more than {MAX_VALUES:,} values; no workflow does. Check the file.")


def refuse_depth(value: Any) -> None:
    """Raise WorkflowError for data that is nested too deep to be a workflow."""
    if too_deep(value):
        raise WorkflowError(_TOO_DEEP)
