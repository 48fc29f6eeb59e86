"""Secrets that come with a job: kept in memory for as long as the job may run, and never stored, listed or logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHORTEST = 8  # characters; shorter ones would be found in ordinary words
HIDDEN = "[secret]"
SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")  # keys of extra_data


def split(extra: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """extra_data as (what may be seen, what may not)."""
    public = {name: value for name, value in extra.items() if name not in SECRETS}
    return public, {name: str(extra[name]) for name in SECRETS if extra.get(name) is not None}


def hide(value: Any, secrets: Mapping[str, str]) -> Any:
    """A JSON value, or bytes, without the secrets: nodes may put what they were given into errors and outputs."""
    hidden = [secret for secret in secrets.values() if len(secret) >= SHORTEST]
    return _hide(value, hidden) if hidden else value


def _hide(value: Any, hidden: list[str]) -> Any:
    if isinstance(value, str):
        for secret in hidden:
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, bytes):
        for secret in hidden:
            value = value.replace(secret.encode(), HIDDEN.encode())
        return value
    if isinstance(value, Mapping):
        return {_hide(key, hidden): _hide(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hide(item, hidden) for item in value]
    return value
