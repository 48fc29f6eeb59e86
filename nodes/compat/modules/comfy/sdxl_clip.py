"""`comfy.sdxl_clip`: the text encoders of SDXL, to tell by what a CLIP is: `clip.cond_stage_model`."""

from nodes.compat.handles.encoder import SDXLClipG, SDXLClipModel, SDXLRefinerClipModel

__all__ = ["SDXLClipG", "SDXLClipModel", "SDXLRefinerClipModel"]
