"""`model.model`: the network with what belongs to it, as packs read it; `comfy.model_base` under our families."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

import torch
from torch import Tensor

from nodes.compat.handles import network, parameterisation
from nodes.compat.handles.latent_format import LatentFormat, format_of
from nodes.compat.stubs import ProvidedType, stub
from nodes.models.device import compute_device
from nodes.models.family import Family
from nodes.models.model import Model
from nodes.sampling.predictions import V


class ModelType(Enum):
    """What a model predicts."""

    EPS = 1
    V_PREDICTION = 2
    V_PREDICTION_EDM = 3
    STABLE_CASCADE = 4
    EDM = 5
    FLOW = 6
    V_PREDICTION_CONTINUOUS = 7
    FLUX = 8
    IMG_TO_IMG = 9
    FLOW_COSMOS = 10


class BaseModel(metaclass=ProvidedType):
    """Reads a model of ours. What packs set on it stays on this object; to change the model, patch its patcher."""

    def __init__(self, *args: Any, **kwargs: Any):
        stub("comfy.model_base.BaseModel")(*args, **kwargs)  # made of a configuration: refused

    native: Model
    current_patcher: Any

    @classmethod
    def of(cls, native: Model, patcher: Any = None) -> BaseModel:
        """That of one of our models, as the class that packs tell its family by."""
        kind = KINDS.get(native.family.name, BaseModel)
        self = kind.__new__(kind)
        self.native, self.current_patcher = native, patcher
        return self

    @property
    def model_config(self) -> Any:
        """The family's configuration."""
        return config_of(self.native.family)

    @property
    def model_sampling(self) -> Any:
        """The sigma parameterisation."""
        return parameterisation.shown(self.native.sampling)

    @property
    def latent_format(self) -> LatentFormat:
        """The latents' format."""
        return format_of(self.native.latent_format)

    @property
    def diffusion_model(self) -> Any:
        """The network, with its patches merged in; loaded by asking for it."""
        return network.shown(self.native.network(), self.native.weights.weights)

    @property
    def model_type(self) -> ModelType:
        """What it predicts."""
        if self.native.sampling.is_flow:
            return ModelType.FLOW
        return ModelType.V_PREDICTION if isinstance(self.native.sampling.prediction, V) else ModelType.EPS

    @property
    def adm_channels(self) -> int:
        """The width of the vector conditioning; 0 without."""
        return self.native.family.shape.adm or 0

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return compute_device()

    manual_cast_dtype = None
    concat_keys: tuple[str, ...] = ()
    memory_usage_factor = 2.0

    def is_adm(self) -> bool:
        """Whether it has a vector conditioning."""
        return self.adm_channels > 0

    def get_dtype(self) -> torch.dtype:
        """The number format of its weights."""
        return self.native.weights.weights.dtype

    get_dtype_inference = get_dtype

    def process_latent_in(self, latent: Tensor) -> Tensor:
        """Into model space."""
        return self.native.latent_format.process_in(latent)

    def process_latent_out(self, latent: Tensor) -> Tensor:
        """Back to what the VAE reads."""
        return self.native.latent_format.process_out(latent)

    def memory_required(self, input_shape: Any, **_: Any) -> float:
        """Bytes that a call for such an input takes, roughly."""
        area = input_shape[0] * input_shape[-1] * input_shape[-2]
        return float(area * self.get_dtype().itemsize * 0.01 * self.memory_usage_factor * 1024 * 1024)

    def extra_conds(self, **kwargs: Any) -> dict[str, Any]:
        """What the network is told beside the latent."""
        return self.native.extra_conds(kwargs)

    def encode_adm(self, **kwargs: Any) -> Tensor | None:
        """The vector conditioning."""
        return self.extra_conds(**kwargs).get("y")

    def apply_model(self, x: Tensor, t: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The denoised prediction of x at sigma t, without guidance."""
        from nodes.guidance.predictor import Predictor

        return Predictor(self.native, self.native.network(), x, x).apply_model(x, t, *args, **kwargs)

    def state_dict(self) -> dict[str, Tensor]:
        """Every weight as the file has it."""
        weights = self.native.weights.weights
        return {f"diffusion_model.{name}": weights.raw(name) for name in weights.names}

    def state_dict_for_saving(self, *_: Any, **__: Any) -> dict[str, Tensor]:
        """Every weight with its patches, by the names of a checkpoint."""
        return {f"model.{name}": self.native.patched(name) for name in self.native.names()}


def _kind(name: str, base: type[BaseModel] = BaseModel) -> type[BaseModel]:
    return type(name, (base,), {"__module__": "comfy.model_base", "__doc__": "A family, for `isinstance`."})


SDXL = _kind("SDXL")
SDXLRefiner = _kind("SDXLRefiner")
SD21UNCLIP = _kind("SD21UNCLIP")
SDXL_instructpix2pix = _kind("SDXL_instructpix2pix", SDXL)
KINDS: dict[str, type[BaseModel]] = {"sdxl": SDXL, "refiner": SDXLRefiner}
# Families that Graphcore has no networks of: no model is one.
OTHERS = {
    name: _kind(name)
    for name in (
        "Anima", "AuraFlow", "Chroma", "CosmosPredict2", "Flux", "HiDream", "HunyuanVideo", "LTXV", "Lumina2",
        "QwenImage", "SD3", "SVD_img2vid", "WAN21", "WAN22",
    )
}  # fmt: skip


class BASE(metaclass=ProvidedType):
    """`comfy.supported_models_base.BASE`: what a model is, as packs read it (`model.model.model_config`)."""

    unet_config: ClassVar[dict[str, Any]] = {}
    unet_extra_config: ClassVar[dict[str, Any]] = {}
    sampling_settings: ClassVar[dict[str, Any]] = {}
    required_keys: ClassVar[dict[str, Any]] = {}
    supported_inference_dtypes: ClassVar[list[torch.dtype]] = [torch.float16, torch.bfloat16, torch.float32]
    latent_format: Any = LatentFormat
    manual_cast_dtype: torch.dtype | None = None
    memory_usage_factor = 2.0
    optimizations: ClassVar[dict[str, Any]] = {"fp8": False}
    custom_operations: Any = None
    vae_key_prefix: ClassVar[list[str]] = ["first_stage_model."]
    text_encoder_key_prefix: ClassVar[list[str]] = ["cond_stage_model."]

    def __init__(self, unet_config: Mapping[str, Any] | None = None):
        self.unet_config = {**type(self).unet_config, **(unet_config or {})}  # type: ignore[misc]

    @classmethod
    def matches(cls, unet_config: Mapping[str, Any], state_dict: Any = None) -> bool:
        """Whether a network's configuration is this family's."""
        return all(name in unet_config and unet_config[name] == value for name, value in cls.unet_config.items())

    def set_inference_dtype(self, dtype: torch.dtype, manual_cast_dtype: torch.dtype | None) -> None:
        """Note a number format."""
        self.unet_config["dtype"] = dtype
        self.manual_cast_dtype = manual_cast_dtype


# What packs tell families by: `isinstance(model.model.model_config, comfy.supported_models.SDXL)`.
CONFIGS: dict[str, type[BASE]] = {
    name: type(name, (BASE,), {"__module__": "comfy.supported_models", "__doc__": "A family, for `isinstance`."})
    for name in ("SD15", "SD20", "SDXL", "SDXLRefiner", *OTHERS, "FluxSchnell")
}
OF_FAMILY = {"sd1": "SD15", "sd2": "SD20", "sdxl": "SDXL", "refiner": "SDXLRefiner"}


def config_of(family: Family) -> Any:
    """A family's configuration, as packs read it."""
    shape = family.shape
    config: Any = CONFIGS[OF_FAMILY[family.name]]() if family.name in OF_FAMILY else BASE()
    config.unet_config = {
        "model_channels": shape.model_channels,
        "in_channels": shape.in_channels,
        "out_channels": shape.out_channels,
        "channel_mult": [channels // shape.model_channels for channels in shape.channels],
        "num_res_blocks": [len(level) for level in shape.depths],
        "transformer_depth": list(shape.flat_depths),
        "transformer_depth_middle": shape.middle_depth,
        "context_dim": shape.context,
        "adm_in_channels": shape.adm,
        "use_linear_in_transformer": shape.linear_projection,
        "image_model": None,
        "num_heads": family.heads[0] if len(set(family.heads)) == 1 else -1,
        "num_head_channels": 64,
        "dtype": None,
    }
    config.latent_format = format_of(family.latent_format)
    return config
