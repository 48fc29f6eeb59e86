import comfy.ldm.modules.diffusionmodules.openaimodel
import comfy.model_base
import comfy.model_management as mm
import comfy.ops
import comfy.supported_models
from comfy.ldm.flux.layers import DoubleStreamBlock, apply_mod, timestep_embedding
from comfy.ldm.modules.attention import BasicTransformerBlock, optimized_attention
from comfy.model_patcher import ModelPatcher
from comfy_extras.nodes_mask import GrowMask, composite
from comfy_extras.nodes_upscale_model import ImageUpscaleWithModel

ops = comfy.ops.manual_cast
DEVICE = mm.get_torch_device()
ORIGINAL = comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel.forward


class Block(DoubleStreamBlock):
    def forward(self, img: "comfy.model_base.SDXL | None"):
        return img


class Patched(ModelPatcher):
    pass


class DeepIsModel:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 1})}}

    RETURN_TYPES = ("BOOLEAN",)
    FUNCTION = "ask"

    def ask(self, value):
        return (isinstance(value, comfy.model_base.SDXL) or isinstance(value, ModelPatcher),)


class DeepEmbed(DeepIsModel):
    def ask(self, value):
        return (apply_mod(value, 8),)


class Network(comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel):
    def __init__(self, value):
        super().__init__(value)


class DeepNetwork(DeepIsModel):
    def ask(self, value):
        return (Network(value),)


class DeepUpscale(ImageUpscaleWithModel):
    pass


NODE_CLASS_MAPPINGS = {"DeepIsModel": DeepIsModel, "DeepEmbed": DeepEmbed, "DeepNetwork": DeepNetwork}
