"""Secrets that come with a job: kept in memory for as long as the job may run, and never stored, listed or logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")  # keys of extra_data


def split(extra: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """extra_data as (what may be seen, what may not)."""
    public = {name: value for name, value in extra.items() if name not in SECRETS}
    return public, {name: str(extra[name]) for name in SECRETS if extra.get(name) is not None}
