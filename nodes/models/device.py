"""Where models compute, and in which number formats they are kept there."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import torch


@cache
def compute_device() -> torch.device:
    """The best device of this process: CUDA, else Apple's GPU, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def diffusion_dtype(device: torch.device) -> torch.dtype:
    """How UNets and ControlNets are kept: float32 on the CPU (exact for every published file), else float16."""
    return torch.float32 if device.type == "cpu" else torch.float16


def vae_dtype(device: torch.device) -> torch.dtype:
    """How VAEs are kept: float32 everywhere but on GPUs with bfloat16, since float16 overflows in SDXL's."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float32


def available_memory(device: torch.device) -> float:
    """Bytes that can still be allocated on a device; infinity where the system does not say."""
    return float(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else _main_memory("MemAvailable:")


def total_memory(device: torch.device) -> float:
    """Bytes that a device has; infinity where the system does not say."""
    return float(torch.cuda.mem_get_info(device)[1]) if device.type == "cuda" else _main_memory("MemTotal:")


def _main_memory(line: str) -> float:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    kilobytes = next((words[1] for words in map(str.split, lines) if words[0] == line), None)
    return math.inf if kilobytes is None else int(kilobytes) * 1024.0
