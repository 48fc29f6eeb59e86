"""`comfy_extras.nodes_perpneg`: guidance that takes of the negative only what is perpendicular to the positive."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nodes.compat.handles.guider import CFGGuider
from nodes.guidance.cfg import Guided, Step
from nodes.guidance.guiders import PerpNegGuider
from nodes.guidance.prepare import Conds


class Guider_PerpNeg(CFGGuider):  # noqa: N801 - the field's own name
    """`set_conds(positive, negative, empty)`, `set_cfg(cfg, neg_scale)`."""

    def set_conds(self, positive: Any, negative: Any, empty_negative_prompt: Any = None) -> None:
        """Towards one, away from the other, seen from the empty prompt."""
        names = {"positive": positive, "empty_negative_prompt": empty_negative_prompt, "negative": negative}
        self.inner_set_conds(names)

    def set_cfg(self, cfg: float, neg_scale: float = 1.0) -> None:
        """How much, and how much of it is the negative."""
        self.cfg, self.neg_scale = cfg, neg_scale

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict[str, Any] | None = None, seed: int | None = None
    ) -> Tensor:
        """The guided prediction."""
        positive, negative, empty = (
            self.original_conds[name] for name in ("positive", "negative", "empty_negative_prompt")
        )
        rule = PerpNegGuider(self.model, positive, negative, empty, self.cfg, self.neg_scale)
        conds: Conds = self.conds
        self._last: Guided | None = rule.predict(Step(self.inner_model, x, timestep, model_options or {}), conds)
        return self._last.denoised
