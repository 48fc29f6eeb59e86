"""`comfy.sampler_helpers`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.prepare import convert
from nodes.sampling.inpaint import fit_mask


def prepare_mask(noise_mask: Tensor, shape: Sequence[int], device: Any = None) -> Tensor:
    """A mask in any resolution as [B,C,h,w] of a latent's shape."""
    return fit_mask(noise_mask, torch.Size(shape)).to(device)


def convert_cond(cond: Any) -> list[dict[str, Any]]:
    """CONDITIONING as dicts with `cross_attn`."""
    return convert(cond)


def get_additional_models(conds: Any, dtype: Any = None) -> tuple[list[Any], int]:
    """(models that conditionings need loaded, bytes): they load themselves."""
    return [], 0


def prepare_sampling(
    model: Any, noise_shape: Any, conds: Any, model_options: Any = None, *_: Any, **__: Any
) -> tuple[Any, Any, list[Any]]:
    """(the model, the conditionings, further models): a model of ours loads itself when it is used."""
    return model.model, conds, []


def get_models_from_cond(cond: Iterable[Any], model_type: str) -> list[Any]:
    """What conditionings hold under a key."""
    return [entry[model_type] for entry in cond if isinstance(entry, dict) and model_type in entry]


def cleanup_additional_models(models: Iterable[Any]) -> None:
    """Sampling is over."""
    for model in models:
        if hasattr(model, "cleanup"):
            model.cleanup()


def cleanup_models(conds: Any, models: Iterable[Any]) -> None:
    """The same."""
    cleanup_additional_models(models)
