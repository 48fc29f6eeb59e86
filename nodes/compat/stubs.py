"""Stand-ins for what the reference has and Graphcore has not: they can be imported, named and subclassed, not called.

A pack often imports many internals for the sake of a few of its nodes. With stubs, all its other nodes work. While a
pack is being imported even calls go through: a stub that decorates a function leaves it as it is, and any other call
gives a stub again, so that tables and defaults which are computed at import do not cost the whole pack.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from graphcore.errors import RunError
from nodes.compat import asking
from nodes.compat.owners import current_pack, is_loading

STUB = "_graphcore_symbol"


class UnsupportedSymbol(RunError, NotImplementedError):
    """A node pack calls something of the reference implementation that Graphcore does not have."""


class StubType(ABCMeta):
    """The type of stubs, which are classes: so packs can derive from them and ask `isinstance`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if STUB not in cls.__dict__:
            return super().__call__(*args, **kwargs)
        if not is_loading():
            raise refusal(cls)
        if len(args) == 1 and not kwargs and isinstance(args[0], FunctionType | type):
            return args[0]
        return stub(f"{cls.__dict__[STUB]}()")

    def __getattr__(cls, name: str) -> Any:
        # A pack's own class that derives from a stub must not seem to have every attribute there is.
        if name.startswith("__") or STUB not in cls.__dict__:
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        found = stub(f"{cls.__dict__[STUB]}.{name}")
        type.__setattr__(cls, name, found)
        return found

    def __repr__(cls) -> str:
        return f"<stub of {cls.__dict__[STUB]}>" if STUB in cls.__dict__ else super().__repr__()

    def __getitem__(cls, item: Any) -> Any:
        return cls  # as in an annotation

    def __iter__(cls) -> Iterator[Any]:
        _computing(cls)
        return iter(())  # without this, Python would ask for one item after the other, and be given each

    def __contains__(cls, item: Any) -> bool:
        _computing(cls)
        return False

    def __bool__(cls) -> bool:
        return True

    def __or__(cls, other: Any) -> Any:
        """A union of types, or one of sets."""
        union = super().__or__(other)
        return _operate(cls) if union is NotImplemented else union

    def __ror__(cls, other: Any) -> Any:
        union = super().__ror__(other)
        return _operate(cls) if union is NotImplemented else union

    def __exit__(cls, *_: object) -> None:
        """The end of a `with`."""


def _computing(kind: StubType) -> None:
    """Something is computed with a stub: that is refused, but while a pack is imported."""
    if not is_loading():
        raise refusal(kind)


def _operate(cls: StubType, *_: Any) -> Any:
    _computing(cls)
    return cls


def _number(cls: StubType, *_: Any) -> int:
    _computing(cls)
    return 0


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "xor")
for _name in (*_BINARY, *(f"r{name}" for name in _BINARY), "neg", "abs", "round", "enter"):
    setattr(StubType, f"__{_name}__", _operate)
for _name in ("lt", "le", "gt", "ge"):
    setattr(StubType, f"__{_name}__", StubType.__contains__)
StubType.__int__ = StubType.__index__ = StubType.__len__ = _number  # type: ignore[attr-defined]
StubType.__float__ = lambda cls: float(_number(cls))  # type: ignore[attr-defined]


def stub(symbol: str) -> StubType:
    """The stand-in for a symbol, named in full."""
    module, _, name = symbol.rpartition(".")
    members = {STUB: symbol, "__module__": module, "__doc__": None}
    if name.endswith(("Error", "Exception")):  # so that it can be caught; nobody raises it
        return StubType(name, (Exception,), members)
    return StubType(name, (), {**members, "__init__": _refuse})


def _refuse(self: Any, *args: Any, **kwargs: Any) -> None:
    if not is_loading():
        raise refusal(next(base for base in type(self).__mro__ if STUB in base.__dict__))


def refusal(kind: type[Any]) -> UnsupportedSymbol:
    """The sentence for a call of a stub, or of `super().__init__` in a class that derives from one."""
    pack = current_pack()
    caller = f"The pack '{pack}'" if pack else "This node"
    return UnsupportedSymbol(
        f"{caller} calls {kind.__dict__[STUB]}, which Graphcore does not support. Other nodes of the pack may work; "
        "docs/compat.md lists what is supported."
    )


class ProvidedType(ABCMeta):
    """The type of classes of the reference that Graphcore has in part: what else is asked of one is a stub.

    So `original = Kind.method` and `Kind.method = mine` work at import. Whoever looks first is told the truth.
    """

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") or asking.reads_carefully(sys._getframe(1)):
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        return stub(f"{_public(cls)}.{name}")


def _public(kind: type[Any]) -> str:
    """The name that packs have imported a class by, or that of the class which it derives from."""
    provided = [(name, module) for name, module in list(sys.modules.items()) if name.startswith(("comfy", "server"))]
    for base in kind.__mro__:
        for name, module in provided:
            if vars(module).get(base.__name__) is base:
                return f"{name}.{base.__name__}"
    return f"{kind.__module__}.{kind.__qualname__}"


def missing(owner: str, name: str) -> Any:
    """A stub for an attribute that an object has not; AttributeError for who looks first."""
    if name.startswith("__") or asking.reads_carefully(sys._getframe(2)):
        raise AttributeError(f"{owner} has no attribute '{name}'")
    return stub(f"{owner}.{name}")
