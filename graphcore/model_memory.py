"""How much memory models may take: two settings, which reach what loads models by the environment of its process."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphcore.errors import UserError

BUDGET, RESERVE = "GRAPHCORE_MODEL_MEMORY", "GRAPHCORE_RESERVE_MEMORY"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def size_of(text: str) -> float:
    """Bytes that a text such as "6G" or "800 MB" means. UserError for what is no size."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UserError(f"'{text}' is no amount of memory: write a number of bytes, or one like 6G or 800M.")
    return float(match[1]) * _UNITS[match[2].upper()]


def limit(name: str, environment: Mapping[str, str], default: float) -> float:
    """Bytes that one of the settings stands at; `default` where it is not set. UserError names it."""
    text = environment.get(name, "").strip()
    try:
        return size_of(text) if text else default
    except UserError as error:
        raise UserError(f"{name} in the environment: {error}") from None


def variables(budget: str | None, reserve: str | None) -> dict[str, str]:
    """What the environment must hold for the options --model-memory and --reserve-memory, as far as they are given.

    UserError names the option that is no size.
    """
    given = {BUDGET: ("--model-memory", budget), RESERVE: ("--reserve-memory", reserve)}
    found = {}
    for name, (option, text) in given.items():
        if text:
            try:
                size_of(text)
            except UserError as error:
                raise UserError(f"{option}: {error}") from None
            found[name] = text
    return found
