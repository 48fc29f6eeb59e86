"""The networks behind control: weights loaded when first used, and the forward pass of a ControlNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from nodes.models.attention import Hooks
from nodes.models.controlnet_keys import ControlShape, to_diffusers
from nodes.models.family import default_heads
from nodes.models.loadable import Loadable
from nodes.models.model import PREFIX, Model
from nodes.models.streaming import stream
from nodes.models.unet import construct, embedding, input_stages, middle_stages
from nodes.models.unet_module import ControlNetModule
from nodes.models.weights import Weights

Control: TypeAlias = dict[str, list[Tensor | None]]
"""Residuals by place in the UNet: "input", "middle", "output"; each list is used last first."""

CELL = 8  # pixels of the picture per cell of the latent


class ControlNetwork:
    """The network of a ControlNet, whose features are one tensor (https://arxiv.org/abs/2302.05543)."""

    def __init__(self, module: Any, device: torch.device, dtype: torch.dtype):
        self.module, self.device, self.dtype = module, device, dtype
        self._stages, self._middle = input_stages(module), middle_stages(module)

    def hint_size(self, width: int, height: int) -> tuple[int, int]:
        return width * CELL, height * CELL

    @torch.no_grad()
    def embed(self, hint: Tensor) -> list[Tensor]:
        return [self.module.controlnet_cond_embedding(hint.to(self.device, self.dtype))]

    @torch.no_grad()
    def __call__(
        self, x: Tensor, features: Sequence[Tensor], timesteps: Tensor, context: Tensor | None, y: Tensor | None = None
    ) -> Control:
        hooks = Hooks({}, x)
        context = context if context is None else context.to(self.device, self.dtype)
        emb = self._embedding(embedding(self.module, timesteps.to(self.device), y, self.dtype, hooks))
        x = x[:, : self.module.conv_in.in_channels].to(self.device, self.dtype)
        h = self._start(self.module.conv_in(x), features[0])
        skips = [h]
        for stage in self._stages:
            h = stage.down(h, emb, context, hooks)
            skips.append(h)
        for stage in self._middle:
            h = stage.down(h, emb, context, hooks)
        convs = zip(self.module.controlnet_down_blocks, skips, strict=True)
        return {"output": [conv(skip) for conv, skip in convs], "middle": [self.module.controlnet_mid_block(h)]}

    def _embedding(self, emb: Tensor) -> Tensor:
        """The time embedding [B,E] with what this kind of network adds to it."""
        return emb

    def _start(self, h: Tensor, hint: Tensor) -> Tensor:
        """The latent after the first convolution, with the hint."""
        return h + hint


class ControlWeights(Loadable[ControlNetwork]):
    """A ControlNet's weights, held once for all its uses.

    With `base`, the file holds only what differs from that model: a `difference` to add to its weights, or low-rank
    changes of them (`low_rank`, Control-LoRA: names that end in .up and .down).
    """

    network_type: type[ControlNetwork] = ControlNetwork

    def __init__(self, shape: ControlShape, weights: Weights, base: Model | None = None, *, low_rank: bool = False):
        super().__init__(weights, "ControlNet")
        self.shape = shape
        self._base, self._low_rank = base, low_rank

    @torch.no_grad()
    def make(self) -> ControlNetwork:
        device, dtype = self.weights.device, self.weights.dtype
        return self.network_type(stream(self._build(), device, dtype), device, dtype)

    def _build(self) -> Any:
        weights = self._complete()
        names = to_diffusers(weights, self.shape)
        heads = default_heads(self.shape.unet)
        # Stable Diffusion 2's attention overflows in float16.
        upcast = self.shape.unet.linear_projection and self.shape.unet.adm is None
        renamed = {names.get(name, name): weights[name] for name in weights}
        return construct(lambda: self._module(heads, upcast), renamed, "ControlNet", self.weights.path)

    def _module(self, heads: tuple[int, ...], upcast: bool) -> Any:
        return ControlNetModule(self.shape.unet, heads, upcast, self.shape.hint_channels, self.shape.hint_widths)

    def _complete(self) -> Mapping[str, Tensor]:
        own = self.weights.load()
        if self._base is None:
            return own
        if self._low_rank:
            whole = _with_low_rank(own, self._base, self.weights.device)
            return {name: w.to(self.weights.device, self.weights.dtype) for name, w in whole.items()}
        base = self._base
        shared = {name for name in own if PREFIX + name in base.weights}
        return {name: w + base.patched(PREFIX + name).to(w) if name in shared else w for name, w in own.items()}


def _with_low_rank(own: Mapping[str, Tensor], base: Model, device: torch.device) -> dict[str, Tensor]:
    """The base model's encoder half with the file's changes; weights that the file has whole come from the file."""
    whole = {name: w for name, w in own.items() if not name.endswith((".up", ".down"))}
    for full in base.names():
        name = full.removeprefix(PREFIX)
        if name.startswith(("output_blocks.", "out.")) or name in whole:
            continue
        weight = base.patched(full).to(device)
        module = name.removesuffix(".weight")
        if f"{module}.up" in own:
            up, down = (own[f"{module}.{way}"].to(device).float() for way in ("up", "down"))
            weight = weight + (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
        whole[name] = weight
    return whole
