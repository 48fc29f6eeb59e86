"""`comfy.model_base`: models as packs read them, by family. Networks are Graphcore's own; other families are stubs."""

from nodes.compat.handles.base_model import (
    SD21UNCLIP,
    SDXL,
    BaseModel,
    ModelType,
    SDXL_instructpix2pix,
    SDXLRefiner,
)

__all__ = ["SD21UNCLIP", "SDXL", "BaseModel", "ModelType", "SDXLRefiner", "SDXL_instructpix2pix"]
