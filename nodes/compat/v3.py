"""V3 node classes (`io.ComfyNode`, define_schema, execute) as `NodeSpec`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from graphcore.job import Job, Run
from graphcore.node import Blocker, NodeSpec, Outcome
from graphcore.sockets import ANY
from nodes.compat.class_spec import ClassSpec, change_fingerprint, outputs_of, validator_of
from nodes.compat.groups import Groups
from nodes.compat.handles.boundary import all_given, all_taken
from nodes.compat.hidden import EXPLORING
from nodes.compat.hidden import values_of as hidden_values
from nodes.compat.inference import quiet, stepwise
from nodes.compat.info import pack_of
from nodes.compat.inputs import ClassInputs
from nodes.compat.schema.comfy_node import ComfyNode
from nodes.compat.schema.dynamic import MatchType
from nodes.compat.schema.node_output import NodeOutput
from nodes.compat.schema.schema import Schema


def spec_of_v3(kind: type[ComfyNode], id: str, *, title: str = "", combos: bool = True) -> ClassSpec:
    """The spec of a class, as its schema is now. `combos`: whether choices of a 'COMBO' type are binding."""
    schema = kind.GET_SCHEMA()
    groups = Groups(schema.inputs, combos)
    clone = _Cloner(kind, schema, groups)
    is_async = inspect.iscoroutinefunction(kind.execute)
    inputs = ClassInputs(schema.input_types, combos=combos)
    types = [_wire_type(output) for output in schema.outputs]
    return ClassSpec(
        id=id,
        title=title or schema.display_name or id,
        category=schema.category,
        description=schema.description,
        inputs=inputs,
        outputs=outputs_of(
            types,
            [output.display_name or output.get_io_type() for output in schema.outputs],
            [output.is_output_list for output in schema.outputs],
        ),
        call=_caller(clone, kind.FUNCTION, is_async),
        outcome=_outcome,
        output=schema.is_output_node,
        is_async=is_async,
        gathers=schema.is_input_list,
        per_node=schema.not_idempotent or "UNIQUE_ID" in clone.kinds.values(),
        lazy_status=_status(clone) if kind.overrides("check_lazy_status") else None,
        validator=_validator(kind, clone) if kind.overrides("validate_inputs") else None,
        deprecated=schema.is_deprecated,
        experimental=schema.is_experimental,
        pack=pack_of(kind),
        module=kind.RELATIVE_PYTHON_MODULE or "nodes",
        catalogue=kind.GET_NODE_INFO_V1,
        changed=_changed(clone) if kind.overrides("fingerprint_inputs") else None,
        accepts_all=schema.accept_all_inputs,
        groups=groups or None,
        explores=inputs.has_raw_links or not set(EXPLORING).isdisjoint(clone.kinds.values()),
        types=types,
    )


def _wire_type(output: Any) -> Any:
    """What an output carries: one of a common type may turn out to be any of those allowed."""
    if not isinstance(output, MatchType.Output):
        return output.get_io_type()
    allowed = output.template.wire_type
    return ANY if "*" in allowed else allowed


class _Cloner:
    """Makes the locked clone of a class on which a method is called, and the arguments for it."""

    def __init__(self, kind: type[ComfyNode], schema: Schema, groups: Groups):
        self.kind, self.groups = kind, groups
        self.kinds = {hidden.name: hidden.value for hidden in schema.hidden}

    def __call__(self, node: str, job: Job | None) -> type[Any]:
        return self.kind.PREPARE_CLASS_CLONE(hidden_values(self.kinds, node, job))

    def arguments(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs as the node receives them."""
        return self.groups.nested(inputs) if self.groups else inputs


def _caller(clone: _Cloner, function: str, is_async: bool) -> Callable[[dict[str, Any], Run], Any]:
    def call(inputs: dict[str, Any], run: Run) -> Any:
        execute = getattr(clone(run.node, run.job), function)
        arguments = clone.arguments(all_given(inputs))
        if is_async:
            return stepwise(execute(**arguments))
        with quiet():
            return execute(**arguments)

    return call


def _outcome(result: NodeOutput, run: Run) -> Outcome:
    ui = result.ui.as_dict() if hasattr(result.ui, "as_dict") else result.ui
    if result.block_execution is not None:
        return Outcome(Blocker(result.block_execution), ui or None)
    if len(result.args) == 1 and isinstance(result.args[0], Blocker):
        return Outcome(result.args[0], ui or None, result.expand)
    return Outcome(all_taken(result.args), ui or None, result.expand)


def _status(clone: _Cloner) -> Callable[[dict[str, Any], Run], Any]:
    marked = clone.groups.marked if clone.groups else dict
    return lambda inputs, run: clone(run.node, run.job).check_lazy_status(**marked(inputs))


def _validator(kind: type[ComfyNode], clone: _Cloner) -> Any:
    return validator_of(
        kind.validate_inputs, lambda id, inputs: clone(id, None).validate_inputs(**clone.arguments(inputs))
    )


def _changed(clone: _Cloner) -> Callable[[NodeSpec, str, Mapping[str, Any]], Any]:
    def changed(spec: NodeSpec, node: str, described: Mapping[str, Any]) -> Any:
        if "is_changed" in described:
            return described["is_changed"]
        ask = clone(node, None).fingerprint_inputs
        return change_fingerprint(spec, node, described, lambda inputs: ask(**clone.arguments(inputs)))

    return changed
