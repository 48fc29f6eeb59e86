"""What packs send to clients."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from server.workers.messages import Message, message_of
from tests.server.jobs.helpers import Heard, ended, running_queue, submit


def test_messages_of_json() -> None:
    assert message_of("my.event", {"a": 1}, "c", 512) == Message("my.event", {"a": 1}, "c")
    assert message_of("my.event", [1], None, 512) == Message("my.event", {"value": [1]})


def test_texts_on_nodes() -> None:
    body = (2).to_bytes(4, "big") + b"12" + "größer".encode()
    assert message_of(3, body, None, 512) == Message("progress_text", {"node": "12", "text": "größer"})


def test_other_bytes_keep_their_number() -> None:
    assert message_of(10, b"\0\1", "c", 512) == Message("binary", {"event": 10}, "c", b"\0\1")
    assert message_of(3, b"\0", "c", 512) == Message("binary", {"event": 3}, "c", b"\0")


def test_pictures_are_encoded() -> None:
    message = message_of(2, ("JPEG", Image.new("RGB", (64, 32)), 16), None, 512)
    assert message.type == "preview"
    assert message.blob is not None
    assert Image.open(io.BytesIO(message.blob)).size == (16, 8)


async def test_packs_reach_clients_in_order(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        id = await submit(queue, "talk", lines=20, options={"client_id": "me", "owner": "ann"})
        await ended(queue, id)
        said = [event for event in heard.events if event.type == "talk.line"]
        assert [event.data["line"] for event in said] == list(range(20))
        assert [(event.client, event.owner, event.everybody) for event in said[:2]] == [
            ("someone", "ann", False),
            (None, "ann", False),
        ]
        binary = next(event for event in heard.events if event.type == "binary")
        assert (binary.data, binary.image) == ({"event": 77}, b"bytes")
        order = [event.type for event in heard.events]
        assert order.index("executing") < order.index("talk.line") < order.index("execution_success")


async def test_what_packs_say_while_no_job_runs_is_no_users(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        tell = queue.workers[0].listener
        assert tell is not None
        tell(Message("talk.done", {}, "someone"))
        tell(Message("talk.done", {}))
        tell(Message("talk.done", {}, "someone", owner="ann"))
        said = [event for event in heard.events if event.type == "talk.done"]
        assert [(event.client, event.owner, event.everybody) for event in said] == [
            ("someone", "", True),
            (None, "", True),
            ("someone", "ann", False),
        ]
