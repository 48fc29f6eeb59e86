"""Stand-ins for what the reference has and Graphcore has not: they can be imported, named and subclassed, not called.

A pack often imports many internals for the sake of a few of its nodes. With stubs, all its other nodes work. While a
pack is being imported even calls go through: a stub that decorates a function leaves it as it is, and any other call
gives a stub again, so that tables and defaults which are computed at import do not cost the whole pack.
"""

from __future__ import annotations

from abc import ABCMeta
from types import FunctionType
from typing import Any

from graphcore.errors import RunError
from nodes.compat.owners import LOADING, current_pack

STUB = "_graphcore_symbol"


class UnsupportedSymbol(RunError, NotImplementedError):
    """A node pack calls something of the reference implementation that Graphcore does not have."""


class StubType(ABCMeta):
    """The type of stubs, which are classes: so packs can derive from them and ask `isinstance`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if STUB not in cls.__dict__:
            return super().__call__(*args, **kwargs)
        if not LOADING.get():
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


def stub(symbol: str) -> StubType:
    """The stand-in for a symbol, named in full."""
    module, _, name = symbol.rpartition(".")
    return StubType(name, (), {STUB: symbol, "__module__": module, "__init__": _refuse, "__doc__": None})


def _refuse(self: Any, *args: Any, **kwargs: Any) -> None:
    if not LOADING.get():
        raise refusal(next(base for base in type(self).__mro__ if STUB in base.__dict__))


def refusal(kind: type[Any]) -> UnsupportedSymbol:
    """The sentence for a call of a stub, or of `super().__init__` in a class that derives from one."""
    pack = current_pack()
    caller = f"The pack '{pack}'" if pack else "This node"
    return UnsupportedSymbol(
        f"{caller} calls {kind.__dict__[STUB]}, which Graphcore does not support. Other nodes of the pack may work; "
        "docs/compat.md lists what is supported."
    )
