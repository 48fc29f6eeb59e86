"""A UNet that runs: its modules, walked in latent diffusion's block numbering."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from graphcore.compiling import SETTING, backend
from graphcore.errors import ModelError
from nodes.models.attention import Hooks, spatial_transformer
from nodes.models.compiling import compiled
from nodes.models.reader import named
from nodes.models.unet_module import UNetModule
from nodes.models.unet_shape import UNetShape

Control = Mapping[str, Sequence[Tensor | None]]
_NO_OPTIONS: Mapping[str, Any] = {}


class Stage(NamedTuple):
    """One numbered block: a residual block, then attention, then a change of resolution, each of them optional."""

    residual: Any = None
    attention: Any = None
    resample: Any = None

    def down(self, h: Tensor, emb: Tensor, context: Tensor | None, hooks: Hooks) -> Tensor:
        if self.resample is not None:
            h = self.resample(h)
        return self._process(h, emb, context, hooks)

    def up(self, h: Tensor, emb: Tensor, context: Tensor | None, hooks: Hooks, size: Sequence[int] | None) -> Tensor:
        h = self._process(h, emb, context, hooks)
        # An odd size was rounded up on the way down, so that doubling overshoots: meet the next skip's size.
        return h if self.resample is None else self.resample(h, size)

    def _process(self, h: Tensor, emb: Tensor, context: Tensor | None, hooks: Hooks) -> Tensor:
        if self.residual is not None:
            h = self.residual(h, emb)
        if self.attention is not None:
            h = spatial_transformer(self.attention, h, context, hooks)
        return h


def build(
    shape: UNetShape,
    heads: tuple[int, ...],
    upcast_attention: bool,
    weights: Mapping[str, Tensor],
    path: Path | None = None,
) -> Any:
    """A UNetModule around `weights` (diffusers' names) of `path`, which it holds by reference.

    Raises ModelError if tensors are missing, left over or of the wrong shape.
    """
    return construct(lambda: UNetModule(shape, heads, upcast_attention), weights, "UNet", path)


def construct(make: Callable[[], Any], weights: Mapping[str, Tensor], what: str, path: Path | None = None) -> Any:
    """The module that `make` makes, ready for inference, holding `weights` of the file `path` by reference.

    Raises ModelError if there can be no such module, or the weights do not fit it.
    """
    with named(path):
        return _construct(make, weights, what)


def _construct(make: Callable[[], Any], weights: Mapping[str, Tensor], what: str) -> Any:
    empty = next((name for name, tensor in weights.items() if not tensor.numel()), None)
    if empty is not None:
        raise ModelError(f"The {what} in this file has a weight of no numbers, '{empty}'. Fetch the file again.")
    try:
        with torch.device("meta"):
            module = make()
    except (ValueError, ZeroDivisionError, RuntimeError) as error:
        raise ModelError(f"The {what} in this file has impossible sizes ({error}). Fetch the file again.") from None
    check_fit({name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}, weights, what)
    module.load_state_dict(dict(weights), assign=True, strict=True)
    return module.eval().requires_grad_(False)


def check_fit(wanted: Mapping[str, tuple[int, ...]], weights: Mapping[str, Tensor], what: str) -> None:
    """Raises ModelError that names the first of the weights that are missing, too many or of another shape."""
    faults = [
        *(f"'{name}' is missing" for name in wanted if name not in weights),
        *(f"'{name}' is of no part that it has" for name in weights if name not in wanted),
        *(
            f"'{name}' has the shape {list(weights[name].shape)} in place of {list(shape)}"
            for name, shape in wanted.items()
            if name in weights and tuple(weights[name].shape) != shape
        ),
    ]
    if faults:
        more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
        raise ModelError(
            f"The {what} in this file is incomplete or unusual: {faults[0]}{more}. "
            "Fetch the file again, or use one in a published layout."
        )


class UNet:
    """A network to call: `unet(x, timesteps, context, y=..., control=..., transformer_options=...)`.

    x [B,C,H,W] already scaled for the network, timesteps [B], context [B,T,C], y [B,A] where the family has one.
    `control` holds residuals by place ("input", "middle", "output"), used last first. The result is [B,C,H,W].
    `module` is the UNetModule; it is shared and must not be changed. It computes on `device` in `dtype`, wherever
    and however its weights rest.
    """

    def __init__(self, module: Any, device: torch.device, dtype: torch.dtype):
        self.module, self.device, self.dtype = module, device, dtype
        self.model_channels: int = module.conv_in.out_channels
        self.input_stages, self.output_stages = input_stages(module), _output_stages(module)
        self.middle_stages = middle_stages(module)
        name = backend(os.environ)
        # Never a bound method: a network that refers to itself would keep its weights until the next collection.
        self._run = UNet.forward if name is None else compiled(UNet.forward, name, SETTING)

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """The output, without what gradients would need."""
        with torch.no_grad():
            out: Tensor = self._run(self, *args, **kwargs)
        return out

    def forward(
        self,
        x: Tensor,
        timesteps: Tensor,
        context: Tensor | None = None,
        *,
        y: Tensor | None = None,
        control: Control | None = None,
        transformer_options: Mapping[str, Any] = _NO_OPTIONS,
        **_: Any,
    ) -> Tensor:
        """The output; gradients flow through it."""
        hooks = Hooks(transformer_options, x)
        residuals = {place: list(tensors) for place, tensors in (control or {}).items()}
        context = context if context is None else context.to(self.device, self.dtype)
        emb = embedding(self.module, timesteps.to(self.device), y, self.dtype, hooks)
        h, skips = self._down(x.to(self.device, self.dtype), emb, context, hooks, residuals)
        hooks.enter("middle", 0)
        for stage in self.middle_stages:
            h = stage.down(h, emb, context, hooks)
        h = _controlled(h, residuals, "middle")
        h = self._up(h, skips, emb, context, hooks, residuals)
        out: Tensor = self.module.conv_out(self.module.conv_act(self.module.conv_norm_out(h)))
        return out.to(x.dtype)

    def _down(
        self, h: Tensor, emb: Tensor, context: Tensor | None, hooks: Hooks, residuals: dict[str, list[Tensor | None]]
    ) -> tuple[Tensor, list[Tensor]]:
        skips = []
        for number, stage in enumerate((None, *self.input_stages)):
            hooks.enter("input", number)
            h = self.module.conv_in(h) if stage is None else stage.down(h, emb, context, hooks)
            h = _controlled(h, residuals, "input")
            h = hooks.block_patch("input_block_patch", h)
            skips.append(h)
            h = hooks.block_patch("input_block_patch_after_skip", h)
        return h, skips

    def _up(
        self,
        h: Tensor,
        skips: list[Tensor],
        emb: Tensor,
        context: Tensor | None,
        hooks: Hooks,
        residuals: dict[str, list[Tensor | None]],
    ) -> Tensor:
        for number, stage in enumerate(self.output_stages):
            hooks.enter("output", number)
            skip = _controlled(skips.pop(), residuals, "output")
            for patch in hooks.patches.get("output_block_patch", ()):
                h, skip = patch(h, skip, hooks.options)
            size = skips[-1].shape[2:] if skips else None
            h = stage.up(torch.cat((h, skip), dim=1), emb, context, hooks, size)
        return h


def embedding(module: Any, timesteps: Tensor, y: Tensor | None, dtype: torch.dtype, hooks: Hooks) -> Tensor:
    """Time embedding of timesteps [B], plus that of the vector y [B,A] where the network takes one: [B,E]."""
    emb: Tensor = module.time_embedding(module.time_proj(timesteps).to(dtype))
    for patch in hooks.patches.get("emb_patch", ()):
        emb = patch(emb, module.conv_in.out_channels, hooks.options)
    add_embedding = getattr(module, "add_embedding", None)
    if add_embedding is None:
        return emb
    if y is None:
        raise ModelError("This model needs vector conditioning (y): use a text encoder of the model's own family.")
    combined: Tensor = emb + add_embedding(y.to(emb))
    return combined


def input_stages(module: Any) -> tuple[Stage, ...]:
    """Input blocks 1, 2, ... of a UNet or ControlNet; block 0 is `module.conv_in`."""
    stages = []
    for block in module.down_blocks:
        stages += [Stage(*pair) for pair in zip(block.resnets, _attentions(block), strict=True)]
        stages += [Stage(resample=resample) for resample in block.downsamplers or ()]
    return tuple(stages)


def middle_stages(module: Any) -> tuple[Stage, ...]:
    """The middle block of a UNet or ControlNet, taken apart."""
    if module.mid_block is None:
        return ()
    first, *rest = module.mid_block.resnets
    attentions = [a for a in getattr(module.mid_block, "attentions", None) or () if a is not None]
    return (Stage(first, *attentions), *(Stage(residual) for residual in rest))


def _output_stages(module: Any) -> tuple[Stage, ...]:
    stages = []
    for block in module.up_blocks:
        *most, last = zip(block.resnets, _attentions(block), strict=True)
        upsamplers = block.upsamplers or (None,)
        stages += [*(Stage(*pair) for pair in most), Stage(*last, *upsamplers)]
    return tuple(stages)


def _attentions(block: Any) -> Sequence[Any]:
    return getattr(block, "attentions", None) or [None] * len(block.resnets)


def _controlled(h: Tensor, residuals: dict[str, list[Tensor | None]], place: str) -> Tensor:
    """h plus the last residual left for this place, if there is one."""
    waiting = residuals.get(place)
    residual = waiting.pop() if waiting else None
    if residual is None:
        return h
    if residual.shape[1:] != h.shape[1:]:
        raise ModelError(
            f"The ControlNet's residual of shape {list(residual.shape)} does not fit the model's {list(h.shape)}: "
            "use a ControlNet that was made for this model's family."
        )
    return h + residual.to(h)
