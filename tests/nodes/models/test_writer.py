from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from graphcore.errors import ModelError
from nodes.models.reader import WeightsFile
from nodes.models.writer import Row, write

TENSORS = {
    "a": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "half": torch.ones(3, dtype=torch.float16),
    "empty": torch.empty(0),
    "number": torch.tensor(7),
    "bf": torch.ones(2, dtype=torch.bfloat16),
}


def test_the_reference_library_reads_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.safetensors"
    write(path, [Row.of(name, tensor) for name, tensor in TENSORS.items()], {"who": "me"})
    again = load_file(path)
    assert all(torch.equal(again[name], tensor) for name, tensor in TENSORS.items())
    assert set(again) == set(TENSORS)
    assert WeightsFile(path).metadata == {"who": "me"}
    assert [child.name for child in path.parent.iterdir()] == [path.name]


def test_tensors_are_made_in_their_turn_and_converted(tmp_path: Path) -> None:
    order: list[str] = []
    rows = [
        Row(name, torch.float16, (2,), lambda name=name: order.append(name) or torch.ones(2).mul(2)) for name in "ab"
    ]
    assert not order
    write(tmp_path / "x", rows)
    assert order == ["a", "b"]
    assert load_file(tmp_path / "x")["a"].tolist() == [2.0, 2.0]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    write(path, [Row.of("a", torch.ones(1))])
    before = path.read_bytes()
    with pytest.raises(ModelError, match="became"):
        write(path, [Row("a", torch.float32, (2,), lambda: torch.ones(3))])
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        write(tmp_path / "file" / "x.safetensors", [])
