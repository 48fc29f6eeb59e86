from pathlib import Path

import comfy.utils
import numpy as np
import torch

here = Path(__file__).parent.resolve()


def define_preprocessor_inputs(**arguments):
    return {"required": {**{k: v for k, v in arguments.items()}, "image": ("IMAGE",)},
            "optional": {"resolution": ("INT", {"default": 512, "min": 64, "max": 16384, "step": 64})}}


def common_annotator_call(model, tensor_image, resolution=512):
    pbar = comfy.utils.ProgressBar(tensor_image.shape[0])
    out = []
    for image in tensor_image:
        np_image = np.asarray(image.cpu() * 255.0, dtype=np.uint8)
        out.append(torch.from_numpy(model(np_image, resolution).astype(np.float32) / 255.0))
        pbar.update(1)
    return torch.stack(out, dim=0)
