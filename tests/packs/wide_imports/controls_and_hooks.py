import comfy.controlnet
from comfy.controlnet import ControlBase, ControlNet, ControlLora, T2IAdapter, StrengthType, broadcast_image_to, load_controlnet, ControlNetSD35, QwenFunControlNet, ControlNetWarnings, controlnet_config, load_controlnet_flux_xlabs_mistoline
from comfy.cldm.cldm import ControlNet as CN
import comfy.cldm.mmdit, comfy.cldm.cldm
class Adv(ControlNet):
    def __init__(self, *a, **k): super().__init__(*a, **k)
    def get_control(self, x_noisy, t, cond, batched_number, transformer_options): return super().get_control(x_noisy,t,cond,batched_number,transformer_options)
class AdvBase(ControlBase):
    def __init__(self): super().__init__()
class AdvT2I(T2IAdapter):
    def __init__(self, t2i_model, channels_in, compression_ratio=8, device=None): super().__init__(t2i_model=t2i_model, channels_in=channels_in, compression_ratio=compression_ratio, upscale_algorithm="nearest-exact", device=device)
class AdvLora(ControlLora):
    def __init__(self, control_weights, timestep_keyframes=None, global_average_pooling=False): super().__init__(control_weights, global_average_pooling)
class CN2(CN): 
    def forward(self,*a): pass
orig = ControlBase.set_previous_controlnet
ControlBase.set_previous_controlnet = orig
ControlBase.copy_to, ControlBase.pre_run, ControlBase.cleanup, ControlBase.get_models, ControlBase.inference_memory_requirements, ControlBase.control_merge, ControlBase.set_cond_hint, ControlBase.get_extra_hooks, ControlBase.set_extra_arg
from comfy.t2i_adapter.adapter import Adapter, Adapter_light, ResnetBlock
import comfy.hooks
from comfy.hooks import *
from comfy.hooks import HookGroup, HookType, EnumHookType, EnumHookMode, EnumWeightTarget, EnumHookScope, WeightHook, ObjectPatchHook, AdditionalModelsHook, WrapperHook, SetInjectionsHook, Hook, create_transformer_options_from_hooks, get_sorted_list_via_attr, set_conds_props, set_default_conds_and_combine, set_conds_props_and_combine, InterpolationMethod, HookKeyframeGroup, create_target_dict
EnumHookScope.AllConditioning, EnumHookScope.HookedOnly, EnumHookType.Weight, EnumHookMode.MinVram, EnumHookMode.MaxSpeed, EnumWeightTarget.Model
class H(comfy.hooks.TransformerOptionsHook):
    def __init__(self): super().__init__(hook_scope=EnumHookScope.AllConditioning)
class H2(Hook):
    def __init__(self): super().__init__(hook_type=EnumHookType.TransformerOptions)
HookGroup.combine_all_hooks, HookGroup.clone
