"""`comfy_extras.chainner_models.model_loading`: upscale networks from their tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor


def load_state_dict(state_dict: Mapping[str, Tensor]) -> Any:
    """The network, by the extra `upscale` of Graphcore (spandrel)."""
    from spandrel import ModelLoader

    return ModelLoader().load_from_state_dict(dict(state_dict)).eval()
