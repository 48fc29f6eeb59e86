"""How samplers show what they are at: a setting, which reaches them by the environment of their process."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from graphcore.errors import UserError

VARIABLE = "GRAPHCORE_PREVIEW_METHOD"


class PreviewMethod(StrEnum):
    """`AUTO`: by TAESD where its file is there, else as `LATENT2RGB`, a linear map; `TAESD` is the same by its name."""

    NONE = "none"
    AUTO = "auto"
    LATENT2RGB = "latent2rgb"
    TAESD = "taesd"


def preview_method(environment: Mapping[str, str]) -> PreviewMethod:
    """The method that is set, `AUTO` where none is. UserError for a word that is no method."""
    return method_of(environment.get(VARIABLE, "") or PreviewMethod.AUTO, VARIABLE)


def method_of(word: str, source: str) -> PreviewMethod:
    """The method that a word means; UserError names `source`, which gave it."""
    try:
        return PreviewMethod(word)
    except ValueError:
        raise UserError(f"{source} should be one of {', '.join(PreviewMethod)}, not '{word}'.") from None
