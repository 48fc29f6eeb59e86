"""The container: opens everywhere, and tells when a bit is amiss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from graphcore.container import SUM_SIZE, Block, Damaged, checksum, pack, unpack

NUMBERS = np.arange(6, dtype=np.float32).reshape(2, 3)
BYTES = np.array([1, 2, 3], dtype=np.uint8)
BLOCKS = [
    Block("U8", (3,), BYTES.tobytes()),
    Block("F32", (2, 3), NUMBERS.tobytes()),
    Block("F64", (0,), b""),
    Block("BF16", (1,), b"\0\1"),
]


def packed() -> bytes:
    return b"".join(pack(BLOCKS, {"name": "x", "text": '{"a": "ü"}'}))


def test_what_was_packed_comes_back() -> None:
    metadata, blocks = unpack(memoryview(packed()))
    assert metadata == {"name": "x", "text": '{"a": "ü"}'}
    assert [(block.dtype, block.shape, bytes(block.data)) for block in blocks] == [
        (block.dtype, block.shape, block.data) for block in BLOCKS
    ]


def test_other_readers_open_it(tmp_path: Path) -> None:
    file = tmp_path / "x.safetensors"
    file.write_bytes(b"".join(pack(BLOCKS[:3], {"name": "x"})))
    tensors = load_file(file)
    assert set(tensors) == {"0", "1", "2", "checksum"}
    np.testing.assert_array_equal(tensors["1"], NUMBERS)
    assert tensors["checksum"].tobytes() == checksum([file.read_bytes()[:-SUM_SIZE]])


def test_blocks_are_aligned_to_their_width() -> None:
    file = packed()
    _, blocks = unpack(memoryview(file))
    offset = file.index(NUMBERS.tobytes()[4:]) - 4
    assert offset % 4 == 0
    np.testing.assert_array_equal(np.frombuffer(blocks[1].data, np.float32).reshape(2, 3), NUMBERS)


def test_every_flipped_bit_and_every_length_is_noticed() -> None:
    file = packed()
    for place in range(len(file)):
        broken = bytearray(file)
        broken[place] ^= 1 << place % 8
        with pytest.raises(Damaged):
            unpack(memoryview(broken))
        with pytest.raises(Damaged):
            unpack(memoryview(file[:place]))
    with pytest.raises(Damaged):
        unpack(memoryview(file + b"\0"))


@pytest.mark.parametrize(
    "header",
    [b"", b"{", b"[]", b"{}", b'{"__metadata__":{}}', b'{"__metadata__":{},"checksum":0,"0":{}}',
     b'{"__metadata__":{},"checksum":0,"0":{"data_offsets":[1]}}', b"[" * 100_000],
)  # fmt: skip
def test_a_sound_checksum_over_nonsense_is_still_damage(header: bytes) -> None:
    body = len(header).to_bytes(8, "little") + header
    with pytest.raises(Damaged):
        unpack(memoryview(body + checksum([body])))
