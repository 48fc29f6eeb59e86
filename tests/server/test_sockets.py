"""Who hears what, and what becomes of those who do not listen."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.events import EventLog
from server.sockets import BACKLOG, CROWDED, METADATA, Message, Socket, Sockets
from tests.server.conformance.kit import WAIT, served

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "A" * 24,
}


class Listener(Socket):
    """A socket whose messages can be looked at."""

    def __init__(self, id: str, owner: str | None = ""):
        self.cuts = 0
        request = SimpleNamespace(transport=SimpleNamespace(abort=self.count))
        super().__init__(id, cast(Any, request), cast(Any, None), owner)

    def count(self) -> None:
        self.cuts += 1

    def heard(self) -> list[Message]:
        return [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]

    def types(self) -> list[str]:
        return [json.loads(message)["type"] for message in self.heard()]


@pytest.fixture
def log() -> EventLog:
    return EventLog()


@pytest.fixture
def sockets(log: EventLog) -> Sockets:
    found = Sockets()
    log.subscribe(found.tell)
    return found


def added(sockets: Sockets, id: str, owner: str | None = "") -> Listener:
    listener = Listener(id, owner)
    sockets.add(listener)
    return listener


def test_only_the_client_of_a_job_hears_of_it(sockets: Sockets, log: EventLog) -> None:
    mine, other = added(sockets, "a"), added(sockets, "b")
    log.emit("progress", {"value": 1}, job="j", client="a")
    log.emit("progress", {"value": 1}, job="k", client=None)
    log.emit("job_ended", {"state": "succeeded"}, job="j", client="a")
    log.emit("status", {}, client=None)
    assert (mine.types(), other.types()) == (["progress", "status"], ["status"])


def test_an_interrupt_of_a_job_without_client_is_for_everybody(sockets: Sockets, log: EventLog) -> None:
    listener = added(sockets, "a")
    log.emit("execution_interrupted", {}, job="j")
    log.emit("execution_error", {}, job="j")
    assert listener.types() == ["execution_interrupted"]


def test_what_packs_tell_all_goes_to_the_clients_of_the_user_whose_job_runs(sockets: Sockets, log: EventLog) -> None:
    hers, also_hers, his, anyones = [
        added(sockets, id, owner) for id, owner in (("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", None))
    ]
    log.emit("pack.line", {}, owner="ann")
    log.emit("execution_interrupted", {}, job="j", owner="ann")
    log.emit("pack.reloaded", {}, everybody=True)
    told = ["pack.line", "execution_interrupted", "pack.reloaded"]
    assert [listener.types() for listener in (hers, also_hers, anyones)] == [told] * 3
    assert his.types() == ["pack.reloaded"]


def test_what_packs_tell_a_client_while_no_job_runs_goes_to_who_has_that_id(sockets: Sockets, log: EventLog) -> None:
    hers, his = added(sockets, "a", "ann"), added(sockets, "b", "bob")
    log.emit("pack.done", {}, client="a", everybody=True)
    log.emit("pack.done", {}, client="b", owner="ann")  # in a job of hers
    assert (hers.types(), his.types()) == (["pack.done"], [])


def test_a_socket_of_anyone_hears_of_jobs_under_its_client_id(sockets: Sockets, log: EventLog) -> None:
    anyones, hers = added(sockets, "a", None), added(sockets, "b", "ann")
    for client in ("a", "b"):
        log.emit("progress", {}, job="j", owner="ann", client=client)
    log.emit("progress", {}, job="k", owner="bob", client="b")
    assert (anyones.types(), hers.types()) == (["progress"], ["progress"])


def test_the_type_comes_first_in_a_message(sockets: Sockets, log: EventLog) -> None:
    listener = added(sockets, "a")
    log.emit("executed", {"a": 1}, client="a")
    assert listener.heard() == ['{"type":"executed","data":{"a":1}}']


def test_an_old_socket_that_goes_does_not_take_the_new_one_with_it(sockets: Sockets, log: EventLog) -> None:
    old = added(sockets, "a")
    new = added(sockets, "a")
    sockets.remove(old)
    log.emit("progress", {}, client="a")
    assert (old.types(), new.types(), len(sockets)) == ([], ["progress"], 1)
    sockets.remove(new)
    assert (sockets.find("a"), len(sockets)) == (None, 0)


def test_who_does_not_read_misses_progress_and_is_cut_off_in_the_end(sockets: Sockets, log: EventLog) -> None:
    slow, quick = added(sockets, "a"), added(sockets, "b")
    for _ in range(2 * CROWDED):
        log.emit("progress_state", {}, client="a")
    assert slow._waiting.qsize() == CROWDED + 1
    for _ in range(BACKLOG):
        log.emit("executed", {}, client="a")
    assert slow.cuts > 0
    assert slow._waiting.qsize() == BACKLOG + 1
    log.emit("status", {})
    assert quick.types() == ["status"]


def test_previews_and_texts_are_frames(sockets: Sockets, log: EventLog) -> None:
    listener = added(sockets, "a")
    log.emit("preview", {"image_type": "image/png"}, client="a", image=b"png")
    log.emit("progress_text", {"node": "7", "text": "half"}, client="a")
    assert listener.heard() == [b"\0\0\0\1\0\0\0\2png", b"\0\0\0\3\0\0\0\x017half"]


def test_rough_previews_go_to_those_who_know_them_or_to_all_if_so_set(log: EventLog) -> None:
    heard = []
    for sockets in (Sockets(), Sockets(rough_for_all=True)):
        plain, knowing = added(sockets, "a"), added(sockets, "b")
        knowing.features = {METADATA: True}
        for client in "ab":
            sockets.tell(log.emit("rough_preview", {"node_id": "1"}, client=client, image=b"png"))
        heard.append((len(plain.heard()), len(knowing.heard())))
    assert heard == [(0, 1), (1, 1)]


async def test_more_sockets_than_are_allowed_are_refused_until_one_goes(tmp_path: Path) -> None:
    async with served(tmp_path, max_sockets=2) as client:
        first, second = [await client.ws_connect("/ws"), await client.ws_connect("/api/v1/events/ws")]
        for path in ("/ws", "/api/v1/events", "/api/v1/events/ws"):
            async with client.get(path, headers=UPGRADE if path.endswith("ws") else {}) as response:
                assert response.status == 503, path
        await first.close()
        async with asyncio.timeout(WAIT):
            while (await client.get("/ws", headers=UPGRADE)).status == 503:
                await asyncio.sleep(0.02)
        await second.close()
