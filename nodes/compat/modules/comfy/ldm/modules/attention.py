"""`comfy.ldm.modules.attention`: attention as a function, which packs compute their own networks with."""

from __future__ import annotations

import functools
from typing import Any

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from nodes.compat.modules.comfy.ldm.util import default, exists


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


def wrap_attn(func: Any) -> Any:
    """A function that computes attention, with `transformer_options["optimized_attention_override"]` in its place."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        override = (kwargs.get("transformer_options") or {}).get("optimized_attention_override")
        return func(*args, **kwargs) if override is None else override(func, *args, **kwargs)

    return wrapper
