"""The checks of one node's own inputs: what is missing, what does not fit, what is out of range. Literals are converted
to their declared types in place, as the field does.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.catalogue import config_of
from graphcore.errors import Problem, brief, type_name
from graphcore.folders import Folders
from graphcore.nesting import CONTAINERS, MAX_DEPTH, too_deep
from graphcore.node import NodeSpec, Port
from graphcore.prompt import Prompt, is_link, title_of
from graphcore.sockets import assignable

CONVERT: dict[str, Callable[[Any], Any]] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
ARTICLES = {"INT": "a whole number", "FLOAT": "a number", "STRING": "a text", "BOOLEAN": "a yes/no value"}


@dataclass(slots=True)
class NodeCheck:
    """One node under examination. `headless`: ids of nodes that came without `inputs`."""

    id: str
    prompt: Prompt
    registry: Mapping[str, NodeSpec]
    folders: Folders
    targets: Collection[str]
    headless: Collection[str] = field(default=())

    def check(self) -> list[Problem]:
        """Every problem of this node's own inputs. What the code of a class raises on the way is a problem too."""
        if self.id in self.headless:
            return [self.broken(KeyError("inputs"), hint="A node without any needs an empty object.")]
        try:
            return self._check()
        except Exception as error:  # noqa: BLE001 - INPUT_TYPES, a type's own comparison, an odd limit: author code
            return [self.broken(error, hint="This is a fault of the node's own declaration.")]

    def broken(self, error: Exception, name: str = "", hint: str = "", linked: Any = None) -> Problem:
        """The problem of a check that raised."""
        frames = traceback.format_tb(error.__traceback__)
        extra: dict[str, Any] = {"exception_type": type_name(error), "traceback": frames}
        code = "exception_during_validation"
        if self.id not in self.targets:
            code = "exception_during_inner_validation"
            extra |= {"input_name": name, "input_config": None, "exception_message": str(error)}
            extra |= {"linked_node": linked if linked is not None else self._consumer()}
        message = str(error) if name else f"it cannot be checked: {type(error).__name__}: {error}."
        node = self.prompt[self.id]
        return Problem(code, message, self.id, title_of(node), node["class_type"], name, hint, str(error), extra)

    def _consumer(self) -> list[Any] | None:
        """The wire by which another node needs this one."""
        wires = (value for node in self.prompt.values() for value in node["inputs"].values() if is_link(value))
        return next((wire for wire in wires if wire[0] == self.id), None)

    def _check(self) -> list[Problem]:
        node = self.prompt[self.id]
        spec = self.registry[node["class_type"]]
        inputs = node["inputs"]
        deep = [name for name, value in inputs.items() if value.__class__ in CONTAINERS and self._is_too_deep(value)]
        if deep:
            return [self._too_deep(name) for name in deep]
        found: list[Problem | None] = []
        grows = False
        for name, port in spec.ports_of(inputs).items():
            if port.growing:
                grows = True
            elif name in inputs:
                found.append(self._check_input(spec, port, name))
            elif port.required:
                found.append(self._missing(port))
        for name in inputs if grows else ():
            port_of = spec.port(name)
            if port_of is not None and port_of.growing:
                found.append(self._check_input(spec, port_of, name))
        return [problem for problem in found if problem is not None]

    def _check_input(self, spec: NodeSpec, port: Port, name: str) -> Problem | None:
        value = self.prompt[self.id]["inputs"][name]
        if isinstance(value, list):
            return self._check_wire(spec, port, name, value)
        return self._check_value(spec, port, name, value)

    @staticmethod
    def _is_too_deep(value: Any) -> bool:
        return not is_link(value) and too_deep(value)

    def _too_deep(self, name: str) -> Problem:
        message = f"its value is nested more than {MAX_DEPTH} levels deep, which no input takes."
        received = "(nested too deep to be shown)"
        return self._problem(
            "invalid_input_type", message, name, "Give it a flatter one.", f"{name}, {received}",
            input_config=None, received_value=received, exception_message=message,
        )  # fmt: skip

    def _problem(self, code: str, message: str, name: str, hint: str = "", details: str = "", **extra: Any) -> Problem:
        node = self.prompt[self.id]
        return Problem(
            code, message, self.id, title_of(node), node["class_type"], name, hint, details or name,
            {"input_name": name, **extra},
        )  # fmt: skip

    def _config(self, port: Port) -> list[Any]:
        kind, *options = config_of(port, self.folders)
        return [kind, options[0] if options else {}]

    def _missing(self, port: Port) -> Problem:
        what = f"a wire of type {port.type}" if port.widget is None else "a value"
        return self._problem("required_input_missing", "it is required, but absent.", port.name, f"Give it {what}.")

    def _check_wire(self, spec: NodeSpec, port: Port, name: str, value: list[Any]) -> Problem | None:
        if len(value) != 2:
            message = "a list here must be a wire: [node id, output index]."
            hint = 'Wrap a plain list as {"__value__": [...]}.'
            return self._problem(
                "bad_linked_input", message, name, hint, input_config=self._config(port), received_value=value
            )
        source, slot = value
        if not is_link(value) or source not in self.prompt:
            absent = LookupError(f"it is wired to node {brief(source)}, which is not in the workflow.")
            return self.broken(absent, name, "Wire it to an output that exists.", value)
        try:
            received = self.registry[self.prompt[source]["class_type"]].type_of(int(slot))
        except IndexError:
            beyond = IndexError(f"it is wired to output {int(slot)} of node {source}, which has no such output.")
            return self.broken(beyond, name, "Wire it to an output that exists.", value)
        checks = spec.validator
        if (checks is not None and checks.takes_types) or assignable(received, port.type):
            return None
        message = f"it takes {_name(port.type)}, but output {int(slot)} of node {source} is {_name(received)}."
        details = f"{name}, received_type({received}) mismatch input_type({port.type})"
        return self._problem(
            "return_type_mismatch", message, name, "Wire it to an output of its own type.", details,
            input_config=self._config(port), received_type=received, linked_node=value,
        )  # fmt: skip

    def _check_value(self, spec: NodeSpec, port: Port, name: str, value: Any) -> Problem | None:
        inputs = self.prompt[self.id]["inputs"]
        if isinstance(value, dict) and "__value__" in value:
            value = inputs[name] = value["__value__"]
        # the text itself, as subclasses of str may compare and hash as they like
        kind = str.__str__(port.type) if isinstance(port.type, str) else ""
        convert = CONVERT.get(kind)
        if convert is not None:
            try:
                value = inputs[name] = convert(value)
            except (TypeError, ValueError, OverflowError) as error:
                message = f"{brief(value)} is not {ARTICLES[kind]}."
                return self._problem(
                    "invalid_input_type", message, name, "", f"{name}, {value}, {error}",
                    input_config=self._config(port), received_value=value, exception_message=str(error),
                )  # fmt: skip
        elif port.widget is None and value is not None and port.config is None:
            message = f"it takes a wire of type {_name(port.type)}, not the value {brief(value)}."
            return self._problem(
                "invalid_input_type", message, name, "Wire it to a node.", f"{name}, {value}",
                input_config=self._config(port), received_value=value, exception_message=message,
            )  # fmt: skip
        return self._check_widget(spec, port, name, value)

    def _check_widget(self, spec: NodeSpec, port: Port, name: str, value: Any) -> Problem | None:
        if port.widget is None or (spec.validator is not None and spec.validator.covers(name)):
            return None
        finding = port.widget.check(value, self.folders)
        if finding is None:
            return None
        code, message = finding
        return self._problem(code, message, name, "", "", input_config=self._config(port), received_value=value)


def _name(type: Any) -> str:
    return str(type) if isinstance(type, str) else "a choice"
