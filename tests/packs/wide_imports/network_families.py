from comfy.ldm.modules.diffusionmodules.model import Encoder, Decoder, ResnetBlock, AttnBlock, nonlinearity, Normalize, vae_attention, slice_attention, normal_attention, xformers_attention, pytorch_attention
from comfy.ldm.models.autoencoder import AutoencoderKL, AutoencodingEngine
from comfy.ldm.modules.ema import LitEma
from comfy.ldm.modules.encoders.noise_aug_modules import CLIPEmbeddingNoiseAugmentation
from comfy.ldm.modules.diffusionmodules.upscaling import ImageConcatWithNoiseAugmentation
from comfy.ldm.util import instantiate_from_config, exists, default, log_txt_as_img, count_params
from comfy.ldm.cascade.stage_c import StageC
from comfy.ldm.cascade.common import LayerNorm2d_op
from comfy.ldm.pixart.blocks import t2i_modulate
from comfy.ldm.hunyuan_video.model import HunyuanVideo
from comfy.ldm.wan.vae import WanVAE
from comfy.ldm.wan.model import WanModel, WanSelfAttention, rope_apply, sinusoidal_embedding_1d, WanAttentionBlock, VaceWanModel, MLPProj, Head
from comfy.ldm.lightricks.model import LTXVModel, precompute_freqs_cis, apply_rotary_emb
from comfy.ldm.lightricks.vae.causal_video_autoencoder import VideoVAE, processor
from comfy.ldm.cosmos.model import GeneralDIT
from comfy.ldm.genmo.joint_model.asymm_models_joint import AsymmDiTJoint
from comfy.ldm.lumina.model import NextDiT, JointAttention
from comfy.ldm.omnigen.omnigen2 import OmniGen2Transformer2DModel
from comfy.ldm.qwen_image.model import QwenImageTransformer2DModel, QwenImageTransformerBlock
from comfy.ldm.qwen_image.controlnet import QwenImageControlNetModel
from comfy.ldm.audio.dit import AudioDiffusionTransformer
from comfy.ldm.ace.model import ACEStepTransformer2DModel
import torch
WanSelfAttention.forward
old = WanModel.forward_orig
class X(WanAttentionBlock):
    def __init__(self, *a, block_id=None, **k):
        super().__init__(*a, **k); self.block_id=block_id
    @torch.no_grad()
    def forward(self, x): return super().forward(x)
class Q(torch.nn.Module):
    def __init__(self): super().__init__(); self.b = WanAttentionBlock
@torch.compiler.disable()
def f(): pass
from typing import Optional, Union, List, Dict, TypedDict, NamedTuple, Callable
x: Optional[WanModel] = None
def g(a: Union[WanModel, LTXVModel], b: "List[WanModel]" = None, c: Optional[Callable[[WanModel], int]] = None) -> Dict[str, WanModel]: ...
class TD(TypedDict):
    m: WanModel
class NT(NamedTuple):
    m: WanModel
_T = {WanModel: 1, LTXVModel: 2}
(WanModel, LTXVModel)
isinstance(3, (WanModel, LTXVModel))
