"""The smallest files of each kind that carry texts, put together byte by byte."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping

PROMPT = {"1": {"class_type": "Picture", "inputs": {"text": "日本 " + "long " * 20_000}}}
WORKFLOW = {"nodes": [{"id": 1, "type": "Picture"}], "links": [], "version": 0.4}
TEXTS = {"prompt": json.dumps(PROMPT), "workflow": json.dumps(WORKFLOW)}


def png(texts: Mapping[str, str], kind: str = "tEXt") -> bytes:
    """A PNG of one grey pixel. `kind` is tEXt, zTXt, iTXt, iTXt-compressed or comf (behind the picture)."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    picture = _chunk(b"IDAT", zlib.compress(b"\0\0"))
    chunks = b"".join(_text_chunk(kind, key.encode(), text.encode()) for key, text in texts.items())
    parts = [head, picture, chunks] if kind == "comf" else [head, chunks, picture]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def _text_chunk(kind: str, key: bytes, text: bytes) -> bytes:
    data = {
        "tEXt": key + b"\0" + text,
        "comf": key + b"\0" + text,
        "zTXt": key + b"\0\0" + zlib.compress(text),
        "iTXt": key + b"\0\0\0en\0key\0" + text,
        "iTXt-compressed": key + b"\0\1\0\0\0" + zlib.compress(text),
    }
    return _chunk(kind[:4].encode(), data[kind])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def exif(texts: Mapping[str, str], order: str = "<", separator: str = ":") -> bytes:
    """A TIFF block with one text tag for each entry."""
    entries, data = b"", b""
    start = 8 + 2 + 12 * len(texts) + 4
    for tag, (key, text) in zip(range(0x0110, 0, -1), texts.items(), strict=False):
        value = f"{key}{separator}{text}".encode() + b"\0"
        entries += struct.pack(order + "HHII", tag, 2, len(value), start + len(data))
        data += value
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IH", 8, len(texts)) + entries + b"\0\0\0\0" + data


def exif_comment(text: str) -> bytes:
    """A TIFF block whose user comment, in the EXIF directory, is `text` in UTF-16."""
    value = b"UNICODE\0" + text.encode("utf-16-be")
    first = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0)
    return first + struct.pack(">HHHIII", 1, 0x9286, 7, len(value), 44, 0) + value


def webp(texts: Mapping[str, str]) -> bytes:
    """A WebP container whose picture is left out."""
    block = exif(texts, ">")
    chunks = b"VP8X" + struct.pack("<I", 3) + b"\0\0\0\0" + b"EXIF" + struct.pack("<I", len(block)) + block
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def jpeg(texts: Mapping[str, str]) -> bytes:
    """A JPEG container whose picture is left out; a segment holds 64 KiB at most."""
    block = b"Exif\0\0" + exif(texts)
    return b"\xff\xd8\xff\xe0\0\4ab\xff\xe1" + struct.pack(">H", len(block) + 2) + block + b"\xff\xda\0\2\xff\xd9"


def box(kind: bytes, data: bytes) -> bytes:
    """An ISO box."""
    return struct.pack(">I", len(data) + 8) + kind + data


def mp4(texts: Mapping[str, str], *, quicktime: bool = False) -> bytes:
    """A movie without media, but with metadata keys: in `udta` as MP4 writers put them, or as QuickTime does."""
    keys = b"".join(box(b"mdta", key.encode()) for key in texts)
    items = b"".join(
        box(struct.pack(">I", i + 1), box(b"data", b"\0\0\0\1\0\0\0\0" + text.encode()))
        for i, text in enumerate(texts.values())
    )
    handler = box(b"hdlr", b"\0" * 25)
    inner = handler + box(b"keys", struct.pack(">II", 0, len(texts)) + keys) + box(b"ilst", items)
    meta = box(b"meta", inner) if quicktime else box(b"udta", box(b"meta", b"\0\0\0\0" + inner))
    big = struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", 20) + b"data"
    return box(b"ftyp", b"isom\0\0\2\0") + big + box(b"moov", box(b"mvhd", b"\0" * 100) + meta)


def avif(texts: Mapping[str, str]) -> bytes:
    """A picture container with an EXIF item and nothing else."""
    block = b"\0\0\0\6Exif\0\0" + exif(texts)
    info = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 7, 0) + b"Exif\0")
    items = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 1) + info)

    def file(offset: int) -> bytes:
        place = struct.pack(">HHHHHII", 0x4400, 1, 7, 0, 1, offset, len(block))
        return box(b"ftyp", b"avif") + box(b"meta", b"\0\0\0\0" + items + box(b"iloc", b"\0\0\0\0" + place)) + block

    return file(len(file(0)) - len(block))


def element(id: int, data: bytes, *, endless: bool = False) -> bytes:
    """An EBML element; `endless` writes the unknown length of live streams."""
    length = b"\x01" + b"\xff" * 7 if endless else struct.pack(">Q", len(data) | 1 << 56)
    return id.to_bytes((id.bit_length() + 7) // 8, "big") + length + data


def webm(texts: Mapping[str, str]) -> bytes:
    """A live stream, whose lengths are unknown: an empty cluster, then tags with upper-case names."""
    tags = b"".join(
        element(0x67C8, element(0x45A3, key.upper().encode()) + element(0x4487, text.encode()))
        for key, text in texts.items()
    )
    content = element(0x1F43B675, element(0xE7, b"\0"), endless=True) + element(0x1254C367, element(0x7373, tags))
    return element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, content, endless=True)


def comments(texts: Mapping[str, str]) -> bytes:
    """A block of Vorbis comments."""
    entries = [f"{key}={text}".encode() for key, text in texts.items()]
    body = b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)
    return struct.pack("<I", 2) + b"us" + struct.pack("<I", len(entries)) + body


def flac(texts: Mapping[str, str]) -> bytes:
    """A FLAC head without sound."""
    block = comments(texts)
    return b"fLaC\0\0\0\x22" + b"\0" * 34 + b"\x84" + len(block).to_bytes(3, "big") + block


def ogg(texts: Mapping[str, str]) -> bytes:
    """An Opus stream's two head packets; the second spans as many pages as it needs."""
    packets = [b"OpusHead" + b"\0" * 11, b"OpusTags" + comments(texts)]
    pages = b""
    for packet in packets:
        lengths = [255] * (len(packet) // 255) + [len(packet) % 255]
        for i in range(0, len(lengths), 255):
            row = lengths[i : i + 255]
            data = packet[i * 255 : i * 255 + sum(row)]
            pages += b"OggS\0\0" + b"\0" * 8 + b"\1\0\0\0" + b"\0" * 8 + bytes([len(row), *row]) + data
    return pages


def mp3(texts: Mapping[str, str], *, encoding: int = 3, version: int = 4) -> bytes:
    """An ID3 tag without sound."""
    codec = {0: "latin-1", 1: "utf-16", 3: "utf-8"}[encoding]
    frames = b""
    for key, text in texts.items():
        body = bytes([encoding]) + (f"{key}\0".encode(codec) + text.encode(codec))
        size = _syncsafe(len(body)) if version == 4 else struct.pack(">I", len(body))
        frames += b"TXXX" + size + b"\0\0" + body
    frames += b"\0" * 10
    return b"ID3" + bytes([version, 0, 0]) + _syncsafe(len(frames)) + frames


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def svg(texts: Mapping[str, str]) -> bytes:
    """A drawing with objects, not texts, in its metadata."""
    body = ", ".join(f'"{key}": {text}' for key, text in texts.items())
    metadata = f"<metadata><![CDATA[ {{{body}}} ]]></metadata>"
    return f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">{metadata}<g/></svg>'.encode()


def glb(texts: Mapping[str, str]) -> bytes:
    """A scene with nothing but extras."""
    scene = json.dumps({"asset": {"version": "2.0", "extras": dict(texts)}}).encode()
    scene += b" " * (-len(scene) % 4)
    return b"glTF" + struct.pack("<IIII", 2, 20 + len(scene), len(scene), 0x4E4F534A) + scene


def safetensors(texts: Mapping[str, str]) -> bytes:
    """A file without tensors."""
    header = json.dumps({"__metadata__": dict(texts)}).encode()
    return struct.pack("<Q", len(header)) + header


SMALL = {"prompt": '{"1": {"class_type": "Picture", "inputs": {"text": "small"}}}', "workflow": TEXTS["workflow"]}
FILES: dict[str, bytes] = {
    "png-text": png(TEXTS),
    "png-compressed-text": png(TEXTS, "zTXt"),
    "png-international-text": png(TEXTS, "iTXt"),
    "png-compressed-international-text": png(TEXTS, "iTXt-compressed"),
    "apng-private-chunk": png(TEXTS, "comf"),
    "webp": webp(TEXTS),
    "jpeg": jpeg(SMALL),
    "avif": avif(TEXTS),
    "mp4": mp4(TEXTS),
    "mov": mp4(TEXTS, quicktime=True),
    "webm": webm(TEXTS),
    "flac": flac(TEXTS),
    "ogg": ogg(TEXTS),
    "mp3-utf8": mp3(TEXTS),
    "mp3-utf16": mp3(TEXTS, encoding=1, version=3),
    "svg": svg(TEXTS),
    "glb": glb(TEXTS),
    "safetensors": safetensors(TEXTS),
}
"""One file of each kind, by name."""
