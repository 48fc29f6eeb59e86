"""Findings and failures in the field's own JSON: what `POST /prompt` answers, what `execution_error` carries. Pure.

Keys and error types are those that the field's clients read; the sentences are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphcore.boundary import is_out_of_memory
from graphcore.errors import Cancelled, NodeFailed, Problem, brief, text_of, type_name
from graphcore.events import NodeBlocked
from graphcore.graph import tainted
from graphcore.validate import Checked

LISTED = 20  # choices are listed in a report up to this many

MESSAGES = {
    "no_prompt": "No prompt provided",
    "invalid_prompt": "A node without a type",
    "missing_node_type": "Unknown node type",
    "prompt_no_outputs": "Prompt has no outputs",
    "prompt_outputs_failed_validation": "Prompt outputs failed validation",
    "required_input_missing": "Required input is missing",
    "bad_linked_input": "A wire must be [node id, output index]",
    "return_type_mismatch": "Return type mismatch between linked nodes",
    "invalid_input_type": "Value cannot be converted to the input's type",
    "value_smaller_than_min": "Value smaller than the minimum",
    "value_bigger_than_max": "Value bigger than the maximum",
    "value_not_in_list": "Value not in list",
    "custom_validation_failed": "The node does not accept its inputs",
    "exception_during_validation": "Exception when validating the node",
    "exception_during_inner_validation": "Exception when validating an inner node",
    "dependency_cycle": "The node needs its own result",
}
MEMORY_TIP = "Lower the width, height or batch size, or use a tiled or smaller variant of this node."


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """`error`: why nothing can run, or None if something can. `node_errors`: node id -> its own findings."""

    error: dict[str, Any] | None
    node_errors: dict[str, Any]


def no_prompt() -> ValidationReport:
    """The answer to a request that carries no prompt at all."""
    details = "Send {'prompt': {...}}."
    return ValidationReport(_error("no_prompt", details, {}), {})


def validation_report(checked: Checked) -> ValidationReport:
    """What a client is told about a prompt."""
    whole = [problem for problem in checked.problems if not problem.node or _is_fatal(problem)]
    if whole:
        first = whole[0]
        details = first.hint if first.code == "prompt_no_outputs" else first.details
        return ValidationReport(_error(first.code, details, dict(first.extra)), {})
    node_errors = _node_errors(checked)
    if checked.outputs or not checked.problems:
        return ValidationReport(None, node_errors)
    details = "\n".join(_line(problem) for problem in checked.problems if problem.node in checked.targets)
    return ValidationReport(_error("prompt_outputs_failed_validation", details, {}), node_errors)


def _is_fatal(problem: Problem) -> bool:
    """Whether a node's finding refuses the whole prompt, needed or not."""
    return problem.code in ("invalid_prompt", "missing_node_type")


def _node_errors(checked: Checked) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for problem in checked.problems:
        entry = found.setdefault(
            problem.node, {"errors": [], "dependent_outputs": [], "class_type": problem.type or "unknown"}
        )
        entry["errors"].append(error_of(problem))
    for id, entry in found.items():
        affected = tainted(checked.prompt, {id})
        entry["dependent_outputs"] = [target for target in checked.targets if target in affected]
    return found


def error_of(problem: Problem) -> dict[str, Any]:
    """One finding: {"type", "message", "details", "extra_info"}."""
    extra = dict(problem.extra)
    details = problem.details
    if problem.code == "value_not_in_list":
        details = _choice_details(problem, extra)
    return _error(problem.code, details, extra)


def _choice_details(problem: Problem, extra: dict[str, Any]) -> str:
    """The value and the choices, which are only counted if there are many; then the config is left out too."""
    choices = _choices(extra.get("input_config"))
    listed = str(choices)
    if len(choices) > LISTED:
        extra["input_config"] = None
        listed = f"(list of length {len(choices)})"
    return f"{problem.input}: {brief(extra.get('received_value'))} not in {listed}"


def _choices(config: Any) -> list[Any]:
    if not config:
        return []
    if isinstance(config[0], list):
        return config[0]
    options = config[1].get("options", []) if len(config) > 1 else []
    return list(options)


def _line(problem: Problem) -> str:
    error = error_of(problem)
    return f"{error['message']}: {error['details']}"


def _error(code: str, details: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": code, "message": MESSAGES.get(code, code), "details": details, "extra_info": jsonable(extra)}


def jsonable(value: Any) -> Any:
    """The value as JSON can have it: what it cannot have becomes text."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def error_data(failure: NodeFailed, prompt_id: str, timestamp: int) -> dict[str, Any]:
    """The data of an `execution_error`; `timestamp` in milliseconds."""
    cause = failure.cause
    text = text_of(cause) or type(cause).__name__
    tips = f"\n{MEMORY_TIP}" if is_out_of_memory(cause) else ""
    return {
        "prompt_id": prompt_id,
        "node_id": failure.node,
        "node_type": failure.type,
        "executed": list(failure.executed),
        "exception_message": f"{text}\n{tips}".rstrip("\n") + "\n",
        "exception_type": type_name(cause),
        "traceback": list(failure.frames),
        "current_inputs": {name: list(values) for name, values in failure.given.items()},
        "current_outputs": list(failure.known),
        "timestamp": timestamp,
    }


def interrupted_data(stop: Cancelled, prompt_id: str, timestamp: int) -> dict[str, Any]:
    """The data of an `execution_interrupted`; `timestamp` in milliseconds."""
    return {
        "prompt_id": prompt_id,
        "node_id": stop.node,
        "node_type": stop.type,
        "executed": list(stop.executed),
        "timestamp": timestamp,
    }


def blocked_data(event: NodeBlocked, prompt_id: str, executed: Iterable[str]) -> dict[str, Any]:
    """The data of the `execution_error` that tells of a blocker: sent at once, stored nowhere, so without a time."""
    return {
        "prompt_id": prompt_id,
        "node_id": event.node,
        "node_type": event.type,
        "executed": list(executed),
        "exception_message": f"Execution Blocked: {event.message}",
        "exception_type": "ExecutionBlocked",
        "traceback": [],
        "current_inputs": [],
        "current_outputs": [],
    }
