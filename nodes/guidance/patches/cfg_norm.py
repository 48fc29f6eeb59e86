"""CFGNorm: never let guidance make a place stronger than the conditional prediction is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.options import with_post_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def cfg_norm(model: Model, strength: float) -> Model:
    """Limit the guided prediction's norm over channels to the conditional one's; then multiply by `strength`."""

    def post_cfg(args: dict[str, Any]) -> Tensor:
        denoised: Tensor = args["denoised"]
        limit = args["cond_denoised"].norm(dim=1, keepdim=True)
        factor: Tensor = (limit / (denoised.norm(dim=1, keepdim=True) + 1e-8)).clamp(0.0, 1.0)
        return denoised * factor * strength

    return with_post_cfg(model, post_cfg)
