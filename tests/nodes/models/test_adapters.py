"""Each kind against the formula of its paper, written out densely."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.adapters import Boft, Difference, Glora, LoHa, LoKr, Lora, Oft, OtherWeight, Replacement

S = 0.7  # strength


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def weight(*shape: int) -> Tensor:
    return torch.randn(*shape)


def close(got: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def test_lora_of_a_matrix() -> None:
    w, up, down = weight(6, 5), weight(6, 2), weight(2, 5)
    close(Lora(up=up, down=down, alpha=4.0).apply(w, S), w + S * (4 / 2) * (up @ down))
    close(Lora(up=up, down=down).apply(w, S), w + S * (up @ down))


def test_lora_of_a_convolution() -> None:
    w, up, down = weight(6, 5, 3, 3), weight(6, 2, 1, 1), weight(2, 5, 3, 3)
    product = torch.einsum("or,rihw->oihw", up[:, :, 0, 0], down)
    close(Lora(up=up, down=down, alpha=1.0).apply(w, S), w + S / 2 * product)


def test_lora_through_a_mid_kernel() -> None:
    w, up, down, mid = weight(6, 5, 3, 3), weight(6, 2, 1, 1), weight(2, 5, 1, 1), weight(2, 2, 3, 3)
    product = torch.einsum("or,rshw,si->oihw", up[:, :, 0, 0], mid, down[:, :, 0, 0])
    close(Lora(up=up, down=down, mid=mid, alpha=2.0).apply(w, S), w + S * product)


def test_lora_that_widens_the_weight() -> None:
    w, up, down = weight(4, 3), weight(4, 2), weight(2, 6)
    wide = torch.cat((w, torch.zeros(4, 3)), dim=1)
    close(Lora(up=up, down=down, reshape=(4, 6)).apply(w, S), wide + S * (up @ down))


def test_loha() -> None:
    w, w1, w2 = weight(6, 5), (weight(6, 2), weight(2, 5)), (weight(6, 2), weight(2, 5))
    product = (w1[0] @ w1[1]) * (w2[0] @ w2[1])
    close(LoHa(w1=w1, w2=w2, alpha=3.0).apply(w, S), w + S * 1.5 * product)


def test_loha_with_cores() -> None:
    w, cores = weight(6, 5, 3, 3), (weight(2, 2, 3, 3), weight(2, 2, 3, 3))
    w1, w2 = (weight(2, 6), weight(2, 5)), (weight(2, 6), weight(2, 5))
    kernels = [torch.einsum("abhw,ao,bi->oihw", core, a, b) for core, (a, b) in zip(cores, (w1, w2), strict=True)]
    close(LoHa(w1=w1, w2=w2, cores=cores, alpha=2.0).apply(w, S), w + S * kernels[0] * kernels[1])


def test_lokr_whole_and_factored() -> None:
    w, w1, w2 = weight(6, 8), weight(2, 4), weight(3, 2)
    close(LoKr(w1=w1, w2=w2, alpha=9.0).apply(w, S), w + S * torch.kron(w1, w2))
    a, b = weight(3, 2), weight(2, 2)
    close(LoKr(w1=w1, w2=(a, b), alpha=3.0).apply(w, S), w + S * 1.5 * torch.kron(w1, a @ b))


def test_lokr_of_convolutions() -> None:
    w, w1, w2 = weight(6, 8, 3, 3), weight(2, 4), weight(3, 2, 3, 3)
    close(LoKr(w1=w1, w2=w2).apply(w, S), w + S * torch.kron(w1[:, :, None, None], w2))
    core, a, b = weight(2, 2, 3, 3), weight(2, 3), weight(2, 2)
    kernel = torch.einsum("xyhw,xo,yi->oihw", core, a, b)
    changed = LoKr(w1=w1, w2=(a, b), core=core, alpha=2.0).apply(w, S)
    close(changed, w + S * torch.kron(w1[:, :, None, None], kernel.contiguous()))


def test_glora_in_both_orders() -> None:
    w, r = weight(6, 5), 2
    old = {"a1": weight(r, 5), "a2": weight(5, r), "b1": weight(r, 5), "b2": weight(6, r)}
    expected = w + S * 0.5 * (old["b2"] @ old["b1"] + w @ old["a2"] @ old["a1"])
    close(Glora(**old, alpha=1.0).apply(w, S), expected)
    new = {"a1": weight(5, r), "a2": weight(r, 5), "b1": weight(6, r), "b2": weight(r, 5)}
    expected = w + S * 0.5 * (w @ new["a1"] @ new["a2"] + new["b1"] @ new["b2"])
    close(Glora(**new, alpha=1.0).apply(w, S), expected)


def test_glora_of_a_convolution() -> None:
    w, r = weight(6, 5, 3, 3), 2
    a1, a2, b1, b2 = weight(5, r), weight(r, 5), weight(6, r), weight(r, 45)
    change = torch.einsum("oihw,ir,rj->ojhw", w, a1, a2) + (b1 @ b2).reshape(6, 5, 3, 3)
    close(Glora(a1=a1, a2=a2, b1=b1, b2=b2).apply(w, S), w + S * change)


def test_dora_per_output_scales_rows_of_the_original() -> None:
    w, up, down, magnitude = weight(6, 5), weight(6, 2), weight(2, 5), torch.rand(6, 1) + 0.5
    changed = w + up @ down
    full = changed * magnitude / (w.norm(dim=1, keepdim=True) + torch.finfo(torch.float32).eps)
    dora = Lora(up=up, down=down, alpha=2.0, dora_scale=magnitude)
    close(dora.apply(w, 1.0), full)
    close(dora.apply(w, S), w + S * (full - w))


def test_dora_per_input_scales_columns_of_the_change() -> None:
    w, up, down, magnitude = weight(6, 5, 3, 3), weight(6, 2, 1, 1), weight(2, 5, 3, 3), torch.rand(1, 5, 1, 1) + 0.5
    changed = w + torch.einsum("or,rihw->oihw", up[:, :, 0, 0], down)
    full = changed * magnitude / torch.linalg.vector_norm(changed, dim=(0, 2, 3), keepdim=True)
    close(Lora(up=up, down=down, alpha=2.0, dora_scale=magnitude).apply(w, S), w + S * (full - w))


def rotation(block: Tensor) -> Tensor:
    q, eye = block - block.T, torch.eye(len(block))
    return (eye + q) @ torch.linalg.inv(eye - q)


def test_oft_rotates_blocks_of_rows() -> None:
    w, blocks = weight(6, 5), weight(2, 3, 3) * 0.1
    r = torch.block_diag(*((rotation(block) - torch.eye(3)) * S for block in blocks))
    close(Oft(blocks).apply(w, S), w + S * (r.T @ w))


def test_oft_bounds_its_generators() -> None:
    w, blocks = weight(4, 5), weight(2, 2, 2)
    q = blocks - blocks.transpose(1, 2)
    bounded = q * 0.3 / (q.norm() + 1e-8)
    eye = torch.eye(2)
    r = torch.block_diag(*((eye + b) @ torch.linalg.inv(eye - b) - eye for b in bounded))
    close(Oft(blocks, alpha=0.3).apply(w, 1.0), w + r.T @ w)


def test_boft_of_one_level_is_a_block_rotation_of_neighbours() -> None:
    """With blocks of 4 the first level pairs rows 2 apart: (0,1,2,3) regrouped as (0,2,1,3)."""
    w, blocks = weight(4, 5), weight(1, 1, 4, 4) * 0.1
    order = [0, 2, 1, 3]
    rotated = torch.empty_like(w)
    rotated[order] = rotation(blocks[0, 0]) @ w[order]
    close(Boft(blocks).apply(w, 1.0), rotated)


def test_boft_preserves_lengths_over_levels() -> None:
    w, blocks = weight(8, 5, 3, 3), weight(2, 2, 4, 4)
    rotated = Boft(blocks).apply(w, 1.0)
    close(rotated.flatten(1).T @ rotated.flatten(1), w.flatten(1).T @ w.flatten(1))
    assert not torch.allclose(rotated, w)
    close(Boft(blocks, rescale=torch.full((8, 1, 1, 1), 2.0)).apply(w, 1.0), rotated * 2)


def test_difference_and_replacement() -> None:
    w, value = weight(6), weight(6)
    close(Difference(value).apply(w, S), w + S * value)
    close(Replacement(value).apply(w, S), value)
    assert Replacement(value).apply(w, S).data_ptr() != value.data_ptr()


def test_another_models_weight() -> None:
    w, value = weight(6), weight(6)

    class Owner:
        def patched(self, name: str) -> Tensor:
            assert name == "x"
            return value

    close(OtherWeight(Owner(), "x").apply(w, S), w + S * value)


@pytest.mark.parametrize(
    "adapter",
    [
        Lora(up=torch.ones(6, 2), down=torch.ones(2, 9)),
        LoHa(w1=(torch.ones(6, 2), torch.ones(2, 9)), w2=(torch.ones(6, 2), torch.ones(2, 9))),
        LoKr(w1=torch.ones(7, 7), w2=torch.ones(2, 2)),
        Oft(torch.ones(5, 2, 2)),
        Boft(torch.ones(1, 5, 2, 2)),
        Difference(torch.ones(3)),
        Replacement(torch.ones(3)),
    ],
)
def test_what_does_not_fit_is_named(adapter: Lora) -> None:
    with pytest.raises(ModelError, match="does not fit"):
        adapter.apply(torch.zeros(6, 5), 1.0)


def test_half_precision_files_compute_in_float32_and_leave_the_weight_alone() -> None:
    w, up, down = weight(6, 5), weight(6, 2).half(), weight(2, 5).half()
    before = w.clone()
    changed = Lora(up=up, down=down).apply(w, S)
    assert changed.dtype == torch.float32
    close(changed, w + S * (up.float() @ down.float()))
    assert torch.equal(w, before)
