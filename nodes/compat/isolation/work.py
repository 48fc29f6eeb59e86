"""What the process of a pack does: import it, describe its nodes, call them, and tell of it."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import traceback
from asyncio import Future, get_running_loop
from collections.abc import Awaitable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from graphcore import mapping
from graphcore.calls import CURRENT
from graphcore.dynamic import DynamicPrompt
from graphcore.errors import Cancelled, type_name
from graphcore.fingerprints import fingerprints_of, settled
from graphcore.folders import Folders
from graphcore.job import CancelToken, Job, Run
from graphcore.node import NodeSpec, Outcome
from graphcore.sockets import Lazy
from nodes.compat.isolation.descriptions import described, described_port
from nodes.compat.isolation.values import PackCodec, Packer
from nodes.compat.isolation.wire import Message, Writer
from nodes.compat.pack_entries import Entry

log = logging.getLogger(__name__)
HERE = str(Path(__file__).parent)
ENGINE = str(Path(inspect.getfile(Job)).parent)


class Work:
    """One pack's nodes, and the calls of them that are under way."""

    def __init__(
        self, entry: Entry, folders: Folders, native: Mapping[str, NodeSpec], writer: Writer, packer: Packer,
        codec: PackCodec,
    ):  # fmt: skip
        self.entry, self.folders, self.native = entry, folders, native
        self.writer, self.packer, self.codec = writer, packer, codec
        self.exchange = packer.exchange
        self.nodes: Any = {}  # by id
        self.ids: list[str] = []
        self._job: Message = {"id": "", "prompt": {}, "extra": {}, "secrets": {}, "metadata": True}
        self._state: MutableMapping[tuple[str, str], Any] = {}
        self._tokens: dict[int, CancelToken] = {}
        self._wanted: dict[tuple[int, str], Future[Any]] = {}
        self._lock = threading.Lock()

    def load(self) -> str:
        """Import the pack; what went wrong, or nothing."""
        from nodes.compat.activation import Active
        from nodes.compat.pack_import import PackFailed, import_pack, run_prestartup

        active = Active(self.folders, self.native)
        active.server.sender = self._message
        try:
            run_prestartup(self.entry)
            self.ids = active.add(self.entry, import_pack(self.entry), {})
        except PackFailed as failure:
            return str(failure)
        self.nodes = active
        return ""

    # -- what needs no thread of its own -------------------------------------------------------------------------------

    def note(self, message: Message) -> None:
        """A job that begins, a call that is to stop, a value that arrived, or some that nobody has any more."""
        if message["t"] == "job":
            self._begin(message)
        elif message["t"] == "cancel":
            with self._lock:
                token = self._tokens.get(message["id"])
            if token is not None:
                token.cancel()
        elif message["t"] == "given":
            wanted = self._wanted.pop((message["id"], message["name"]))
            wanted.get_loop().call_soon_threadsafe(self._given, wanted, message)
        else:
            for number in message["numbers"]:
                self.codec.kept.pop(number, None)

    def _given(self, wanted: Future[Any], message: Message) -> None:
        if wanted.done():
            return
        if "error" in message:
            wanted.set_exception(RuntimeError(message["error"]))
        else:
            wanted.set_result(self.packer.unpack(message["value"]))

    def _begin(self, message: Message) -> None:
        """Another job: objects of nodes that it does not hold go, as they would in the engine."""
        self._job = message
        held = {(id, node["class_type"]) for id, node in message["prompt"].items()}
        for place in [place for place in self._state if place not in held]:
            del self._state[place]

    # -- questions -----------------------------------------------------------------------------------------------------

    def answer(self, message: Message) -> None:
        """Do what a message asks, and send what came of it."""
        try:
            answer = getattr(self, f"do_{message['t']}")(message)
            if inspect.isawaitable(answer.get("value")):
                answer["value"] = asyncio.run(_awaited(answer["value"]))
        except BaseException as error:  # noqa: BLE001 - author code; the engine's side raises it again
            answer = failure_of(error)
        self._send_answer(message, answer)

    async def answer_async(self, message: Message) -> None:
        """The same for a call of an async node."""
        try:
            answer = await self._call_async(message)
        except BaseException as error:  # noqa: BLE001 - as above
            answer = failure_of(error)
        self._send_answer(message, answer)

    def _send_answer(self, message: Message, answer: Message) -> None:
        try:
            packed = self.packer.pack(answer)
        except Exception as error:  # noqa: BLE001 - what a node gave cannot be sent: that is its error
            packed = self.packer.pack(failure_of(error))
        self.writer.send({"t": "answer", "id": message["id"], "answer": packed})

    def do_describe(self, message: Message) -> Message:
        """The nodes, or those that are named."""
        wanted = message.get("nodes") or self.ids
        return {"nodes": [described(self.nodes[id], self.folders) for id in wanted if id in self.nodes]}

    def do_ports(self, message: Message) -> Message:
        """The members of inputs that have some, for a node with such values; or one by its name."""
        groups = getattr(self.nodes[message["type"]], "groups", None)
        if not groups:
            return {"ports": {}}
        if "name" in message:
            port = groups.port(message["name"])
            return {"ports": {} if port is None else {message["name"]: described_port(port, port.required)}}
        ports = groups.ports(self.packer.unpack(message["values"]))
        return {"ports": {name: described_port(port, port.required) for name, port in ports.items()}}

    def do_validate(self, message: Message) -> Message:
        """What a node says of its inputs."""
        validator = self.nodes[message["type"]].validator
        assert validator is not None
        return {"value": validator.check(message["node"], self.packer.unpack(message["inputs"]))}

    def do_changed(self, message: Message) -> Message:
        """What tells whether a node must run anew; maybe awaitable."""
        node = self.packer.unpack(message["described"])
        known = {node["class_type"]: self.nodes[message["type"]]}
        found = fingerprints_of({message["node"]: node}, known, self.folders)
        return {"value": _only(message["node"], found)}

    def do_migrate(self, message: Message) -> Message:
        """Inputs of an older version of a node, as they are now."""
        migrate = self.nodes[message["type"]].migrate
        assert migrate is not None
        return {"value": migrate(message["version"], self.packer.unpack(message["inputs"]))}

    def do_lazy(self, message: Message) -> Message:
        """Which of its inputs a node lacks."""
        spec, run, inputs = self._prepared(message)
        assert spec.lazy_status is not None
        token = CURRENT.set(run)
        try:
            found = spec.lazy_status(inputs, run)
        finally:
            CURRENT.reset(token)
        return {"value": found}

    def do_call(self, message: Message) -> Message:
        """Call a node."""
        spec, run, inputs = self._prepared(message)
        token = CURRENT.set(run)
        try:
            return _told(spec.outcome(spec.call(inputs, run), run))
        finally:
            CURRENT.reset(token)
            self._done(message)

    async def _call_async(self, message: Message) -> Message:
        spec, run, inputs = self._prepared(message)
        for name in message.get("awaited", ()):
            inputs[name] = Lazy(lambda name=name: self._ask(message["id"], name))  # type: ignore[misc]
        CURRENT.set(run)  # each call is a task with a context of its own
        try:
            return _told(spec.outcome(await spec.call(inputs, run), run))
        finally:
            self._done(message)

    async def _ask(self, call: int, name: str) -> Any:
        """The value of an input that is made only now."""
        wanted = self._wanted[call, name] = get_running_loop().create_future()
        self.writer.send({"t": "need", "id": call, "name": name})
        return await wanted

    def _prepared(self, message: Message) -> tuple[NodeSpec, Run, dict[str, Any]]:
        """A node, its view of the run, and its inputs with the hidden ones."""
        spec, job = self.nodes[message["type"]], self._job_of(message)
        inputs: dict[str, Any] = self.packer.unpack(message["inputs"])
        if spec.hidden is not None:
            hidden = spec.hidden(message["node"], job)
            inputs |= mapping.spread(spec, {name: [value] for name, value in hidden.items()})[0]
        return spec, Run(job, message["node"], message["call"]), inputs

    def _job_of(self, message: Message) -> Job:
        for area, path in message["areas"].items():
            setattr(self.folders, area, Path(path))
        token = CancelToken()
        with self._lock:
            self._tokens[message["id"]] = token
        graph = DynamicPrompt(self._job["prompt"])
        if message.get("inner"):
            info, parent, display = message["inner"]
            graph.add_ephemeral_node(message["node"], info, parent, display)
        number = message["id"]
        return Job(
            self.folders, self._job["prompt"], self._job["extra"], token,
            on_progress=lambda node, value, total: self._event(number, "progress", [node, value, total]),
            on_preview=lambda node, image, rough: self._event(number, "preview", [node, image, rough]),
            state=self._state, metadata=self._job["metadata"], id=self._job["id"], secrets=self._job["secrets"],
            graph=graph,
        )  # fmt: skip

    def _done(self, message: Message) -> None:
        with self._lock:
            self._tokens.pop(message["id"], None)

    # -- what is told meanwhile ----------------------------------------------------------------------------------------

    def _event(self, call: int, kind: str, data: list[Any]) -> None:
        self.writer.send({"t": "event", "id": call, "kind": kind, "data": self.packer.pack(data)})

    def _message(self, event: Any, data: Any, client: str | None) -> None:
        self.writer.send({"t": "message", "data": self.packer.pack([event, data, client])})


def _told(outcome: Outcome) -> Message:
    return {"values": outcome.values, "ui": outcome.ui, "graph": outcome.graph}


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value


async def _settled(node: str, found: dict[str, Any]) -> Any:
    return (await settled(found)).get(node)


def _only(node: str, found: dict[str, Any]) -> Any:
    return _settled(node, found) if inspect.isawaitable(found.get(node)) else found.get(node)


def failure_of(error: BaseException) -> Message:
    """An exception as data: its type's name, its text, and where the pack's code was."""
    if isinstance(error, Cancelled):
        return {"cancelled": True}
    frames = traceback.extract_tb(error.__traceback__)
    kept = [frame for frame in frames if not frame.filename.startswith((HERE, ENGINE))]
    text = "it called sys.exit(), which would end the whole program" if isinstance(error, SystemExit) else str(error)
    return {"error": type_name(error), "text": text, "frames": traceback.format_list(kept or frames)}
