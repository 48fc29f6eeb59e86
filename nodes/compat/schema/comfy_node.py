"""`ComfyNode`: the base class of schema-style nodes, with the V1 attributes that other code reads off them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from graphcore.errors import DeclarationError
from nodes.compat.schema.hidden import HiddenHolder
from nodes.compat.schema.node_output import NodeOutput, normalised
from nodes.compat.schema.schema import Schema


class classproperty:  # noqa: N801 - reads as the decorator it is
    """A property of a class."""

    def __init__(self, get: Any):
        self.get = get

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        return self.get(owner)


class ComfyNode:
    """A node is a class that is never instantiated: every method is a class method, run on a locked clone."""

    RELATIVE_PYTHON_MODULE: ClassVar[str | None] = None
    hidden: ClassVar[HiddenHolder] = HiddenHolder()

    @classmethod
    def define_schema(cls) -> Schema:
        """What the node is. Asked each time, so lists of files stay fresh."""
        raise NotImplementedError(f"{cls.__name__} has no define_schema; return io.Schema(...) from it.")

    @classmethod
    def execute(cls, **kwargs: Any) -> Any:
        """Do the work; may be async."""
        raise NotImplementedError(f"{cls.__name__} has no execute; define it as a class method.")

    @classmethod
    def validate_inputs(cls, **kwargs: Any) -> Any:
        """True, or what is wrong with the inputs. Only an override counts; may be async."""
        raise NotImplementedError

    @classmethod
    def fingerprint_inputs(cls, **kwargs: Any) -> Any:
        """A value that changes when the result would. Only an override counts; may be async."""
        raise NotImplementedError

    @classmethod
    def check_lazy_status(cls, **kwargs: Any) -> Any:
        """Names of the inputs that are needed. Only an override counts; may be async."""
        return [name for name, value in kwargs.items() if value is None]

    # -- what the engine and other packs read ------------------------------------------------------------------------

    @classmethod
    def overrides(cls, name: str) -> bool:
        """Whether a subclass defines that method itself."""
        return getattr(cls, name).__func__ is not getattr(ComfyNode, name).__func__

    @classmethod
    def GET_SCHEMA(cls) -> Schema:  # noqa: N802
        """The schema, completed and checked. DeclarationError if it cannot be."""
        schema = cls.define_schema()
        if not isinstance(schema, Schema):
            raise DeclarationError(f"{cls.__name__}.define_schema returned {type(schema).__name__}, not an io.Schema.")
        schema.finalize()
        schema.validate()
        return schema

    @classmethod
    def FINALIZE_SCHEMA(cls) -> Schema:  # noqa: N802
        """The same, under its other name."""
        return cls.GET_SCHEMA()

    @classmethod
    def INPUT_TYPES(cls, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:  # noqa: N802
        """The inputs as a V1 class declares them."""
        return cls.GET_SCHEMA().input_types()

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:  # noqa: N802
        """The node's entry in the catalogue."""
        from nodes.compat.info import schema_entry

        entry: dict[str, Any] = schema_entry(cls)
        return entry

    @classmethod
    def GET_BASE_CLASS(cls) -> type[Any]:  # noqa: N802
        """The class itself, also when asked of a clone."""
        return cls.__dict__.get("_base", cls)  # type: ignore[no-any-return]

    @classmethod
    def EXECUTE_NORMALIZED(cls, *args: Any, **kwargs: Any) -> NodeOutput:  # noqa: N802
        """`execute`, and what it returns as NodeOutput."""
        return cls._allowed(normalised(cls.execute(*args, **kwargs), cls.__name__))

    @classmethod
    async def EXECUTE_NORMALIZED_ASYNC(cls, *args: Any, **kwargs: Any) -> NodeOutput:  # noqa: N802
        """`execute`, awaited, and what it returns as NodeOutput."""
        return cls._allowed(normalised(await cls.execute(*args, **kwargs), cls.__name__))

    @classmethod
    def _allowed(cls, output: NodeOutput) -> NodeOutput:
        if output.expand is not None and not cls.GET_SCHEMA().enable_expand:
            raise DeclarationError(f"Node {cls.__name__} expands without leave; say enable_expand=True in its schema.")
        return output

    @classmethod
    def PREPARE_CLASS_CLONE(cls, hidden: Mapping[str, Any] | None = None) -> type[Any]:  # noqa: N802
        """A throw-away subclass for one call, with its hidden values; its attributes cannot be set."""
        return locked(cls)(cls.__name__, (cls,), {"hidden": HiddenHolder(hidden), "_base": cls})  # type: ignore[no-any-return]

    FUNCTION = classproperty(
        lambda cls: "EXECUTE_NORMALIZED_ASYNC" if inspect.iscoroutinefunction(cls.execute) else "EXECUTE_NORMALIZED"
    )
    RETURN_TYPES = classproperty(lambda cls: [output.get_io_type() for output in cls.GET_SCHEMA().outputs])
    RETURN_NAMES = classproperty(lambda cls: [_output_name(output) for output in cls.GET_SCHEMA().outputs])
    OUTPUT_TOOLTIPS = classproperty(lambda cls: [output.tooltip for output in cls.GET_SCHEMA().outputs])
    OUTPUT_IS_LIST = classproperty(lambda cls: [output.is_output_list for output in cls.GET_SCHEMA().outputs])
    CATEGORY = classproperty(lambda cls: cls.GET_SCHEMA().category)
    DESCRIPTION = classproperty(lambda cls: cls.GET_SCHEMA().description)
    OUTPUT_NODE = classproperty(lambda cls: cls.GET_SCHEMA().is_output_node)
    INPUT_IS_LIST = classproperty(lambda cls: cls.GET_SCHEMA().is_input_list)
    DEPRECATED = classproperty(lambda cls: cls.GET_SCHEMA().is_deprecated)
    EXPERIMENTAL = classproperty(lambda cls: cls.GET_SCHEMA().is_experimental)
    API_NODE = classproperty(lambda cls: cls.GET_SCHEMA().is_api_node)
    NOT_IDEMPOTENT = classproperty(lambda cls: cls.GET_SCHEMA().not_idempotent)
    ACCEPT_ALL_INPUTS = classproperty(lambda cls: cls.GET_SCHEMA().accept_all_inputs)


def _output_name(output: Any) -> str:
    return str(output.display_name or output.get_io_type())


def locked(cls: type[Any]) -> Any:
    """The metaclass of a class, made to refuse new attribute values."""
    meta = type(cls)
    found = _LOCKED.get(meta)
    if found is None:
        found = _LOCKED[meta] = type(
            f"Locked{meta.__name__}", (meta,), {"__setattr__": _refuse, "__delattr__": _refuse}
        )
    return found


def _refuse(cls: type[Any], name: str, *_: Any) -> None:
    raise AttributeError(
        f"{cls.__name__}.{name} cannot be set while the node runs: a node keeps nothing on its class between calls."
    )


_LOCKED: dict[type[Any], Any] = {}
