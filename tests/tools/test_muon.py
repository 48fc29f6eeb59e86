"""Muon's updates are orthogonal, and it learns."""

from __future__ import annotations

import pytest
import torch

from tools.default_model.muon import Muon, orthogonal


@pytest.mark.parametrize("size", [(8, 8), (8, 40), (40, 8)])
def test_singular_values_become_about_one(size: tuple[int, int]) -> None:
    matrix = torch.randn(size, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.4
    assert values.max() < 1.3


def test_it_fits_a_linear_map() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(64, 6, generator=generator)
    targets = inputs @ torch.randn(6, 3, generator=generator)
    weight = torch.zeros(3, 6, requires_grad=True)
    optimiser = Muon([weight], lr=0.05)
    first = ((inputs @ weight.T - targets) ** 2).mean().item()
    for _ in range(120):
        optimiser.zero_grad()
        loss = ((inputs @ weight.T - targets) ** 2).mean()
        torch.autograd.backward(loss)
        optimiser.step()
    assert loss.item() < 0.02 * first


def test_kernels_keep_their_shape() -> None:
    kernel = torch.randn(4, 3, 3, 3, requires_grad=True)
    torch.autograd.backward(kernel.sum())
    before = kernel.detach().clone()
    Muon([kernel], lr=0.1).step()
    assert kernel.shape == before.shape
    assert not torch.equal(kernel, before)
