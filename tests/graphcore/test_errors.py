"""The sentences that users read."""

from __future__ import annotations

import pytest

from graphcore.errors import (
    Cancelled,
    DeclarationError,
    GraphcoreError,
    InvalidWorkflow,
    ModelError,
    NodeFailed,
    OutOfMemory,
    Problem,
    RunError,
    UserError,
    WorkflowError,
)


def test_the_tree() -> None:
    assert all(issubclass(kind, UserError) for kind in (DeclarationError, WorkflowError, InvalidWorkflow))
    assert all(issubclass(kind, RunError) for kind in (ModelError, NodeFailed, OutOfMemory))
    assert issubclass(UserError, GraphcoreError)
    assert issubclass(RunError, GraphcoreError)
    assert not issubclass(Cancelled, Exception)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("x", "it is odd."), "Workflow: it is odd."),
        (Problem("x", "it is odd.", "4", type="Add"), "Node 4 (Add): it is odd."),
        (
            Problem("x", "it is odd.", "4", "Sum", "Add", "a", "Even it."),
            "Node 4 (Sum), input 'a': it is odd. Even it.",
        ),
    ],
)
def test_a_problem_is_a_sentence(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_an_invalid_workflow_says_everything() -> None:
    error = InvalidWorkflow([Problem("a", "first."), Problem("b", "second.")])
    assert str(error) == "Workflow: first.\nWorkflow: second."
    assert [problem.code for problem in error.problems] == ["a", "b"]


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (ModelError("The file is broken."), "The file is broken."),
        (ValueError("bad"), "ValueError: bad"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_failed_node_gives_its_cause(cause: Exception, reason: str) -> None:
    error = NodeFailed("4", "", "Add", cause, {"a": "1"}, ["frame"])
    assert error.reason == reason
    assert str(error) == f"Node 4 (Add): {reason}"
    assert (error.inputs, error.frames) == ({"a": "1"}, ("frame",))


def test_out_of_memory_says_what_to_lower() -> None:
    error = OutOfMemory("4", "Sampler", "KSampler", MemoryError("no more"), {"latent": "Tensor [1]"})
    assert "latent=Tensor [1]" in str(error)
    assert "Lower the width" in str(error)
    assert "nothing" in str(OutOfMemory("4", "Sampler", "KSampler", MemoryError()))
