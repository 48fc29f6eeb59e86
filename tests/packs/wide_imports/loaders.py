import comfy.sd
from comfy.sd import VAE, CLIP, load_checkpoint_guess_config, load_clip, CLIPType, load_diffusion_model, load_lora_for_models, load_style_model, StyleModel, TEModel, detect_te_model, t5xxl_detect, load_state_dict_guess_config, load_text_encoder_state_dicts, save_checkpoint, load_bypass_lora_for_models, load_gligen, sdxl_clip, model_detection
class MyVAE(VAE):
    def __init__(self, *a, **k): super().__init__(*a, **k)
class MyCLIP(CLIP):
    def __init__(self, no_init=False): pass
orig = comfy.sd.CLIP.tokenize
comfy.sd.CLIP.encode_from_tokens
comfy.sd.CLIP.load_model
comfy.sd.CLIP.load_sd
comfy.sd.CLIP.clone
comfy.sd.CLIP.add_hooks_to_dict
comfy.sd.VAE.decode_tiled_, comfy.sd.VAE.decode_tiled_3d, comfy.sd.VAE.decode_tiled_1d, comfy.sd.VAE.encode_tiled_3d, comfy.sd.VAE.get_sd, comfy.sd.VAE.is_dynamic
for t in ("STABLE_DIFFUSION","STABLE_CASCADE","SD3","STABLE_AUDIO","HUNYUAN_DIT","FLUX","MOCHI","LTXV","HUNYUAN_VIDEO","PIXART","COSMOS","LUMINA2","WAN","HIDREAM","CHROMA","ACE","OMNIGEN2","QWEN_IMAGE","HUNYUAN_IMAGE","FLUX2","OVIS"): getattr(CLIPType, t)
CLIPType["FLUX"]
comfy.sd.load_checkpoint_guess_config = comfy.sd.load_checkpoint_guess_config
comfy.sd.TEModel.CLIP_L
comfy.sd.load_clip = comfy.sd.load_clip
import comfy.model_detection
comfy.model_detection.detect_unet_config, comfy.model_detection.model_config_from_unet_config, comfy.model_detection.unet_config_from_diffusers_unet, comfy.model_detection.convert_diffusers_mmdit, comfy.model_detection.state_dict_key_replace if 0 else 0
_d = comfy.model_detection.detect_unet_config
def d(*a, **k): return _d(*a, **k)
comfy.model_detection.detect_unet_config = d
import comfy.clip_model, comfy.clip_vision, comfy.diffusers_load, comfy.checkpoint_pickle, comfy.t2i_adapter, comfy.image_encoders.dino2, comfy.audio_encoders.audio_encoders, comfy.extra_samplers.uni_pc, comfy.rmsnorm, comfy.quant_ops, comfy.nested_tensor, comfy.context_windows, comfy.multigpu, comfy.memory_management, comfy.model_downloader, comfy.cmd, comfy.pinned_memory
from comfy.clip_vision import clip_preprocess, Output, ClipVisionModel, load, load_clipvision_from_sd, convert_to_transformers

from comfy.clip_model import CLIPVision, CLIPVisionModelProjection, CLIPTextModel, CLIPLayer, CLIPEncoder, CLIPAttention, CLIPEmbeddings
import comfy.extra_samplers.uni_pc as uni_pc
from comfy.extra_samplers import uni_pc
uni_pc.sample_unipc, uni_pc.SigmaConvert
from comfy.nested_tensor import NestedTensor
from comfy.context_windows import IndexListContextHandler, ContextSchedules
from comfy.quant_ops import QuantizedTensor, QuantizedLayout, TensorCoreFP8Layout
from comfy.rmsnorm import rms_norm
from comfy.ldm.modules.sub_quadratic_attention import efficient_dot_product_attention
from comfy.patcher_extension import WrappersMP, CallbacksMP, PatcherInjection, WrapperExecutor, add_wrapper, get_all_wrappers, get_wrappers_with_key, merge_nested_dicts, copy_nested_dicts, add_callback, get_all_callbacks, add_callback_with_key, add_wrapper_with_key
for n in ("OUTER_SAMPLE","PREPARE_SAMPLING","SAMPLER_SAMPLE","PREDICT_NOISE","CALC_COND_BATCH","APPLY_MODEL","DIFFUSION_MODEL"): getattr(WrappersMP, n)
for n in ("ON_CLONE","ON_LOAD","ON_DETACH","ON_CLEANUP","ON_PRE_RUN","ON_PREPARE_STATE","ON_APPLY_HOOKS","ON_REGISTER_ALL_HOOK_PATCHES","ON_INJECT_MODEL","ON_EJECT_MODEL"): getattr(CallbacksMP, n)
WrappersMP.init_wrappers()
import comfy.sampler_helpers
from comfy.sampler_helpers import prepare_sampling, convert_cond, get_models_from_cond, get_additional_models, cleanup_additional_models, cleanup_models, prepare_mask, get_hooks_from_cond, filter_registered_hooks_on_conds, estimate_memory, prepare_model_patcher
_p = comfy.sampler_helpers.prepare_sampling
comfy.sampler_helpers.prepare_sampling = _p
import comfy.sample
_s = comfy.sample.sample
def ss(*a, **k): return _s(*a, **k)
comfy.sample.sample = ss
comfy.sample.sample = _s
comfy.sample.prepare_sampling, comfy.sample.cleanup_additional_models, comfy.sample.sample_custom
import torch
from comfy.comfy_types import IO, ComfyNodeABC, InputTypeDict, FileLocator, CheckLazyMixin, UnetWrapperFunction
from comfy.comfy_types.node_typing import IO, ComfyNodeABC
class N(ComfyNodeABC):
    @classmethod
    def INPUT_TYPES(s) -> InputTypeDict: return {"required":{"a":(IO.INT, {"default":1})}}
    RETURN_TYPES=(IO.IMAGE, IO.ANY, IO.NUMBER, IO.PRIMITIVE, IO.BOUNDING_BOX if hasattr(IO,'BOUNDING_BOX') else IO.STRING, IO.COMBO)
from comfy_execution.graph_utils import GraphBuilder, is_link
from comfy_execution.graph import ExecutionBlocker, DynamicPrompt
from comfy_execution.utils import get_executing_context
from comfy_execution.progress import get_progress_state, WebUIProgressHandler, reset_progress_state
from comfy_execution.caching import LRUCache, RAMPressureCache, NullCache
from comfy_execution.jobs import JobStatus
import comfy_config.config_parser
from app.assets import x
import torch.nn.functional as F
