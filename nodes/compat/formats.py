"""Number formats that models are kept and computed in, as packs ask for them; for `comfy.model_management`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from nodes.models.device import compute_device, diffusion_dtype

FLOAT8_TYPES = [torch.float8_e4m3fn, torch.float8_e5m2]


def unet_dtype(
    device: Any = None, model_params: int = 0, supported_dtypes: Iterable[torch.dtype] = (), weight_dtype: Any = None
) -> torch.dtype:
    """How diffusion models are kept."""
    return diffusion_dtype(device or compute_device())


def unet_manual_cast(
    weight_dtype: Any, inference_device: Any, supported_dtypes: Iterable[torch.dtype] = ()
) -> torch.dtype | None:
    """The number format to compute in where it differs from that of the weights, else None."""
    wanted = diffusion_dtype(inference_device)
    return None if weight_dtype in (wanted, torch.float32) else wanted


def should_use_fp16(
    device: Any = None, model_params: int = 0, prioritize_performance: bool = True, manual_cast: bool = False
) -> bool:
    """Whether float16 is worth while."""
    return (device or compute_device()).type in ("cuda", "mps")


def should_use_bf16(
    device: Any = None, model_params: int = 0, prioritize_performance: bool = True, manual_cast: bool = False
) -> bool:
    """Whether bfloat16 is."""
    return (device or compute_device()).type == "cuda" and torch.cuda.is_bf16_supported()


def supports_fp8_compute(device: Any = None) -> bool:
    """Whether float8 is computed in."""
    return False


def get_supported_float8_types() -> list[torch.dtype]:
    """Formats of one byte that torch has."""
    return FLOAT8_TYPES


def supports_dtype(device: Any, dtype: Any) -> bool:
    """Whether a device computes in a format."""
    return dtype in (torch.float32, torch.float16, torch.bfloat16) and (device.type != "cpu" or dtype is torch.float32)


def supports_cast(device: Any, dtype: Any) -> bool:
    """Whether weights may be kept in a format on a device."""
    return device.type != "mps" or dtype not in FLOAT8_TYPES


def pick_weight_dtype(dtype: Any, fallback_dtype: Any, device: Any = None) -> torch.dtype:
    """The format to keep weights in: the one asked for, if it can be."""
    return fallback_dtype if dtype is None or not supports_cast(device or compute_device(), dtype) else dtype  # type: ignore[no-any-return]


def lora_compute_dtype(device: Any) -> torch.dtype:
    """The format that patches are computed in."""
    return torch.float16 if should_use_fp16(device) else torch.float32


def archive_model_dtypes(model: torch.nn.Module) -> None:
    """Note on every weight which format it came in."""
    for module in model.modules():
        for own, weight in module.named_parameters(recurse=False):
            setattr(module, f"{own}_comfy_model_dtype", weight.dtype)


def dtype_size(dtype: torch.dtype) -> int:
    """Bytes a number."""
    return dtype.itemsize


def module_size(module: torch.nn.Module) -> int:
    """Bytes of a module's weights."""
    return sum(tensor.nelement() * tensor.element_size() for tensor in module.state_dict().values())


def cast_to(
    weight: torch.Tensor, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False
) -> torch.Tensor:
    """A tensor elsewhere, in another format."""
    return weight.to(device=device, dtype=dtype, non_blocking=non_blocking, copy=copy)


def cast_to_device(tensor: torch.Tensor, device: Any, dtype: Any, copy: bool = False) -> torch.Tensor:
    """The same."""
    return cast_to(tensor, dtype, device, copy=copy)
