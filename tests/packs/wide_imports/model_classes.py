import comfy.model_base
from comfy.model_base import BaseModel, ModelType, SDXL, Flux, sdxl_pooled, model_sampling, SD3, SDXL_instructpix2pix, IP2P, SVD_img2vid, StableCascade_C, convert_tensor, utils
class MyModel(comfy.model_base.BaseModel):
    def __init__(self, model_config, model_type=ModelType.EPS, device=None): super().__init__(model_config, model_type, device)
    def extra_conds(self, **kw): return super().extra_conds(**kw)
class F(comfy.model_base.Flux):
    def extra_conds(self, **kw): return super().extra_conds(**kw)
orig = comfy.model_base.BaseModel.apply_model
comfy.model_base.BaseModel.apply_model = orig
comfy.model_base.BaseModel._apply_model
comfy.model_base.SDXL.encode_adm
comfy.model_base.BaseModel.extra_conds
comfy.model_base.BaseModel.concat_cond
comfy.model_base.BaseModel.process_latent_in
comfy.model_base.BaseModel.scale_latent_inpaint
comfy.model_base.BaseModel.memory_required
comfy.model_base.BaseModel.__init__
comfy.model_base.ModelType.FLOW, comfy.model_base.ModelType.V_PREDICTION_EDM, comfy.model_base.ModelType.STABLE_CASCADE, comfy.model_base.ModelType.EDM, comfy.model_base.ModelType.IMG_TO_IMG
import comfy.supported_models, comfy.supported_models_base, comfy.latent_formats
class MyCfg(comfy.supported_models_base.BASE):
    unet_config = {}
    unet_extra_config = {}
    latent_format = comfy.latent_formats.SDXL
    def get_model(self, state_dict, prefix="", device=None): return comfy.model_base.BaseModel(self, device=device)
    def clip_target(self, state_dict={}): return comfy.supported_models_base.ClipTarget(comfy.sd1_clip.SD1Tokenizer, comfy.sd1_clip.SD1ClipModel)
class MyCfg2(comfy.supported_models.SDXL): pass
class MyCfg3(comfy.supported_models.Flux): 
    unet_config = {"image_model":"flux"}
comfy.supported_models.models.append(MyCfg)
comfy.supported_models.models += [MyCfg]
comfy.supported_models.models[0]
import comfy.sd1_clip
class LF(comfy.latent_formats.LatentFormat):
    scale_factor = 1.0
    latent_channels = 16
    def __init__(self): self.latent_rgb_factors=[]
class LF2(comfy.latent_formats.SDXL_Playground_2_5): pass
comfy.latent_formats.SD3().process_in
import comfy.model_sampling
class MS(comfy.model_sampling.ModelSamplingDiscrete, comfy.model_sampling.V_PREDICTION): pass
class MS2(comfy.model_sampling.ModelSamplingContinuousEDM, comfy.model_sampling.EDM): pass
class MS3(comfy.model_sampling.ModelSamplingDiscreteFlow, comfy.model_sampling.CONST): pass
class MS4(comfy.model_sampling.ModelSamplingFlux, comfy.model_sampling.CONST): pass
class MS5(comfy.model_sampling.ModelSamplingContinuousV, comfy.model_sampling.X0): pass
comfy.model_sampling.rescale_zero_terminal_snr_sigmas, comfy.model_sampling.StableCascadeSampling, comfy.model_sampling.flux_time_shift
