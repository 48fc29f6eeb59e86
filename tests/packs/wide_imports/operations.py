import comfy.ops
from comfy.ops import manual_cast, disable_weight_init, cast_bias_weight, CastWeightBiasOp, fp8_linear, scaled_fp8_ops, cast_to, fp8_ops
class GGMLOps(comfy.ops.manual_cast):
    class Linear(comfy.ops.manual_cast.Linear):
        def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
            super().__init__(in_features, out_features, bias, device, dtype)
    class Conv2d(comfy.ops.manual_cast.Conv2d): pass
    class Embedding(comfy.ops.manual_cast.Embedding): pass
    class LayerNorm(comfy.ops.manual_cast.LayerNorm): pass
    class GroupNorm(comfy.ops.manual_cast.GroupNorm): pass
    class ConvTranspose1d(comfy.ops.manual_cast.ConvTranspose1d): pass
    class ConvTranspose2d(comfy.ops.manual_cast.ConvTranspose2d): pass
    class RMSNorm(comfy.ops.manual_cast.RMSNorm): pass
comfy.ops.disable_weight_init.Linear.forward_comfy_cast_weights
comfy.ops.manual_cast.Linear.reset_parameters
class O(comfy.ops.disable_weight_init):
    class L(comfy.ops.disable_weight_init.Linear):
        def forward_comfy_cast_weights(self, input): return super().forward_comfy_cast_weights(input)
orig = comfy.ops.cast_bias_weight
comfy.ops.cast_bias_weight = orig
