"""`comfy.latent_formats`: how stored latents relate to those that a model samples."""

from nodes.compat.handles.latent_format import FORMATS, LatentFormat

globals().update(FORMATS)

__all__ = ["LatentFormat"]
