"""`comfy_extras.nodes_stable3d`."""

from __future__ import annotations

import math

import pytest
import torch

from nodes.compat.modules.comfy_extras.nodes_stable3d import camera_embeddings


def test_angles_as_networks_are_told() -> None:
    found = camera_embeddings(30.0, torch.tensor([0.0, 90.0]))
    assert found.shape == (2, 1, 4)
    assert found[1, 0].tolist() == pytest.approx([-math.pi / 6, 1.0, 0.0, math.pi / 2], abs=1e-6)
