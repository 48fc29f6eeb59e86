"""Like efficiency packs: caches of loaded models by node id, a KSampler on top of ours, wrapped functions, own schedulers."""
import comfy.samplers
import folder_paths
import nodes
import torch
from comfy.cli_args import args
from nodes import CheckpointLoaderSimple, CLIPSetLastLayer, KSampler, VAEDecode, common_ksampler

CACHE = {}
SCHEDULERS = comfy.samplers.KSampler.SCHEDULERS + ["AYS SD1"]
original_calculate_sigmas = comfy.samplers.calculate_sigmas


def calculate_sigmas(model_sampling, scheduler_name, steps):
    if scheduler_name == "AYS SD1":
        return torch.linspace(float(model_sampling.sigma_max), 0, steps + 1)
    return original_calculate_sigmas(model_sampling, scheduler_name, steps)


comfy.samplers.calculate_sigmas = calculate_sigmas


class EffLoader:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"ckpt_name": (folder_paths.get_filename_list("checkpoints"),),
                             "vae_name": (["Baked VAE"] + folder_paths.get_filename_list("vae"),),
                             "clip_skip": ("INT", {"default": -1, "min": -24, "max": -1, "step": 1}),
                             "positive": ("STRING", {"default": "CLIP_POSITIVE", "multiline": True}),
                             "empty_latent_width": ("INT", {"default": 64}), "batch_size": ("INT", {"default": 1})},
                "optional": {"lora_stack": ("LORA_STACK",)}, "hidden": {"prompt": "PROMPT", "my_unique_id": "UNIQUE_ID"}}

    RETURN_TYPES = ("MODEL", "CONDITIONING", "CONDITIONING", "LATENT", "VAE", "CLIP", "DEPENDENCIES")
    FUNCTION = "load"

    def load(self, ckpt_name, vae_name, clip_skip, positive, empty_latent_width, batch_size, lora_stack=None, prompt=None, my_unique_id=None):
        if ckpt_name not in CACHE:
            CACHE[ckpt_name] = CheckpointLoaderSimple().load_checkpoint(ckpt_name)
        model, clip, vae = CACHE[ckpt_name]
        for name, strength_model, strength_clip in lora_stack or ():
            model, clip = nodes.LoraLoader().load_lora(model, clip, name, strength_model, strength_clip)
        clip = CLIPSetLastLayer().set_last_layer(clip, clip_skip)[0]
        tokens = clip.tokenize(positive)
        cond, pooled = clip.encode_from_tokens(tokens, return_pooled=True)
        latent = torch.zeros([batch_size, 4, empty_latent_width // 8, empty_latent_width // 8])
        conditioning = [[cond, {"pooled_output": pooled}]]
        return (model, conditioning, nodes.ConditioningZeroOut().zero_out(conditioning)[0], {"samples": latent}, vae, clip, (vae_name, ckpt_name))


class EffSampler(KSampler):
    RETURN_TYPES = ("MODEL", "LATENT", "VAE", "IMAGE")
    OUTPUT_NODE = True
    FUNCTION = "sample_efficient"

    @classmethod
    def INPUT_TYPES(cls):
        types = super().INPUT_TYPES()
        types["required"]["scheduler"] = (SCHEDULERS,)
        types["optional"] = {"optional_vae": ("VAE",)}
        return types

    def sample_efficient(self, model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise=1.0, optional_vae=None):
        assert args.preview_method is not None
        latent = common_ksampler(model, seed, steps, cfg, sampler_name, scheduler if scheduler != "AYS SD1" else "normal", positive, negative, latent_image, denoise=denoise)[0]
        images = VAEDecode().decode(optional_vae, latent)[0]
        shown = nodes.PreviewImage().save_images(images, filename_prefix="eff")["ui"]
        return {"ui": shown, "result": (model, latent, optional_vae, images)}


NODE_CLASS_MAPPINGS = {"EffLoader": EffLoader, "EffSampler": EffSampler}
