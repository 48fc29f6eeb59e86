"""The inputs that a class declares (INPUT_TYPES), as the engine's ports.

The declaration is the author's own object: often a fresh one each time, sometimes a dict that answers to any name. So
it is read through `in` and `[]`, never copied, and read once for each look that the engine takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from graphcore.folders import Folders
from graphcore.node import Port
from graphcore.sockets import ANY
from graphcore.widgets import Finding, Widget, within
from nodes.compat.schema.dynamic import AUTOGROW, MATCH
from nodes.compat.schema.dynamic import COMBO as DYNAMIC_COMBO

DECLARED = ("required", "optional")


@dataclass(frozen=True, slots=True)
class ClassWidget(Widget):
    """The limits and choices of one declared input; `combos`: whether those of a 'COMBO' type are binding too."""

    type: Any = ""
    declared: Any = None
    combos: bool = True

    def options(self) -> dict[str, Any]:
        return dict(self.declared or {})

    def check(self, value: Any, folders: Folders) -> Finding | None:
        options = self.declared or {}
        outside = within(value, options.get("min"), options.get("max"))
        if outside is not None:
            return outside
        listed = self.choices()
        if listed is None:
            return None
        several = options.get("multiselect") or options.get("multi_select")
        chosen = value if several and isinstance(value, list | tuple) else [value]
        wrong = next((item for item in chosen if item not in listed), None)
        return None if wrong is None and None not in chosen else ("value_not_in_list", _refusal(wrong, listed))

    def choices(self) -> list[Any] | None:
        """The values to choose from; None if any will do, or only the client knows them."""
        if isinstance(self.type, list):
            return self.type
        options = self.declared or {}
        listed = options.get("options")
        if _is(self.type, DYNAMIC_COMBO) and isinstance(listed, list):
            return [option["key"] for option in listed]
        if (
            not self.combos
            or not _is(self.type, "COMBO")
            or "remote" in options
            or not isinstance(listed, list | tuple)
        ):
            return None
        return list(listed)


def _refusal(value: Any, listed: list[Any]) -> str:
    import difflib

    near = difflib.get_close_matches(str(value), [str(item) for item in listed], n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    return f"'{value}' is not among the {len(listed)} choices.{hint}"


class ClassInputs(Mapping[str, Port]):
    """Name -> port of the required and optional inputs. What reading the declaration raises, every question raises."""

    def __init__(self, read: Callable[[], Mapping[str, Any]], *, combos: bool = True):
        self._read, self._combos = read, combos
        self._types: Mapping[str, Any] | None = None
        self._failure: Exception | None = None
        self._ports: dict[str, Port] = {}

    @property
    def types(self) -> Mapping[str, Any]:
        """The declaration, section by section."""
        if self._failure is not None:
            raise self._failure
        if self._types is None:
            try:
                self._types = self._read()
            except Exception as error:
                self._failure = error
                raise
        return self._types

    @property
    def hidden(self) -> Mapping[str, Any]:
        """Name -> kind of the hidden inputs; none if the declaration cannot be read."""
        try:
            return self.types["hidden"] if "hidden" in self.types else {}  # noqa: SIM401 - only `in` and `[]` are sure
        except Exception:  # noqa: BLE001 - the author's code; validation reports it, where there is somebody to tell
            return {}

    @property
    def has_raw_links(self) -> bool:
        """Whether a declared input takes its wire as it is."""
        try:
            return any(port.raw_link for port in self.values())
        except Exception:  # noqa: BLE001 - as above
            return False

    def __getitem__(self, name: str) -> Port:
        port = self._ports.get(name)
        if port is None:
            port = self._ports[name] = self._port(name)
        return port

    def __iter__(self) -> Iterator[str]:
        for section in DECLARED:
            if section in self.types:
                yield from self.types[section]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _port(self, name: str) -> Port:
        types = self.types
        for section in DECLARED:
            if section in types and name in types[section]:
                return port_of(name, types[section][name], section == "required", self._combos)
        raise KeyError(name)


def port_of(name: str, config: Any, required: bool, combos: bool) -> Port:
    """The port of one declared input: `(type,)` or `(type, options)`."""
    parts: tuple[Any, ...] = (config,) if isinstance(config, str) else tuple(config)
    kind = parts[0]
    options = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else {}
    return Port(
        name,
        _wire_type(kind, options),
        ClassWidget(type=kind, declared=options, combos=combos),
        required=required and not _is(kind, AUTOGROW),  # its members are, not itself
        lazy=bool(options.get("lazy")),
        raw_link=bool(options.get("rawLink")),
        config=(kind, options),
    )


def _is(kind: Any, name: str) -> bool:
    """Whether a type is the one of that name. Types of packs compare as they like, so the text itself is compared."""
    return isinstance(kind, str) and str.__str__(kind) == name


def _wire_type(kind: Any, options: Mapping[str, Any]) -> Any:
    """What a wire must carry: for an input of a common type, one of those allowed."""
    if not _is(kind, MATCH):
        return kind
    allowed = options["template"]["allowed_types"]
    return ANY if "*" in allowed else allowed


class LazyNames(AbstractSet[str]):
    """The names of lazy inputs, those included that are not declared by name; `find` gives the port of any name."""

    def __init__(self, inputs: Mapping[str, Port], find: Callable[[str], Port | None]):
        self._inputs, self._find = inputs, find

    def __contains__(self, name: object) -> bool:
        port = self._find(name) if isinstance(name, str) else None
        return port is not None and port.lazy

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._inputs if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
