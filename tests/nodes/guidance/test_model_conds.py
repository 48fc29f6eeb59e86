"""How values share a batch."""

from __future__ import annotations

import torch

from nodes.guidance.model_conds import ConstantCond, ContextCond, LatentCond, ListCond, ModelCond, repeat_to_batch, wrap

CPU = torch.device("cpu")


def test_rows_are_tiled_and_cut() -> None:
    rows = torch.tensor([[1.0], [2.0]])
    assert repeat_to_batch(rows, 5).flatten().tolist() == [1, 2, 1, 2, 1]
    assert repeat_to_batch(rows, 1).flatten().tolist() == [1]
    assert repeat_to_batch(rows[:1], 3).flatten().tolist() == [1, 1, 1]


def test_latent_like_values_are_cut_to_the_area() -> None:
    cond = wrap("c_concat", torch.arange(16.0).reshape(1, 1, 4, 4))
    assert isinstance(cond, LatentCond)
    assert cond.process(2, (2, 2, 1, 2), CPU).cond.tolist() == [[[[6.0, 7.0], [10.0, 11.0]]]] * 2


def test_other_tensors_are_not_cut() -> None:
    cond = wrap("y", torch.ones(1, 4))
    assert type(cond) is ModelCond
    assert cond.process(2, (2, 2, 1, 2), CPU).cond.shape == (2, 4)
    assert not cond.can_concat(wrap("y", torch.ones(1, 5)))


def test_contexts_are_repeated_to_a_common_length() -> None:
    short, long = wrap("c_crossattn", torch.ones(1, 2, 3)), wrap("c_crossattn", torch.zeros(1, 8, 3))
    assert isinstance(short, ContextCond)
    assert short.can_concat(long)
    assert short.concat([long]).sum(dim=(1, 2)).tolist() == [24.0, 0.0]
    assert not short.can_concat(wrap("c_crossattn", torch.ones(1, 10, 3)))
    assert not short.can_concat(wrap("c_crossattn", torch.ones(1, 2, 4)))


def test_constants_must_agree() -> None:
    cond = wrap("frame_rate", 25)
    assert isinstance(cond, ConstantCond)
    assert cond.can_concat(wrap("frame_rate", 25))
    assert not cond.can_concat(wrap("frame_rate", 24))
    assert cond.concat([wrap("frame_rate", 25)]) == 25


def test_lists_are_joined_item_by_item() -> None:
    cond = wrap("reference_latents", [torch.ones(1, 2), torch.zeros(1, 3)])
    assert isinstance(cond, ListCond)
    two = cond.process(2, None, CPU)
    assert [item.shape for item in two.concat([two])] == [(4, 2), (4, 3)]
    assert not cond.can_concat(wrap("reference_latents", [torch.ones(1, 2)]))
