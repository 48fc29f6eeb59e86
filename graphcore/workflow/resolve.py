"""What feeds an input: through reroutes, bypassed nodes and the walls of subgraphs, to a live node or a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphcore.errors import WorkflowError
from graphcore.workflow.editor import BYPASSED, INPUT_NODE, Graph, Node, Slot
from graphcore.workflow.flatten import Scope
from graphcore.workflow.shape import Model
from graphcore.workflow.slottypes import compatible
from graphcore.workflow.virtual import GETTER, SETTER


class Source(NamedTuple):
    """An output of a node that an engine runs."""

    id: str
    slot: int


class Value(NamedTuple):
    """A value that an instance sets for a promoted widget."""

    value: Any


class _At(NamedTuple):
    """A place on the way up: input or output number `slot` of a node."""

    scope: Scope
    node: Node
    slot: int
    is_output: bool


class Resolver:
    """Follows links upwards. Iterative, so that chains may be as long as they like."""

    def __init__(self, model: Model):
        self._model = model
        self._known: dict[tuple[_At, str], Source | Value | None] = {}
        self._setters: dict[Graph, dict[str, Node]] = {}

    def resolve(self, scope: Scope, node: Node, slot: int) -> Source | Value | None:
        """What feeds input number `slot` of `node`; None where nothing does.

        Raises WorkflowError where the links run in a circle without meeting a node that runs.
        """
        socket = self._model.shape(node).inputs[slot]
        direct = self._direct_source(scope, socket)
        if direct is not None:
            return direct
        type = socket.type
        path: dict[_At, None] = {}
        at: _At | Source | Value | None = _At(scope, node, slot, is_output=False)
        while isinstance(at, _At) and (at, type) not in self._known:
            if at in path:
                raise WorkflowError(
                    f"The links through node {at.scope.id_of(at.node)} run in a circle; cut one of them."
                )
            path[at] = None
            at = self._above_output(at, type) if at.is_output else self._above_input(at)
        found = self._known[at, type] if isinstance(at, _At) else at
        for place in reversed(path):
            found = self._own_value(place) if found is None else found
            self._known[place, type] = found
        return found

    def _direct_source(self, scope: Scope, socket: Slot) -> Source | None:
        """The answer for nearly all links: the node at the other end runs."""
        link = scope.graph.links.get(socket.link or "")
        origin = scope.graph.nodes.get(link.origin) if link else None
        if link is None or origin is None or origin.mode == BYPASSED or self._model.is_virtual(origin):
            return None
        return Source(scope.id_of(origin), link.origin_slot)

    def _above_input(self, at: _At) -> _At | None:
        inputs = self._model.shape(at.node).inputs
        if not 0 <= at.slot < len(inputs):
            return None
        slot = inputs[at.slot]
        link = at.scope.graph.links.get(slot.link) if slot.link is not None else None
        if link is None:
            return None
        if link.origin == INPUT_NODE:
            return self._outside(at.scope, link.origin_slot)
        origin = at.scope.graph.nodes.get(link.origin)
        return _At(at.scope, origin, link.origin_slot, is_output=True) if origin is not None else None

    def _own_value(self, at: _At) -> Value | None:
        """The value of an instance's promoted widget; it counts where what is linked to it comes to nothing."""
        child = None if at.is_output else at.scope.children.get(at.node.id)
        inputs = self._model.shape(at.node).inputs
        if child is None or not 0 <= at.slot < len(inputs):
            return None
        slot = inputs[at.slot]
        return Value(child.values[slot.name]) if slot.widget and slot.name in child.values else None

    def _outside(self, scope: Scope, slot: int) -> _At | None:
        if scope.parent is None or scope.instance is None:
            return None
        return _At(scope.parent, scope.instance, slot, is_output=False)

    def _above_output(self, at: _At, type: str) -> _At | Source | None:
        model, node = self._model, at.node
        if node.mode == BYPASSED:
            shape = model.shape(node)
            known = at.slot < len(shape.outputs)
            passing = bypass_slot(shape.inputs, shape.outputs if known else node.outputs, at.slot, type)
            return None if passing is None else _At(at.scope, node, passing, is_output=False)
        child = at.scope.children.get(node.id)
        if child is not None:
            return self._inside(child, at.slot)
        if not model.is_virtual(node):
            return Source(at.scope.id_of(node), at.slot)
        if node.type == GETTER:
            return self._setter_of(at.scope, _variable(node))
        return _At(at.scope, node, at.slot, is_output=False)

    def _inside(self, scope: Scope, slot: int) -> _At | None:
        outputs = scope.definition.outputs if scope.definition else []
        links = outputs[slot].links if 0 <= slot < len(outputs) else []
        link = scope.graph.links.get(links[0]) if links else None
        if link is None:
            return None
        if link.origin == INPUT_NODE:
            return self._outside(scope, link.origin_slot)
        origin = scope.graph.nodes.get(link.origin)
        return _At(scope, origin, link.origin_slot, is_output=True) if origin is not None else None

    def _setter_of(self, scope: Scope, name: str) -> _At | None:
        """The input of the SetNode called `name`, on this level or one around it."""
        level: Scope | None = scope
        while level is not None:
            graph = level.graph
            if graph not in self._setters:
                nodes = graph.nodes.values()
                self._setters[graph] = {_variable(node): node for node in nodes if node.type == SETTER}
            if name in self._setters[graph]:
                return _At(level, self._setters[graph][name], 0, is_output=False)
            level = level.parent
        return None


def bypass_slot(inputs: Sequence[Slot], outputs: Sequence[str], slot: int, type: str) -> int | None:
    """The input that a bypassed node passes on as output `slot` to a socket of `type`; None where none fits."""
    if type == "*":
        return slot if slot < len(inputs) else 0
    output = outputs[slot] if 0 <= slot < len(outputs) else "*"

    def fits(candidate: str) -> bool:
        return compatible(candidate, output) and compatible(candidate, type)

    if slot < len(inputs) and fits(inputs[slot].type):
        return slot
    exact = next((i for i, candidate in enumerate(inputs) if candidate.type == type), None)
    if exact is not None:
        return exact
    return next((i for i, candidate in enumerate(inputs) if fits(candidate.type)), None)


def _variable(node: Node) -> str:
    values = node.raw.get("widgets_values")
    return str(values[0]) if isinstance(values, list) and values else node.id
