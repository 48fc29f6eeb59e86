"""Where a sampling call went wrong whose result is not a number: a weight of its files, if one is to blame."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from graphcore.errors import ModelError
from nodes.models.soundness import check_weights, is_finite

if TYPE_CHECKING:
    from nodes.guidance.guiders import Guider

log = logging.getLogger(__name__)


def blame(guider: Guider) -> None:
    """Raises ModelError that names the damaged file: the model's, a ControlNet's or the text encoder's.

    If all are sound, only the log says what happened: some settings lead there in the field, too.
    """
    weights = guider.model.weights.weights
    check_weights(weights.originals(), weights.path, "model")
    for entries in guider.lists.values():
        for context, options, *_ in entries:
            if context is not None and not is_finite(context):
                raise ModelError(
                    "The encoded prompt is not made of numbers: a weight in it is NaN or infinite, or the text "
                    "encoder's file is damaged. Look at the prompt's weights, or fetch the file again."
                )
            control = options.get("control")
            while control is not None:
                control.weights.check()
                control = control.previous
    log.warning(
        "The sampled latent is not made of numbers, so the picture will be black, though all files are sound. "
        "Try other settings (sampler, scheduler, guidance scale), or float32 for the model."
    )
