"""SVG drawings: values of a pack's making, and their workflow in the `metadata` element."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from nodes.imaging.metadata import texts
from nodes.imaging.shapes import ImagingError

ROOT = re.compile(r"<svg\b[^>]*>")


def texts_of(drawings: Any) -> list[str]:
    """The drawings of an SVG value (`data`: a list of binary files). ImagingError if it holds none."""
    found = []
    files = getattr(drawings, "data", None)
    for file in files if isinstance(files, list) else ():
        file.seek(0)
        content = file.read()
        found.append(content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content))
    if not found:
        raise ImagingError("'svg' holds no drawings; check the node that made it.")
    return found


def with_metadata(drawing: str, metadata: Mapping[str, Any]) -> str:
    """The drawing with what it was made of, as JSON, where readers of SVG look for it."""
    root = ROOT.search(drawing)
    if root is None:
        raise ImagingError("'svg' is no drawing: it has no 'svg' element. Check the node that made it.")
    if not metadata or root[0].endswith("/>"):
        return drawing
    body = ",".join(f"{json.dumps(key)}:{text}" for key, text in texts(metadata).items())
    body = body.replace("]]>", "]]\\u003e")  # only texts can hold this, and it would end the section
    return f"{drawing[: root.end()]}<metadata><![CDATA[{{{body}}}]]></metadata>{drawing[root.end() :]}"
