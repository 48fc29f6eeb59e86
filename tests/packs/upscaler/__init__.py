import comfy.utils
import torch
from comfy import model_management
from comfy_extras.chainner_models import model_loading
from comfy_extras.nodes_upscale_model import ImageUpscaleWithModel, UpscaleModelLoader


class UpTiled:
    """Upscales in tiles by a function, as upscale nodes do by a network."""

    upscale_methods = ["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]
    rounding_modulus = 8

    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"image": ("IMAGE",), "upscale_method": (s.upscale_methods,), "scale": ("FLOAT", {"default": 2.0})}}

    RETURN_TYPES = ("IMAGE", "INT")
    FUNCTION = "upscale"

    def upscale(self, image, upscale_method, scale):
        device = model_management.get_torch_device()
        model_management.free_memory(image.nelement() * 8, device)
        in_img = image.movedim(-1, -3).to(device)
        tile, overlap = 32, 8
        steps = in_img.shape[0] * comfy.utils.get_tiled_scale_steps(in_img.shape[3], in_img.shape[2], tile_x=tile, tile_y=tile, overlap=overlap)
        pbar = comfy.utils.ProgressBar(steps)
        oom = True
        while oom:
            try:
                s = comfy.utils.tiled_scale(
                    in_img, lambda a: torch.nn.functional.interpolate(a, scale_factor=scale, mode="nearest"),
                    tile_x=tile, tile_y=tile, overlap=overlap, upscale_amount=scale, pbar=pbar,
                )
                oom = False
            except model_management.OOM_EXCEPTION as e:
                tile //= 2
                if tile < 128:
                    raise e
        return (torch.clamp(s.movedim(-3, -1), min=0, max=1.0), steps)


class UpByLoader(UpscaleModelLoader):
    pass


NODE_CLASS_MAPPINGS = {"UpTiled": UpTiled, "UpByLoader": UpByLoader}
