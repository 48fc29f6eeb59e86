import comfy.samplers as samplers
import comfy.sample as sample
import comfy.sampler_helpers as helpers
from comfy.samplers import SAMPLER_NAMES, SCHEDULER_NAMES, KSampler, sampler_object, ksampler, CFGGuider, sampling_function, KSamplerX0Inpaint, cast_to_load_options, preprocess_conds_hooks
from comfy.samplers import resolve_areas_and_cond_masks_multidim, calculate_start_end_timesteps, encode_model_conds, apply_empty_x_to_equal_area, filter_registered_hooks_on_conds, get_total_hook_groups_in_conds, get_mask_aabb, resolve_areas_and_cond_masks, create_cond_with_same_area_if_none
