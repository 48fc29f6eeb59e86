"""SVG: JSON in a CDATA section of the `metadata` element."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.jsontext import dump, parse
from graphcore.workflow.metadata.reader import MAX_TEXT, Reader, text


def is_svg(head: bytes) -> bool:
    """Whether a file that starts like this is an SVG picture."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") and b"<svg" in start


def svg_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, JSON text) of the object in the first `metadata` element."""
    content = text(reader.head(MAX_TEXT))
    start = content.find("<metadata")
    start = content.find(">", start) + 1 if start >= 0 else 0
    end = content.find("</metadata", start) if start else -1
    if end < 0:
        return
    body = content[start:end].strip()
    body = body.removeprefix("<![CDATA[").removesuffix("]]>").strip()
    if body.startswith("{"):
        for key, value in parse(body).items():
            yield key, value if isinstance(value, str) else dump(value)
