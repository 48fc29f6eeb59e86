"""`comfy.utils`."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from graphcore import Folders
from graphcore.calls import CURRENT
from graphcore.errors import ModelError
from graphcore.job import Job, Run
from nodes.compat.modules.comfy import utils


def test_files_of_weights_round_trip(tmp_path: Path) -> None:
    path = str(tmp_path / "a.safetensors")
    utils.save_torch_file({"w": torch.arange(4.0)[::2]}, path, {"made": "here"})
    tensors, metadata = utils.load_torch_file(path, return_metadata=True)
    assert tensors["w"].tolist() == [0.0, 2.0]
    assert metadata == {"made": "here"}
    header = utils.safetensors_header(path)
    assert header is not None
    assert b'"w"' in header
    assert utils.safetensors_header(path, max_size=1) is None


def test_an_old_file_is_read_once_by_a_process_of_its_own_and_its_code_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utils.installation.current, "folders", Folders(tmp_path))
    torch.save({"params_ema": {"w": torch.arange(3.0)}}, tmp_path / "b.pth")
    assert utils.load_torch_file(str(tmp_path / "b.pth"), safe_load=True)["w"].tolist() == [0.0, 1.0, 2.0]
    monkeypatch.setattr(utils.pickles, "convert", None)  # the second time it is there already
    assert utils.load_torch_file(str(tmp_path / "b.pth"))["w"].tolist() == [0.0, 1.0, 2.0]
    monkeypatch.undo()
    monkeypatch.setattr(utils.installation.current, "folders", Folders(tmp_path))
    torch.save({"w": Bomb(str(tmp_path / "harm"))}, tmp_path / "c.pt")
    with pytest.raises(ModelError, match="code"):
        utils.load_torch_file(str(tmp_path / "c.pt"))
    assert not (tmp_path / "harm").exists()


class Bomb:
    def __init__(self, path: str):
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def test_state_dicts_are_renamed() -> None:
    assert utils.state_dict_prefix_replace({"a.x": 1, "b.y": 2}, {"a.": "c."}) == {"b.y": 2, "c.x": 1}
    assert utils.state_dict_prefix_replace({"a.x": 1, "b.y": 2}, {"a.": ""}, filter_keys=True) == {"x": 1}
    assert utils.state_dict_key_replace({"a": 1}, {"a": "b", "none": "c"}) == {"b": 1}
    weights = {"m.a": torch.zeros(2, 3), "m.b": torch.zeros(1, dtype=torch.float16), "n": torch.zeros(9)}
    assert utils.calculate_parameters(weights, "m.") == 7
    assert utils.weight_dtype(weights, "m.") is torch.float32
    assert utils.weight_dtype({}) is None


def test_attributes_by_path() -> None:
    inner = SimpleNamespace(value=1)
    outer = SimpleNamespace(inner=inner)
    assert utils.get_attr(outer, "inner.value") == 1
    assert utils.set_attr(outer, "inner.value", 2) == 1
    assert inner.value == 2


def test_batches_are_cut_repeated_and_spread() -> None:
    items = torch.arange(3)
    assert utils.repeat_to_batch_size(items, 5).tolist() == [0, 1, 2, 0, 1]
    assert utils.repeat_to_batch_size(items, 2).tolist() == [0, 1]
    assert utils.resize_to_batch_size(torch.arange(5), 3).tolist() == [0, 2, 4]
    assert utils.resize_to_batch_size(torch.arange(2), 4).tolist() == [0, 0, 1, 1]


def test_packed_latents_come_back() -> None:
    latents = [torch.rand(2, 4, 3, 3), torch.rand(2, 8, 5)]
    packed, shapes = utils.pack_latents(latents)
    assert packed.shape == (2, 1, 36 + 40)
    for there, back in zip(latents, utils.unpack_latents(packed, shapes), strict=True):
        assert torch.equal(there, back)


def test_tiles_give_what_the_whole_gives() -> None:
    picture = torch.rand(2, 3, 20, 30)
    seen: list[Any] = []

    def twice(part: torch.Tensor) -> torch.Tensor:
        seen.append(part.shape)
        return part.repeat_interleave(2, -1).repeat_interleave(2, -2)

    out = utils.tiled_scale(picture, twice, 16, 16, 4, upscale_amount=2)
    assert torch.allclose(out, twice(picture), atol=1e-6)
    assert len(seen) - 1 == 2 * utils.get_tiled_scale_steps(30, 20, 16, 16, 4)


def test_masks_take_the_form_of_a_latent() -> None:
    assert utils.reshape_mask(torch.ones(8, 8), (2, 4, 16, 16)).shape == (2, 4, 16, 16)


def test_a_bar_reports_for_its_node_and_to_the_hook(tmp_path: Path) -> None:
    reported: list[Any] = []
    hooked: list[Any] = []
    job = Job(Folders(tmp_path), on_progress=lambda *step: reported.append(step))
    token = CURRENT.set(Run(job, "5"))
    utils.set_progress_bar_global_hook(lambda *step, node_id: hooked.append((*step, node_id)))
    try:
        bar = utils.ProgressBar(2)
        bar.update(1)
        utils.ProgressBar(3, node_id="9").update_absolute(2)
    finally:
        utils.set_progress_bar_global_hook(None)
        CURRENT.reset(token)
    assert reported == [("5", 1, 2), ("9", 2, 3)]
    assert hooked == [(1, 2, None, "5"), (2, 3, None, "9")]
