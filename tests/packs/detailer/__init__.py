from collections import namedtuple

import comfy.sample
import comfy.samplers
import comfy.utils
import nodes
import torch
from nodes import MAX_RESOLUTION, CLIPTextEncode, InpaintModelConditioning, PreviewImage, VAEDecode, VAEEncode

SEG = namedtuple("SEG", ["cropped_image", "cropped_mask", "confidence", "crop_region", "bbox", "label", "control_net_wrapper"],
                 defaults=[None])


class DetDetect:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"image": ("IMAGE",), "threshold": ("FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0}),
                             "crop_factor": ("FLOAT", {"default": 1.5}), "max_size": ("INT", {"default": 64, "max": MAX_RESOLUTION})}}

    RETURN_TYPES = ("SEGS", "MASK")
    RETURN_NAMES = ("segs", "masks")
    OUTPUT_IS_LIST = (False, True)
    FUNCTION = "doit"

    def doit(self, image, threshold, crop_factor, max_size):
        h, w = image.shape[1:3]
        mask = torch.zeros(h, w)
        mask[h // 4: h // 2, w // 4: w // 2] = 1.0
        region = (w // 4, h // 4, w // 2, h // 2)
        seg = SEG(None, mask[region[1]:region[3], region[0]:region[2]].numpy(), 0.9, region, region, "face")
        return (((h, w), [seg]), [mask, 1 - mask])


class DetEnhance:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {
            "image": ("IMAGE",), "segs": ("SEGS",), "model": ("MODEL",), "clip": ("CLIP",), "vae": ("VAE",),
            "seed": ("INT", {"default": 0}), "steps": ("INT", {"default": 2}), "cfg": ("FLOAT", {"default": 4.0}),
            "sampler_name": (comfy.samplers.KSampler.SAMPLERS,),
            "scheduler": (comfy.samplers.KSampler.SCHEDULERS + ["AYS SDXL"],),
            "denoise": ("FLOAT", {"default": 0.5}), "wildcard": ("STRING", {"default": "a cat"}),
        }}

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "doit"

    def doit(self, image, segs, model, clip, vae, seed, steps, cfg, sampler_name, scheduler, denoise, wildcard):
        positive = CLIPTextEncode().encode(clip, wildcard)[0]
        negative = nodes.ConditioningZeroOut().zero_out(positive)[0]
        out = image.clone()
        for seg in segs[1]:
            x1, y1, x2, y2 = seg.crop_region
            crop = image[:, y1:y2, x1:x2, :3]
            up = comfy.utils.common_upscale(crop.movedim(-1, 1), 64, 64, "lanczos", "disabled").movedim(1, -1)
            noise_mask = torch.nn.functional.interpolate(torch.from_numpy(seg.cropped_mask)[None, None], (64, 64))[0]
            positive, negative, latent = InpaintModelConditioning().encode(positive, negative, up, vae, mask=noise_mask, noise_mask=True)
            samples = nodes.KSampler().sample(model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent, denoise)[0]
            done = VAEDecode().decode(vae, samples)[0]
            done = comfy.utils.common_upscale(done.movedim(-1, 1), x2 - x1, y2 - y1, "lanczos", "disabled").movedim(1, -1)
            out[:, y1:y2, x1:x2, :3] = done
        return (out,)


class DetPreview(PreviewImage):
    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "doit"

    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"images": ("IMAGE",)}, "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}}

    def doit(self, images, prompt=None, extra_pnginfo=None):
        shown = self.save_images(images, "det", prompt, extra_pnginfo)
        return {"ui": shown["ui"], "result": (images,)}


NODE_CLASS_MAPPINGS = {"DetDetect": DetDetect, "DetEnhance": DetEnhance, "DetPreview": DetPreview}
