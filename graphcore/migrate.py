"""Old workflows and newer nodes: inputs saved for an earlier version of a node become those of the present one. Pure.

A prompt says which version of a node it was made for in the node's `_meta.version`; none means 1. Runs put it in, so
the prompt that a picture carries says it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.errors import UserError
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
    saved = _version(node)
    if saved > spec.version:
        raise UserError(
            f"Node {id} ({title_of(node)}) was saved for version {saved} of {spec.id}, but version {spec.version} is "
            f"installed; update the pack '{spec.pack}'."
        )
    meta = {**(node.get("_meta") or {}), "version": spec.version}
    if saved == spec.version or spec.migrate is None:
        return {**node, "_meta": meta}
    return {**node, "inputs": spec.migrate(saved, dict(node.get("inputs") or {})), "_meta": meta}


def _version(node: Mapping[str, Any]) -> int:
    meta = node.get("_meta")
    version = meta.get("version") if isinstance(meta, Mapping) else None
    return version if isinstance(version, int) and not isinstance(version, bool) and version > 0 else 1
