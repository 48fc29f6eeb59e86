"""A prompt as a readable Python script that runs the same pipeline through the Python API."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.prompt import is_link, title_of
from graphcore.workflow.api import inputs_of, links_of, unwrap

_HEAD = '''"""{name}: exported by `graphcore export --python`. Change what you like; run it with Python."""

{imports}import graphcore
from graphcore.workflow.pipeline import Pipeline


def build() -> Pipeline:
    """The pipeline, node by node."""
    pipeline = Pipeline()
'''
_TAIL = """    return pipeline


if __name__ == "__main__":
    result = graphcore.run(build().prompt)
    for node, shown in result.ui.items():
        print(node, dict(shown))
"""
_RESERVED = frozenset({*dir(builtins), "pipeline", "Pipeline", "graphcore", "build", "inf", "nan"})
_WIDTH = 100


def to_python(prompt: Mapping[str, Mapping[str, Any]], name: str = "workflow") -> str:
    """The script. Nodes come in an order in which they can run, each under a name made from its title.

    Raises WorkflowError for links that run in a circle or to nodes that are not there.
    """
    variables = _variables(prompt)
    title = re.sub(r'["\\\\\n]', " ", name)
    body = "".join(_statement(id, prompt[id], variables) for id in _order(prompt))
    numbers = [number for number in ("inf", "nan") if re.search(rf"\b{number}\b", body)]
    imports = f"from math import {', '.join(numbers)}\n\n" if numbers else ""
    return _HEAD.replace("{name}", title).replace("{imports}", imports) + body + _TAIL


def _statement(id: str, node: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    head = [repr(str(node["class_type"])), repr(id)]
    title = title_of(node)
    if title != node["class_type"]:
        head.append(repr(title))
    inputs = {name: _expression(value, variables) for name, value in inputs_of(node).items()}
    named = [f"{name}={text}" for name, text in inputs.items() if name.isidentifier() and not keyword.iskeyword(name)]
    others = {name: text for name, text in inputs.items() if not name.isidentifier() or keyword.iskeyword(name)}
    if others:
        named.append("**{" + ", ".join(f"{name!r}: {text}" for name, text in others.items()) + "}")
    arguments = [", ".join(head), *named]
    line = f"    {variables[id]} = pipeline.add({', '.join(arguments)})\n"
    if len(line) <= _WIDTH:
        return line
    return (
        f"    {variables[id]} = pipeline.add(\n"
        + "".join(f"        {argument},\n" for argument in arguments)
        + "    )\n"
    )


def _expression(value: Any, variables: Mapping[str, str]) -> str:
    if is_link(value):
        if value[0] not in variables:
            raise WorkflowError(f"A link leads to node {value[0]}, which is not there; mend the workflow first.")
        return f"{variables[value[0]]}[{int(value[1])}]"
    return _literal(unwrap(value))


def _literal(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _variables(prompt: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """A readable name for each node, from its title."""
    taken: set[str] = set()
    names = {}
    for id, node in prompt.items():
        words = re.sub(r"[^a-z0-9]+", "_", title_of(node).lower()).strip("_") or "node"
        base = words if words[0].isalpha() else f"node_{words}"
        if keyword.iskeyword(base) or base in _RESERVED:
            base += "_node"
        names[id] = next(name for name in _numbered(base) if name not in taken)
        taken.add(names[id])
    return names


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}_{number}"
        number += 1


def _order(prompt: Mapping[str, Mapping[str, Any]]) -> list[str]:
    targets: dict[str, list[str]] = {id: [] for id in prompt}
    waiting = dict.fromkeys(prompt, 0)
    for target, _, source, _ in links_of(prompt):
        if source in targets:
            targets[source].append(target)
            waiting[target] += 1
    order = [id for id, count in waiting.items() if not count]
    for id in order:
        for target in targets[id]:
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    if len(order) < len(prompt):
        left = ", ".join(sorted(set(prompt) - set(order))[:5])
        raise WorkflowError(f"The links run in a circle through nodes {left}; cut one of them.")
    return order
