import comfy
import comfy.sd, comfy.utils
import comfy.ldm.modules.diffusionmodules.openaimodel as om
import comfy.model_management as model_management
import comfy.model_patcher as model_patcher
from comfy import model_management as mm
from comfy.ldm.modules.attention import BasicTransformerBlock, SpatialTransformer
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel, timestep_embedding, forward_timestep_embed, TimestepEmbedSequential
orig = om.forward_timestep_embed
def n(*a, **k): return orig(*a, **k)
om.forward_timestep_embed = n
om.UNetModel.forward
om.UNetModel._forward
class X(BasicTransformerBlock):
    def forward(self, x, context=None, transformer_options={}): return super().forward(x, context, transformer_options)
