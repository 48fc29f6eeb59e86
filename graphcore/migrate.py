"""Old workflows and newer nodes: inputs saved for an earlier version of a node become those of the present one. Pure.

A prompt says which version of a node it was made for in the node's `_meta.version`; none means 1. Runs put it in, so
the prompt that a picture carries says it too. How editor documents say it: `workflow/upgrade.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.errors import UserError, text_of
from graphcore.node import NodeSpec
from graphcore.prompt import PLAIN, Prompt, PromptNode, title_of


def migrated(prompt: Mapping[str, Any], registry: Mapping[str, NodeSpec]) -> Prompt:
    """The prompt with every node at its present version; nodes that need no change are shared, not copied.

    Raises UserError for a node of a later version than the one installed.
    """
    return {id: _migrated(id, node, registry) for id, node in prompt.items()}


def _migrated(id: str, node: Any, registry: Mapping[str, NodeSpec]) -> PromptNode:
    spec = registry.get(str(node.get("class_type"))) if isinstance(node, PLAIN) else None
    if spec is None or spec.version == 1:
        return node  # type: ignore[no-any-return]  # whatever it is, validation judges it
    meta = node.get("_meta")
    saved = as_version(meta.get("version")) if isinstance(meta, PLAIN) else None
    inputs = of_present(spec, saved or 1, node.get("inputs") or {}, f"Node {id} ({title_of(node)})")
    return {**node, "inputs": inputs, "_meta": {**(meta or {}), "version": spec.version}}


def as_version(value: Any) -> int | None:
    """A version as a file states it; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def of_present(spec: NodeSpec, version: int, inputs: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Inputs that were saved for a version of a node as those of the present one. `place` names the node in errors.

    Raises UserError for a later version than the one installed, and if the pack's own function fails.
    """
    if version > spec.version:
        raise UserError(
            f"{place} was saved for version {version} of {spec.id}, but version {spec.version} is installed; "
            f"update the pack '{spec.pack}'."
        )
    if version == spec.version or spec.migrate is None:
        return dict(inputs)
    try:
        return dict(spec.migrate(version, dict(inputs)))
    except Exception as error:
        raise UserError(
            f"{place} was saved for version {version} of {spec.id}, and the pack '{spec.pack}' fails to turn its "
            f"inputs into those of version {spec.version} ({type(error).__name__}: {text_of(error)}); add it anew."
        ) from error
