"""`comfy.supported_models_base`: what families' configurations have in common."""

from nodes.compat.handles.base_model import BASE

__all__ = ["BASE"]
