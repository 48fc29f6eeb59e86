from .impl import NODE_CLASS_MAPPINGS

__all__ = ["NODE_CLASS_MAPPINGS"]
