"""Imitates packs that work with the program's own parts: hooks, tensors they loaded themselves, samplers as functions."""

import comfy.hooks
import comfy.k_diffusion.sampling as k_diffusion_sampling
import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
import folder_paths
import torch
from comfy.k_diffusion.sampling import sample_euler_ancestral


def sample_half_and_half(model, x, sigmas, extra_args=None, callback=None, disable=None):
    """The first half by one sampler of the program's, the rest by another."""
    middle = len(sigmas) // 2
    x = k_diffusion_sampling.sample_euler(model, x, sigmas[: middle + 1], extra_args, callback, disable)
    return k_diffusion_sampling.sample_heun(model, x, sigmas[middle:], extra_args, callback, disable)


class ToolHookedPrompt:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"clip": ("CLIP",), "text": ("STRING", {}), "lora": (folder_paths.get_filename_list("loras"),)}}

    RETURN_TYPES = ("CONDITIONING", "HOOKS")
    FUNCTION = "encode"
    CATEGORY = "tools"

    def encode(self, clip, text, lora):
        tensors = comfy.utils.load_torch_file(folder_paths.get_full_path_or_raise("loras", lora), safe_load=True)
        hooks = comfy.hooks.create_hook_lora(tensors, 1.0, 0.0)
        keyframes = comfy.hooks.HookKeyframeGroup()
        keyframes.add(comfy.hooks.HookKeyframe(strength=0.5, start_percent=0.5))
        keyframes.add(comfy.hooks.HookKeyframe(strength=1.0, start_percent=0.0))
        hooks.set_keyframes_on_hooks(keyframes)
        cond = clip.encode_from_tokens_scheduled(clip.tokenize(text))
        return comfy.hooks.set_hooks_for_conditioning(cond, hooks), comfy.hooks.HookGroup.combine_all_hooks([hooks, None])


class ToolCombineHooks:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"hooks_A": ("HOOKS",), "hooks_B": ("HOOKS",)}}

    RETURN_TYPES = ("HOOKS",)
    FUNCTION = "combine"
    CATEGORY = "tools"

    def combine(self, hooks_A, hooks_B):
        return (hooks_A.clone().clone_and_combine(hooks_B),)


class ToolFromTensors:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"ckpt": (folder_paths.get_filename_list("checkpoints"),)}}

    RETURN_TYPES = ("MODEL", "CLIP", "VAE")
    FUNCTION = "load"
    CATEGORY = "tools"

    def load(self, ckpt):
        sd, metadata = comfy.utils.load_torch_file(
            folder_paths.get_full_path("checkpoints", ckpt), return_metadata=True
        )
        whole = comfy.sd.load_state_dict_guess_config(sd, metadata=metadata)
        prefix = "model.diffusion_model."
        unet = comfy.utils.state_dict_prefix_replace(dict(sd), {prefix: ""}, filter_keys=True)
        return comfy.sd.load_diffusion_model_state_dict(unet), whole[1], whole[2]


class ToolFunctionSampler:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"which": (["ancestral", "both"],)}}

    RETURN_TYPES = ("SAMPLER",)
    FUNCTION = "get"
    CATEGORY = "tools"

    def get(self, which):
        function = sample_euler_ancestral if which == "ancestral" else sample_half_and_half
        options = {"eta": 0.5} if which == "ancestral" else {}
        return (comfy.samplers.KSAMPLER(function, options),)


class ToolVideo:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"images": ("IMAGE",), "fps": ("FLOAT", {"default": 8.0})}}

    RETURN_TYPES = ("VIDEO", "IMAGE")
    FUNCTION = "make"
    CATEGORY = "tools"

    def make(self, images, fps):
        from fractions import Fraction
        from io import BytesIO

        from comfy_api.input_impl import VideoFromComponents, VideoFromFile
        from comfy_api.util import VideoComponents

        video = VideoFromComponents(VideoComponents(images=images, audio=None, frame_rate=Fraction(fps)))
        file = BytesIO()
        video.save_to(file, format="mp4")
        read = VideoFromFile(BytesIO(file.getvalue()))
        assert read.get_dimensions() == (images.shape[2], images.shape[1])
        assert torch.is_tensor(read.get_components().images)
        return video, read.get_components().images


NODE_CLASS_MAPPINGS = {
    kind.__name__: kind for kind in (ToolHookedPrompt, ToolCombineHooks, ToolFromTensors, ToolFunctionSampler, ToolVideo)
}
