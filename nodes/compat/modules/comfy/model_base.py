"""`comfy.model_base`: what a model predicts. Networks are Graphcore's own: their classes are stubs."""

from __future__ import annotations

from enum import Enum


class ModelType(Enum):
    """What a model predicts."""

    EPS = 1
    V_PREDICTION = 2
    V_PREDICTION_EDM = 3
    STABLE_CASCADE = 4
    EDM = 5
    FLOW = 6
    V_PREDICTION_CONTINUOUS = 7
    FLUX = 8
    IMG_TO_IMG = 9
    FLOW_COSMOS = 10
