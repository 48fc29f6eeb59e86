import comfy.lora, comfy.weight_adapter, comfy.float
from comfy.weight_adapter import WeightAdapterBase, LoRAAdapter
from comfy.lora import load_lora, model_lora_keys_clip, model_lora_keys_unet, calculate_weight, pad_tensor_to_shape, weight_decompose
import comfy.lora_convert
from comfy.lora_convert import convert_lora
from comfy.model_patcher import ModelPatcher, wipe_lowvram_weight, move_weight_functions, get_key_weight, string_to_seed, LowVramPatch, AutoPatcherEjector, MemoryCounter
class MyP(ModelPatcher):
    patch_on_device=False
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
    def patch_weight_to_device(self, key, device_to=None, inplace_update=False): return super().patch_weight_to_device(key, device_to, inplace_update)
    def unpatch_model(self, device_to=None, unpatch_weights=True): return super().unpatch_model(device_to, unpatch_weights)
    def load(self,*a,**k): return super().load(*a,**k)
    def clone(self,*a,**k): return super().clone(*a,**k)
orig_load = ModelPatcher.load
orig_pu = ModelPatcher.patch_model_lowvram if hasattr(ModelPatcher,"patch_model_lowvram") else None
ModelPatcher.calculate_weight
ModelPatcher.unpatch_model
ModelPatcher.partially_load
ModelPatcher.model_size
ModelPatcher.get_free_memory if hasattr(ModelPatcher,'get_free_memory') else None
ModelPatcher.pre_run
ModelPatcher.cleanup
ModelPatcher.unpatch_hooks
ModelPatcher.patch_hooks
ModelPatcher.detach
ModelPatcher.lowvram_load
ModelPatcher.add_hook_patches
ModelPatcher.get_combined_hook_patches
ModelPatcher.loaded_size
ModelPatcher.current_loaded_device
ModelPatcher.is_clone
ModelPatcher.set_model_compute_dtype
ModelPatcher.add_weight_wrapper
ModelPatcher.set_model_emb_patch
ModelPatcher.set_model_forward_timestep_embed_patch
ModelPatcher.set_model_input_block_patch_after_skip
ModelPatcher.set_model_double_block_patch
ModelPatcher.set_model_post_input_patch
ModelPatcher.model_patches_to
ModelPatcher.model_patches_models
