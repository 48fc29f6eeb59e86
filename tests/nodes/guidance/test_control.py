"""Which entries a ControlNet is put on, and in which chains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch

from nodes.guidance.control import apply_to_both, apply_to_pair
from tests.nodes.guidance.fakes import entry

IMAGE = torch.zeros(1, 8, 8, 3)


@dataclass(frozen=True, eq=False)
class Net:
    hint: Any = None
    previous: Any = None

    def with_hint(self, image: Any, *settings: float) -> Net:
        return replace(self, hint=settings)

    def with_previous(self, previous: Any) -> Net:
        return replace(self, previous=previous)


def test_both_sides_share_one_controlnet() -> None:
    positive, negative = apply_to_pair([entry(1.0)], [entry(2.0)], Net(), IMAGE, 0.5, 0.1, 0.9)  # type: ignore
    assert positive[0][1]["control"] is negative[0][1]["control"]
    assert positive[0][1]["control"].hint == (0.5, 0.1, 0.9)
    assert positive[0][1]["control_apply_to_uncond"] is False


def test_a_chain_for_each_controlnet_before() -> None:
    first = Net()
    sides = [entry(1.0, control=first), entry(2.0)], [entry(3.0, control=first)]
    positive, negative = apply_to_pair(*sides, Net(), IMAGE, 1.0, 0.0, 1.0)  # type: ignore[arg-type]
    assert [item[1]["control"].previous for item in positive] == [first, None]
    assert positive[0][1]["control"] is negative[0][1]["control"]
    assert sides[0][0][1]["control"] is first


def test_the_simple_node_lets_the_other_side_follow() -> None:
    (item,) = apply_to_both([entry(1.0)], Net(), IMAGE, 0.5)  # type: ignore[arg-type]
    assert item[1]["control_apply_to_uncond"] is True


def test_without_strength_nothing_changes() -> None:
    positive = [entry(1.0)]
    assert apply_to_both(positive, Net(), IMAGE, 0.0) is positive  # type: ignore[arg-type]
    assert apply_to_pair(positive, positive, Net(), IMAGE, 0.0, 0.0, 1.0) == (positive, positive)  # type: ignore
