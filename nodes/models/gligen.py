"""GLIGEN: things put into boxes of the picture by further attention in every transformer block (arXiv:2301.07093)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import ModelError
from nodes.models.attention import attention
from nodes.models.device import compute_device, diffusion_dtype
from nodes.models.loadable import Loadable
from nodes.models.reader import WeightsFile, named
from nodes.models.unet_keys import from_diffusers
from nodes.models.weights import Weights

SLOTS = 30  # things that a picture can have
HEADS = 8
FREQUENCIES, TEMPERATURE = 8, 100.0  # in which the sides of a box are told
_POSITION = "position_net."
_FUSER = re.compile(r"(input_blocks|middle_block|output_blocks)\.(\d+)(?:\.1)?\.transformer_blocks\.(\d+)\.fuser\.(.+)")
_BLOCKS = {"input_blocks": "input", "middle_block": "middle", "output_blocks": "output"}
_PARTS: tuple[str, ...] = (
    "alpha_attn",
    "alpha_dense",
    "linear.weight",
    "attn.to_q.weight",
    "attn.to_out.0.weight",
    "norm1.weight",
)
_PARTS += ("attn.to_k.weight", "attn.to_v.weight", "norm2.weight", "ff.net.0.proj.weight", "ff.net.2.weight")

Place = tuple[str, int, int]  # ("input", block, transformer)


class Box(NamedTuple):
    """A thing: its text as a vector [1,C] before any projection, and where it is, in cells of the latent."""

    text: Tensor
    height: int
    width: int
    y: int
    x: int


class GligenNetwork:
    """What is put between attention to the picture and attention to the prompt, by block."""

    def __init__(self, weights: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype):
        self.device, self.dtype = device, dtype
        self._position = {k.removeprefix(_POSITION): w for k, w in weights.items() if k.startswith(_POSITION)}
        self._fusers: dict[Place, dict[str, Tensor]] = {}
        for name, weight in weights.items():
            if match := _FUSER.fullmatch(name):
                kind = _BLOCKS[match[1]]
                place = kind, 0 if kind == "middle" else int(match[2]), int(match[3])
                self._fusers.setdefault(place, {})[match[4]] = weight

    def things(self, boxes: Sequence[Box], height: int, width: int) -> Tensor:
        """The boxes of a latent of height x width cells as tokens [1,30,C]; places without a thing have their own."""
        nothing = self._position["null_positive_feature"], self._position["null_position_feature"]
        texts, sides = (vector.repeat(SLOTS, 1) for vector in nothing)
        for slot, box in enumerate(boxes):
            corners = [box.x / width, box.y / height, (box.x + box.width) / width, (box.y + box.height) / height]
            texts[slot], sides[slot] = box.text[0].to(texts), waves(torch.tensor(corners)).to(sides)
        h = torch.cat((texts, sides), dim=1)
        for number in (0, 2, 4):
            h = F.linear(h if number == 0 else F.silu(h), *self._linear(self._position, f"linears.{number}"))
        return h[None]

    def fused(self, x: Tensor, things: Tensor, place: Place) -> Tensor:
        """Tokens x [B,T,C] of a transformer block after a look at the things."""
        fuser = self._fusers.get(place)
        if fuser is None or fuser["norm1.weight"].shape[0] != x.shape[-1]:
            raise ModelError(
                f"The GLIGEN model has no part for the block {place} of this model: it was made for another family. "
                "Published ones are for Stable Diffusion 1."
            )
        things = F.linear(things.expand(len(x), -1, -1), *self._linear(fuser, "linear"))
        seen = self._norm(fuser, "norm1", torch.cat((x, things), dim=1))
        q, k, v = (F.linear(seen, fuser[f"attn.to_{part}.weight"]) for part in "qkv")
        out = F.linear(attention(q, k, v, HEADS), *self._linear(fuser, "attn.to_out.0"))
        x = x + fuser["alpha_attn"].tanh() * out[:, : x.shape[1]]
        value, gate = F.linear(self._norm(fuser, "norm2", x), *self._linear(fuser, "ff.net.0.proj")).chunk(2, dim=-1)
        return x + fuser["alpha_dense"].tanh() * F.linear(value * F.gelu(gate), *self._linear(fuser, "ff.net.2"))

    @staticmethod
    def _linear(weights: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor | None]:
        return weights[f"{name}.weight"], weights.get(f"{name}.bias")

    @staticmethod
    def _norm(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])


class Gligen(Loadable[GligenNetwork]):
    """A GLIGEN model's weights, held once for all its uses."""

    def __init__(self, weights: Weights):
        super().__init__(weights, "GLIGEN model")

    def make(self) -> GligenNetwork:
        device, dtype = self.weights.device, self.weights.dtype
        # Small beside a UNet: it comes whole, even where there is little room.
        weights = {name: weight.to(device, dtype) for name, weight in self.weights.load().items()}
        return GligenNetwork(weights, device, dtype)

    def check_text(self, text: Tensor) -> None:
        """Raises ModelError for a text that was encoded to another width than this model reads."""
        wanted = self.weights.raw(f"{_POSITION}null_positive_feature").shape[-1]
        if text.shape[-1] != wanted:
            raise ModelError(
                f"The text of the box was encoded {text.shape[-1]} numbers wide, but this GLIGEN model reads {wanted}: "
                "use the CLIP of the family that it was made for (published ones are for Stable Diffusion 1)."
            )

    def patch(self, boxes: Sequence[Box]) -> Callable[[Tensor, dict[str, Any]], Tensor]:
        """A function for the patch point `middle_patch` that puts these boxes into the picture."""
        network, told = self.network(), dict[tuple[int, int], Tensor]()

        def function(x: Tensor, extra: dict[str, Any]) -> Tensor:
            height, width = extra["original_shape"][-2:]
            if (height, width) not in told:
                told[height, width] = network.things(boxes, height, width)
            block, number = extra["block"]
            fused = network.fused(x.to(network.dtype), told[height, width], (block, number, extra["block_index"]))
            return fused.to(x)

        return function


def waves(sides: Tensor) -> Tensor:
    """Numbers [4] as sines and cosines of growing frequency: [64]."""
    angles = TEMPERATURE ** (torch.arange(FREQUENCIES) / FREQUENCIES)[:, None] * sides
    return torch.stack((angles.sin(), angles.cos()), dim=1).flatten()


def load_gligen(path: str | os.PathLike[str]) -> Gligen:
    """Open a GLIGEN model for boxes of text, in latent diffusion's layout or diffusers'.

    Raises ModelError if the file is damaged, unsafe or of another kind.
    """
    file = WeightsFile(path)
    with named(file.path):
        names = {name.removeprefix("model.diffusion_model."): name for name in file}
        if any(name.startswith("down_blocks.") for name in names):
            renamed = {here: names[there] for there, here in from_diffusers(names).items()}
            names = renamed | {name: there for name, there in names.items() if name.startswith(_POSITION)}
        own = {name: there for name, there in names.items() if name.startswith(_POSITION) or _FUSER.fullmatch(name)}
        _check(own)
        device = compute_device()
        return Gligen(Weights(file, own, diffusion_dtype(device), device))


def _check(names: Mapping[str, str]) -> None:
    """ModelError where parts are missing."""
    needed = [f"{_POSITION}{part}" for part in ("null_positive_feature", "null_position_feature")]
    needed += [f"{_POSITION}linears.{number}.weight" for number in (0, 2, 4)]
    fusers = {name.partition("fuser.")[0] for name in names if "fuser." in name}
    needed += [f"{fuser}fuser.{part}" for fuser in fusers for part in _PARTS]
    missing = [name for name in needed if name not in names]
    if missing or not fusers:
        raise ModelError(
            f"This is no GLIGEN model for boxes of text, or not all of it: '{(missing or ['fuser'])[0]}' is missing. "
            "Choose one such as gligen_sd14_textbox_pruned.safetensors."
        )
