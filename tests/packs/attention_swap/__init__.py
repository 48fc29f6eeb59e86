"""Imitates packs that put another attention, or a cache of blocks' outputs, into a model."""

import comfy.ldm.modules.attention as comfy_attention
import comfy.model_management
import comfy.patcher_extension
import torch
from comfy.ldm.modules.attention import attention_pytorch, optimized_attention, wrap_attn

CALLS = []
original_optimized_attention = comfy_attention.optimized_attention


@wrap_attn
def attention_swap(q, k, v, heads, mask=None, attn_precision=None, skip_reshape=False, skip_output_reshape=False, **kwargs):
    CALLS.append(q.shape)
    return attention_pytorch(q, k, v, heads, mask=mask, skip_reshape=skip_reshape, skip_output_reshape=skip_output_reshape, **kwargs)


class SwapAttention:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"model": ("MODEL",), "scale": ("FLOAT", {"default": 1.0})}}

    RETURN_TYPES = ("MODEL",)
    FUNCTION = "patch"

    def patch(self, model, scale):
        model_clone = model.clone()

        def attention_override(func, *args, **kwargs):
            CALLS.append("override")
            return attention_swap.__wrapped__(*args, **kwargs) * scale

        model_clone.model_options["transformer_options"]["optimized_attention_override"] = attention_override
        return (model_clone,)


class SkipBlocks:
    """Calls the network on every second step only."""

    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"model": ("MODEL",)}}

    RETURN_TYPES = ("MODEL",)
    FUNCTION = "patch"

    def patch(self, model):
        m, state = model.clone(), {}

        def wrapper(executor, *args, **kwargs):
            sigma = float(args[-1]["sigmas"][0]) if isinstance(args[-1], dict) and "sigmas" in args[-1] else None
            number = state.setdefault("number", 0)
            state["number"] += 1
            if number % 2 and state["out"].shape == args[0].shape:
                return state["out"]
            state["out"] = executor(*args, **kwargs)
            state["sigma"] = sigma
            return state["out"]

        m.add_wrapper_with_key(comfy.patcher_extension.WrappersMP.DIFFUSION_MODEL, "skip", wrapper)
        m.add_callback_with_key(comfy.patcher_extension.CallbacksMP.ON_CLEANUP, "skip", lambda patcher: state.clear())
        return (m,)


class CountCalls:
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"latent": ("LATENT",)}}

    @classmethod
    def IS_CHANGED(s, **kwargs):
        return float("nan")

    RETURN_TYPES = ("INT", "LATENT")
    FUNCTION = "count"

    def count(self, latent):
        found = len(CALLS)
        CALLS.clear()
        return (found, latent)


NODE_CLASS_MAPPINGS = {"SwapAttention": SwapAttention, "SkipBlocks": SkipBlocks, "CountCalls": CountCalls}
