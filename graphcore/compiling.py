"""Whether networks are compiled: a setting that reaches what loads models by the environment of its process."""

from __future__ import annotations

from collections.abc import Mapping

from graphcore.errors import UserError

SETTING = "GRAPHCORE_COMPILE_WITH"
BACKENDS = ("inductor", "cudagraphs")


def backend(environment: Mapping[str, str]) -> str | None:
    """What diffusion networks are compiled by; None for not at all. UserError for what is not known."""
    name = environment.get(SETTING, "").strip()
    return _known(name, f"{SETTING} in the environment") if name else None


def variable(option: str | None) -> dict[str, str]:
    """What the environment must hold for the option --compile-with, if it is given. UserError for what is not known."""
    return {SETTING: _known(option, "--compile-with")} if option else {}


def _known(name: str, where: str) -> str:
    if name not in BACKENDS:
        raise UserError(f"{where}: '{name}' compiles nothing here; choose {' or '.join(BACKENDS)}.")
    return name
