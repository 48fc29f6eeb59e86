"""Every exception that Graphcore raises on purpose.

GraphcoreError                  base: its text is a sentence that tells the user what to do next
├── UserError                   the request is at fault; the command line exits with 2
│   ├── DeclarationError        a node or pack is declared wrongly (raised at import)
│   ├── WorkflowError           a file is not a workflow, or cannot be read as one
│   └── InvalidWorkflow         the workflow has problems; `.problems` lists them all
└── RunError                    the run is at fault; the command line exits with 1
    ├── ModelError              a model file is unreadable, unsafe, or of the wrong family
    ├── NodeFailed              a node's own code raised; carries node, inputs and cause
    └── OutOfMemory             memory ran out, also after freeing what could be freed

Cancelled (BaseException)       the run was asked to stop; never swallowed by `except Exception`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


class GraphcoreError(Exception):
    """Base of every deliberate error. `str(error)` is shown to users as it is."""


class UserError(GraphcoreError):
    """The request is at fault: an argument, a file, a declaration."""


class DeclarationError(UserError):
    """A node or a pack is declared wrongly. Raised while its module is imported."""


class WorkflowError(UserError):
    """A file or document cannot be read as a workflow."""


class RunError(GraphcoreError):
    """The request was fine, running it was not."""


class ModelError(RunError):
    """A model file is missing, unreadable, unsafe to read, or of the wrong family."""


class Cancelled(BaseException):
    """The run was asked to stop. A BaseException, so that author code cannot swallow it by accident.

    Once it has left the run it says where: `node` and `type` of the node of the submitted workflow that was being run,
    or would have been next, and `executed`, the ids of the nodes that were done.
    """

    node: str = ""
    type: str = ""
    executed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of validation, as data.

    `code` is the field's own error type (`required_input_missing`, `value_not_in_list`, ...); `message` a sentence;
    `hint` what to do next (may be empty); `extra` what the HTTP API reports as `extra_info`.
    """

    code: str
    message: str
    node: str = ""
    title: str = ""
    type: str = ""
    input: str = ""
    hint: str = ""
    details: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        place = f"Node {self.node} ({self.title or self.type})" if self.node else "Workflow"
        where = f"{place}, input '{self.input}'" if self.input else place
        return f"{where}: {self.message}" + (f" {self.hint}" if self.hint else "")


def type_name(error: BaseException) -> str:
    """The type of an exception: `module.Class`, without the module for Python's own."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def text_of(error: BaseException) -> str:
    """The text of an exception, whose class may be anybody's and fail to give one."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - author code
        return "it cannot say what is wrong"


class InvalidWorkflow(UserError):
    """The workflow cannot run as it is. `problems` holds every finding, never only the first."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NodeFailed(RunError):
    """A node's own code raised.

    Attributes: `node` (id of the node in the submitted workflow), `title`, `type`, `inputs` (name -> summary text with
    shape, dtype and device of tensors), `cause` (the exception), `frames` (its traceback, author frames only).
    `given`: name -> the values themselves, as plain data, other things in words; `executed`: ids of the nodes that were
    done, in the order they got done; `known`: ids whose results were known.
    """

    given: Mapping[str, Sequence[Any]] = MappingProxyType({})
    executed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    def __init__(
        self,
        node: str,
        title: str,
        type: str,
        cause: BaseException,
        inputs: Mapping[str, str] | None = None,
        frames: Sequence[str] = (),
    ):
        self.node, self.title, self.type, self.cause = node, title, type, cause
        self.inputs = dict(inputs or {})
        self.frames = tuple(frames)
        super().__init__(f"Node {node} ({title or type}): {self.reason}")

    @property
    def reason(self) -> str:
        """The cause as a sentence: our own errors speak for themselves, others are named by type."""
        if isinstance(self.cause, GraphcoreError):
            return str(self.cause)
        name, text = self.cause.__class__.__name__, text_of(self.cause)
        return f"{name}: {text}" if text else name


class OutOfMemory(NodeFailed):
    """Memory ran out in a node, and again after everything that could be freed was freed."""

    @property
    def reason(self) -> str:
        """What ran out, and what to lower."""
        held = ", ".join(f"{name}={text}" for name, text in self.inputs.items()) or "nothing"
        return (
            f"memory ran out ({text_of(self.cause)}), also after freeing every cached result. It was working on {held}."
            " Lower the width, height or batch size, or use a tiled or smaller variant of this node."
        )


def brief(value: Any, limit: int = 200) -> str:
    """A value as Python writes it, without its middle if it is long; for sentences that quote what was given."""
    text = repr(value)
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]} ... {text[-half:]}"
