"""`comfy.cli_args`: the options that the program was started with, as packs look them up."""

from __future__ import annotations

from enum import Enum
from typing import Any

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
        self.preview_method, self.preview_size = LatentPreviewMethod.Auto, 512
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

    @property
    def disable_metadata(self) -> bool:
        """Whether files are saved without their workflow."""
        return not installation.calling().job.metadata

    @property
    def base_directory(self) -> str:
        """Where models, input and output lie."""
        return str(installation.current.folders.base)

    @property
    def output_directory(self) -> str:
        """Where results are saved."""
        return str(installation.current.folders.output)

    @property
    def input_directory(self) -> str:
        """Where pictures are loaded from."""
        return str(installation.current.folders.input)

    @property
    def temp_directory(self) -> str:
        """Where previews are saved."""
        return str(installation.current.folders.temp)

    @property
    def user_directory(self) -> str:
        """Where settings are kept."""
        return str(installation.current.folders.user)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return None


args = Args()
