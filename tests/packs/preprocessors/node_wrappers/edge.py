import comfy.model_management as model_management
import numpy as np

from ..utils import common_annotator_call, define_preprocessor_inputs


class EdgePreprocessor:
    @classmethod
    def INPUT_TYPES(s):
        return {**define_preprocessor_inputs(), "optional": {"low": ("INT", {"default": 100}), "resolution": ("INT", {"default": 512})}}

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "execute"

    def execute(self, image, low=100, resolution=512, **kwargs):
        model_management.get_torch_device()
        return (common_annotator_call(lambda a, r: np.repeat(np.abs(np.diff(a.mean(-1, keepdims=True), axis=1, prepend=0)), 3, -1), image, resolution),)


NODE_CLASS_MAPPINGS = {"EdgePreprocessor": EdgePreprocessor}
NODE_DISPLAY_NAME_MAPPINGS = {"EdgePreprocessor": "Edges"}
