"""`comfy.supported_models`: families, as packs tell models apart: `isinstance(model.model.model_config, SDXL)`."""

from nodes.compat.handles.base_model import CONFIGS

SD15, SD20, SDXL, SDXLRefiner = CONFIGS["SD15"], CONFIGS["SD20"], CONFIGS["SDXL"], CONFIGS["SDXLRefiner"]
models = [SD15, SD20, SDXL, SDXLRefiner]
