"""`comfyui_version`: the version of the reference whose behaviour Graphcore follows."""

__version__ = "0.3.64"
