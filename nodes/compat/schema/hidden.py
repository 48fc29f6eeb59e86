"""Hidden values: what a schema-style node may ask of the run, handed over on the class."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Hidden(StrEnum):
    """The kinds of hidden values."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"
    auth_token_comfy_org = "AUTH_TOKEN_COMFY_ORG"
    api_key_comfy_org = "API_KEY_COMFY_ORG"


class HiddenHolder:
    """The hidden values of one call as attributes; what was not asked for, or is unknown, is None."""

    def __init__(self, values: Mapping[str, Any] | None = None):
        self.__dict__.update(values or {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None
