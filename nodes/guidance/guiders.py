"""Guiders: which conditionings a sampling call looks at, and how their predictions make one.

A guider is an immutable value; `lists` are its conditionings by name, `predict` combines prepared conds of those names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from torch import Tensor

from graphcore.errors import RunError
from nodes.guidance.cfg import Guided, ListOrNone, Step, after, combine, predict
from nodes.guidance.cfg import guide as guide  # packs may exchange it
from nodes.guidance.conditioning import Conditioning, set_values
from nodes.guidance.prepare import Conds

if TYPE_CHECKING:
    from nodes.models.model import Model


class Guider(Protocol):
    """What a sampling call needs of a guider."""

    @property
    def model(self) -> Model: ...

    @property
    def lists(self) -> Mapping[str, Conditioning]:
        """The conditionings by name, in the order they are prepared."""
        ...

    def predict(self, step: Step, conds: Conds) -> Guided:
        """The guided prediction; `conds` are the lists, prepared."""
        ...


def check_scales(*scales: float) -> None:
    """Raises RunError for a guidance scale that is not a number, of which no picture would come."""
    for scale in scales:
        if not math.isfinite(scale):
            raise RunError(f"A guidance scale (cfg) of {scale} is no number to guide by: give one such as 7.")


@dataclass(frozen=True, eq=False)
class BasicGuider:
    """The positive conditioning alone."""

    model: Model
    positive: Conditioning

    @property
    def lists(self) -> Mapping[str, Conditioning]:
        return {"positive": self.positive}

    def predict(self, step: Step, conds: Conds) -> Guided:
        return guide(step, conds["positive"], None, 1.0)


@dataclass(frozen=True, eq=False)
class CFGGuider:
    """Classifier-free guidance: towards `positive`, away from `negative`, `cfg` times their difference."""

    model: Model
    positive: Conditioning
    negative: Conditioning
    cfg: float

    def __post_init__(self) -> None:
        check_scales(self.cfg)

    @property
    def lists(self) -> Mapping[str, Conditioning]:
        return {"positive": self.positive, "negative": self.negative}

    def predict(self, step: Step, conds: Conds) -> Guided:
        return guide(step, conds["positive"], conds["negative"], self.cfg)


@dataclass(frozen=True, eq=False)
class DualCFGGuider:
    """Two conditionings, guided one from the other and both from `negative` (https://arxiv.org/abs/2211.09800).

    Regular: each difference has a scale of its own. Nested: the result of guiding `cond1` from `cond2` is guided again.
    """

    model: Model
    cond1: Conditioning
    cond2: Conditioning
    negative: Conditioning
    cfg_conds: float
    cfg_cond2_negative: float
    nested: bool = False

    def __post_init__(self) -> None:
        check_scales(self.cfg_conds, self.cfg_cond2_negative)

    @property
    def lists(self) -> Mapping[str, Conditioning]:
        middle = set_values(self.cond2, {"prompt_type": "negative"})
        return {"positive": self.cond1, "middle": middle, "negative": self.negative}

    def predict(self, step: Step, conds: Conds) -> Guided:
        return self._nested(step, conds) if self.nested else self._regular(step, conds)

    def _nested(self, step: Step, conds: Conds) -> Guided:
        positive, middle = conds["positive"], conds["middle"]
        away, mid, towards = predict(step, [conds["negative"], middle, positive], self.cfg_conds)
        text = combine(step, towards, mid, self.cfg_conds, cond=positive, uncond=middle)
        return Guided(away + (text - away) * self.cfg_cond2_negative, mid)

    def _regular(self, step: Step, conds: Conds) -> Guided:
        negative: ListOrNone = conds["negative"]
        middle: ListOrNone = conds["middle"]
        if step.skips_uncond and math.isclose(self.cfg_cond2_negative, 1.0):
            negative = None
            middle = None if math.isclose(self.cfg_conds, 1.0) else middle
        away, mid, towards = predict(step, [negative, middle, conds["positive"]], self.cfg_cond2_negative)
        guided = combine(step, mid, away, self.cfg_cond2_negative, cond=middle, uncond=negative)
        return Guided(guided + (towards - mid) * self.cfg_conds, away)


@dataclass(frozen=True, eq=False)
class PerpNegGuider:
    """Only what is perpendicular to the positive direction is taken from the negative (https://perp-neg.github.io)."""

    model: Model
    positive: Conditioning
    negative: Conditioning
    empty: Conditioning
    cfg: float
    neg_scale: float

    def __post_init__(self) -> None:
        check_scales(self.cfg, self.neg_scale)

    @property
    def lists(self) -> Mapping[str, Conditioning]:
        empty = set_values(self.empty, {"prompt_type": "negative"})
        return {"positive": self.positive, "empty_negative_prompt": empty, "negative": self.negative}

    def predict(self, step: Step, conds: Conds) -> Guided:
        positive = conds["positive"]
        negative: ListOrNone = conds["negative"]
        empty: ListOrNone = conds["empty_negative_prompt"]
        if step.skips_uncond and math.isclose(self.neg_scale, 0.0):
            negative = None
            empty = None if math.isclose(self.cfg, 1.0) else empty
        outputs = predict(step, [positive, negative, empty], self.cfg)
        denoised = perp_neg(*outputs, cond_scale=self.cfg, neg_scale=self.neg_scale)
        denoised = after(step, denoised, outputs[0], outputs[1], self.cfg, cond=positive, uncond=negative)
        return Guided(denoised, outputs[1])


def perp_neg(positive: Tensor, negative: Tensor, empty: Tensor, *, cond_scale: float, neg_scale: float) -> Tensor:
    """Guidance from `empty`; the negative counts only as far as it is perpendicular to the positive, over the batch."""
    towards, away = positive - empty, negative - empty
    perpendicular: Tensor = away - (away * towards).sum() / towards.norm() ** 2 * towards
    return empty + cond_scale * (towards - neg_scale * perpendicular)
