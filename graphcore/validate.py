"""Validation: every problem of a prompt, as data, before anything runs. Pure; iterative, so depth is no limit.

A prompt with several outputs may run those that are sound: `Checked.outputs` lists them, `Checked.problems` says what
is wrong with the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.errors import Problem
from graphcore.folders import Folders
from graphcore.graph import find_cycle, needed, order, tainted
from graphcore.node import NodeSpec, Port
from graphcore.prompt import Prompt, is_link, title_of
from graphcore.sockets import assignable

CONVERT: dict[str, Callable[[Any], Any]] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


@dataclass(slots=True)
class Checked:
    """What validation found. `prompt` has its literals converted to the declared types."""

    prompt: Prompt
    targets: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def outputs(self) -> list[str]:
        """The targets that are sound: no node that they depend on has a problem."""
        if any(not problem.node for problem in self.problems):
            return []
        bad = tainted(self.prompt, {problem.node for problem in self.problems})
        return [target for target in self.targets if target not in bad]


def validate(
    prompt: Mapping[str, Any],
    registry: Mapping[str, NodeSpec],
    folders: Folders,
    targets: Iterable[str] | None = None,
    keep: Iterable[str] = (),
) -> Checked:
    """Check a prompt against the nodes that exist.

    `targets` restricts the outputs; None means every output node. `keep` names further nodes that are to run.
    """
    checked = Checked(_copied(prompt))
    checked.problems += [problem for id, node in prompt.items() for problem in _check_type(id, node, registry)]
    if checked.problems:
        return checked
    wanted = None if targets is None else set(targets)
    checked.targets = [
        id
        for id, node in checked.prompt.items()
        if registry[node["class_type"]].output and (wanted is None or id in wanted)
    ]
    kept = list(keep)
    checked.problems += [_no_node(id, checked.prompt) for id in kept if id not in checked.prompt]
    if not checked.targets and not kept:
        checked.problems.append(_no_outputs(checked.prompt, registry))
    if checked.problems:
        return checked
    reached = needed(checked.prompt, [*checked.targets, *kept])
    for id in reached:
        checked.problems += Node(id, checked.prompt, registry, folders, checked.targets).check()
    checked.problems += _check_cycles(checked.prompt, reached)
    return checked


def _copied(prompt: Mapping[str, Any]) -> Prompt:
    """The prompt with fresh `inputs`, as literals are converted in place; everything else is shared."""
    return {
        id: {**node, "inputs": dict(node["inputs"])}
        if isinstance(node, Mapping) and isinstance(node.get("inputs"), Mapping)
        else node
        for id, node in prompt.items()
    }


def _check_type(id: str, node: Any, registry: Mapping[str, NodeSpec]) -> list[Problem]:
    if not isinstance(node, Mapping) or not node.get("class_type"):
        message = "it has no class_type, so nobody knows what it is."
        return [Problem("invalid_prompt", message, id, details=f"Node ID '#{id}'")]
    kind, title = str(node["class_type"]), title_of(node)
    if kind not in registry or kind != node["class_type"]:
        near = difflib.get_close_matches(kind, list(registry), n=3, cutoff=0.6)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Install the node pack that provides it."
        message = f"there is no node type '{kind}'."
        extra = {"node_id": id, "class_type": kind, "node_title": title}
        return [Problem("missing_node_type", message, id, title, kind, "", hint, f"Node ID '#{id}'", extra)]
    if not isinstance(node.get("inputs"), Mapping):
        message = "it has no 'inputs'; a node without any needs an empty object."
        return [Problem("exception_during_validation", message, id, title, kind, details="'inputs'")]
    return []


def _no_outputs(prompt: Prompt, registry: Mapping[str, NodeSpec]) -> Problem:
    outputs = [id for id, node in prompt.items() if registry[node["class_type"]].output]
    hint = f"Name one of {', '.join(outputs[:10])}." if outputs else "Add one, such as SaveImage or PreviewImage."
    return Problem("prompt_no_outputs", "nothing to run: it has no output node that is asked for.", hint=hint)


def _no_node(id: str, prompt: Prompt) -> Problem:
    near = difflib.get_close_matches(str(id), list(prompt), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(list(prompt)[:12])}."
    return Problem("prompt_no_outputs", f"there is no node {id!r} whose values could be kept.", hint=hint)


def _check_cycles(prompt: Prompt, reached: Mapping[str, None]) -> list[Problem]:
    inside = {id: prompt[id] for id in reached}
    if len(order(inside)) == len(inside):
        return []
    cycle = find_cycle(inside)
    names = " -> ".join(f"{id} ({title_of(prompt[id])})" for id in [*cycle, cycle[0]])
    extra = {"node_id": cycle[0], "cycle_nodes": cycle}
    message = f"it needs its own result: {names}."
    hint = "Remove one of these wires."
    first = prompt[cycle[0]]
    return [
        Problem("dependency_cycle", message, cycle[0], title_of(first), first["class_type"], "", hint, names, extra)
    ]


@dataclass(slots=True)
class Node:
    """One node under examination."""

    id: str
    prompt: Prompt
    registry: Mapping[str, NodeSpec]
    folders: Folders
    targets: list[str]

    def check(self) -> list[Problem]:
        """Every problem of this node's own inputs; converts its literals in place."""
        node = self.prompt[self.id]
        spec = self.registry[node["class_type"]]
        inputs = node["inputs"]
        found: list[Problem | None] = []
        for name, port in spec.inputs.items():
            if port.growing:
                continue
            if name not in inputs:
                found.append(self._missing(port) if port.required else None)
            else:
                found.append(self._check_input(spec, port, name))
        for name in inputs:
            port_of = spec.port(name)
            if port_of is not None and (port_of.growing or name not in spec.inputs):
                found.append(self._check_input(spec, port_of, name))
        return [problem for problem in found if problem is not None]

    def _check_input(self, spec: NodeSpec, port: Port, name: str) -> Problem | None:
        value = self.prompt[self.id]["inputs"][name]
        if isinstance(value, list):
            return self._check_wire(spec, port, name, value)
        return self._check_value(spec, port, name, value)

    def _problem(self, code: str, message: str, name: str, hint: str = "", details: str = "", **extra: Any) -> Problem:
        node = self.prompt[self.id]
        return Problem(
            code, message, self.id, title_of(node), node["class_type"], name, hint, details or name,
            {"input_name": name, **extra},
        )  # fmt: skip

    def _missing(self, port: Port) -> Problem:
        what = f"a wire of type {port.type}" if port.widget is None else "a value"
        return self._problem("required_input_missing", "it is required, but absent.", port.name, f"Give it {what}.")

    def _check_wire(self, spec: NodeSpec, port: Port, name: str, value: list[Any]) -> Problem | None:
        config = port.config
        if len(value) != 2:
            message = "a list here must be a wire: [node id, output index]."
            hint = 'Wrap a plain list as {"__value__": [...]}.'
            return self._problem("bad_linked_input", message, name, hint, input_config=config, received_value=value)
        source, slot = value
        if not is_link(value) or source not in self.prompt:
            message = f"it is wired to node {source!r}, which is not in the workflow."
            return self._exception(name, message, linked_node=value)
        outputs = self.registry[self.prompt[source]["class_type"]].outputs
        index = int(slot)
        if not 0 <= index < len(outputs):
            message = f"it is wired to output {index} of node {source}, which has {len(outputs)}."
            return self._exception(name, message, linked_node=value)
        received = outputs[index].type
        checks = spec.validator
        if (checks is not None and checks.takes_types) or assignable(received, port.type):
            return None
        message = f"it takes {_name(port.type)}, but output {index} of node {source} is {_name(received)}."
        details = f"{name}, received_type({received}) mismatch input_type({port.type})"
        return self._problem(
            "return_type_mismatch", message, name, "Wire it to an output of its own type.", details,
            input_config=config, received_type=received, linked_node=value,
        )  # fmt: skip

    def _exception(self, name: str, message: str, **extra: Any) -> Problem:
        own = self.id in self.targets
        code = "exception_during_validation" if own else "exception_during_inner_validation"
        hint = "Wire it to an output that exists."
        return self._problem(code, message, name, hint, exception_type="KeyError", traceback=[], **extra)

    def _check_value(self, spec: NodeSpec, port: Port, name: str, value: Any) -> Problem | None:
        inputs = self.prompt[self.id]["inputs"]
        if isinstance(value, dict) and "__value__" in value:
            value = inputs[name] = value["__value__"]
        config = port.config
        convert = CONVERT.get(port.type) if isinstance(port.type, str) else None
        if convert is not None:
            try:
                value = inputs[name] = convert(value)
            except (TypeError, ValueError, OverflowError) as error:
                message = f"{value!r} is not {ARTICLES[port.type]}."
                return self._problem(
                    "invalid_input_type", message, name, "", f"{name}, {value}, {error}",
                    input_config=config, received_value=value, exception_message=str(error),
                )  # fmt: skip
        elif port.widget is None and value is not None and port.config is None:
            message = f"it takes a wire of type {_name(port.type)}, not the value {value!r}."
            return self._problem("invalid_input_type", message, name, "Wire it to a node.", received_value=value)
        return self._check_widget(spec, port, name, value)

    def _check_widget(self, spec: NodeSpec, port: Port, name: str, value: Any) -> Problem | None:
        if port.widget is None or (spec.validator is not None and spec.validator.covers(name)):
            return None
        finding = port.widget.check(value, self.folders)
        if finding is None:
            return None
        code, message = finding
        return self._problem(code, message, name, "", "", input_config=port.config, received_value=value)


ARTICLES = {"INT": "a whole number", "FLOAT": "a number", "STRING": "a text", "BOOLEAN": "a yes/no value"}


def _name(type: Any) -> str:
    return str(type) if isinstance(type, str) else "a choice"
