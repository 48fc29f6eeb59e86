"""A node as data: what the engine must know of it, without its pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.catalogue import entry_of
from graphcore.folders import Folders
from graphcore.node import NodeSpec, Port
from nodes.compat.class_spec import ClassSpec
from nodes.compat.inputs import ClassInputs
from nodes.compat.isolation.values import plain

NEVER = "\0 no node has such an input"


def described(spec: NodeSpec, folders: Folders) -> dict[str, Any]:
    """JSON-able. An entry that the author's code fails to give is its failure."""
    found: dict[str, Any] = {
        "id": spec.id,
        "title": spec.title,
        "category": spec.category,
        "description": spec.description,
        "native": not isinstance(spec, ClassSpec),
        "output": spec.output,
        "outputs": [[output.name, plain(output.type), output.many] for output in spec.outputs],
        "gathered": sorted(spec.gathered),
        "lazy_status": spec.lazy_status is not None,
        "changed": spec.changed is not None or spec.fingerprint is not None or bool(spec.file_ports),
        "migrates": spec.migrate is not None,
        "aliases": list(spec.aliases),
        **{name: getattr(spec, name) for name in FLAGS},
    }
    if spec.validator is not None:
        found["validator"] = [sorted(spec.validator.names), spec.validator.everything, spec.validator.takes_types]
    if isinstance(spec, ClassSpec):
        found |= _of_class(spec)
    try:
        found["entry"] = plain(entry_of(spec, folders))
    except Exception as error:  # noqa: BLE001 - author code
        found["failure"] = f"{type(error).__name__}: {error}"
    return found


FLAGS = (
    "is_async", "gathers", "lane", "volatile", "per_node", "version", "deprecated", "experimental", "pack",
    "pack_version", "module", "explores",
)  # fmt: skip


def _of_class(spec: ClassSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"accepts_all": spec.accepts_all, "groups": bool(spec.groups)}
    if isinstance(spec.inputs, ClassInputs):
        try:
            types = spec.inputs.types
            if "optional" in types and NEVER in types["optional"]:
                found["any_input"] = plain(types["optional"][NEVER])
        except Exception:  # noqa: BLE001 - author code; the entry tells of it
            found["any_input"] = None
    try:
        found["any_output"] = plain(spec.types[len(spec.outputs) + 1])
    except (IndexError, KeyError, TypeError):
        found["any_output"] = None
    return found


def described_port(port: Port, required: bool) -> list[Any]:
    """An input as the class contract writes it, and whether it is required."""
    config: Mapping[str, Any] | Any = port.config
    return [plain(list(config)), required]
