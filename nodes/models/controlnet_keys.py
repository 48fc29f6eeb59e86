"""Names of ControlNet parameters: latent diffusion's (`zero_convs.0.0.weight`) and diffusers', and the construction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphcore.errors import ModelError
from nodes.models import unet_keys
from nodes.models.names import inverse, renamed
from nodes.models.unet_shape import UNetShape, infer_shape

LDM_MARK = "zero_convs.0.0.weight"
DIFFUSERS_MARK = "controlnet_cond_embedding.conv_in.weight"


@dataclass(frozen=True)
class ControlShape:
    """The construction of a ControlNet: the encoder half of a UNet, and the widths of the hint's convolutions."""

    unet: UNetShape
    hint_channels: int
    hint_widths: tuple[int, ...]

    @property
    def outputs(self) -> int:
        """How many residuals there are for skips."""
        return 1 + sum(len(level) for level in self.unet.depths) + len(self.unet.depths) - 1

    def diffusers_config(self, heads: tuple[int, ...], upcast_attention: bool) -> dict[str, Any]:
        """Arguments of diffusers' ControlNetModel."""
        config = self.unet.diffusers_config(heads, upcast_attention)
        for name in ("out_channels", "up_block_types", "reverse_transformer_layers_per_block"):
            del config[name]
        layers = set(config["layers_per_block"])
        if len(layers) != 1:
            raise ModelError("The ControlNet's levels have different numbers of blocks; such a one is not supported.")
        hint = {"conditioning_channels": self.hint_channels, "conditioning_embedding_out_channels": self.hint_widths}
        return {**config, **hint, "layers_per_block": layers.pop()}


def infer_control_shape(shapes: Mapping[str, tuple[int, ...]]) -> ControlShape:
    """The construction from the shapes of a ControlNet's tensors (latent diffusion's names), else ModelError."""
    hints = [shapes.get(f"input_hint_block.{2 * n}.weight", ()) for n in range(_hint_count(shapes))]
    if len(hints) < 4 or any(len(shape) != 4 for shape in hints):
        raise ModelError("The ControlNet's hint block is missing or unusual. Use a ControlNet in a published layout.")
    # The first convolution's width, then every second one's: those that halve the size.
    widths = (hints[0][0], *(shape[0] for shape in hints[2:-1:2]))
    return ControlShape(infer_shape(shapes), hints[0][1], widths)


def to_diffusers(names: Iterable[str], shape: ControlShape) -> dict[str, str]:
    """diffusers' name of every given latent diffusion name that belongs to the ControlNet."""
    hints = 2 * len(shape.hint_widths)
    return renamed(names, unet_keys.module_map(shape.unet) | dict(_own(hints, shape.outputs)))


def to_ldm(names: Iterable[str]) -> dict[str, str]:
    """Latent diffusion's name of every given diffusers name that belongs to the ControlNet."""
    names = list(names)
    blocks = {name.split(".")[2] for name in names if name.startswith("controlnet_cond_embedding.blocks.")}
    outputs = {name.split(".")[1] for name in names if name.startswith("controlnet_down_blocks.")}
    own = renamed(names, inverse(dict(_own(len(blocks) + 2, len(outputs)))))
    return {**unet_keys.from_diffusers(names), **own}


def _own(hints: int, outputs: int) -> Iterator[tuple[str, str]]:
    """Modules that a UNet does not have; `hints` counts the hint's convolutions."""
    yield "input_hint_block.0", "controlnet_cond_embedding.conv_in"
    for n in range(hints - 2):
        yield f"input_hint_block.{2 * (n + 1)}", f"controlnet_cond_embedding.blocks.{n}"
    yield f"input_hint_block.{2 * (hints - 1)}", "controlnet_cond_embedding.conv_out"
    for n in range(outputs):
        yield f"zero_convs.{n}.0", f"controlnet_down_blocks.{n}"
    yield "middle_block_out.0", "controlnet_mid_block"


def _hint_count(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return sum(name.startswith("input_hint_block.") and name.endswith(".weight") for name in shapes)
