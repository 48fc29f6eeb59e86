"""Validation: every problem of a prompt, as data, before anything runs. Pure; iterative, so depth is no limit.

A prompt with several outputs may run those that are sound: `Checked.outputs` lists them, `Checked.problems` says what
is wrong with the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.check_node import NodeCheck
from graphcore.errors import Problem
from graphcore.folders import Folders
from graphcore.graph import find_cycles, needed, order, tainted
from graphcore.node import NodeSpec
from graphcore.prompt import PLAIN, Prompt, links_of, title_of
from graphcore.view import View

NAMED = 40  # nodes of a cycle in its sentence


@dataclass(slots=True)
class Checked:
    """What validation found. `prompt` has its literals converted to the declared types.

    `reached` are the nodes that the targets need through declared inputs: those that were checked. `order` is every
    node after its sources (see `graph.order`).
    """

    prompt: Prompt
    targets: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

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
    registry = registry if isinstance(registry, View) else View(registry)
    for id, node in checked.prompt.items():
        checked.problems += _check_type(id, node, registry)
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
    roots = [*checked.targets, *kept]
    checked.reached = _reached(checked.prompt, registry, roots)
    headless = {id for id, node in prompt.items() if not isinstance(node.get("inputs"), PLAIN)}
    final = frozenset(roots)
    for id in checked.reached:
        checked.problems += NodeCheck(id, checked.prompt, registry, folders, final, headless).check()
    checked.order = order(checked.prompt)
    if len(checked.order) < len(checked.prompt):
        checked.problems += _check_cycles(checked.prompt, needed(checked.prompt, roots))
    return checked


def _reached(prompt: Prompt, registry: Mapping[str, NodeSpec], targets: Iterable[str]) -> list[str]:
    """The targets and what they need through declared inputs."""
    found: dict[str, None] = {}
    stack = list(targets)
    while stack:
        id = stack.pop()
        if id in found:
            continue
        found[id] = None
        spec = registry[prompt[id]["class_type"]]
        for name, source, _ in links_of(prompt[id]):
            if source in prompt and source not in found and _declares(spec, name):
                stack.append(source)
    return list(found)


def _declares(spec: NodeSpec, name: str) -> bool:
    try:
        return spec.port(name) is not None
    except Exception:  # noqa: BLE001 - a class whose INPUT_TYPES raises; the check of the node says so
        return False


def _copied(prompt: Mapping[str, Any]) -> Prompt:
    """The prompt with fresh `inputs`, as literals are converted in place; everything else is shared."""
    return {id: {**node, "inputs": _inputs(node)} if isinstance(node, PLAIN) else node for id, node in prompt.items()}


def _inputs(node: Mapping[str, Any]) -> dict[str, Any]:
    inputs = node.get("inputs")
    return dict(inputs) if isinstance(inputs, PLAIN) else {}


def _check_type(id: str, node: Any, registry: Mapping[str, NodeSpec]) -> list[Problem]:
    if not isinstance(node, PLAIN) or not node.get("class_type"):
        message = "it has no class_type, so nobody knows what it is."
        return [Problem("invalid_prompt", message, id, details=f"Node ID '#{id}'")]
    kind = str(node["class_type"])
    if kind not in registry or kind != node["class_type"]:
        title = title_of(node)
        near = difflib.get_close_matches(kind, list(registry), n=3, cutoff=0.6)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Install the node pack that provides it."
        message = f"there is no node type '{kind}'."
        extra = {"node_id": id, "class_type": kind, "node_title": title}
        return [Problem("missing_node_type", message, id, title, kind, "", hint, f"Node ID '#{id}'", extra)]
    return []


def _no_outputs(prompt: Prompt, registry: Mapping[str, NodeSpec]) -> Problem:
    outputs = [id for id, node in prompt.items() if registry[node["class_type"]].output]
    hint = f"Name one of {', '.join(outputs[:10])}." if outputs else "Add one, such as SaveImage or PreviewImage."
    return Problem("prompt_no_outputs", "nothing to run: it has no output node that is asked for.", hint=hint)


def _no_node(id: str, prompt: Prompt) -> Problem:
    near = difflib.get_close_matches(str(id), list(prompt), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are {', '.join(list(prompt)[:12])}."
    return Problem("prompt_no_outputs", f"there is no node {id!r} whose values could be kept.", hint=hint)


def _check_cycles(prompt: Prompt, reached: Mapping[str, None]) -> list[Problem]:
    inside = {id: prompt[id] for id in reached}
    if len(order(inside)) == len(inside):
        return []
    return [_cycle(prompt, cycle) for cycle in find_cycles(inside)]


def _cycle(prompt: Prompt, cycle: list[str]) -> Problem:
    places = [f"{id} ({title_of(prompt[id])})" for id in [*cycle, cycle[0]]]
    left_out = len(places) - NAMED
    if left_out > 1:  # `cycle_nodes` has them all
        places[NAMED // 2 : -NAMED // 2] = [f"... {left_out} more ..."]
    names = " -> ".join(places)
    extra = {"node_id": cycle[0], "cycle_nodes": cycle}
    first = prompt[cycle[0]]
    message, hint = f"it needs its own result: {names}.", "Remove one of these wires."
    return Problem("dependency_cycle", message, cycle[0], title_of(first), first["class_type"], "", hint, names, extra)
