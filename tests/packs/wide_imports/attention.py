import comfy.gligen
from comfy.gligen import Gligen, PositionNet, GatedSelfAttentionDense
orig = comfy.gligen.Gligen._set_position
def sp(self, boxes, masks, pe): return orig(self, boxes, masks, pe)
comfy.gligen.Gligen._set_position = sp
import comfy.ldm.modules.attention as a
from comfy.ldm.modules.attention import CrossAttention, optimized_attention_for_device, attention_xformers, attention_sage, FeedForward, GEGLU, Normalize, default, exists, max_neg_value, REGISTERED_ATTENTION_FUNCTIONS, register_attention_function, get_attention_function, attention_flash
a.optimized_attention = a.optimized_attention
a._ATTN_PRECISION
a.model_management, a.ops, a.rearrange, a.nn, a.torch, a.math
from comfy.ldm.modules.attention import SpatialVideoTransformer, BasicTransformerBlock as B
class SVT(SpatialVideoTransformer):
    def __init__(self,*a,**k): super().__init__(*a,**k)
from comfy.ldm.modules.diffusionmodules.util import make_beta_schedule, extract_into_tensor, AlphaBlender, make_ddim_timesteps, noise_like
