"""Attention inside a UNet, with the points where patches may look in or take over.

Sequences are [B, T, C]. A patch is a function that a node put into `transformer_options`; see `Hooks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import RunError

_HALF = (torch.float16, torch.bfloat16)


class Hooks:
    """The patches of one forward pass and what they are told: `options` holds the block that is running.

    `patches` is a map of lists: attn1_patch, attn2_patch (n, context, value, extra) -> the three; attn1_output_patch,
    attn2_output_patch (n, extra) -> n; middle_patch (x, extra) -> x; input_block_patch, input_block_patch_after_skip
    (h, options) -> h; output_block_patch (h, skip, options) -> the two; emb_patch (emb, channels, options) -> emb.
    `patches_replace` maps "attn1" and "attn2" to {(block, number[, index]): function (q, k, v, extra) -> n}.
    `optimized_attention_override` (function, q, k, v, heads, ...) -> n computes attention wherever nothing replaces it.
    """

    def __init__(self, transformer_options: Mapping[str, Any], x: Tensor):
        self.options: dict[str, Any] = {**transformer_options, "original_shape": list(x.shape)}
        self.patches: Mapping[str, Any] = transformer_options.get("patches") or {}
        self.replace: Mapping[str, Any] = transformer_options.get("patches_replace") or {}
        self.override: Any = transformer_options.get("optimized_attention_override")
        self.active = bool(self.patches or self.replace or self.override)

    def enter(self, block: str, number: int) -> None:
        """Say which block runs next: ("input", n), ("middle", 0) or ("output", n)."""
        self.options["block"] = (block, number)

    def block_patch(self, name: str, h: Tensor) -> Tensor:
        for patch in self.patches.get(name, ()):
            h = patch(h, self.options)
        return h

    def extra(self, attention: Any, index: int) -> dict[str, Any]:
        """What a patch inside transformer block `index` is told."""
        told = {name: value for name, value in self.options.items() if name not in ("patches", "patches_replace")}
        head = attention.to_q.out_features // attention.heads
        return {**told, "n_heads": attention.heads, "dim_head": head, "attn_precision": None, "block_index": index}

    def replacement(self, name: str, index: int) -> Any:
        """The function that stands in for attention `name`: one for this transformer block, else for all of them."""
        functions = self.replace.get(name)
        if not functions:
            return None
        block = self.options["block"]
        return functions.get((*block, index)) or functions.get(block)


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, upcast: bool = False) -> Tensor:
    """Scaled dot-product attention: q [B,T,C], k and v [B,S,C] -> [B,T,C]. `upcast` computes halves in float32."""
    batch, _, channels = q.shape
    dtype = q.dtype
    if upcast and dtype in _HALF:
        q, k, v = q.float(), k.float(), v.float()
    q, k, v = (t.reshape(batch, -1, heads, channels // heads).transpose(1, 2) for t in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v)
    return out.transpose(1, 2).reshape(batch, -1, channels).to(dtype)


def _plainly(
    q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor | None = None, *_: Any, upcast: bool, **__: Any
) -> Tensor:
    """What an override may call to have attention computed as ever."""
    if mask is not None:
        raise RunError(
            "A node that overrides attention passes a mask on to the model's own attention, which takes none: remove "
            "the node, or set it up to use no mask."
        )
    return attention(q, k, v, heads, upcast)


def spatial_transformer(module: Any, h: Tensor, context: Tensor | None, hooks: Hooks) -> Tensor:
    """diffusers' Transformer2DModel `module` over h [B,C,H,W]."""
    batch, _, height, width = h.shape
    hooks.options["activations_shape"] = list(h.shape)
    x: Tensor = module.norm(h)
    if not module.use_linear_projection:
        x = module.proj_in(x)
    x = x.permute(0, 2, 3, 1).reshape(batch, height * width, -1)
    if module.use_linear_projection:
        x = module.proj_in(x)
    for index, block in enumerate(module.transformer_blocks):
        x = _transformer_block(block, x, context, hooks, index)
    if module.use_linear_projection:
        x = module.proj_out(x)
    x = x.reshape(batch, height, width, -1).permute(0, 3, 1, 2).contiguous()
    if not module.use_linear_projection:
        x = module.proj_out(x)
    return x + h


def _transformer_block(block: Any, x: Tensor, context: Tensor | None, hooks: Hooks, index: int) -> Tensor:
    if not hooks.active:
        x = x + _attend(block.attn1, block.norm1(x), None)
        x = x + _attend(block.attn2, block.norm2(x), context)
    else:
        x = x + _patched_attend("attn1", block.attn1, block.norm1(x), None, hooks, index)
        for patch in hooks.patches.get("middle_patch", ()):
            x = patch(x, hooks.extra(block.attn1, index))
        x = x + _patched_attend("attn2", block.attn2, block.norm2(x), context, hooks, index)
    out: Tensor = x + block.ff(block.norm3(x))
    return out


def _attend(module: Any, n: Tensor, context: Tensor | None) -> Tensor:
    context = n if context is None else context
    q, k, v = module.to_q(n), module.to_k(context), module.to_v(context)
    out: Tensor = module.to_out[0](attention(q, k, v, module.heads, module.upcast_attention))
    return out


def _patched_attend(name: str, module: Any, n: Tensor, context: Tensor | None, hooks: Hooks, index: int) -> Tensor:
    extra = hooks.extra(module, index)
    context = n if context is None else context
    value = context
    for patch in hooks.patches.get(f"{name}_patch", ()):
        n, context, value = patch(n, context, value, extra)
    q, k, v = module.to_q(n), module.to_k(context), module.to_v(context if value is None else value)
    if (function := hooks.replacement(name, index)) is not None:
        heads = function(q, k, v, extra)
    elif hooks.override is not None:
        plainly = partial(_plainly, upcast=module.upcast_attention)
        heads = hooks.override(plainly, q, k, v, module.heads, attn_precision=None, transformer_options=extra)
    else:
        heads = attention(q, k, v, module.heads, module.upcast_attention)
    out: Tensor = module.to_out[0](heads)
    for patch in hooks.patches.get(f"{name}_output_patch", ()):
        out = patch(out, extra)
    return out
