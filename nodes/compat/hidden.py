"""Hidden inputs of the class contract: what a node may ask of the run by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphcore.job import Job

# kind -> (node id, job) -> value; without a job nothing runs yet, and only the id is known
KINDS: dict[str, Callable[[str, Job | None], Any]] = {
    "UNIQUE_ID": lambda node, job: node,
    "PROMPT": lambda node, job: job.prompt if job is not None else {},
    "DYNPROMPT": lambda node, job: job.graph if job is not None else None,
    "EXTRA_PNGINFO": lambda node, job: (job.extra or None) if job is not None else None,
    "AUTH_TOKEN_COMFY_ORG": lambda node, job: _secret(job, "auth_token_comfy_org"),
    "API_KEY_COMFY_ORG": lambda node, job: _secret(job, "api_key_comfy_org"),
}
EXPLORING = ("PROMPT", "DYNPROMPT")


def values_of(kinds: Mapping[str, Any], node: str, job: Job | None) -> dict[str, Any]:
    """Name -> value, for the names whose kind is known."""
    return {name: KINDS[kind](node, job) for name, kind in kinds.items() if isinstance(kind, str) and kind in KINDS}


def _secret(job: Job | None, name: str) -> Any:
    return job.secrets.get(name) if job is not None else None
