"""A latent operation (sharpen, tone map, ...) applied to the guidance at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.options import with_pre_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def apply_operation(model: Model, operation: Callable[..., Tensor]) -> Model:
    """Apply `operation(latent=...)` to the difference of the predictions, or to the only one there is."""

    def pre_cfg(args: dict[str, Any]) -> list[Tensor]:
        cond, *others = args["conds_out"]
        if len(others) == 1:
            return [operation(latent=cond - others[0]) + others[0], *others]
        return [operation(latent=cond), *others]

    return with_pre_cfg(model, pre_cfg)
