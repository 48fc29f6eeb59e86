"""How samplers show what they are at: a setting, which reaches them by the environment of their process."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from graphcore.errors import UserError

SETTING = "GRAPHCORE_PREVIEW_METHOD"


class PreviewMethod(StrEnum):
    """`AUTO`: by TAESD where its file is there, else as `LATENT2RGB`, a linear map; `TAESD` is the same by its name."""

    NONE = "none"
    AUTO = "auto"
    LATENT2RGB = "latent2rgb"
    TAESD = "taesd"


def preview_method(environment: Mapping[str, str]) -> PreviewMethod:
    """The method that is set, `AUTO` where none is. UserError for a word that is no method."""
    return _known(environment.get(SETTING, "") or PreviewMethod.AUTO, f"{SETTING} in the environment")


def variable(option: str) -> dict[str, str]:
    """What the environment must hold for the option --preview-method; nothing for ''. UserError as above."""
    return {SETTING: _known(option, "--preview-method")} if option else {}


def _known(word: str, where: str) -> PreviewMethod:
    try:
        return PreviewMethod(word)
    except ValueError:
        raise UserError(f"{where} should be one of {', '.join(PreviewMethod)}, not '{word}'.") from None
