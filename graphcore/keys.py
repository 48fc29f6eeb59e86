"""Cache keys: a Merkle hash over what a node is and everything upstream of it, in one linear pass. Pure.

Two nodes with equal keys give equal results, so ids, titles, positions and key order do not take part. Python's
equality decides between values (1 == 1.0 == True). A value that never equals itself (NaN) or has no canonical form
makes the node, and all that depends on it, uncacheable: its key is None.

Keys outlive the process (see disk_cache), so nothing in them may differ between processes or versions of Python:
`ascii` rather than `repr`, whose idea of what is printable grows with Unicode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from graphcore.node import NodeSpec
from graphcore.prompt import is_link

Key = bytes


class _Unstable(Exception):
    """The value has no canonical form."""


def keys_of(
    order: Iterable[str],
    prompt: Mapping[str, Mapping[str, Any]],
    registry: Mapping[str, NodeSpec],
    fingerprints: Mapping[str, Any],
    known: Mapping[str, Key | None] = MappingProxyType({}),
) -> dict[str, Key | None]:
    """The key of every node in `order` (sources first). `known` holds keys of nodes outside `prompt`."""
    keys: dict[str, Key | None] = {}

    def key_of(id: str) -> Key | None:
        return keys[id] if id in keys else known.get(id)

    for id in order:
        node = prompt[id]
        spec = registry.get(node["class_type"])
        keys[id] = None if spec is None or spec.volatile else _key(id, node, spec, fingerprints.get(id), key_of)
    return keys


def _key(
    id: str, node: Mapping[str, Any], spec: NodeSpec, fingerprint: Any, key_of: Callable[[str], Key | None]
) -> Key | None:
    parts = [spec.identity]
    if spec.per_node:
        parts.append(f"@{id!a}")
    try:
        if fingerprint is not None:
            parts.append(f"#{canonical(fingerprint)}")
        inputs = node["inputs"]
        for name in sorted(inputs):
            value = inputs[name]
            if is_link(value):
                source = key_of(value[0])
                if source is None:
                    return None
                parts.append(f"{name!a}<{source.hex()}:{int(value[1])}")
            else:
                parts.append(f"{name!a}={canonical(value)}")
    except (_Unstable, RecursionError):
        return None
    return blake2b("\n".join(parts).encode("ascii"), digest_size=16).digest()


def canonical(value: Any) -> str:
    """Text that is equal exactly for values that are equal in Python. Raises for values that have none."""
    kind = type(value)
    if kind is str:
        return ascii(value)
    if kind is int or kind is bool:
        return f"{value:x}"
    if kind is float:
        if value != value:
            raise _Unstable
        return f"{int(value):x}" if value.is_integer() else repr(value)
    if value is None:
        return "~"
    if kind is list or kind is tuple:
        return "[" + ",".join([canonical(item) for item in value]) + "]"
    if kind is dict:
        items = sorted((canonical(key), canonical(item)) for key, item in value.items())
        return "{" + ",".join([f"{key}:{item}" for key, item in items]) + "}"
    if kind is bytes:
        return f"b{value.hex()}"
    if isinstance(value, str):  # a subclass, such as an enum: its text is its value
        return ascii(str.__str__(value))
    raise _Unstable
