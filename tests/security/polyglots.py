"""Files that are two things at once: what shows pictures takes them for pictures, and a browser might for pages."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

MARK = b"<script>alert('mark-4d1f')</script>"
PAGE = b"<!doctype html><html><body>" + MARK + b"</body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + MARK + b"</svg>"


def picture(kind: str, **options: Any) -> bytes:
    """A small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 4), (1, 2, 3)).save(buffer, kind, **options)
    return buffer.getvalue()


def archive() -> bytes:
    """A zip file with a page in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("index.html", PAGE)
    return buffer.getvalue()


def with_text() -> PngInfo:
    """A page in a PNG's texts."""
    texts = PngInfo()
    texts.add_text("Comment", PAGE.decode())
    texts.add_itxt("XML:com.adobe.xmp", SVG.decode())
    return texts


# The ending that a file would come with -> the file.
POLYGLOTS: list[tuple[str, bytes]] = [
    ("gif", b"GIF89a/*" + picture("GIF")[8:] + b"*/=1;" + MARK),  # a picture and a script
    ("gif", picture("GIF") + PAGE),
    ("gif", picture("GIF", comment=PAGE)),
    ("png", picture("PNG") + PAGE),
    ("png", picture("PNG", pnginfo=with_text())),
    ("png", picture("PNG") + archive()),
    ("png", PAGE + picture("PNG")),
    ("png", SVG),
    ("jpg", picture("JPEG") + PAGE),
    ("jpg", picture("JPEG", comment=PAGE)),
    ("jpg", b"\xff\xd8\xff\xe0/*" + MARK + b"*/"),
    ("webp", picture("WEBP") + SVG),
    ("webp", picture("WEBP", xmp=SVG)),
    ("bmp", b"BM=1/*" + picture("BMP")[6:] + b"*/;" + PAGE),
    ("tiff", picture("TIFF") + PAGE),
    ("avif", b"\0\0\0\x20ftypavif" + PAGE),
    ("mp4", b"\0\0\0\x20ftypisom" + PAGE),
    ("webm", b"\x1aE\xdf\xa3" + PAGE),
    ("wav", b"RIFF=1/*WAVE" + MARK + b"*/"),
    ("mp3", b"ID3" + PAGE),
    ("ogg", b"OggS" + PAGE),
    ("flac", b"fLaC" + PAGE),
    ("glb", b"glTF" + PAGE),
    ("pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n" + PAGE),
    ("pdf", picture("JPEG") + b"%PDF-1.7" + PAGE),
    ("swf", b"FWS\x09" + PAGE),
    ("zip", archive() + PAGE),
    ("html", PAGE),
    ("html", b"\xff\xfe" + PAGE.decode().encode("utf-16-le")),
    ("html", b"\0" * 600 + PAGE),
    ("xhtml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + MARK + b"</html>"),
    ("xml", b'<?xml-stylesheet href="javascript:alert(1)"?>' + SVG),
    ("svg", SVG),
    ("svgz", b"\x1f\x8b" + SVG),
    ("js", b"alert('mark-4d1f')//" + MARK),
    ("css", b"body{background:url(javascript:alert(1))}/*" + MARK + b"*/"),
    ("json", b'{"a": "' + MARK + b'"}'),
    ("txt", PAGE),
    ("md", PAGE),
    ("csv", PAGE),
    ("safetensors", b"\x40\0\0\0\0\0\0\0" + PAGE),
    ("manifest", b"CACHE MANIFEST\n" + PAGE),
    ("mht", b"Content-Type: multipart/related\n\n" + PAGE),
    ("wasm", b"\0asm" + PAGE),
]
ENDINGS = sorted(
    {ending for ending, _ in POLYGLOTS} | {"HTML", "htm", "shtml", "hta", "mjs", "x-png", "jpeg", "php", ""}
)
