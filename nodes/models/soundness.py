"""Why a result is not a number: a look through the weights that made it, taken only when it has happened."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from graphcore.errors import ModelError


def is_finite(tensor: Tensor) -> bool:
    """Whether every number of a tensor is one; True for whole numbers."""
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.float()).all())


def check_weights(weights: Iterable[tuple[str, Tensor]], path: Path | str | None, what: str) -> None:
    """Raises ModelError that names the file and the first of the named weights that holds NaN or infinity."""
    bad = next((name for name, tensor in weights if not is_finite(tensor)), None)
    if bad is not None:
        raise ModelError(
            f"{path or 'This file'}: the {what}'s weight '{bad}' holds values that are not numbers, "
            "so nothing can come of it. The file is damaged or its training failed: fetch it again, or use another."
        )
