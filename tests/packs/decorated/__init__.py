"""Decorators, constants and defaults of the reference that are used while the pack is imported."""
import comfy
import comfy.ldm.modules.attention
import comfy.ldm.flux.layers
import comfy.ops
import torch
from comfy.ldm.modules.attention import CrossAttention, default, wrap_attn
from comfy.ldm.a_family_of_the_future.model import Block, register
from comfy.ldm.util import exists

TABLE = comfy.ldm.a_family_of_the_future.make_table(3)
ops = comfy.ops.disable_weight_init


@wrap_attn
def my_attention(q, k, v, heads, mask=None, **kwargs):
    return comfy.ldm.modules.attention.attention_pytorch(q, k, v, heads, mask=mask)


@register
def registered(x):
    return x + 1


class MyBlock(Block, torch.nn.Module):
    kind = Block.KINDS


class Net(torch.nn.Module):
    def __init__(self, operations=ops):
        super().__init__()
        self.layer = operations.Linear(2, 2, bias=False, dtype=torch.float32)


class DecoRun:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 1})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    def go(self, value):
        q = torch.ones(1, 2, 4)
        assert my_attention(q, q, q, 2).shape == q.shape
        assert exists(value) and default(None, 2) == 2 and default(None, lambda: 3) == 3
        assert isinstance(Net().layer, torch.nn.Linear)
        assert not isinstance(value, CrossAttention)
        return (registered(value),)


NODE_CLASS_MAPPINGS = {"DecoRun": DecoRun}
