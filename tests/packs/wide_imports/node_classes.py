import nodes
from nodes import *
from nodes import KSampler, common_ksampler, VAEDecode, VAEEncode, VAEDecodeTiled, CLIPTextEncode, LoraLoader, ConditioningCombine, MAX_RESOLUTION, CheckpointLoaderSimple, PreviewImage, SaveImage, LoadImage, ControlNetApply, NODE_CLASS_MAPPINGS as ALL, NODE_DISPLAY_NAME_MAPPINGS as D, LoraLoaderModelOnly, UNETLoader, DualCLIPLoader, CLIPLoader, StyleModelApply, CLIPVisionEncode, unCLIPConditioning, LatentUpscale, ImageInvert, ImagePadForOutpaint, LoadImageMask, LoadLatent, SaveLatent, GLIGENLoader, DiffusersLoader, CheckpointLoader, unCLIPCheckpointLoader, ConditioningSetArea, SetLatentNoiseMask, LatentComposite, LatentBlend, LatentRotate, LatentFlip, LatentCrop
ALL.update({})
"KSampler" in nodes.NODE_CLASS_MAPPINGS
org = nodes.KSampler.sample
def s(self, *a, **k): return org(self, *a, **k)
nodes.KSampler.sample = s
orig_ck = nodes.common_ksampler
def ck(*a, **k): return orig_ck(*a, **k)
nodes.common_ksampler = ck
nodes.SaveImage.INPUT_TYPES()["required"]
class P(PreviewImage):
    def __init__(self):
        super().__init__()
KSampler.INPUT_TYPES()["required"]["sampler_name"][0]
nodes.PreviewImage().save_images
o=nodes.load_custom_node
nodes.EXTENSION_WEB_DIRS["my"]="/tmp"
nodes.LOADED_MODULE_DIRS
nodes.node_helpers, nodes.folder_paths, nodes.comfy, nodes.torch, nodes.np, nodes.os
nodes.logging
