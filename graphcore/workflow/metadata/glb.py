"""GLB: `asset.extras` in the JSON chunk (glTF 2.0, 4.4)."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.jsontext import dump, parse
from graphcore.workflow.metadata.reader import Reader

MAGIC = b"glTF"


def glb_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, JSON text) of the extras of the asset."""
    if reader.at(16, 4) != b"JSON":
        return
    scene = parse(reader.at(20, reader.number(12, 4, little=True)))
    asset = scene.get("asset") if isinstance(scene, dict) else None
    extras = asset.get("extras") if isinstance(asset, dict) else None
    for key, value in extras.items() if isinstance(extras, dict) else ():
        yield key, value if isinstance(value, str) else dump(value)
