"""V1 node classes (INPUT_TYPES, RETURN_TYPES, FUNCTION, ...) as `NodeSpec`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from graphcore.job import Job, Run
from graphcore.node import NodeSpec, Outcome
from nodes.compat.class_spec import ClassSpec, change_fingerprint, outputs_of, validator_of, values_of
from nodes.compat.handles.boundary import all_given, all_taken
from nodes.compat.hidden import EXPLORING
from nodes.compat.hidden import values_of as hidden_values
from nodes.compat.inference import quiet, stepwise
from nodes.compat.info import class_entry, pack_of
from nodes.compat.inputs import ClassInputs

RETURNED = frozenset({"ui", "result", "expand"})


def spec_of_v1(kind: type[Any], id: str, *, title: str = "", combos: bool = True) -> ClassSpec:
    """The spec of a class, as it describes itself now. `combos`: whether choices of a 'COMBO' type are binding."""
    inputs = ClassInputs(kind.INPUT_TYPES, combos=combos)
    hidden = inputs.hidden
    types = kind.RETURN_TYPES
    is_async = inspect.iscoroutinefunction(getattr(kind, kind.FUNCTION))
    return ClassSpec(
        id=id,
        title=title or id,
        category=str(getattr(kind, "CATEGORY", None) or "sd"),
        description=str(getattr(kind, "DESCRIPTION", None) or ""),
        inputs=inputs,
        outputs=outputs_of(
            types, getattr(kind, "RETURN_NAMES", None) or (), getattr(kind, "OUTPUT_IS_LIST", None) or ()
        ),
        call=_caller(kind, id, is_async),
        outcome=_reader(len(types)),
        output=getattr(kind, "OUTPUT_NODE", False) is True,
        is_async=is_async,
        gathers=bool(getattr(kind, "INPUT_IS_LIST", False)),
        per_node=bool(getattr(kind, "NOT_IDEMPOTENT", False)) or "UNIQUE_ID" in hidden.values(),
        lazy_status=_status(kind, id) if hasattr(kind, "check_lazy_status") else None,
        validator=_validator(kind),
        deprecated=bool(getattr(kind, "DEPRECATED", False)),
        experimental=bool(getattr(kind, "EXPERIMENTAL", False)),
        pack=pack_of(kind),
        module=str(getattr(kind, "RELATIVE_PYTHON_MODULE", None) or "nodes"),
        catalogue=lambda: class_entry(kind, id, title or id),
        hidden=_hidden(hidden) if hidden else None,
        changed=_changed(kind) if hasattr(kind, "IS_CHANGED") else None,
        explores=inputs.has_raw_links or not set(EXPLORING).isdisjoint(map(str, hidden.values())),
        types=types,
    )


def instance(kind: type[Any], id: str, run: Run) -> Any:
    """The node's object, which lives as long as every prompt holds a node with that id and type."""
    state = run.job.state
    found = state.get((run.node, id))
    if type(found) is not kind:
        found = state[run.node, id] = kind()
    return found


def _caller(kind: type[Any], id: str, is_async: bool) -> Callable[[dict[str, Any], Run], Any]:
    def call(inputs: dict[str, Any], run: Run) -> Any:
        function = getattr(instance(kind, id, run), kind.FUNCTION)
        arguments = all_given(inputs)
        if is_async:
            return stepwise(function(**arguments))
        with quiet():
            return function(**arguments)

    return call


def _reader(count: int) -> Callable[[Any, Run], Outcome]:
    def outcome(result: Any, run: Run) -> Outcome:
        if not isinstance(result, dict):
            return Outcome(all_taken(values_of(result, count)))
        if result and count and RETURNED.isdisjoint(result):
            raise TypeError("it returned a dict without 'ui', 'result' or 'expand'; write 'return (value,)'.")
        values = result.get("result")
        return Outcome(
            () if values is None else all_taken(values_of(values, count)),
            result.get("ui") or None,
            result.get("expand"),
        )

    return outcome


def _status(kind: type[Any], id: str) -> Callable[[dict[str, Any], Run], Any]:
    return lambda inputs, run: instance(kind, id, run).check_lazy_status(**all_given(inputs))


def _validator(kind: type[Any]) -> Any:
    function = getattr(kind, "VALIDATE_INPUTS", None)
    return None if function is None else validator_of(function, lambda id, inputs: function(**inputs))


def _hidden(kinds: Mapping[str, Any]) -> Callable[[str, Job | None], Mapping[str, Any]]:
    return lambda node, job: hidden_values(kinds, node, job)


def _changed(kind: type[Any]) -> Callable[[NodeSpec, str, Mapping[str, Any]], Any]:
    def changed(spec: NodeSpec, node: str, described: Mapping[str, Any]) -> Any:
        if "is_changed" in described:
            return described["is_changed"]
        return change_fingerprint(spec, node, described, lambda inputs: kind.IS_CHANGED(**inputs))

    return changed
