"""ControlNets on conditionings: which entries a ControlNet steers, and chains of several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.conditioning import Conditioning

if TYPE_CHECKING:
    from nodes.models.controlnet import ControlNet


def apply_to_both(conditioning: Conditioning, control_net: ControlNet, image: Tensor, strength: float) -> Conditioning:
    """Steer a positive conditioning by a picture [B,H,W,C]; when sampling, the other side follows."""
    if strength == 0:
        return conditioning
    control = control_net.with_hint(image, strength)
    (applied,) = _applied([conditioning], control, follow=True)
    return applied


def apply_to_pair(
    positive: Conditioning,
    negative: Conditioning,
    control_net: ControlNet,
    image: Tensor,
    strength: float,
    start_percent: float,
    end_percent: float,
) -> tuple[Conditioning, Conditioning]:
    """Steer both sides by a picture [B,H,W,C] during a share of the sampling."""
    if strength == 0:
        return positive, negative
    control = control_net.with_hint(image, strength, start_percent, end_percent)
    positive, negative = _applied([positive, negative], control, follow=False)
    return positive, negative


def _applied(sides: Iterable[Conditioning], control: ControlNet, *, follow: bool) -> list[Conditioning]:
    # One ControlNet for each distinct one before it: entries that share theirs can share a network call.
    chained: dict[int, ControlNet] = {}

    def entry(tensor: Any, options: dict[str, Any], *rest: Any) -> list[Any]:
        previous = options.get("control")
        if id(previous) not in chained:
            chained[id(previous)] = control.with_previous(previous)
        own = {"control": chained[id(previous)], "control_apply_to_uncond": follow}
        return [tensor, {**options, **own}, *rest]

    return [[entry(*item) for item in side] for side in sides]
