"""What a file of a user's may be shown as: by what it holds, never as something that a browser would run."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import quote

BINARY = "application/octet-stream"
HEAD = 512  # bytes that are looked at
# type -> how files of that type begin: (offset, bytes); one of them must be there
SIGNATURES: dict[str, tuple[tuple[int, bytes], ...]] = {
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "image/webp": ((8, b"WEBP"),),
    "image/bmp": ((0, b"BM"),),
    "image/avif": ((4, b"ftyp"),),
    "image/tiff": ((0, b"II*\0"), (0, b"MM\0*")),
    "video/mp4": ((4, b"ftyp"),),
    "video/quicktime": ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide")),
    "video/webm": ((0, b"\x1aE\xdf\xa3"),),
    "video/x-matroska": ((0, b"\x1aE\xdf\xa3"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/flac": ((0, b"fLaC"),),
    "audio/ogg": ((0, b"OggS"),),
    "audio/wav": ((8, b"WAVE"),),
    "audio/mp4": ((4, b"ftyp"),),
    "model/gltf-binary": ((0, b"glTF"),),
}
# Text that no browser runs. What else is text (HTML, SVG, scripts, style sheets) is a download.
TEXTS = frozenset({"text/plain", "application/json", "text/csv", "text/markdown", "model/gltf+json", "model/obj"})
EXTRA = {
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mkv": "video/x-matroska",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".md": "text/markdown",
    ".json": "application/json",
}
PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
}


def shown_type(path: Path, head: bytes) -> str:
    """The content type of a file, given how it begins; BINARY for what is not what its name says, or could be run."""
    kind = EXTRA.get(path.suffix.lower()) or mimetypes.guess_type(path.name, strict=False)[0] or BINARY
    if kind in TEXTS:
        return kind
    signatures = SIGNATURES.get(kind, ())
    return kind if any(head.startswith(magic, offset) for offset, magic in signatures) else BINARY


def headers_of(path: Path, kind: str) -> dict[str, str]:
    """The headers that a user's file is served with."""
    name = f'filename="{_ascii(path.name)}"'
    if not path.name.isascii():
        name += f"; filename*=UTF-8''{quote(path.name)}"
    disposition = f"attachment; {name}" if kind == BINARY else name
    return {"Content-Type": kind, "Content-Disposition": disposition, **PROTECTION}


def _ascii(name: str) -> str:
    return "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
