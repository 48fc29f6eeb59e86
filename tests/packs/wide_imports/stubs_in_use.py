import torch
import comfy.ldm.flux.layers as L
from comfy.ldm.flux.layers import DoubleStreamBlock, SingleStreamBlock
from comfy.ldm.wan.model import WanModel, WanSelfAttention, sinusoidal_embedding_1d
from comfy.ldm.lightricks.model import LTXVModel, BasicTransformerBlock, apply_rotary_emb, LTXRopeType, LTXFrequenciesPrecision
def ltx(self, x, rope=LTXRopeType.INTERLEAVED, prec=LTXFrequenciesPrecision.FLOAT32): ...
TABLE = {LTXRopeType.INTERLEAVED: 1, LTXRopeType.SPLIT: 2}
class A(DoubleStreamBlock, torch.nn.Module):
    def __init__(self, original_block: DoubleStreamBlock, **kwargs):
        super().__init__(**kwargs)
    @classmethod
    def make(cls): return cls
class B(SingleStreamBlock):
    forward_orig = SingleStreamBlock.forward
    @staticmethod
    def s(): pass
    @property
    def p(self): return 1
class C(WanModel):
    _no_split = ["x"]
    def forward(self, *a, **k): return super().forward(*a, **k)
WanModel.forward = lambda s: 1
WanSelfAttention.__init__
WanSelfAttention.__call__
WanModel.__name__, WanModel.__module__, WanModel.__qualname__, WanModel.__doc__, WanModel.__mro__
issubclass(C, WanModel)
issubclass(WanModel, torch.nn.Module)
str(WanModel), repr(WanModel), f"{WanModel}", hash(WanModel)
WanModel == LTXVModel
WanModel is not None
if WanModel: pass
not WanModel
[WanModel, LTXVModel].index(WanModel)
sorted([WanModel.__name__, LTXVModel.__name__])
{WanModel}
dict.fromkeys([WanModel])
len(L.MLPEmbedder.__dict__)
L.some_constant + 1
1 + L.some_constant
L.some_constant * 2
L.some_constant[0]
L.some_list[1:3]
for x in L.some_list: pass
[y for y in L.some_list]
"x" in L.some_list
list(L.some_list) + ["a"]
["a"] + L.some_list
("a",) + L.some_list
L.some_list | {"a"}
{"a"} | L.some_set
L.some_dict.keys()
L.some_dict.items()
for k, v in L.some_dict.items(): pass
dict(L.some_dict)
{**L.some_dict}
[*L.some_list]
tuple(L.some_list)
a, *b = [1, *L.some_list]
L.some_num > 3, L.some_num <= 3, -L.some_num, abs(L.some_num), int(L.some_num), float(L.some_num), round(L.some_num), L.some_num % 2, L.some_num // 2, 2 ** L.some_num, L.some_num ** 2
len(L.some_list)
L.fn().attr.method(3)(4)
with L.ctx(): pass
with torch.no_grad(), L.ctx2() as q: pass
@L.decorator_with_args(1, name="x")
def deco(): return 5
assert deco() == 5 if callable(deco) else True
@L.class_decorator
class Z: pass
Z.__name__
@L.ns.deco
def deco2(): return 6
L.some_str.lower()
L.some_str.split(",")
"a" + L.some_str
f"{L.some_str}"
L.some_str % 3
import os
os.path.join("a", str(L.some_str))
isinstance(3, L.SomeType)
try: raise ValueError
except L.SomeError: pass
except ValueError: pass
class MyErr(L.SomeError): pass
class En(L.SomeEnum): A = 1
