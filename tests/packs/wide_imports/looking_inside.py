import inspect, functools
import comfy.samplers
src = None
try: src = inspect.getsource(comfy.samplers.sampling_function)
except OSError: pass
inspect.signature(comfy.samplers.calc_cond_batch)
inspect.signature(comfy.samplers.KSampler.sample).parameters
comfy.samplers.KSampler.sample.__code__.co_varnames
comfy.samplers.KSampler.sample.__wrapped__ if hasattr(comfy.samplers.KSampler.sample, "__wrapped__") else None
_orig = comfy.samplers.KSAMPLER.sample
@functools.wraps(_orig)
def w(*a, **k): return _orig(*a, **k)
comfy.samplers.KSAMPLER.sample = w
comfy.samplers.KSAMPLER.sample = _orig
comfy.samplers.CFGGuider.inner_sample
comfy.samplers.CFGGuider.outer_sample
comfy.samplers.CFGGuider.predict_noise
comfy.samplers.CFGGuider.sample
comfy.samplers.CFGGuider.set_cfg
comfy.samplers.CFGGuider.prepare_model_patcher if hasattr(comfy.samplers.CFGGuider,'x') else 0
comfy.samplers.KSampler.DISCARD_PENULTIMATE_SIGMA_SAMPLERS
comfy.samplers.KSampler.SCHEDULERS + ["AYS"]
comfy.samplers.KSampler.SAMPLERS[:]
comfy.samplers.SAMPLER_NAMES.insert(0,"zz_i9")
comfy.samplers.SAMPLER_NAMES.remove("zz_i9")
comfy.samplers.KSampler.SCHEDULERS.append("zz_sched")
comfy.samplers.SCHEDULER_NAMES.remove("zz_sched")
comfy.samplers.SCHEDULER_HANDLERS.update({"zz2": comfy.samplers.SchedulerHandler(handler=lambda ms, steps: None, use_ms=True)})
assert "zz2" in comfy.samplers.SCHEDULER_NAMES
comfy.samplers.SCHEDULER_HANDLERS.setdefault("zz3", comfy.samplers.SchedulerHandler(lambda ms, steps: None))
assert "zz3" in comfy.samplers.SCHEDULER_NAMES
comfy.samplers.SCHEDULER_NAMES = list(comfy.samplers.SCHEDULER_HANDLERS)
comfy.samplers.KSampler.SCHEDULERS = comfy.samplers.SCHEDULER_NAMES
setattr(comfy.k_diffusion.sampling, "sample_zz4", lambda *a: None)
comfy.samplers.KSAMPLER_NAMES.extend(["zz4"])
comfy.samplers.SAMPLERS if hasattr(comfy.samplers,'SAMPLERS') else 0
comfy.samplers.calc_cond_uncond_batch, comfy.samplers.sampling_function, comfy.samplers.cfg_function, comfy.samplers._calc_cond_batch, comfy.samplers.cond_cat, comfy.samplers.normal_scheduler, comfy.samplers.ddim_scheduler, comfy.samplers.simple_scheduler, comfy.samplers.beta_scheduler, comfy.samplers.linear_quadratic_schedule, comfy.samplers.kl_optimal_scheduler, comfy.samplers.np, comfy.samplers.torch, comfy.samplers.model_management, comfy.samplers.math, comfy.samplers.k_diffusion_sampling, comfy.samplers.uni_pc, comfy.samplers.collections, comfy.samplers.partial, comfy.samplers.scipy
comfy.samplers.calculate_sigmas_scheduler if hasattr(comfy.samplers,"x") else 0
comfy.model_management.logging, comfy.model_management.torch, comfy.model_management.psutil, comfy.model_management.args, comfy.utils.torch, comfy.utils.np, comfy.utils.Image, comfy.utils.math, comfy.utils.os, comfy.sample.torch, comfy.sample.comfy, comfy.sd.torch, comfy.sd.utils, comfy.sd.model_management, comfy.ldm.modules.attention.torch, comfy.model_patcher.comfy
import comfy.model_management
comfy.model_management.get_torch_device().type
from comfy.model_management import (get_torch_device, soft_empty_cache, load_models_gpu, InterruptProcessingException, OOM_EXCEPTION, LoadedModel, unload_model_clones, xformers_enabled, get_supported_float8_types, FLOAT8_TYPES, supports_dtype, supports_cast, pick_weight_dtype, maximum_vram_for_weights, unet_inital_load_device, lora_compute_dtype, total_vram, total_ram, VAE_DTYPES, directml_enabled, xpu_available, EXTRA_RESERVED_VRAM, get_offload_stream, sync_stream, NUM_STREAMS, is_oom, discard_cuda_async_error, reset_cast_buffers)
old = comfy.model_management.get_torch_device
comfy.model_management.get_torch_device = lambda: old()
comfy.model_management.get_torch_device = old
comfy.model_management.vram_state = comfy.model_management.VRAMState.LOW_VRAM
comfy.model_management.vram_state = comfy.model_management.VRAMState.NORMAL_VRAM
comfy.model_management.total_vram
if comfy.model_management.total_vram > 3: pass
if comfy.model_management.EXTRA_RESERVED_VRAM: pass
for t in comfy.model_management.VAE_DTYPES: pass
import node_helpers
node_helpers.conditioning_set_values, node_helpers.pillow, node_helpers.hasher, node_helpers.string_to_torch_dtype, node_helpers.image_alpha_fix
node_helpers.hasher()(b"x").hexdigest()
from node_helpers import conditioning_set_values_with_timestep_range
import comfy.conds
class C(comfy.conds.CONDRegular):
    def process_cond(self, batch_size, **kw): return super().process_cond(batch_size, **kw)
comfy.conds.CONDCrossAttn, comfy.conds.CONDConstant, comfy.conds.CONDList
import comfy.utils
comfy.utils.ProgressBar.update_absolute
_o = comfy.utils.ProgressBar.__init__
comfy.utils.PROGRESS_BAR_HOOK
def hook(value, total, preview_image, node_id=None): pass
old_hook = comfy.utils.PROGRESS_BAR_HOOK
comfy.utils.set_progress_bar_global_hook(hook)
comfy.utils.set_progress_bar_global_hook(old_hook)
from comfy.utils import load_torch_file, ProgressBar, common_upscale, copy_to_param, set_attr, tiled_scale, get_tiled_scale_steps, weight_dtype, state_dict_prefix_replace, lanczos, bislerp, repeat_to_batch_size, safetensors_header, model_trange, unet_to_diffusers, transformers_convert, clip_text_transformers_convert, convert_sd_to, flux_to_diffusers, mmdit_to_diffusers, pixart_to_diffusers, swap_scale_shift
