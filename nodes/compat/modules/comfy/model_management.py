"""`comfy.model_management`: devices, number formats and memory, as far as packs ask and steer them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from enum import Enum
from typing import Any

import torch

from graphcore.errors import Cancelled
from nodes.compat import installation
from nodes.compat.formats import (
    FLOAT8_TYPES,
    archive_model_dtypes,
    cast_to,
    cast_to_device,
    dtype_size,
    get_supported_float8_types,
    lora_compute_dtype,
    module_size,
    pick_weight_dtype,
    should_use_bf16,
    should_use_fp16,
    supports_cast,
    supports_dtype,
    supports_fp8_compute,
    unet_dtype,
    unet_manual_cast,
)
from nodes.compat.loaded import (
    LoadedModel,
    cleanup_models,
    cleanup_models_gc,
    current_loaded_models,
    free_memory,
    load_model_gpu,
    load_models_gpu,
    loaded_models,
    unload_all_models,
    unload_model_and_clones,
    unload_model_clones,
)
from nodes.models.device import available_memory, compute_device
from nodes.models.device import vae_dtype as native_vae_dtype

__all__ = [
    "FLOAT8_TYPES", "LoadedModel", "archive_model_dtypes", "cast_to", "cast_to_device", "cleanup_models",
    "cleanup_models_gc", "current_loaded_models", "dtype_size", "free_memory", "get_supported_float8_types",
    "load_model_gpu", "load_models_gpu", "loaded_models", "lora_compute_dtype", "module_size", "pick_weight_dtype",
    "should_use_bf16", "should_use_fp16", "supports_cast", "supports_dtype", "supports_fp8_compute", "unet_dtype",
    "unet_manual_cast", "unload_all_models", "unload_model_and_clones", "unload_model_clones",
]  # fmt: skip

InterruptProcessingException = Cancelled
OOM_EXCEPTION = torch.OutOfMemoryError

XFORMERS_IS_AVAILABLE = False
XFORMERS_ENABLED_VAE = False
DISABLE_SMART_MEMORY = False
EXTRA_RESERVED_VRAM = 0
NUM_STREAMS = 0
lowvram_available = True
xpu_available = directml_enabled = False


class VRAMState(Enum):
    """How much memory of the device models may take. Graphcore decides by what is free, so it is always NORMAL."""

    DISABLED = 0
    NO_VRAM = 1
    LOW_VRAM = 2
    NORMAL_VRAM = 3
    HIGH_VRAM = 4
    SHARED = 5


class CPUState(Enum):
    """What kind of device computes."""

    GPU = 0
    CPU = 1
    MPS = 2


vram_state = VRAMState.NORMAL_VRAM
set_vram_to = VRAMState.NORMAL_VRAM
cpu_state = {"cuda": CPUState.GPU, "mps": CPUState.MPS}.get(compute_device().type, CPUState.CPU)

# -- devices -----------------------------------------------------------------------------------------------------------

CPU = torch.device("cpu")


def get_torch_device() -> torch.device:
    """Where models compute."""
    return compute_device()


def get_torch_device_name(device: torch.device) -> str:
    """What to call it."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


def get_autocast_device(dev: Any) -> str:
    """The kind of device, as `torch.autocast` takes it."""
    return str(getattr(dev, "type", "cuda"))


def unet_offload_device() -> torch.device:
    """Where models rest."""
    return CPU


text_encoder_offload_device = vae_offload_device = unet_offload_device


def unet_inital_load_device(parameters: int, dtype: torch.dtype) -> torch.device:
    """Where a model is made: with the rest, until it is used."""
    return CPU


def text_encoder_device() -> torch.device:
    """Where text encoders compute."""
    return CPU


def text_encoder_dtype(device: Any = None) -> torch.dtype:
    """How text encoders are kept."""
    return torch.float32 if is_device_cpu(device) else torch.float16


def vae_device() -> torch.device:
    """Where VAEs compute."""
    return compute_device()


def vae_dtype(device: Any = None, allowed_dtypes: Iterable[torch.dtype] = ()) -> torch.dtype:
    """How VAEs are kept."""
    return native_vae_dtype(device or compute_device())


def intermediate_device() -> torch.device:
    """Where values lie between nodes."""
    return CPU


def text_encoder_initial_device(load_device: torch.device, offload_device: torch.device, model_size: int = 0) -> Any:
    """Where a text encoder is made."""
    return offload_device


def get_offload_stream(device: Any) -> None:
    """A stream for copies beside other work: none."""


def sync_stream(device: Any, stream: Any) -> None:
    """Wait for one."""


def force_channels_last() -> bool:
    """Whether convolutions have their channels last."""
    return False


def device_should_use_non_blocking(device: Any) -> bool:
    """Whether copies to it should go on beside other work."""
    return False


def device_supports_non_blocking(device: torch.device) -> bool:
    """Whether copies to it may go on beside other work."""
    return device.type == "cuda"


def is_device_type(device: Any, type: str) -> bool:
    """Whether a device is of a kind."""
    return getattr(device, "type", None) == type


def is_device_cpu(device: Any) -> bool:
    """Whether it is the CPU."""
    return is_device_type(device, "cpu")


def is_device_mps(device: Any) -> bool:
    """Whether it is Apple's GPU."""
    return is_device_type(device, "mps")


def is_device_cuda(device: Any) -> bool:
    """Whether it is a CUDA device."""
    return is_device_type(device, "cuda")


def is_device_xpu(device: Any) -> bool:
    """Whether it is an Intel GPU."""
    return is_device_type(device, "xpu")


def cpu_mode() -> bool:
    """Whether the CPU computes."""
    return cpu_state is CPUState.CPU


def mps_mode() -> bool:
    """Whether Apple's GPU computes."""
    return cpu_state is CPUState.MPS


def is_nvidia() -> bool:
    """Whether an NVIDIA GPU computes."""
    return compute_device().type == "cuda" and torch.version.hip is None


def is_amd() -> bool:
    """Whether an AMD GPU computes."""
    return compute_device().type == "cuda" and torch.version.hip is not None


def is_intel_xpu() -> bool:
    """Whether an Intel GPU computes."""
    return False


def is_directml_enabled() -> bool:
    """Whether DirectML computes."""
    return False


def is_ascend_npu() -> bool:
    """Whether an Ascend NPU computes."""
    return False


def mac_version() -> tuple[int, ...] | None:
    """The version of macOS, if this is one."""
    text = platform.mac_ver()[0]
    return tuple(int(part) for part in text.split(".")) if text else None


# -- attention ---------------------------------------------------------------------------------------------------------


def xformers_enabled() -> bool:
    """Whether xformers computes attention."""
    return False


xformers_enabled_vae = sage_attention_enabled = flash_attention_enabled = xformers_enabled


def pytorch_attention_enabled() -> bool:
    """Whether torch computes attention."""
    return True


pytorch_attention_enabled_vae = pytorch_attention_flash_attention = pytorch_attention_enabled


def force_upcast_attention_dtype() -> dict[torch.dtype, torch.dtype] | None:
    """Number formats that attention is computed in instead of others."""
    return None


# -- memory ------------------------------------------------------------------------------------------------------------


def get_free_memory(dev: Any = None, torch_free_too: bool = False) -> Any:
    """Bytes that can still be had on a device; with `torch_free_too` twice, as torch keeps none back."""
    free = available_memory(dev or compute_device())
    return (free, free) if torch_free_too else free


def get_total_memory(dev: Any = None, torch_total_too: bool = False) -> Any:
    """Bytes of a device."""
    device = dev or compute_device()
    if device.type == "cuda":
        total = float(torch.cuda.mem_get_info(device)[1])
    else:
        total = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) if hasattr(os, "sysconf") else 0.0
    return (total, total) if torch_total_too else total


def soft_empty_cache(force: bool = False) -> None:
    """Give unused memory of the device back."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def minimum_inference_memory() -> int:
    """Bytes to leave free beside models."""
    return 1024**3


def extra_reserved_memory() -> int:
    """Bytes to leave to others."""
    return 0


def maximum_vram_for_weights(device: Any = None) -> float:
    """Bytes that models may take."""
    return float(get_total_memory(device)) * 0.88


VAE_DTYPES = [native_vae_dtype(compute_device())]
MB = 1024 * 1024
total_vram = get_total_memory(compute_device()) / MB
total_ram = get_total_memory(CPU) / MB

# -- stopping ----------------------------------------------------------------------------------------------------------


def interrupt_current_processing(value: bool = True) -> None:
    """Ask the run that is going on to stop."""
    token = installation.job_value("token")
    if value and token is not None:
        token.cancel()


def processing_interrupted() -> bool:
    """Whether it was asked to."""
    token = installation.job_value("token")
    return token is not None and bool(token.cancelled)


def throw_exception_if_processing_interrupted() -> None:
    """Stop here if it was."""
    installation.calling().check()
