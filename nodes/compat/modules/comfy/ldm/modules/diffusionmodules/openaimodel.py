"""`comfy.ldm.modules.diffusionmodules.openaimodel`: the blocks of latent diffusion's UNet, for networks of packs' own.

Structure and parameter names as in https://github.com/CompVis/latent-diffusion and https://arxiv.org/abs/2112.10752.
Graphcore's own UNet is another class; `UNetModel` is for asking whether a network is one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import interpolate

from nodes.compat.modules.comfy.ldm.modules.attention import SpatialTransformer
from nodes.compat.modules.comfy.ldm.modules.diffusionmodules.util import avg_pool_nd, conv_nd, timestep_embedding
from nodes.compat.stubs import ProvidedType, stub
from nodes.models.unet import UNet

__all__ = ["SpatialTransformer", "avg_pool_nd", "conv_nd", "timestep_embedding"]


class UNetModel(metaclass=ProvidedType):
    """Whether a network is a UNet: `isinstance(model.model.diffusion_model, UNetModel)`. None is made by it."""

    def __init__(self, *args: Any, **kwargs: Any):
        stub("comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel")(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """The prediction; ours is called."""
        return self(*args, **kwargs)  # type: ignore[operator, no-any-return]


UNetModel.register(UNet)


class TimestepBlock(nn.Module, metaclass=ProvidedType):
    """A block that is told the time as well: `forward(x, emb)`."""

    @abstractmethod
    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        """x [B,C,H,W], emb [B,D]."""


class TimestepEmbedSequential(nn.Sequential, TimestepBlock):
    """Blocks in turn, each told what it takes: the time, the prompt, or nothing."""

    def forward(  # type: ignore[override]
        self, x: Tensor, emb: Tensor, context: Tensor | None = None, transformer_options: Any = None,
        output_shape: Sequence[int] | None = None, **_: Any,
    ) -> Tensor:  # fmt: skip
        """x [B,C,H,W]; `output_shape`: that of the level that an upsampling leads to."""
        for layer in self:
            if isinstance(layer, TimestepBlock):
                x = layer(x, emb)
            elif isinstance(layer, SpatialTransformer):
                x = layer(x, context, transformer_options or {})
            elif isinstance(layer, Upsample):
                x = layer(x, output_shape=output_shape)
            else:
                x = layer(x)
        return x


class Upsample(nn.Module, metaclass=ProvidedType):
    """Twice the size, or that of `output_shape`, with a convolution after it."""

    def __init__(
        self, channels: int, use_conv: bool, dims: int = 2, out_channels: int | None = None, padding: int = 1,
        dtype: Any = None, device: Any = None, operations: Any = nn,
    ):  # fmt: skip
        super().__init__()
        self.channels, self.out_channels, self.use_conv, self.dims = channels, out_channels or channels, use_conv, dims
        if use_conv:
            self.conv = _conv(
                operations, dims, channels, self.out_channels, 3, padding=padding, dtype=dtype, device=device
            )

    def forward(self, x: Tensor, output_shape: Sequence[int] | None = None) -> Tensor:
        """[B,C,...]; of videos the frames stay as many as they are."""
        size = [2 * side for side in x.shape[2:]] if output_shape is None else list(output_shape[2:])
        if self.dims == 3:
            size[0] = x.shape[2]
        x = interpolate(x, size=size, mode="nearest")
        return self.conv(x) if self.use_conv else x


class Downsample(nn.Module, metaclass=ProvidedType):
    """Half the size, by a convolution of stride 2 or by averages."""

    def __init__(
        self, channels: int, use_conv: bool, dims: int = 2, out_channels: int | None = None, padding: int = 1,
        dtype: Any = None, device: Any = None, operations: Any = nn,
    ):  # fmt: skip
        super().__init__()
        self.channels, self.out_channels, self.use_conv, self.dims = channels, out_channels or channels, use_conv, dims
        stride: Any = 2 if dims != 3 else (1, 2, 2)
        if use_conv:
            options = {"stride": stride, "padding": padding, "dtype": dtype, "device": device}
            self.op = _conv(operations, dims, channels, self.out_channels, 3, **options)
        else:
            self.op = avg_pool_nd(dims, kernel_size=stride, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,...]."""
        return self.op(x)  # type: ignore[no-any-return]


class ResBlock(TimestepBlock):
    """A residual block that is told the time."""

    def __init__(
        self, channels: int, emb_channels: int, dropout: float, out_channels: int | None = None, use_conv: bool = False,
        use_scale_shift_norm: bool = False, dims: int = 2, use_checkpoint: bool = False, up: bool = False,
        down: bool = False, kernel_size: int = 3, dtype: Any = None, device: Any = None, operations: Any = nn,
    ):  # fmt: skip
        super().__init__()
        self.channels, self.out_channels = channels, out_channels or channels
        self.use_scale_shift_norm, self.updown = use_scale_shift_norm, up or down
        on, wide = {"dtype": dtype, "device": device}, self.out_channels
        padding = kernel_size // 2
        self.in_layers = nn.Sequential(
            operations.GroupNorm(32, channels, **on), nn.SiLU(),
            _conv(operations, dims, channels, wide, kernel_size, padding=padding, **on),
        )  # fmt: skip
        change = Upsample if up else Downsample
        self.h_upd, self.x_upd = (change(channels, False, dims) if self.updown else nn.Identity() for _ in range(2))
        told = 2 * wide if use_scale_shift_norm else wide
        self.emb_layers = nn.Sequential(nn.SiLU(), operations.Linear(emb_channels, told, **on))
        self.out_layers = nn.Sequential(
            operations.GroupNorm(32, wide, **on), nn.SiLU(), nn.Dropout(dropout),
            _conv(operations, dims, wide, wide, kernel_size, padding=padding, **on),
        )  # fmt: skip
        skip_size = kernel_size if use_conv else 1
        same = wide == channels
        self.skip_connection = nn.Identity() if same else _conv(
            operations, dims, channels, wide, skip_size, padding=skip_size // 2, **on
        )  # fmt: skip

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        """x [B,C,...], emb [B,D]."""
        norm, conv = self.in_layers[:-1], self.in_layers[-1]
        h = conv(self.h_upd(norm(x)))
        x = self.x_upd(x)
        told = self.emb_layers(emb).to(h)
        told = told[(...,) + (None,) * (h.ndim - told.ndim)]
        if self.use_scale_shift_norm:
            scale, shift = told.chunk(2, dim=1)
            h = self.out_layers[1:](self.out_layers[0](h) * (1 + scale) + shift)
        else:
            h = self.out_layers(h + told)
        return self.skip_connection(x) + h  # type: ignore[no-any-return]


def _conv(operations: Any, dims: int, *args: Any, **kwargs: Any) -> Any:
    """A convolution of one of a pack's own kinds of layers."""
    return getattr(operations, f"Conv{dims}d")(*args, **kwargs)


def apply_control(h: Tensor, control: Mapping[str, list[Any]] | None, name: str) -> Tensor:
    """The activations with the next residual of a ControlNet for a place ("input", "middle", "output") added."""
    if control is None or not control.get(name):
        return h
    residual = control[name].pop()
    if residual is not None and residual.shape == h.shape:
        return h + residual  # type: ignore[no-any-return]
    return h


original_apply_control = apply_control


def forward_timestep_embed(
    ts: nn.Module, x: Tensor, emb: Tensor, context: Tensor | None = None, transformer_options: Any = None,
    output_shape: Sequence[int] | None = None, **_: Any,
) -> Tensor:  # fmt: skip
    """Blocks in turn, each told what it takes."""
    layers = ts if isinstance(ts, nn.Sequential) else [ts]
    return TimestepEmbedSequential(*layers)(x, emb, context, transformer_options, output_shape)  # type: ignore[no-any-return]
