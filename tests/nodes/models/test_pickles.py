"""Old files become safetensors; what is in them never runs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from graphcore.errors import ModelError, UserError
from nodes.models.pickles import convert

W = torch.arange(6.0).reshape(2, 3)


class Bomb:
    def __init__(self, action: Any, *arguments: Any):
        self.action = action, arguments

    def __reduce__(self) -> Any:
        return self.action


def converted(tmp_path: Path, content: Any, **options: Any) -> dict[str, torch.Tensor]:
    torch.save(content, tmp_path / "old.ckpt", **options)
    convert(tmp_path / "old.ckpt", tmp_path / "out" / "new.safetensors")
    return load_file(tmp_path / "out" / "new.safetensors")


def test_weights_and_settings_are_kept_and_what_trainers_leave_is_dropped(tmp_path: Path) -> None:
    content = {"a": W, "part": W[:1], "best": numpy.float64(0.5), "activation_func": "relu", "step": 7}
    got = converted(tmp_path, content)
    assert {name: tensor.tolist() for name, tensor in got.items()} == {"a": W.tolist(), "part": W[:1].tolist()}
    with safe_open(tmp_path / "out" / "new.safetensors", "pt") as file:
        assert file.metadata() == {"activation_func": '"relu"', "step": "7"}


def test_the_format_before_torch_1_6(tmp_path: Path) -> None:
    got = converted(tmp_path, {"state_dict": {"a": W.half()}}, _use_new_zipfile_serialization=False)
    assert torch.equal(got["a"], W.half())


@pytest.mark.parametrize("zipped", [True, False])
def test_code_is_never_run(tmp_path: Path, zipped: bool) -> None:
    witness = tmp_path / "ran"
    bomb = {"state_dict": {"a": W}, "x": Bomb(os.mkdir, str(witness))}
    with pytest.raises(ModelError, match=r"was not converted.*mkdir"):
        converted(tmp_path, bomb, _use_new_zipfile_serialization=zipped)
    assert not witness.exists()
    assert not (tmp_path / "out").exists()


def test_a_bare_pickle_is_no_model(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    (tmp_path / "x.pt").write_bytes(pickle.dumps(Bomb(os.mkdir, str(witness))))
    with pytest.raises(ModelError, match="was not converted"):
        convert(tmp_path / "x.pt", tmp_path / "x.safetensors")
    assert not witness.exists()


def test_refusals_are_sentences(tmp_path: Path) -> None:
    torch.save({"a": W}, tmp_path / "a.pt")
    (tmp_path / "text.pt").write_text("hello")
    (tmp_path / "there.safetensors").touch()
    with pytest.raises(UserError, match="not overwritten"):
        convert(tmp_path / "a.pt", tmp_path / "there.safetensors")
    with pytest.raises(UserError, match=r"end in \.safetensors"):
        convert(tmp_path / "a.pt", tmp_path / "a.bin")
    with pytest.raises(UserError, match="is no pickle"):
        convert(tmp_path / "text.pt", tmp_path / "b.safetensors")
    with pytest.raises(UserError, match="No such file"):
        convert(tmp_path / "nowhere.pt", tmp_path / "b.safetensors")
    torch.save({"epoch": 1}, tmp_path / "empty.pt")
    with pytest.raises(ModelError, match="holds no tensors"):
        convert(tmp_path / "empty.pt", tmp_path / "b.safetensors")
