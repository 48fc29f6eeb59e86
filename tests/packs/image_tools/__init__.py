import os

import comfy.utils
import folder_paths
import torch
from nodes import MAX_RESOLUTION, EmptyLatentImage, PreviewImage, SaveImage


class ToolResize:
    @classmethod
    def INPUT_TYPES(s):
        size = ("INT", {"default": 8, "min": 1, "max": MAX_RESOLUTION})
        return {"required": {"width": size, "height": size}}

    RETURN_TYPES = ("IMAGE", "MASK")
    FUNCTION = "resize"

    def resize(self, width, height):
        image = torch.rand(1, 16, 16, 3)
        samples = image.movedim(-1, 1)
        samples = comfy.utils.common_upscale(samples, width, height, "bicubic", "center")
        return (samples.movedim(1, -1).clamp(0, 1), torch.zeros(1, height, width))


class ToolSave(SaveImage):
    def __init__(self):
        self.output_dir = os.path.join(folder_paths.get_output_directory(), "tool")
        self.type = "output"
        self.prefix_append = "_tool"
        self.compress_level = 1

    @classmethod
    def INPUT_TYPES(s):
        return {
            "required": {"images": ("IMAGE",)},
            "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"},
        }

    FUNCTION = "save"
    CATEGORY = "tools"

    def save(self, images, prompt=None, extra_pnginfo=None):
        return self.save_images(images, "picture", prompt, extra_pnginfo)


class ToolPreview(PreviewImage):
    pass


class ToolLatent:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"width": ("INT", {"default": 64})}}

    RETURN_TYPES = ("LATENT", "INT")
    FUNCTION = "make"

    def make(self, width):
        latent = EmptyLatentImage().generate(width, 32, 1)[0]
        return (latent, latent["samples"].shape[-1])


NODE_CLASS_MAPPINGS = {
    "ToolResize": ToolResize,
    "ToolSave": ToolSave,
    "ToolPreview": ToolPreview,
    "ToolLatent": ToolLatent,
}
