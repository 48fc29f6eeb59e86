"""A server's part without the server: takes prompts, checks them, runs what is sound, collects messages and history."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore import Cancelled, NodeFailed, Pack, Registry
from graphcore.cache import Cache
from graphcore.engine import Engine
from graphcore.events import Event
from graphcore.job import CancelToken
from graphcore.messages import Message, Messages
from graphcore.prompt import Prompt
from graphcore.reports import validation_report
from nodes.compat.class_nodes import ClassNodes
from tests.conformance.nodes import CLASSES


def node(kind: str, /, **inputs: Any) -> dict[str, Any]:
    """A node in prompt form."""
    return {"class_type": kind, "inputs": inputs}


def wire(id: str, slot: int = 0) -> list[Any]:
    """A wire from an output."""
    return [id, slot]


@dataclass
class Reply:
    """What came of a prompt. `status` is the one that HTTP would give."""

    status: int
    error: dict[str, Any] | None
    node_errors: dict[str, Any]
    prompt: Prompt = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)

    def data(self, kind: str) -> list[dict[str, Any]]:
        """The data of every message of one kind."""
        return [data for name, data in self.messages if name == kind]

    @property
    def ran(self) -> list[str]:
        """The nodes whose code was called, in order."""
        return [data["node"] for data in self.data("executing")]

    @property
    def cached(self) -> list[str]:
        """The nodes that had their result from the start."""
        return list(self.data("execution_cached")[0]["nodes"])

    @property
    def failure(self) -> dict[str, Any]:
        """The data of the one error that ended the run."""
        (found,) = [data for data in self.data("execution_error") if "timestamp" in data]
        return found

    @property
    def ok(self) -> bool:
        """Whether the run ended well."""
        return bool(self.data("execution_success"))

    def value(self, id: str = "out") -> Any:
        """The one value that an output showed."""
        (shown,) = self.values(id)
        return shown

    def values(self, id: str = "out") -> list[Any]:
        """Every value that an output showed, one a call."""
        assert self.ok, self.messages or self.error or self.node_errors
        return list(self.outputs[id]["value"])

    def codes(self, id: str) -> list[str]:
        """The types of a node's findings."""
        return [error["type"] for error in self.node_errors[id]["errors"]]

    def finding(self, id: str) -> dict[str, Any]:
        """The one finding of a node."""
        (found,) = self.node_errors[id]["errors"]
        return dict(found)


class Desk:
    """An engine over the test classes and those of a test of its own. `during` is called with every message."""

    def __init__(
        self,
        classes: Mapping[str, type] | None = None,
        *,
        cache: Cache | None = None,
        pack: Pack | None = None,
        combos: bool = True,
        relieve: Callable[[], Any] = lambda: None,
    ):
        self.classes: dict[str, type] = {**CLASSES, **(classes or {})}
        native = Registry(pack) if pack else Registry()
        registry = ChainMap(native, ClassNodes(self.classes, combos=combos))  # type: ignore[arg-type]
        self.engine = Engine(registry, cache=cache, relieve=relieve)
        self.during: Callable[[Message], None] = lambda message: None

    def post(
        self,
        prompt: Mapping[str, Any],
        targets: Iterable[str] | None = None,
        token: CancelToken | None = None,
        **options: Any,
    ) -> Reply:
        """Check a prompt and run what is sound of it."""
        return asyncio.run(self._post(prompt, targets, token, **options))

    async def _post(
        self, prompt: Mapping[str, Any], targets: Iterable[str] | None, token: CancelToken | None, **options: Any
    ) -> Reply:
        checked = await self.engine.check_async(prompt, targets)
        report = validation_report(checked)
        reply = Reply(400 if report.error else 200, report.error, report.node_errors, checked.prompt)
        if report.error:
            return reply
        messages = Messages("p1")

        def send(message: Message) -> None:
            reply.messages.append(message)
            self.during(message)

        def on_event(event: Event) -> None:
            for message in messages.of(event):
                send(message)

        try:
            await self.engine.run_checked(checked, on_event=on_event, token=token, id="p1", **options)
        except NodeFailed as failure:
            send(messages.failed(failure))
        except Cancelled as stop:
            send(messages.stopped(stop))
        reply.outputs, reply.meta, reply.history = dict(messages.outputs), messages.meta, messages.status
        return reply

    def close(self) -> None:
        """Let the engine's threads go."""
        self.engine.close()
