"""Editor form to prompt form, as the stock editor does it when it queues a workflow, without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.errors import Problem
from graphcore.prompt import Prompt
from graphcore.workflow.api import wrap
from graphcore.workflow.catalogue import Catalogue, NodeType, as_catalogue
from graphcore.workflow.editor import BYPASSED, MUTED, Node
from graphcore.workflow.flatten import Scope, flatten
from graphcore.workflow.primitives import push_values
from graphcore.workflow.queued import Client
from graphcore.workflow.resolve import Resolver, Value
from graphcore.workflow.shape import Model, Shape
from graphcore.workflow.unknown import missing_problem, named_values
from graphcore.workflow.values import stored_values
from graphcore.workflow.widgets import UNDEFINED


@dataclass(frozen=True, slots=True)
class Conversion:
    """A prompt, what keeps it from running (`problems`), and what was left out or guessed (`warnings`)."""

    prompt: Prompt
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def to_prompt(
    document: Mapping[str, Any], catalogue: Mapping[str, Any] | Catalogue | None, client: Client | None = None
) -> Conversion:
    """The prompt form of an editor document.

    `catalogue` is in the shape of `/object_info`. With `client`, values are also serialised as a browser does when it
    queues (random prompts, `%node.widget%` and `%date:...%` in file names); without, they are taken as they stand.
    Raises WorkflowError where the document makes no sense: a subgraph inside itself, links in a circle of reroutes.
    """
    model = Model(document, as_catalogue(catalogue))
    push_values(model, client)
    converter = _Converter(model, client)
    for scope, node in flatten(model):
        converter.add(scope, node)
    return converter.finish()


class _Converter:
    def __init__(self, model: Model, client: Client | None):
        self._model, self._client = model, client
        self._resolver = Resolver(model)
        self._result = Conversion({})
        self._links: list[tuple[str, str, str]] = []

    def add(self, scope: Scope, node: Node) -> None:
        """Emit one node, unless it is one that never runs."""
        model = self._model
        if scope.off or node.mode in (MUTED, BYPASSED) or model.is_virtual(node):
            return
        shape, id = model.shape(node), scope.id_of(node)
        if shape.type is None and not self._keep_unknown(scope, node, id):
            return
        inputs = self._widget_inputs(scope, node, shape)
        self._linked_inputs(scope, node, shape, id, inputs)
        title = node.title or (shape.type.title if shape.type else node.type)
        self._result.prompt[id] = {"inputs": inputs, "class_type": node.type, "_meta": {"title": title}}

    def finish(self) -> Conversion:
        """The conversion, once references to nodes that were not emitted are cut."""
        result, prompt = self._result, self._result.prompt
        for target, name, source in self._links:
            if source not in prompt:
                del prompt[target]["inputs"][name]
        ordered = {id: prompt[id] for id in sorted(prompt, key=_javascript_order)}
        return Conversion(ordered, result.problems, [*result.warnings, *self._model.warnings()])

    def _keep_unknown(self, scope: Scope, node: Node, id: str) -> bool:
        """Report a node that the catalogue does not have; whether something depends on it."""
        linked = any(slot.link is not None for slot in node.inputs)
        feeds = node.id in scope.graph.feeding
        found = self._result.problems if linked or feeds else self._result.warnings
        found.append(missing_problem(node, id, dropped=not feeds))
        return feeds

    def _widget_inputs(self, scope: Scope, node: Node, shape: Shape) -> dict[str, Any]:
        if shape.type is None:
            return {name: wrap(value) for name, value in named_values(node).items()}
        pushed = self._model.pushed.get(node, {}) | scope.inner_values.get(node.id, {})
        inputs: dict[str, Any] = {}
        for widget, stored in zip(shape.widgets, shape.values, strict=True):
            if widget.in_prompt and widget.name:
                value = pushed.get(widget.name, stored)
                if self._client is not None:
                    value = self._client.serialise(node, widget, value, scope.graph, self._model)
                if value is not UNDEFINED:
                    inputs[widget.name] = wrap(value)
        return self._scripted_inputs(node, shape.type) | inputs

    def _scripted_inputs(self, node: Node, type: NodeType) -> dict[str, Any]:
        """Values of inputs whose type only a pack's script draws a widget for: an editor that runs it names them."""
        named = stored_values(node.raw).named
        if not named:
            return {}
        drawn = (input.name for input in type.inputs if not input.widget_type and not input.options.get("forceInput"))
        return {name: wrap(named[name]) for name in drawn if name in named}

    def _linked_inputs(self, scope: Scope, node: Node, shape: Shape, id: str, inputs: dict[str, Any]) -> None:
        for i, slot in enumerate(shape.inputs):
            if slot.link is None:
                continue
            source = self._resolver.resolve(scope, node, i)
            if isinstance(source, Value):
                inputs[slot.name] = wrap(source.value)
            elif source is not None:
                inputs[slot.name] = [source.id, source.slot]
                self._links.append((id, slot.name, source.id))


def _javascript_order(id: str) -> tuple[int, int]:
    """Browsers list integer keys first, by number, and all other keys as they were added; scheduling ties follow it."""
    integer = id.isascii() and id.isdigit() and (id == "0" or id[0] != "0") and len(id) < 10
    return (0, int(id)) if integer else (1, 0)
