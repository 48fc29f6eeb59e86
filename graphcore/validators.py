"""The nodes' own checks of their inputs (VALIDATE_INPUTS, validate_inputs), asked after the built-in ones."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from graphcore import mapping
from graphcore.check_node import NodeCheck
from graphcore.errors import Problem
from graphcore.folders import Folders
from graphcore.node import Blocker, NodeSpec
from graphcore.prompt import is_link, title_of
from graphcore.validate import Checked


def have_validators(checked: Checked, registry: Mapping[str, NodeSpec]) -> bool:
    """Whether there is anybody to ask."""
    return any(registry[checked.prompt[id]["class_type"]].validator is not None for id in checked.reached)


async def ask_validators(checked: Checked, registry: Mapping[str, NodeSpec], folders: Folders) -> None:
    """Ask every node that was reached and has a check of its own; what they object to joins the problems.

    A node whose inputs have a problem already is not asked: its check could rely on nothing.
    """
    bad = {problem.node for problem in checked.problems}
    targets = frozenset(checked.targets)
    for id in checked.reached:
        spec = registry[checked.prompt[id]["class_type"]]
        if spec.validator is None or id in bad:
            continue
        try:
            checked.problems += await _ask(id, checked, spec, registry)
        except Exception as error:  # noqa: BLE001 - author code
            check = NodeCheck(id, checked.prompt, registry, folders, targets)
            checked.problems.append(check.broken(error, hint="The node's own check of its inputs failed."))


async def _ask(id: str, checked: Checked, spec: NodeSpec, registry: Mapping[str, NodeSpec]) -> list[Problem]:
    validator = spec.validator
    assert validator is not None
    known = mapping.before_run(spec, id, checked.prompt[id])
    inputs = {name: values for name, values in known.items() if validator.covers(name)}
    if validator.takes_types:
        inputs["input_types"] = [_received(id, checked, spec, registry)]
    found = []
    for arguments in mapping.spread(spec, inputs):
        answer = validator.check(id, arguments)
        answer = await answer if inspect.isawaitable(answer) else answer
        if answer is not True and not isinstance(answer, Blocker):
            found += [_problem(id, checked, name, answer) for name in inputs]
    return found


def _received(id: str, checked: Checked, spec: NodeSpec, registry: Mapping[str, NodeSpec]) -> dict[str, Any]:
    """Input name -> type of the output that it is wired to."""
    prompt = checked.prompt
    return {
        name: registry[prompt[value[0]]["class_type"]].type_of(int(value[1]))
        for name, value in prompt[id]["inputs"].items()
        if is_link(value) and spec.port(name) is not None
    }


def _problem(id: str, checked: Checked, name: str, answer: Any) -> Problem:
    node = checked.prompt[id]
    text = "" if answer is False else str(answer)
    message = f"the node does not accept it: {text}" if text else "the node does not accept it."
    details = f"{name} - {text}" if text else name
    extra = {"input_name": name}
    return Problem(
        "custom_validation_failed", message, id, title_of(node), node["class_type"], name, "", details, extra
    )
