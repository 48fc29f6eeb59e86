"""A fresh ControlNet changes nothing, and its file is one that the project loads."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nodes.models.controlnet import load_controlnet
from tools.default_model.control import edges_of, new_control
from tools.default_model.diffusion import new_unet
from tools.default_model.export import write_control
from tools.default_model.scenes import Backdrop, Shapes, Thing


@pytest.fixture(scope="module")
def unet() -> torch.nn.Module:
    torch.manual_seed(0)
    module: torch.nn.Module = new_unet()
    return module


@torch.no_grad()
def test_it_begins_without_effect(unet: torch.nn.Module) -> None:
    states, hint = torch.zeros(1, 77, 128), torch.rand(1, 3, 128, 128)
    down, middle = new_control(unet)(torch.ones(1, 4, 16, 16), torch.tensor([5]), states, hint, return_dict=False)
    assert tuple(down[0].shape[1:]) == (64, 16, 16)
    assert not any(residual.any() for residual in (*down, middle))


def test_its_file_loads(unet: torch.nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "edges.safetensors"
    write_control(new_control(unet), path)
    loaded = load_controlnet(path)
    assert loaded.with_hint(torch.zeros(1, 128, 128, 3)).hint is not None


def test_edges_are_where_the_thing_ends() -> None:
    scene = Shapes((Thing("square", "white", "large", "centre"),), Backdrop("black"))
    (edges,) = edges_of([scene])
    ys, xs = edges[0].nonzero(as_tuple=True)
    assert set(edges.unique().tolist()) == {0, 1}
    assert abs(int(xs.max() - xs.min()) - 47) <= 2
    assert abs(int(ys.max() - ys.min()) - 47) <= 2
