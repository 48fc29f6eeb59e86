"""The catalogue entries of node classes, in the field's `/object_info` shape."""

from __future__ import annotations

from typing import Any


def pack_of(kind: type[Any]) -> str:
    """The pack that a class belongs to: the folder it was loaded from."""
    return str(getattr(kind, "RELATIVE_PYTHON_MODULE", None) or "nodes").removeprefix("custom_nodes.")


def class_entry(kind: type[Any], id: str, title: str) -> dict[str, Any]:
    """The entry of a V1 class: what it declares, as it declares it. Raises whatever its INPUT_TYPES raises."""
    types = list(kind.RETURN_TYPES)
    inputs = kind.INPUT_TYPES()
    entry: dict[str, Any] = {
        "input": inputs,
        "input_order": {section: list(inputs[section]) for section in inputs},
        "output": types,
        "output_is_list": list(getattr(kind, "OUTPUT_IS_LIST", None) or [False] * len(types)),
        "output_name": list(getattr(kind, "RETURN_NAMES", None) or types),
        "name": id,
        "display_name": title,
        "description": getattr(kind, "DESCRIPTION", None) or "",
        "python_module": getattr(kind, "RELATIVE_PYTHON_MODULE", "nodes"),
        "category": getattr(kind, "CATEGORY", None) or "sd",
        "output_node": bool(getattr(kind, "OUTPUT_NODE", False)),
    }
    if hasattr(kind, "OUTPUT_TOOLTIPS"):
        entry["output_tooltips"] = list(kind.OUTPUT_TOOLTIPS)
    flags = {"deprecated": "DEPRECATED", "experimental": "EXPERIMENTAL"}
    entry |= {key: True for key, name in flags.items() if getattr(kind, name, False)}
    if hasattr(kind, "API_NODE"):
        entry["api_node"] = kind.API_NODE
    return entry


def schema_entry(kind: Any) -> dict[str, Any]:
    """The entry of a schema-style class: always with every key."""
    schema = kind.GET_SCHEMA()
    inputs = schema.input_types()
    entry = {
        "input": inputs,
        "input_order": {section: list(names) for section, names in inputs.items()},
        "output": [output.get_io_type() for output in schema.outputs],
        "output_is_list": [output.is_output_list for output in schema.outputs],
        "output_name": [output.display_name or output.get_io_type() for output in schema.outputs],
        "output_tooltips": [output.tooltip for output in schema.outputs],
        "name": schema.node_id,
        "display_name": schema.display_name or schema.node_id,
        "description": schema.description,
        "python_module": kind.RELATIVE_PYTHON_MODULE or "nodes",
        "category": schema.category,
        "output_node": schema.is_output_node,
        "deprecated": schema.is_deprecated,
        "experimental": schema.is_experimental,
        "api_node": schema.is_api_node,
    }
    templates = [getattr(output, "template", None) for output in schema.outputs]
    if any(templates):
        entry["output_matchtypes"] = [template.template_id if template else None for template in templates]
    return entry
