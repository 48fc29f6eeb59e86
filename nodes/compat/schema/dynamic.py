"""Inputs of the schema style that stand for several: shown by a choice, growing when wired, or of one common type.

In a prompt their members have dotted names (`mode.strength`, `images.image0`); the node receives one dict for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nodes.compat.schema.sockets import ComfyType, Input, Output, WidgetInput, comfytype

Shown = tuple[str, Any, bool]  # (dotted name, input, required)
COMBO, AUTOGROW, MATCH = "COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3", "COMFY_MATCHTYPE_V3"


class DynamicInput(WidgetInput):
    """An input with members."""

    def shown(self, path: str, values: Mapping[str, Any]) -> Iterator[Shown]:
        """The members that a node with those input values has."""
        raise NotImplementedError

    def find(self, name: str) -> Any:
        """The member of that (relative) name in any state of the node, or None."""
        raise NotImplementedError

    def nested(self, path: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The members' values as the node receives them."""
        raise NotImplementedError


def declared(inputs: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Inputs as a V1 class declares them, in both sections."""
    sections: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
    for item in inputs:
        sections["optional" if item.optional else "required"][item.id] = (item.get_io_type(), item.as_dict())
    return sections


@comfytype(COMBO)
class DynamicCombo(ComfyType):
    """A choice that brings inputs of its own with each key."""

    @dataclass
    class Option:
        """One key, and the inputs that it shows."""

        key: str
        inputs: list[Any] = field(default_factory=list)

    class Input(DynamicInput):
        """The node receives `{id: key, member: value, ...}`."""

        def __init__(self, id: str, options: Sequence[Any], **more: Any):
            super().__init__(id, **more)
            self.options = list(options)

        def as_dict(self) -> dict[str, Any]:
            options = [{"key": option.key, "inputs": declared(option.inputs)} for option in self.options]
            return super().as_dict() | {"options": options}

        def shown(self, path: str, values: Mapping[str, Any]) -> Iterator[Shown]:
            for item in self._chosen(values.get(path)):
                name = f"{path}.{item.id}"
                yield name, item, not item.optional
                if isinstance(item, DynamicInput):
                    yield from item.shown(name, values)

        def find(self, name: str) -> Any:
            head, _, tail = name.partition(".")
            for option in self.options:
                for item in option.inputs:
                    if item.id == head and (not tail or isinstance(item, DynamicInput)):
                        return item.find(tail) if tail else item
            return None

        def nested(self, path: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
            found = {self.id: inputs.get(path)}
            for item in self._chosen(inputs.get(path)):
                name = f"{path}.{item.id}"
                if isinstance(item, DynamicInput):
                    found[item.id] = item.nested(name, inputs)
                elif name in inputs:
                    found[item.id] = inputs[name]
            return found

        def _chosen(self, key: Any) -> list[Any]:
            key = key[0] if isinstance(key, list | tuple) and key else key
            return next((option.inputs for option in self.options if option.key == key), [])


@dataclass
class TemplatePrefix:
    """Members called `prefix0`, `prefix1`, ...: at least `min`, at most `max`."""

    input: Any
    prefix: str
    min: int = 1
    max: int = 10

    @property
    def names(self) -> list[str]:
        """The names of all members that there may be."""
        return [f"{self.prefix}{i}" for i in range(self.max)]

    def as_dict(self) -> dict[str, Any]:
        """As clients know it."""
        return {"input": declared([self.input]), "prefix": self.prefix, "min": self.min, "max": self.max}


@dataclass
class TemplateNames:
    """Members of these names, at least the first `min`."""

    input: Any
    names: list[str]
    min: int = 1

    def as_dict(self) -> dict[str, Any]:
        """As clients know it."""
        return {"input": declared([self.input]), "names": list(self.names), "min": self.min}


@comfytype(AUTOGROW)
class Autogrow(ComfyType):
    """Inputs that become more as they are wired."""

    TemplatePrefix = TemplatePrefix
    TemplateNames = TemplateNames

    class Input(DynamicInput):
        """The node receives `{member: value, ...}` in the template's order."""

        def __init__(self, id: str, template: TemplatePrefix | TemplateNames, **more: Any):
            super().__init__(id, **more)
            self.template = template

        def as_dict(self) -> dict[str, Any]:
            return super().as_dict() | {"template": self.template.as_dict()}

        def shown(self, path: str, values: Mapping[str, Any]) -> Iterator[Shown]:
            for index, member in enumerate(self.template.names):
                name = f"{path}.{member}"
                required = index < self.template.min and not self.template.input.optional and not self.optional
                if required or name in values:
                    yield name, self.template.input, required

        def find(self, name: str) -> Any:
            return self.template.input if name in self.template.names else None

        def nested(self, path: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
            names = ((member, f"{path}.{member}") for member in self.template.names)
            return {member: inputs[name] for member, name in names if name in inputs}


@comfytype(MATCH)
class MatchType(ComfyType):
    """Inputs and outputs that share one type, whichever of those allowed is wired."""

    class Template:
        """What the inputs and outputs of one common type have in common."""

        def __init__(self, template_id: str, allowed_types: Any = None):
            types = [] if allowed_types is None else allowed_types
            self.template_id = template_id
            self.allowed_types = list(types) if isinstance(types, list | tuple) else [types]

        @property
        def wire_type(self) -> str:
            """The types allowed, a comma between them; any, if none is named."""
            return ",".join(kind.io_type for kind in self.allowed_types) or "*"

        def as_dict(self) -> dict[str, Any]:
            """As clients know it."""
            return {"template_id": self.template_id, "allowed_types": self.wire_type}

    class Input(Input):
        """An input of the common type."""

        def __init__(self, id: str, template: Any, **more: Any):
            super().__init__(id, **more)
            self.template = template

        def as_dict(self) -> dict[str, Any]:
            options: dict[str, Any] = super().as_dict()
            return options | {"template": self.template.as_dict()}

    class Output(Output):
        """An output of the common type."""

        def __init__(self, template: Any, id: str | None = None, **more: Any):
            super().__init__(id, **more)
            self.template = template
