from __future__ import annotations

import math

import torch

from nodes.models.device import available_memory, diffusion_dtype, total_memory, vae_dtype

CPU = torch.device("cpu")


def test_everything_is_float32_on_the_cpu() -> None:
    assert diffusion_dtype(CPU) == torch.float32
    assert vae_dtype(CPU) == torch.float32


def test_halves_on_gpus() -> None:
    assert diffusion_dtype(torch.device("cuda")) == torch.float16
    assert vae_dtype(torch.device("mps")) == torch.float32


def test_available_memory_is_positive() -> None:
    assert available_memory(CPU) > 2**20 or math.isinf(available_memory(CPU))


def test_a_device_has_no_less_than_is_free() -> None:
    cpu = torch.device("cpu")
    assert 2**20 < available_memory(cpu) <= total_memory(cpu)
