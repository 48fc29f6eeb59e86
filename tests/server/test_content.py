"""What a file is shown as is decided by what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.content import BINARY, headers_of, shown_type

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.webp", b"RIFF\0\0\0\0WEBP", "image/webp"),
        ("a.mp4", b"\0\0\0\x20ftypisom", "video/mp4"),
        ("a.flac", b"fLaC", "audio/flac"),
        ("a.glb", b"glTF", "model/gltf-binary"),
        ("a.txt", b"<script>", "text/plain"),
        ("a.json", b"{}", "application/json"),
        ("a.png", b"<html>", BINARY),
        ("a.png", b"\xff\xd8\xff", BINARY),
        ("a.jpg", b"GIF89a/*", BINARY),
        ("a.svg", b"<svg", BINARY),
        ("a.html", PNG, BINARY),
        ("a.pdf", b"%PDF", BINARY),
        ("a.safetensors", b"", BINARY),
        ("none", PNG, BINARY),
    ],
)
def test_types(name: str, head: bytes, kind: str) -> None:
    assert shown_type(Path(name), head) == kind


def test_names_cannot_break_out_of_the_header() -> None:
    value = headers_of(Path('a"\r\nX: y;\\.png'), BINARY)["Content-Disposition"]
    assert value == 'attachment; filename="a___X: y;_.png"'
