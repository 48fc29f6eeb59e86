"""Small files and bodies that are huge once they are unpacked."""

from __future__ import annotations

import base64
import io
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

SIDE = 60_000  # pixels: 3.6e9 of them
ZEROS = 1 << 29  # bytes


def png(width: int, height: int, *more: bytes, data: bytes = b"") -> bytes:
    """A PNG that claims a size, with further chunks before its data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def packed(size: int = ZEROS) -> bytes:
    """Zeros, compressed."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])


def pictures() -> dict[str, bytes]:
    """Name -> picture."""
    zeros, dot = packed(), zlib.compress(bytes(4))
    return {
        "wide.png": png(SIDE, SIDE, data=zeros),
        "text.png": png(1, 1, chunk(b"zTXt", b"workflow\0\0" + zeros), data=dot),
        "itxt.png": png(1, 1, chunk(b"iTXt", b"workflow\0\1\0\0\0" + zeros), data=dot),
        "profile.png": png(1, 1, chunk(b"iCCP", b"p\0\0" + zeros), data=dot),
        "data.png": png(1, 1, data=zeros),
        "wide.gif": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;",
        "wide.bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, SIDE, SIDE, 1, 24, 0, 0, 0, 0, 0, 0),
        "wide.tiff": tiff(SIDE),
        "wide.webp": webp(16_384),
        "wide.ppm": b"P6 60000 60000 255\n",
        "films.gif": film(300),
    }


def tiff(side: int) -> bytes:
    """A TIFF that claims a size, packed by deflate."""
    entries = [(256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 8), (262, 3, 1), (273, 4, 200), (277, 3, 1)]
    entries += [(278, 4, side), (279, 4, 10)]
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + bytes(80) + zlib.compress(bytes(10))


def webp(side: int) -> bytes:
    """A WebP of one colour, as large as the format allows."""
    bits = (side - 1) | (side - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(8)
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body


def film(frames: int) -> bytes:
    """A GIF of many large frames of one colour."""
    buffer = io.BytesIO()
    first = Image.new("P", (4000, 4000))
    first.putpalette([0, 0, 0, 255, 255, 255])
    first.save(buffer, "GIF")
    head, frame = buffer.getvalue()[: 13 + 3 * 256], buffer.getvalue()[buffer.getvalue().index(b",") : -1]
    return head + frame * frames + b";"


def models() -> dict[str, bytes]:
    """Name -> safetensors file."""

    def header(value: Any, length: int | None = None) -> bytes:
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return (len(text) if length is None else length).to_bytes(8, "little") + text

    cover = base64.b64encode(png(SIDE, SIDE, data=packed(1 << 26))).decode()
    return {
        "long.safetensors": header({}, 2**62),
        "claims.safetensors": header({"w": {"dtype": "F32", "shape": [2**31, 2**31], "data_offsets": [0, 2**62]}}),
        "deep.safetensors": header(b'{"__metadata__":' + b"[" * 500_000),
        "covers.safetensors": header({"__metadata__": {"ssmd_cover_images": "[" * 400_000}}),
        "cover.safetensors": header({"__metadata__": {"ssmd_cover_images": json.dumps([cover])}}),
        "thumb.safetensors": header({"__metadata__": {"modelspec.thumbnail": f"data:image/png;base64,{cover}"}}),
        "odd.safetensors": header(b'{"__metadata__":{"a":NaN,"b":1e999}}'),
    }


def bodies() -> dict[str, bytes]:
    """Name -> JSON that is small, or small once packed."""
    return {
        "deep lists": b"[" * 1_000_000,
        "deep objects": b'{"prompt":' * 200_000,
        "digits": b'{"prompt":{"1":' + b"9" * 1_000_000 + b"}}",
        "endless": b'{"prompt":{"1":{"class_type":"X","inputs":{"a":1e999,"b":-1e999,"c":NaN}}},"number":1e999}',
        "many nodes": json.dumps({"prompt": {str(n): {} for n in range(60_000)}}).encode(),
        "long key": b'{"' + b"k" * 10_000_000 + b'":1}',
        "escapes": b'{"prompt":"' + b"\\u0000" * 1_000_000 + b'"}',
    }


def squeezed() -> bytes:
    """A body that is zeros without end, as `Content-Encoding: gzip` has it."""
    packer, block = zlib.compressobj(9, wbits=31), bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(ZEROS >> 20)), packer.flush()])


def lay(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write files; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)


def peak() -> float:
    """MiB of memory that this process has taken at the most; 0 where the system does not say (Windows)."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
