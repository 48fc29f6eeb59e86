"""Like packs that put pictures into the attention: callable objects as attn2 replacements, one for each layer."""
import comfy.model_management
import comfy.ldm.modules.attention as attention
import torch
from comfy.clip_vision import clip_preprocess
from comfy.ldm.modules.attention import optimized_attention


class CrossAttentionPatch:
    def __init__(self, **kwargs):
        self.parts = [kwargs]

    def add(self, **kwargs):
        self.parts.append(kwargs)

    def __call__(self, q, k, v, extra_options):
        out = optimized_attention(q, k, v, extra_options["n_heads"])
        sigma = extra_options["sigmas"].detach().cpu()[0].item()
        batch = q.shape[0] // len(extra_options["cond_or_uncond"])
        for part in self.parts:
            if not part["sigma_end"] <= sigma <= part["sigma_start"]:
                continue
            pieces = [torch.full_like(out[:batch], part["weight"]) if c == 0 else torch.zeros_like(out[:batch]) for c in extra_options["cond_or_uncond"]]
            out = out + torch.cat(pieces)
        return out.to(dtype=q.dtype)


def set_model_patch_replace(model, patch_kwargs, key):
    to = model.model_options["transformer_options"].copy()
    if "patches_replace" not in to:
        to["patches_replace"] = {}
    else:
        to["patches_replace"] = to["patches_replace"].copy()
    if "attn2" not in to["patches_replace"]:
        to["patches_replace"]["attn2"] = {}
    else:
        to["patches_replace"]["attn2"] = to["patches_replace"]["attn2"].copy()
    if key not in to["patches_replace"]["attn2"]:
        to["patches_replace"]["attn2"][key] = CrossAttentionPatch(**patch_kwargs)
        model.model_options["transformer_options"] = to
    else:
        to["patches_replace"]["attn2"][key].add(**patch_kwargs)


class AdapterApply:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"model": ("MODEL",), "image": ("IMAGE",), "weight": ("FLOAT", {"default": 0.5, "min": -1, "max": 3}),
                             "start_at": ("FLOAT", {"default": 0.0}), "end_at": ("FLOAT", {"default": 1.0})}}

    RETURN_TYPES = ("MODEL",)
    FUNCTION = "apply"

    def apply(self, model, image, weight, start_at, end_at):
        assert clip_preprocess(image).shape[-2:] == (224, 224)
        assert attention.optimized_attention is optimized_attention
        is_sdxl = isinstance(model.model, comfy.model_base.SDXL)
        assert not is_sdxl
        model = model.clone()
        sampling = model.get_model_object("model_sampling")
        kwargs = {"weight": weight, "sigma_start": sampling.percent_to_sigma(start_at), "sigma_end": sampling.percent_to_sigma(end_at)}
        for id in [1, 2, 4, 5]:
            set_model_patch_replace(model, kwargs, ("input", id))
        set_model_patch_replace(model, kwargs, ("middle", 0, 0))
        return (model,)


import comfy.model_base  # noqa: E402

NODE_CLASS_MAPPINGS = {"AdapterApply": AdapterApply}
