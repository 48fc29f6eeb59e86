"""The node catalogue: what clients and converters know of each node, in the field's `/object_info` shape."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from graphcore.folders import Folders
from graphcore.node import MISSING, NodeSpec, Output, Port
from graphcore.widgets import Listed

log = logging.getLogger(__name__)


def catalogue_of(registry: Mapping[str, NodeSpec], folders: Folders) -> dict[str, Any]:
    """Node id -> entry, for every node. One whose entry cannot be made is left out, with a warning."""
    found: dict[str, Any] = {}
    for id in registry:
        try:
            found[id] = entry_of(registry[id], folders)
        except Exception as error:  # noqa: BLE001 - a pack's own INPUT_TYPES; one bad node must not hide the others
            log.warning("Node %s cannot be listed: %s", id, error)
    return found


class Catalogue(Mapping[str, Any]):
    """The same, but each entry is made when it is asked for: a command needs those of one workflow only."""

    def __init__(self, registry: Mapping[str, NodeSpec], folders: Folders):
        self.registry, self.folders = registry, folders

    def __getitem__(self, id: str) -> dict[str, Any]:
        return entry_of(self.registry[id], self.folders)

    def __iter__(self) -> Iterator[str]:
        return iter(self.registry)

    def __len__(self) -> int:
        return len(self.registry)


def entry_of(spec: NodeSpec, folders: Folders) -> dict[str, Any]:
    """The entry of one node."""
    if spec.catalogue is not None:
        return spec.catalogue()
    required = {name: config_of(port, folders) for name, port in spec.inputs.items() if port.required}
    optional = {name: config_of(port, folders) for name, port in spec.inputs.items() if not port.required}
    inputs = {"required": required, "optional": optional} if optional else {"required": required}
    entry = {
        "input": inputs,
        "input_order": {section: list(ports) for section, ports in inputs.items()},
        "output": [_output_type(output) for output in spec.outputs],
        "output_is_list": [output.many for output in spec.outputs],
        "output_name": [output.name for output in spec.outputs],
        "name": spec.id,
        "display_name": spec.title,
        "description": spec.description,
        "python_module": spec.module,
        "category": spec.category,
        "output_node": spec.output,
    }
    flags = {"deprecated": spec.deprecated, "experimental": spec.experimental}
    versions = {"node_version": spec.version} if spec.version > 1 else {}
    return entry | {name: True for name, on in flags.items() if on} | versions


def config_of(port: Port, folders: Folders) -> list[Any]:
    """An input as clients know it: [type, options], the type being the list of choices for a choice."""
    if port.config is not None:
        return list(port.config)
    options: dict[str, Any] = {}
    if port.default is not MISSING and port.default is not None:
        options["default"] = getattr(port.default, "value", port.default)
    if port.widget is not None:
        options |= port.widget.options()
    elif str(port.type) in ("INT", "FLOAT", "STRING", "BOOLEAN"):  # a wildcard would equal each of them
        options["forceInput"] = True
    if port.lazy:
        options["lazy"] = True
    if port.growing:
        options["growing"] = True
    if port.tooltip:
        options["tooltip"] = port.tooltip
    kind: Any = port.widget.listed(folders) if isinstance(port.widget, Listed) else str(port.type)
    return [kind, options] if options else [kind]


def _output_type(output: Output) -> Any:
    return str(output.type) if isinstance(output.type, str) else output.type
