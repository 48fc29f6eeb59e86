"""`comfy.model_patcher`: models to change."""

from nodes.compat.handles.model_options import (
    create_model_options_clone,
    set_model_options_patch_replace,
    set_model_options_post_cfg_function,
    set_model_options_pre_cfg_function,
)
from nodes.compat.handles.model_patcher import ModelPatcher
from nodes.compat.modules.comfy.patcher_extension import CallbacksMP, PatcherInjection, WrappersMP
from nodes.compat.modules.comfy.utils import get_attr, set_attr, set_attr_param

__all__ = [
    "CallbacksMP",
    "ModelPatcher",
    "PatcherInjection",
    "WrappersMP",
    "create_model_options_clone",
    "get_attr",
    "set_attr",
    "set_attr_param",
    "set_model_options_patch_replace",
    "set_model_options_post_cfg_function",
    "set_model_options_pre_cfg_function",
]
