"""Inputs and outputs of the schema style, and `socket_type`, which makes the class of one wire type.

An input class is `io.<Type>.Input(id, ...)`, an output class `io.<Type>.Output(id, ...)`. Keyword arguments that are
None are left out of the catalogue; those that a pack adds through `extra_dict` are handed to clients unchanged.
"""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.compat.schema.options import without_none
from nodes.compat.stubs import ProvidedType


class Input:
    """One input: a wire, without a widget."""

    Parent: ClassVar[Any] = None
    io_type: str = "*"

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
        raw_link: bool | None = None,
        advanced: bool | None = None,
        **more: Any,
    ):
        self.id, self.display_name, self.optional, self.tooltip = id, display_name, optional, tooltip
        self.lazy, self.rawLink, self.advanced = lazy, raw_link, advanced
        self.extra_dict = {**(extra_dict or {}), **more}

    def as_dict(self) -> dict[str, Any]:
        """Option keys for the catalogue, in the V1 spelling."""
        named = {
            "display_name": self.display_name,
            "tooltip": self.tooltip,
            "lazy": self.lazy,
            "rawLink": self.rawLink,
            "advanced": self.advanced,
        }
        return without_none(named | self.extra_dict)

    def get_io_type(self) -> str:
        """The wire type, a comma between those of a union."""
        return self.io_type


class WidgetInput(Input):
    """An input that the user may also enter a value for."""

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        default: Any = None,
        socketless: bool | None = None,
        widget_type: str | None = None,
        force_input: bool | None = None,
        **more: Any,
    ):
        super().__init__(id, display_name, optional, tooltip, lazy, **more)
        self.default, self.socketless = default, socketless
        self.widget_type, self.force_input = widget_type, force_input

    def as_dict(self) -> dict[str, Any]:
        named = {
            "default": self.default,
            "socketless": self.socketless,
            "widgetType": self.widget_type,
            "forceInput": self.force_input,
        }
        return super().as_dict() | without_none(named)


class Output:
    """One output. Without an id it is given `_<index>_<type>_`."""

    Parent: ClassVar[Any] = None
    io_type: str = "*"

    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
        **more: Any,
    ):
        self.more = more  # what newer versions of the reference have
        self.id, self.tooltip, self.is_output_list = id, tooltip, is_output_list
        self.display_name = display_name if display_name is not None else id

    def get_io_type(self) -> str:
        """The wire type."""
        return self.io_type


class ComfyType(metaclass=ProvidedType):
    """The base of every wire type of the schema style."""

    io_type: str = "*"
    Type: Any = Any
    Input: ClassVar[type[Any]]
    Output: ClassVar[type[Any]]


def complete(kind: type[Any], io_type: str) -> type[Any]:
    """Give a type class its own Input and Output, bound to the wire type, where it has not defined them itself."""
    kind.io_type = io_type
    for name, base in (("Input", Input), ("Output", Output)):
        own = kind.__dict__.get(name) or getattr(kind, name, None) or base
        bound = type(name, (own,), {"io_type": io_type, "Parent": kind})
        setattr(kind, name, bound)
    return kind


def socket_type(io_type: str, name: str | None = None) -> type[Any]:
    """The class of a wire type without a widget."""
    return complete(type(name or io_type, (ComfyType,), {}), io_type)


def comfytype(io_type: str, **_: Any) -> Any:
    """The decorator by which packs make a class with `Input` and `Output` of their own into a wire type."""
    return lambda kind: complete(kind, io_type)
