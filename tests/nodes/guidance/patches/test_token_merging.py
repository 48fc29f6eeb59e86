"""Token merging: what merges, that unmerging puts everything back in place, and where it applies."""

from __future__ import annotations

from typing import Any

import torch

from nodes.guidance.patches.token_merging import merge_tokens, merging, random_destinations
from tests.nodes.guidance.fakes import FakeModel


def test_one_destination_in_every_cell() -> None:
    torch.manual_seed(0)
    places = random_destinations(4, 7)  # the last column belongs to no whole cell
    cells = {(int(p) // 7 // 2, int(p) % 7 // 2) for p in places}
    assert len(places) == 6
    assert cells == {(y, x) for y in range(2) for x in range(3)}


def test_unmerging_puts_kept_tokens_back_and_copies_merged_ones() -> None:
    torch.manual_seed(1)
    tokens = torch.randn(2, 24, 5)
    plan = merging(tokens, 4, 6, 10)
    merged = plan.merge(tokens)
    assert merged.shape == (2, 14, 5)
    back = plan.unmerge(merged)
    for b in range(2):
        for place in plan.kept[b]:
            assert torch.equal(back[b, place], tokens[b, place])
        for source, target in zip(plan.sources[b], plan.targets[b], strict=True):
            group = [s for s, t in zip(plan.sources[b], plan.targets[b], strict=True) if t == target]
            mean = torch.stack([tokens[b, plan.destinations[target]], *(tokens[b, s] for s in group)]).mean(dim=0)
            torch.testing.assert_close(back[b, source], mean)


def test_the_most_alike_merge_first() -> None:
    torch.manual_seed(2)
    tokens = torch.randn(1, 16, 8)
    destinations = random_destinations(4, 4)
    torch.manual_seed(2)
    torch.randn(1, 16, 8)
    source = next(p for p in range(16) if p not in destinations)
    tokens[0, source] = tokens[0, destinations[1]] * 3  # the same direction
    plan = merging(tokens, 4, 4, 1)
    assert plan.sources.tolist() == [[source]]
    assert plan.targets.tolist() == [[1]]


def test_only_the_latents_own_resolution_is_merged() -> None:
    model: Any = merge_tokens(FakeModel(), 0.5)  # type: ignore[arg-type]
    patches = model.options["transformer_options"]["patches"]
    (take_in,), (hand_out,) = patches["attn1_patch"], patches["attn1_output_patch"]
    extra = {"original_shape": [1, 4, 8, 8]}
    tokens = torch.randn(1, 64, 4)
    q, k, v = take_in(tokens, tokens, tokens, extra)
    assert q.shape == (1, 32, 4)
    assert k is tokens
    assert v is tokens
    assert hand_out(q, extra).shape == tokens.shape
    small = torch.randn(1, 16, 4)
    assert take_in(small, small, small, extra)[0] is small
    assert hand_out(small, extra) is small
