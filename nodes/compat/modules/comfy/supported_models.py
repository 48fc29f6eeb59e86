"""`comfy.supported_models`: families, as packs tell models apart: `isinstance(model.model.model_config, SDXL)`."""

from nodes.compat.handles.base_model import CONFIGS
from nodes.compat.modules.comfy import supported_models_base

__all__ = ["models", "supported_models_base"]

globals().update(CONFIGS)
models = list(CONFIGS.values())
