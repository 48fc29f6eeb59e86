"""Nodes of a pack in a process of its own, as the engine calls them: each of its questions is asked over there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from graphcore.calls import BlockedInput
from graphcore.job import Run
from graphcore.node import Blocker, NodeSpec, Outcome, Output, Port, Validator
from graphcore.sockets import Lazy
from nodes.compat.class_spec import ClassSpec
from nodes.compat.inputs import ClassInputs, port_of
from nodes.compat.isolation.descriptions import FLAGS
from nodes.compat.isolation.host import Host, PackEnded, Question, areas_of
from nodes.compat.isolation.wire import Message


@dataclass(frozen=True)
class IsolatedSpec(ClassSpec):
    """A node class over there."""

    host: Host | None = None
    has_groups: bool = False

    def ports_of(self, values: Mapping[str, Any]) -> Mapping[str, Port]:
        """The inputs that a node with those values has."""
        if not self.has_groups:
            return self.inputs
        assert self.host is not None
        process = self.host.process()
        question = {"t": "ports", "type": self.id, "values": process.packer.pack(dict(values))}
        return {**self.inputs, **_ports(process.ask(question).future.result())}

    def port(self, name: str) -> Port | None:
        """The declared input of that name."""
        found = NodeSpec.port(self, name) or super().port(name)
        if found is None and self.has_groups and "." in name:
            assert self.host is not None
            found = _ports(self.host.ask("ports", type=self.id, name=name)).get(name)
        return found


@dataclass(frozen=True)
class IsolatedFunction(IsolatedSpec):
    """A node that is a function over there: it awaits its lazy inputs."""

    awaits_lazy: ClassVar[bool] = True


class FunctionInputs(ClassInputs):
    """The inputs of a function, one of which may grow."""

    def _port(self, name: str) -> Port:
        port = super()._port(name)
        return replace(port, growing=bool(port.config[1].get("growing")))


class Open(dict[str, Any]):
    """Inputs that answer to any name, as some packs write them."""

    def __init__(self, declared: Mapping[str, Any], other: Any):
        super().__init__(declared)
        self._other = other

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return self._other


class OpenTypes(tuple[Any, ...]):
    """Output types that answer to any index."""

    __slots__ = ()
    other: ClassVar[Any] = "*"

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(index) if not isinstance(index, int) or index < len(self) else self.other


def all_specs(host: Host) -> dict[str, NodeSpec]:
    """Node id -> spec, of a whole pack. PackEnded if it cannot be loaded."""
    return {found["id"]: spec_of(host, found) for found in host.ask("describe")["nodes"]}


def spec_of(host: Host, about: Message) -> NodeSpec:
    """A node by its description, which is asked for anew for every validation and run."""

    def refresh() -> NodeSpec:
        found = host.ask("describe", nodes=[about["id"]])["nodes"]
        return spec_of(host, found[0])

    names, everything, takes_types = about.get("validator", ((), False, False))
    remote = _Remote(host, about)
    types = [kind for _, kind, _ in about["outputs"]]
    kind = IsolatedFunction if about["native"] else IsolatedSpec
    flags = {name: about[name] for name in FLAGS if name != "pack_version"}
    return kind(
        id=about["id"],
        title=about["title"],
        category=about["category"],
        description=about["description"],
        inputs=(FunctionInputs if about["native"] else ClassInputs)(partial(_declared, about)),
        outputs=tuple(Output(name, type, many) for name, type, many in about["outputs"]),
        call=remote.call_async if about["is_async"] else remote.call,
        outcome=_outcome,
        output=about["output"],
        gathered=frozenset(about["gathered"]),
        lazy_status=remote.lazy_status if about["lazy_status"] else None,
        validator=Validator(remote.validate, frozenset(names), everything, takes_types)
        if "validator" in about
        else None,
        migrate=remote.migrate if about["migrates"] else None,
        catalogue=partial(_entry, about),
        aliases=tuple(about["aliases"]),
        changed=remote.changed if about["changed"] else None,
        refresh=refresh,
        pack_version=f"{about['pack_version']}+{host.mark}.{host.generation}",
        types=OpenTypes(types) if about.get("any_output") is not None else types,
        accepts_all=bool(about.get("accepts_all")),
        host=host,
        has_groups=bool(about.get("groups")),
        **flags,
    )


def _declared(about: Message) -> Mapping[str, Any]:
    declared: dict[str, Any] = {**_entry(about)["input"]}
    declared.pop("hidden", None)  # known over there
    if about.get("any_input") is not None:
        declared["optional"] = Open(declared.get("optional", {}), about["any_input"])
    return declared


def _entry(about: Message) -> dict[str, Any]:
    if "failure" in about:
        raise RuntimeError(about["failure"])
    found: dict[str, Any] = about["entry"]
    return found


def _ports(answer: Message) -> dict[str, Port]:
    return {name: port_of(name, config, required, True) for name, (config, required) in answer["ports"].items()}


def _outcome(answer: Message, run: Run) -> Outcome:
    values = answer["values"]
    return Outcome(values if isinstance(values, Blocker) else tuple(values), answer["ui"], answer["graph"])


class _Remote:
    """What a node's spec asks of the process."""

    def __init__(self, host: Host, about: Message):
        self.host, self.about = host, about

    def call(self, inputs: dict[str, Any], run: Run) -> Message:
        """Call the node, and wait."""
        return self._finish(*self._begin("call", inputs, run))

    def lazy_status(self, inputs: dict[str, Any], run: Run) -> Any:
        """Which inputs it lacks."""
        return self._finish(*self._begin("lazy", inputs, run))["value"]

    async def call_async(self, inputs: dict[str, Any], run: Run) -> Message:
        """Call the node, and await it; it may ask for lazy inputs meanwhile."""
        loop = asyncio.get_running_loop()
        awaited = {name: value for name, value in inputs.items() if isinstance(value, Lazy)}
        plain = {name: value for name, value in inputs.items() if name not in awaited}

        def need(process: Any, question: Question, name: str) -> None:
            asyncio.run_coroutine_threadsafe(_give(process, question, name, awaited[name]), loop)

        process, question, stop = self._begin("call", plain, run, need, awaited=list(awaited))
        try:
            return await asyncio.wrap_future(question.future)
        except PackEnded:
            run.check()
            raise
        except asyncio.CancelledError:
            process.cancel(question)
            raise
        finally:
            run.job.token.unsubscribe(stop)

    def validate(self, node: str, inputs: dict[str, Any]) -> Any:
        """The node's own check."""
        return self._ask("validate", "inputs", inputs, node=node)

    def changed(self, spec: NodeSpec, node: str, described: Mapping[str, Any]) -> Any:
        """What tells whether it must run anew."""
        return self._ask("changed", "described", dict(described), node=node)

    def migrate(self, version: int, inputs: dict[str, Any]) -> dict[str, Any]:
        """Inputs of an older version as they are now."""
        found: dict[str, Any] = self._ask("migrate", "inputs", inputs, version=version)
        return found

    def _ask(self, kind: str, name: str, value: Any, **fields: Any) -> Any:
        process = self.host.process()
        message = {"t": kind, "type": self.about["id"], name: process.packer.pack(value), **fields}
        return process.ask(message).future.result()["value"]

    def _begin(
        self, kind: str, inputs: dict[str, Any], run: Run, need: Any = None, **fields: Any
    ) -> tuple[Any, Question, Any]:
        """Ask; from now on, cancelling the run stops it. `need(process, question, name)`: an input is awaited."""
        process, question, job = self.host.process(), Question(run), run.job
        if need is not None:
            question.need = partial(need, process, question)  # before it is asked: the answer may be quick
        self.host.begin(process, job)
        message = {
            "t": kind, "type": self.about["id"], "node": run.node, "call": run.call, "lane": self.about["lane"],
            "async": self.about["is_async"] and kind == "call", "areas": areas_of(job.folders),
            "inner": _inner(job.graph, run.node), "inputs": process.packer.pack(inputs), **fields,
        }  # fmt: skip

        def stop() -> None:
            process.cancel(question)

        job.token.subscribe(stop)
        process.ask(message, question)
        if job.token.cancelled:
            stop()
        return process, question, stop

    def _finish(self, process: Any, question: Question, stop: Any) -> Message:
        assert question.run is not None
        try:
            return question.future.result()
        except PackEnded:
            question.run.check()  # it was ended because the run was cancelled
            raise
        finally:
            question.run.job.token.unsubscribe(stop)


async def _give(process: Any, question: Question, name: str, value: Awaitable[Any]) -> None:
    """Hand a lazy input over, once it is there."""
    message: Message = {"t": "given", "id": process.number_of(question), "name": name}
    try:
        message["value"] = process.packer.pack(await value)
    except BlockedInput as late:  # ends the call, as it would here
        question.future.set_exception(late)
        return
    except Exception as error:  # noqa: BLE001 - the node over there is told
        message["error"] = str(error)
    process.writer.send(message)


def _inner(graph: Any, node: str) -> list[Any] | None:
    """What the process must be told of a node that an expansion has added."""
    parent = graph.get_parent_node_id(node)
    return None if parent is None else [graph.get_node(node), parent, graph.get_display_node_id(node)]
