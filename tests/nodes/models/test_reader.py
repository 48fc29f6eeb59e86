from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from graphcore.errors import ModelError
from nodes.models.reader import WeightsFile

TENSORS = {
    "a.weight": torch.arange(12, dtype=torch.float32).reshape(3, 4),
    "b": torch.tensor(2.5, dtype=torch.float16),
    "c": torch.tensor([1, 2, 3], dtype=torch.int64),
    "empty": torch.zeros(0, 4),
    "bf": torch.ones(5, dtype=torch.bfloat16),
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.safetensors"
    save_file(TENSORS, path, metadata={"format": "pt"})
    return path


def written(path: Path, header: object, data: bytes) -> Path:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def row(dtype: str, shape: list[int], start: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_reads_what_the_reference_library_wrote(good: Path) -> None:
    file = WeightsFile(good)
    assert set(file) == set(TENSORS)
    assert file.metadata == {"format": "pt"}
    for name, tensor in TENSORS.items():
        assert file[name].dtype == tensor.dtype
        assert torch.equal(file[name], tensor)
    assert file.shapes["a.weight"] == (3, 4)


def test_tensors_are_views_that_never_change_the_file(good: Path) -> None:
    before = good.read_bytes()
    file = WeightsFile(good)
    assert file["a.weight"].data_ptr() == file["a.weight"].data_ptr()
    file["a.weight"].fill_(7)
    assert good.read_bytes() == before


def test_a_released_tensor_can_be_read_again(tmp_path: Path) -> None:
    save_file({"w": torch.arange(100_000, dtype=torch.float32)}, tmp_path / "w.safetensors")
    file = WeightsFile(tmp_path / "w.safetensors")
    assert float(file["w"].sum()) == float(torch.arange(100_000, dtype=torch.float32).sum())
    file.release("w")
    assert torch.equal(file["w"], torch.arange(100_000, dtype=torch.float32))


def test_unaligned_tensors_are_read(tmp_path: Path) -> None:
    numbers = torch.tensor([1.0, -2.0])
    header = {"x": row("U8", [1], 0, 1), "y": row("F32", [2], 1, 9)}
    file = WeightsFile(written(tmp_path / "odd", header, b"\x05" + numbers.numpy().tobytes()))
    assert torch.equal(file["y"], numbers)
    assert file["x"].tolist() == [5]


def test_the_content_decides_not_the_name(good: Path) -> None:
    renamed = good.with_suffix(".ckpt")
    good.rename(renamed)
    assert len(WeightsFile(renamed)) == len(TENSORS)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("the pickle was opened",))


def test_pickles_are_refused_with_advice(tmp_path: Path) -> None:
    bare, zipped = tmp_path / "model.safetensors", tmp_path / "model.ckpt"
    bare.write_bytes(pickle.dumps({"state_dict": Bomb()}))
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
    for path in (bare, zipped):
        with pytest.raises(ModelError, match=r"never opened.*graphcore models convert"):
            WeightsFile(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x01\x02", "not a safetensors file"),
        (b"GGUF" + bytes(40), "GGUF"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b"\xff" * 64, "not a safetensors file"),
    ],
)
def test_other_content_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        WeightsFile(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("header", "data", "message"),
    [
        (b"{not json", b"", "not JSON"),
        (b"{" * 5000, b"", "not JSON"),
        ({"x": row("F32", [2], 0, 4)}, bytes(4), "needs 8"),
        ({"x": row("F32", [2], 0, 8)}, bytes(4), "cut off"),
        ({"x": row("F32", [1], 0, 4), "y": row("F32", [1], 2, 6)}, bytes(6), "overlaps"),
        ({"x": row("F32", [1], 0, 4)}, bytes(9), "belong to nothing"),
        ({"x": row("F32", [-1, -1], 0, 4)}, bytes(4), "whole numbers"),
        ({"x": row("F32", [2**70], 0, 4)}, bytes(4), "needs"),
        ({"x": row("F13", [1], 0, 4)}, bytes(4), "F13"),
        ({"x": row("F32", [True], 0, 4)}, bytes(4), "whole numbers"),
        ({"x": {"dtype": "F32"}}, bytes(4), "not complete"),
        ({"x": 3}, bytes(4), "not complete"),
        ({"__metadata__": [1]}, b"", "metadata"),
        ({"__metadata__": {"a": 1}}, b"", "metadata"),
    ],
)
def test_lying_headers_are_refused(tmp_path: Path, header: object, data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        WeightsFile(written(tmp_path / "lie.safetensors", header, data))


def test_every_truncation_is_refused(good: Path) -> None:
    content = good.read_bytes()
    for length in [*range(0, len(content) - 1, 37), len(content) - 1]:
        good.write_bytes(content[:length])
        with pytest.raises(ModelError):
            WeightsFile(good)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.safetensors cannot be opened"):
        WeightsFile(tmp_path / "nothing.safetensors")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_never_raise_anything_else(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "fuzz.safetensors"
    save_file(TENSORS, path)
    content = bytearray(path.read_bytes())
    for position, value in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)))):
        content[position] = value
    path.write_bytes(bytes(content) + data.draw(st.binary(max_size=4)))
    try:
        file = WeightsFile(path)
    except ModelError:
        return
    for name in file:
        assert file[name].numel() >= 0
