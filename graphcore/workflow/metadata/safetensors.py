"""safetensors and `.latent`: the `__metadata__` strings of the header."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.jsontext import parse
from graphcore.workflow.metadata.reader import Reader


def is_safetensors(head: bytes) -> bool:
    """Whether a file that starts like this has a safetensors header: its length in eight bytes, then JSON."""
    return head[8:9] == b"{" and head[4:8] == b"\0\0\0\0"


def safetensors_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of the metadata."""
    header = parse(reader.at(8, reader.number(0, 8, little=True)))
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    for key, value in metadata.items() if isinstance(metadata, dict) else ():
        if isinstance(value, str):
            yield key, value
