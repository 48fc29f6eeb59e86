"""Files, and processes with disks of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from graphcore.folders import AREAS
from server.sharing.mirror import Mirror
from server.sharing.store import Content, FileStore


def written(path: Path, body: bytes) -> tuple[Path, Content]:
    """A file, and what it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path, Content(hashlib.sha256(body).hexdigest(), len(body))


def mirror(store: FileStore, disk: Path, **options: int) -> Mirror:
    """What a process with this disk has of a store."""
    return Mirror(store, {area: disk / area for area in AREAS}, **options)


def damage(store: FileStore, content: Content) -> None:
    """Change a byte of content that is in a store, behind its back."""
    key = f"blobs/{content.digest[:2]}/{content.digest[2:]}"
    body = store.read(key)
    assert body
    store.write(key, body[:-1] + bytes([body[-1] ^ 1]))
