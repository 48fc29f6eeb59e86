"""What saved workflows know of a node, and what of it a change would break. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.node import NodeSpec, Port

Schema = Mapping[str, Any]


def schema_of(spec: NodeSpec) -> dict[str, Any]:
    """Version, inputs and outputs as JSON values."""
    return {
        "version": spec.version,
        "inputs": {name: _input(port) for name, port in spec.inputs.items()},
        "outputs": [[output.name, str(output.type), output.many] for output in spec.outputs],
    }


def _input(port: Port) -> dict[str, Any]:
    options = port.widget.options() if port.widget is not None else {}
    limits: dict[str, Any] = {name: options[name] for name in ("min", "max") if name in options}
    return {"type": str(port.type), "required": port.required, **limits}


def changes(before: Schema, now: Schema) -> list[str]:
    """A sentence for every difference that workflows notice; none for a later version, which `migrate` leads to."""
    if now["version"] > before["version"]:
        return []
    return [*_inputs(before["inputs"], now["inputs"]), *_outputs(before["outputs"], now["outputs"])]


def _inputs(before: Schema, now: Schema) -> list[str]:
    found = [f"Input '{name}' is gone." for name in before if name not in now]
    found += [f"Input '{name}' is new and required." for name in now if name not in before and now[name]["required"]]
    for name in (name for name in before if name in now):
        old, new = before[name], now[name]
        if old["type"] != new["type"]:
            found.append(f"Input '{name}' was {old['type']} and is {new['type']}.")
        if new["required"] and not old["required"]:
            found.append(f"Input '{name}' was optional and is required.")
        for limit, narrower in (("min", max), ("max", min)):
            if limit in new and (limit not in old or narrower(old[limit], new[limit]) != old[limit]):
                found.append(f"Input '{name}' has {limit} {new[limit]}, narrower than {old.get(limit, 'none')}.")
    return found


def _outputs(before: list[list[Any]], now: list[list[Any]]) -> list[str]:
    """Workflows name outputs by their place."""
    if [output[1:] for output in now[: len(before)]] == [output[1:] for output in before]:
        return []
    told = [
        ", ".join(f"{name} ({kind}{', a list' if many else ''})" for name, kind, many in row) for row in (before, now)
    ]
    return [f"The outputs were {told[0] or 'none'} and are {told[1] or 'none'}."]
