"""`comfy_execution.utils`: which node is being called."""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextvars import Token
from typing import Any

from graphcore.calls import CURRENT
from graphcore.job import Run
from nodes.compat import installation
from nodes.compat.context import ExecutionContext, get_executing_context

__all__ = ["ExecutionContext", "get_executing_context"]


class CurrentNodeContext(AbstractContextManager[None]):
    """Within it, progress is reported for the node that is named."""

    def __init__(self, prompt_id: str, node_id: str, list_index: int | None = None):
        self.prompt_id, self.node_id, self.list_index = prompt_id, node_id, list_index
        self._token: Token[Any] | None = None

    def __enter__(self) -> None:
        self._token = CURRENT.set(Run(installation.calling().job, self.node_id, self.list_index or 0))

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            CURRENT.reset(self._token)
