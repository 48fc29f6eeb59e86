"""ControlNets: pictures that steer the composition."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Conditioning, ControlNet, Image, Range, Vae
from nodes.builtin.pack import pack

Percent = Annotated[float, Range(0.0, 1.0, step=0.001)]
Strength = Annotated[float, Range(0.0, 10.0, step=0.01)]


class Pair(NamedTuple):
    """What is wanted and what is not."""

    positive: Conditioning
    negative: Conditioning


@pack.node(id="ControlNetApply", title="Apply ControlNet (OLD)", category="conditioning/controlnet", deprecated=True)
def control_net_apply(
    conditioning: Conditioning, control_net: ControlNet, image: Image, strength: Strength = 1.0
) -> Conditioning:
    """Let a picture guide the composition. The negative side follows too."""
    from nodes.guidance.control import apply_to_both

    return apply_to_both(conditioning, control_net, image, strength)


@pack.node(id="ControlNetApplyAdvanced", title="Apply ControlNet", category="conditioning/controlnet")
def control_net_apply_advanced(
    positive: Conditioning,
    negative: Conditioning,
    control_net: ControlNet,
    image: Image,
    strength: Strength = 1.0,
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
    vae: Vae | None = None,
) -> Pair:
    """Let a picture guide the composition during a part of the sampling. The VAE is for ControlNets that need one."""
    from nodes.guidance.control import apply_to_pair

    return Pair(*apply_to_pair(positive, negative, control_net, image, strength, start_percent, end_percent))


@pack.node(
    id="ControlNetApplySD3",
    title="Apply Controlnet with VAE",
    category="conditioning/controlnet",
    deprecated=True,
)
def control_net_apply_sd3(
    positive: Conditioning,
    negative: Conditioning,
    control_net: ControlNet,
    vae: Vae,
    image: Image,
    strength: Strength = 1.0,
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
) -> Pair:
    """The same as Apply ControlNet, with a VAE."""
    return control_net_apply_advanced(positive, negative, control_net, image, strength, start_percent, end_percent, vae)


@pack.node(id="SetUnionControlNetType", title="SetUnionControlNetType", category="conditioning/controlnet")
def set_union_control_net_type(
    control_net: ControlNet,
    type: Literal[
        "auto",
        "openpose",
        "depth",
        "hed/pidi/scribble/ted",
        "canny/lineart/anime_lineart/mlsd",
        "normal",
        "segment",
        "tile",
        "repaint",
    ],
) -> ControlNet:
    """Tell a union ControlNet what kind of picture it is going to see; others stay as they are."""
    return control_net.with_kind(type)
