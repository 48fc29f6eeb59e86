from comfy_extras.nodes_mask import *
from comfy_extras.nodes_mask import LatentCompositeMasked, MaskToImage, ImageToMask, InvertMask, CropMask, SolidMask, ThresholdMask, ImageCompositeMasked, composite, MaskComposite, GrowMask, FeatherMask, ImageColorToMask
from comfy_extras.nodes_custom_sampler import Noise_RandomNoise, Noise_EmptyNoise, DisableNoise, RandomNoise, BasicGuider, CFGGuider, DualCFGGuider, Guider_Basic, Guider_DualCFG, KSamplerSelect, BasicScheduler, KarrasScheduler, SamplerCustomAdvanced, SamplerCustom, SplitSigmas, FlipSigmas, SamplerDPMPP_SDE, SDTurboScheduler, VPScheduler, SamplerEulerAncestral, AddNoise, SamplerLCMUpscale, ExtendIntermediateSigmas
from comfy_extras.nodes_upscale_model import ImageUpscaleWithModel, UpscaleModelLoader
from comfy_extras.nodes_model_advanced import ModelSamplingDiscrete, ModelSamplingSD3, ModelSamplingFlux, RescaleCFG, ModelSamplingContinuousEDM, LCM, X0, ModelSamplingDiscreteDistilled, ModelSamplingAuraFlow, ModelComputeDtype
from comfy_extras.nodes_post_processing import Blend, Blur, Quantize, Sharpen, gaussian_kernel, ImageScaleToTotalPixels

from comfy_extras.nodes_align_your_steps import AlignYourStepsScheduler, NOISE_LEVELS, loglinear_interp
from comfy_extras.nodes_gits import GITSScheduler, NOISE_LEVELS as GN
from comfy_extras.nodes_differential_diffusion import DifferentialDiffusion
from comfy_extras.nodes_freelunch import FreeU, FreeU_V2, Fourier_filter
from comfy_extras.nodes_sag import SelfAttentionGuidance, create_blur_map, gaussian_blur_2d, attention_basic_with_sim
from comfy_extras.nodes_hypernetwork import load_hypernetwork_patch, HypernetworkLoader
from comfy_extras.nodes_images import ImageCrop, SaveAnimatedWEBP, RepeatImageBatch
from comfy_extras.nodes_latent import LatentAdd, LatentBatch, reshape_latent_to
from comfy_extras.nodes_compositing import JoinImageWithAlpha, SplitImageWithAlpha, PorterDuffImageComposite, porter_duff_composite, PorterDuffMode, resize_mask
from comfy_extras.nodes_canny import Canny
from comfy_extras.nodes_audio import SaveAudio, LoadAudio, VAEEncodeAudio
from comfy_extras.nodes_video import SaveWEBM
from comfy_extras.nodes_video_model import ImageOnlyCheckpointLoader, SVD_img2vid_Conditioning
from comfy_extras.nodes_flux import FluxGuidance, CLIPTextEncodeFlux
from comfy_extras.nodes_sd3 import EmptySD3LatentImage, TripleCLIPLoader
from comfy_extras.nodes_model_merging import ModelMergeSimple, save_checkpoint, ModelMergeBlocks
from comfy_extras.nodes_perpneg import Guider_PerpNeg, perp_neg
from comfy_extras.nodes_rebatch import LatentRebatch, ImageRebatch
from comfy_extras.nodes_tomesd import TomePatchModel, bipartite_soft_matching_random2d, compute_merge
from comfy_extras.nodes_controlnet import SetUnionControlNetType, ControlNetInpaintingAliMamaApply
from comfy_extras.nodes_clip_sdxl import CLIPTextEncodeSDXL, CLIPTextEncodeSDXLRefiner
from comfy_extras.nodes_ip2p import InstructPixToPixConditioning
from comfy_extras.nodes_stable_cascade import StableCascade_EmptyLatentImage
from comfy_extras.nodes_pag import PerturbedAttentionGuidance
from comfy_extras.nodes_morphology import Morphology
from comfy_extras.nodes_photomaker import PhotoMakerEncode
from comfy_extras.nodes_hunyuan import EmptyHunyuanLatentVideo
from comfy_extras.nodes_lt import LTXVConditioning, EmptyLTXVLatentVideo, LTXVScheduler, ModelSamplingLTXV, LTXVAddGuide, preprocess, conditioning_get_any_value, LTXVImgToVideo, get_keyframe_idxs
from comfy_extras.nodes_wan import WanImageToVideo
from comfy_extras.nodes_slg import SkipLayerGuidanceDiT
from comfy_extras.nodes_cfg import CFGZeroStar, optimized_scale
from comfy_extras.nodes_optimalsteps import OptimalStepsScheduler
from comfy_extras.nodes_torch_compile import TorchCompileModel
from comfy_extras.nodes_qwen import TextEncodeQwenImageEdit
from comfy_extras.chainner_models import model_loading
import comfy_extras.nodes_mask as masks
class G(GrowMask): 
    CATEGORY="x"
class SA(SaveAudio): pass
class M(LTXVAddGuide):
    @classmethod
    def INPUT_TYPES(s): return {"required": {}}
RescaleCFG().patch
MaskComposite.combine
GrowMask().expand_mask
x = GrowMask
