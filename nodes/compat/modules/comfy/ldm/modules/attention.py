"""`comfy.ldm.modules.attention`: attention as a function, which packs compute their own networks with."""

from __future__ import annotations

import functools
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from nodes.compat.modules.comfy.ldm.util import default, exists
from nodes.compat.stubs import ProvidedType

INSIDE = "_inside_attn_wrapper"


def wrap_attn(func: Any) -> Any:
    """A function that computes attention, with `transformer_options["optimized_attention_override"]` in its place.

    The override is given the function; what it calls in turn is not overridden again.
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        override = (kwargs.get("transformer_options") or {}).get("optimized_attention_override")
        if override is None or kwargs.get(INSIDE):
            return func(*args, **kwargs)
        return override(func, *args, **{**kwargs, INSIDE: True})

    return wrapper


@wrap_attn
def attention_pytorch(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    heads: int,
    mask: Tensor | None = None,
    attn_precision: Any = None,
    skip_reshape: bool = False,
    skip_output_reshape: bool = False,
    **_: Any,
) -> Tensor:
    """Attention of [B,T,heads*D], or of [B,heads,T,D] with `skip_reshape`; the result is [B,T,heads*D].

    With `skip_output_reshape` it stays [B,heads,T,D]. `mask` is added to the scores, or boolean.
    """
    if not skip_reshape:
        q, k, v = (part.reshape(*part.shape[:-1], heads, -1).transpose(1, 2) for part in (q, k, v))
    if mask is not None and mask.ndim < 4:
        mask = mask[(None,) * (3 - mask.ndim)].unsqueeze(1)
    out = scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return out if skip_output_reshape else out.transpose(1, 2).flatten(2)


__all__ = ["default", "exists"]

optimized_attention = optimized_attention_masked = attention_pytorch
attention_basic = attention_split = attention_sub_quad = attention_pytorch


def optimized_attention_for_device(device: Any, mask: bool = False, small_input: bool = False) -> Any:
    """The function to use on a device: the same everywhere."""
    return attention_pytorch


# -- layers, for networks of packs' own --------------------------------------------------------------------------------
# Structure and parameter names as in https://github.com/CompVis/latent-diffusion.


class GEGLU(nn.Module, metaclass=ProvidedType):
    """A linear layer gated by another (https://arxiv.org/abs/2002.05202)."""

    def __init__(self, dim_in: int, dim_out: int, dtype: Any = None, device: Any = None, operations: Any = nn):
        super().__init__()
        self.proj = operations.Linear(dim_in, dim_out * 2, dtype=dtype, device=device)

    def forward(self, x: Tensor) -> Tensor:
        """[...,dim_in] to [...,dim_out]."""
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * gelu(gate)  # type: ignore[no-any-return]


class FeedForward(nn.Module, metaclass=ProvidedType):
    """Two layers, the first `mult` times as wide."""

    def __init__(
        self, dim: int, dim_out: int | None = None, mult: int = 4, glu: bool = False, dropout: float = 0.0,
        dtype: Any = None, device: Any = None, operations: Any = nn,
    ):  # fmt: skip
        super().__init__()
        inner, on = int(dim * mult), {"dtype": dtype, "device": device}
        first = GEGLU(dim, inner, operations=operations, **on) if glu else nn.Sequential(
            operations.Linear(dim, inner, **on), nn.GELU()
        )  # fmt: skip
        self.net = nn.Sequential(first, nn.Dropout(dropout), operations.Linear(inner, dim_out or dim, **on))

    def forward(self, x: Tensor) -> Tensor:
        """[...,dim]."""
        return self.net(x)  # type: ignore[no-any-return]


class CrossAttention(nn.Module, metaclass=ProvidedType):
    """Attention to a context, or to itself."""

    def __init__(
        self, query_dim: int, context_dim: int | None = None, heads: int = 8, dim_head: int = 64, dropout: float = 0.0,
        attn_precision: Any = None, dtype: Any = None, device: Any = None, operations: Any = nn,
    ):  # fmt: skip
        super().__init__()
        inner, on = heads * dim_head, {"dtype": dtype, "device": device}
        self.heads, self.dim_head = heads, dim_head
        self.to_q = operations.Linear(query_dim, inner, bias=False, **on)
        self.to_k = operations.Linear(context_dim or query_dim, inner, bias=False, **on)
        self.to_v = operations.Linear(context_dim or query_dim, inner, bias=False, **on)
        self.to_out = nn.Sequential(operations.Linear(inner, query_dim, **on), nn.Dropout(dropout))

    def forward(
        self, x: Tensor, context: Tensor | None = None, value: Tensor | None = None, mask: Tensor | None = None,
        transformer_options: Any = None,
    ) -> Tensor:  # fmt: skip
        """x [B,T,query_dim]; `value`: what is taken, where it is not what is looked at."""
        context = x if context is None else context
        q, k, v = self.to_q(x), self.to_k(context), self.to_v(context if value is None else value)
        return self.to_out(attention_pytorch(q, k, v, self.heads, mask))  # type: ignore[no-any-return]


class BasicTransformerBlock(nn.Module, metaclass=ProvidedType):
    """Attention to itself, to the prompt, and a feed-forward, each after a norm and added."""

    def __init__(
        self, dim: int, n_heads: int, d_head: int, dropout: float = 0.0, context_dim: int | None = None,
        gated_ff: bool = True, checkpoint: bool = True, disable_self_attn: bool = False, dtype: Any = None,
        device: Any = None, operations: Any = nn, **_: Any,
    ):  # fmt: skip
        super().__init__()
        on: dict[str, Any] = {"dtype": dtype, "device": device, "operations": operations}
        self.n_heads, self.d_head, self.disable_self_attn = n_heads, d_head, disable_self_attn
        own = context_dim if disable_self_attn else None
        self.attn1 = CrossAttention(dim, own, n_heads, d_head, dropout, **on)
        self.attn2 = CrossAttention(dim, context_dim, n_heads, d_head, dropout, **on)
        self.ff = FeedForward(dim, dropout=dropout, glu=gated_ff, **on)
        self.norm1, self.norm2, self.norm3 = (operations.LayerNorm(dim, dtype=dtype, device=device) for _ in range(3))

    def forward(self, x: Tensor, context: Tensor | None = None, transformer_options: Any = None) -> Tensor:
        """x [B,T,dim], context [B,L,context_dim]."""
        x = x + self.attn1(self.norm1(x), context if self.disable_self_attn else None)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))  # type: ignore[no-any-return]


class SpatialTransformer(nn.Module, metaclass=ProvidedType):
    """Transformer blocks over the places of a picture."""

    def __init__(
        self, in_channels: int, n_heads: int, d_head: int, depth: int = 1, dropout: float = 0.0,
        context_dim: Any = None, disable_self_attn: bool = False, use_linear: bool = False, use_checkpoint: bool = True,
        dtype: Any = None, device: Any = None, operations: Any = nn, **_: Any,
    ):  # fmt: skip
        super().__init__()
        inner, on = n_heads * d_head, {"dtype": dtype, "device": device}
        contexts = context_dim if isinstance(context_dim, list) else [context_dim] * depth
        self.in_channels, self.use_linear = in_channels, use_linear
        self.norm = operations.GroupNorm(32, in_channels, eps=1e-6, **on)
        layer = operations.Linear if use_linear else operations.Conv2d
        size = () if use_linear else (1,)
        self.proj_in, self.proj_out = layer(in_channels, inner, *size, **on), layer(inner, in_channels, *size, **on)
        self.transformer_blocks = nn.ModuleList(
            BasicTransformerBlock(
                inner, n_heads, d_head, dropout, width, disable_self_attn=disable_self_attn, operations=operations, **on
            )
            for width in contexts
        )

    def forward(self, x: Tensor, context: Any = None, transformer_options: Any = None) -> Tensor:
        """x [B,C,H,W], context [B,L,D], or one for each block."""
        height, width = x.shape[-2:]
        contexts = context if isinstance(context, list) else [context] * len(self.transformer_blocks)
        h = self.norm(x)
        h = h if self.use_linear else self.proj_in(h)
        h = h.flatten(2).transpose(1, 2)
        h = self.proj_in(h) if self.use_linear else h
        for block, told in zip(self.transformer_blocks, contexts, strict=False):
            h = block(h, told, transformer_options)
        h = self.proj_out(h) if self.use_linear else h
        h = h.transpose(1, 2).unflatten(2, (height, width))
        return x + (h if self.use_linear else self.proj_out(h))  # type: ignore[no-any-return]
