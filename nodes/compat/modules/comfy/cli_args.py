"""`comfy.cli_args`: the options that the program was started with, as packs look them up."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from graphcore.preview_method import preview_method
from nodes.compat import installation


class LatentPreviewMethod(Enum):
    """How previews are made."""

    NoPreviews = "none"
    Auto = "auto"
    Latent2RGB = "latent2rgb"
    TAESD = "taesd"


class Args:
    """Options by name. Those that Graphcore has tell the truth, others what they are when nobody sets them."""

    def __init__(self) -> None:
        self.listen, self.port = "127.0.0.1", 8188
        self.preview_size = 512
        self.cpu = self.lowvram = self.novram = self.highvram = self.normalvram = self.gpu_only = False
        self.force_fp16 = self.force_fp32 = self.fp16_unet = self.bf16_unet = self.fp32_unet = False
        self.use_split_cross_attention = self.use_quad_cross_attention = self.use_pytorch_cross_attention = False
        self.use_sage_attention = self.use_flash_attention = False
        self.multi_user = self.disable_xformers = self.dont_upcast_attention = False
        self.cache_classic = self.cache_none = False
        self.cache_lru = 0
        self.front_end_version = "comfyanonymous/ComfyUI@latest"
        self.extra_model_paths_config = self.cuda_device = self.reserve_vram = None
        self.fast: set[str] = set()
        self.verbose = "INFO"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        asked = _ASKED.get(name)
        return None if asked is None else asked()


# What is looked up at each time, until a pack sets it.
_ASKED: Mapping[str, Callable[[], Any]] = {
    "preview_method": lambda: LatentPreviewMethod(preview_method(os.environ).value),
    "disable_metadata": lambda: not installation.calling().job.metadata,
    "base_directory": lambda: str(installation.current.folders.base),
    "output_directory": lambda: str(installation.current.folders.output),
    "input_directory": lambda: str(installation.current.folders.input),
    "temp_directory": lambda: str(installation.current.folders.temp),
    "user_directory": lambda: str(installation.current.folders.user),
}
args = Args()
