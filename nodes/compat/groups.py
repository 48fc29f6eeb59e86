"""Inputs with members (`mode.strength`) as the engine's ports, and as the dicts that a node receives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcore.node import Port
from nodes.compat.inputs import port_of
from nodes.compat.schema.dynamic import Autogrow, DynamicInput


class Groups:
    """The inputs of a schema that have members."""

    def __init__(self, inputs: Sequence[Any], combos: bool):
        self._combos = combos
        self._groups = {item.id: item for item in inputs if isinstance(item, DynamicInput)}

    def __bool__(self) -> bool:
        return bool(self._groups)

    def ports(self, values: Mapping[str, Any]) -> dict[str, Port]:
        """Dotted name -> port of every member that a node with those input values has."""
        return {
            name: self._port(name, item, required)
            for id, group in self._groups.items()
            for name, item, required in group.shown(id, values)
        }

    def port(self, name: str) -> Port | None:
        """The port of a member, whatever is chosen."""
        head, _, tail = name.partition(".")
        item = self._groups[head].find(tail) if tail and head in self._groups else None
        return None if item is None else self._port(name, item, False)

    def nested(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call: a dict for each input with members, everything else as it is."""
        found = {name: value for name, value in inputs.items() if name.partition(".")[0] not in self._groups}
        for id, group in self._groups.items():
            if id in inputs or isinstance(group, Autogrow.Input):
                found[id] = group.nested(id, inputs)
        return found

    def marked(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The same for asking what a node lacks: each member's value comes with its dotted name."""
        return self.nested({name: (value, name) if "." in name else value for name, value in inputs.items()})

    def _port(self, name: str, item: Any, required: bool) -> Port:
        return port_of(name, (item.get_io_type(), item.as_dict()), required, self._combos)
