"""`comfy.ldm.modules.diffusionmodules.util`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def timestep_embedding(timesteps: Tensor, dim: int, max_period: float = 10000, repeat_only: bool = False) -> Tensor:
    """Sinusoidal embedding [B,dim] of timesteps [B], cosines first (https://arxiv.org/abs/1706.03762)."""
    if repeat_only:
        return timesteps[:, None].expand(-1, dim)
    half = dim // 2
    frequencies = torch.exp(-math.log(max_period) * torch.arange(half, dtype=torch.float32) / half).to(timesteps.device)
    angles = timesteps[:, None].float() * frequencies[None]
    embedding = torch.cat([angles.cos(), angles.sin()], dim=-1)
    return torch.nn.functional.pad(embedding, (0, dim % 2))


def zero_module(module: nn.Module) -> nn.Module:
    """A module with every weight zero."""
    for parameter in module.parameters():
        parameter.detach().zero_()
    return module


def checkpoint(func: Callable[..., Any], inputs: Sequence[Any], params: Any = None, flag: bool = False) -> Any:
    """`func(*inputs)`; nothing is trained here, so nothing is recomputed."""
    return func(*inputs)


def avg_pool_nd(dims: int, *args: Any, **kwargs: Any) -> nn.Module:
    """An average pool over 1, 2 or 3 dimensions."""
    made: nn.Module = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}[dims](*args, **kwargs)
    return made


def conv_nd(dims: int, *args: Any, **kwargs: Any) -> nn.Module:
    """A convolution over 1, 2 or 3 dimensions."""
    made: nn.Module = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[dims](*args, **kwargs)
    return made
