"""Section K of the conformance list: the WebSocket."""

from __future__ import annotations

import io
import json
import re
import struct

import pytest
from PIL import Image

from server.sockets import text_frame
from tests.server.conformance.kit import Client, Socket, connected, node, prompt, unique

FEATURES = {"supports_preview_metadata": True}


async def run(client: Client, socket: Socket, kind: str, id: str, **inputs: object) -> str:
    job = await client.submit(prompt(kind, **inputs), client_id=id)
    await socket.done(job)
    return job


async def test_k001_the_first_message_is_status_with_the_id(url: str) -> None:
    async with connected(url) as client, client.socket("me") as socket:
        assert socket.heard == [("status", {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "me"})]


@pytest.mark.parametrize("id", [None, ""])
async def test_k002_who_has_no_id_is_given_one(url: str, id: str | None) -> None:
    async with connected(url) as client, client.socket(id) as socket:
        assert re.fullmatch("[0-9a-f]{32}", socket.heard[0][1]["sid"])


async def test_k003_features_are_answered_if_they_come_first(url: str) -> None:
    async with connected(url) as client, client.socket() as socket:
        await socket.response.send_json({"type": "feature_flags", "data": FEATURES})
        answer = await socket.until("feature_flags")
        assert answer.items() >= {"supports_preview_metadata": True, "max_upload_size": 100 * 2**20}.items()
        await socket.response.send_json({"type": "feature_flags", "data": FEATURES})
        assert await socket.silent()
    async with connected(url) as client, client.socket() as socket:
        await socket.response.send_json({"type": "other"})
        await socket.response.send_json({"type": "feature_flags", "data": FEATURES})
        assert await socket.silent()


async def test_k004_what_is_no_json_is_ignored(url: str) -> None:
    async with connected(url) as client, client.socket() as socket:
        for text in ("{", "", "[" * 10_000, "\x00"):
            await socket.response.send_str(text)
        await socket.response.send_json({"type": "feature_flags", "data": FEATURES})
        assert await socket.until("feature_flags")


async def test_k005_the_order_of_a_run(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        two = {"1": node("Value", value=5), "2": node("Show", value=["1", 0])}
        job = await client.submit(two, client_id=id)
        await socket.done(job)
        begin = ["status", "status", "execution_start", "execution_cached"]
        first = ["progress_state", "executing", "progress_state"]
        second = ["progress_state", "executing", "executed", "progress_state"]
        end = ["execution_success", "status", "executing"]
        assert socket.types()[1:] == [*begin, *first, *second, *end]
        remaining = [data["status"]["exec_info"]["queue_remaining"] for type, data in socket.heard if type == "status"]
        assert remaining[1:] == [1, 1, 0]
        executed = next(data for type, data in socket.heard if type == "executed")
        assert executed == {"node": "2", "display_node": "2", "output": {"text": ["5"]}, "prompt_id": job}
        executing = [data for type, data in socket.heard if type == "executing"]
        assert executing[:2] == [{"node": id, "display_node": id, "prompt_id": job} for id in ("1", "2")]


async def test_k005_progress_lies_between_executing_and_the_end_of_its_node(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, "Sleep", id)
        first = socket.types().index("executing")
        assert socket.types()[first - 1 :] == [
            *("progress_state", "executing"),
            *("progress_state", "progress") * 10,
            *("progress_state", "execution_success", "status", "executing"),
        ]


@pytest.mark.parametrize(("kind", "output"), [("Show", {"text": ["5005"]}), ("Still", None)])
async def test_k005_k016_the_order_of_a_cached_run(url: str, kind: str, output: object) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, kind, id, value=5005)
        assert ("executed" in socket.types()) is (output is not None)
        socket.heard.clear()
        job = await run(client, socket, kind, id, value=5005)
        assert socket.types() == [
            *("status", "status", "execution_start", "execution_cached"),
            *("executed", "progress_state"),
            *("execution_success", "status", "executing"),
        ]
        executed = next(data for type, data in socket.heard if type == "executed")
        assert executed == {"node": "1", "display_node": "1", "output": output, "prompt_id": job}


async def test_k005_a_failure_is_told_in_place_of_success(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, "Fail", id)
        assert socket.types("progress_state")[-3:] == ["execution_error", "status", "executing"]
        error = next(data for type, data in socket.heard if type == "execution_error")
        assert (error["node_id"], error["node_type"], error["exception_type"]) == ("1", "Fail", "ValueError")
        assert error.keys() >= {"executed", "traceback", "current_inputs", "current_outputs", "timestamp"}


async def test_an_interrupt_is_told_and_the_end_after_it(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        job = await client.submit(prompt("Sleep", seconds=30.0), client_id=id)
        await socket.until("progress")
        assert await client.post("/interrupt", headers={"Content-Type": "text/plain"}) == ""
        interrupted = await socket.until("execution_interrupted", prompt_id=job)
        assert (interrupted["node_id"], interrupted["node_type"]) == ("1", "Sleep")
        await socket.done(job)
        entry = (await client.get(f"/history/{job}"))[job]
        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)


async def test_k006_nobody_else_hears_of_a_job(url: str) -> None:
    async with connected(url) as client, client.socket(a := unique()) as mine, client.socket() as other:
        await run(client, mine, "Paint", a)
        await client.ended(await client.submit(prompt("Sleep")))  # of no client
        assert set(mine.types()) > {"status", "executing"}
        while len(other.heard) < 7:
            await other.hear()
        assert (set(other.types()), other.frames) == ({"status"}, [])
        assert await other.silent()


async def test_k007_status_is_for_everybody(url: str) -> None:
    async with connected(url) as client, client.socket() as one, client.socket() as two:
        await client.submit(prompt("Show"))
        for socket in (one, two):
            data = await socket.until("status")
            assert data == {"status": {"exec_info": {"queue_remaining": 1}}}


async def test_k008_who_comes_back_hears_where_its_job_is(url: str) -> None:
    async with connected(url) as client:
        async with client.socket(id := unique()) as socket:
            job = await client.submit(prompt("Sleep", seconds=30.0), client_id=id)
            await socket.until("progress")
        async with client.socket(id) as socket:
            assert await socket.hear() == ("executing", {"node": "1"})
            assert await socket.until("progress", prompt_id=job)
            await client.post("/interrupt")
            await socket.done(job)


async def test_a_second_socket_of_an_id_takes_over(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as old, client.socket(id) as new:
        await run(client, new, "Show", id)
        assert await old.silent()


async def test_k009_progress_has_four_fields(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        job = await run(client, socket, "Sleep", id)
        told = [data for type, data in socket.heard if type == "progress"]
        assert told == [{"value": i, "max": 10, "prompt_id": job, "node": "1"} for i in range(1, 11)]


async def test_k010_progress_state_has_every_node_that_was_begun(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        two = {"1": node("Value", value=6), "2": node("Show", value=["1", 0])}
        job = await client.submit(two, client_id=id)
        await socket.done(job)
        states = [data for type, data in socket.heard if type == "progress_state"]
        assert [list(state["nodes"]) for state in states] == [["1"], ["1"], ["1", "2"], ["1", "2"]]
        assert [[entry["state"] for entry in state["nodes"].values()] for state in states] == [
            ["running"],
            ["finished"],
            ["finished", "running"],
            ["finished", "finished"],
        ]
        assert states[-1]["nodes"]["2"] == {
            "value": 1,
            "max": 1,
            "state": "finished",
            "node_id": "2",
            "prompt_id": job,
            "display_node_id": "2",
            "parent_node_id": None,
            "real_node_id": "2",
        }


async def test_k011_a_plain_preview_is_number_format_and_picture(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, "Paint", id, width=64, height=32)
        (frame,) = socket.frames
        assert struct.unpack(">II", frame[:8]) == (1, 1)
        image = Image.open(io.BytesIO(frame[8:]))
        assert (image.format, image.size) == ("JPEG", (64, 32))


async def test_k012_clients_that_can_get_the_preview_with_its_place(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique(), features=FEATURES) as socket:
        job = await run(client, socket, "Paint", id)
        (frame,) = socket.frames
        number, length = struct.unpack(">II", frame[:8])
        said = json.loads(frame[8 : 8 + length])
        assert number == 4
        assert said == {
            "node_id": "1",
            "prompt_id": job,
            "display_node_id": "1",
            "parent_node_id": None,
            "real_node_id": "1",
            "image_type": "image/jpeg",
        }
        assert Image.open(io.BytesIO(frame[8 + length :])).format == "JPEG"


@pytest.mark.parametrize("value", ["true", 1, None])
async def test_k013_only_true_switches_a_feature_on(url: str, value: object) -> None:
    features = {"supports_preview_metadata": value}
    async with connected(url) as client, client.socket(id := unique(), features=features) as socket:
        await run(client, socket, "Paint", id)
        assert [frame[:4] for frame in socket.frames] == [b"\0\0\0\1"]


async def test_k014_a_large_preview_is_scaled_to_fit(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, "Paint", id, width=2000, height=1000)
        assert Image.open(io.BytesIO(socket.frames[0][8:])).size == (512, 256)


def test_k015_a_text_frame_is_number_length_id_and_text() -> None:
    frame = text_frame("nö:1", "half done …")
    number, length = struct.unpack(">II", frame[:8])
    assert (number, frame[8 : 8 + length].decode(), frame[8 + length :].decode()) == (3, "nö:1", "half done …")


async def test_k016_a_node_that_shows_nothing_is_not_told_as_executed(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, "Quiet", id)
        assert "executed" not in socket.types()


async def test_k016_a_cached_node_is_told_again_with_what_it_showed(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        await run(client, socket, "Show", id, value=77)
        socket.heard.clear()
        job = await run(client, socket, "Show", id, value=77)
        assert ("execution_cached", ["1"]) in [(type, data.get("nodes")) for type, data in socket.heard]
        executed = next(data for type, data in socket.heard if type == "executed")
        assert executed == {"node": "1", "display_node": "1", "output": {"text": ["77"]}, "prompt_id": job}
        assert (await client.get(f"/history/{job}"))[job]["outputs"] == {"1": {"text": ["77"]}}


async def test_k017_the_end_carries_the_id_and_is_last(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        for kind in ("Show", "Fail"):
            job = await run(client, socket, kind, id)
            assert socket.heard[-1] == ("executing", {"node": None, "prompt_id": job})
        assert await socket.silent()
        job = await client.submit(prompt("Sleep", seconds=30.0), client_id=id)
        await socket.until("progress")
        await client.post("/interrupt")
        await socket.done(job)
        assert [type for type, _ in socket.heard[-3:]] == ["execution_interrupted", "status", "executing"]
        assert await socket.silent()


async def test_k018_messages_keep_their_order(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        jobs = [await client.submit(prompt("Sleep", seconds=0.01), client_id=id) for _ in range(10)]
        await socket.done(jobs[-1])
        told = [data["prompt_id"] for type, data in socket.heard if type == "progress"]
        assert told == [job for job in jobs for _ in range(10)]
        assert [data["value"] for type, data in socket.heard if type == "progress"] == list(range(1, 11)) * 10


async def test_k019_the_socket_is_below_api_too(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique(), path="/api/ws") as socket:
        assert socket.heard[0][1]["sid"] == id
        await run(client, socket, "Show", id)


async def test_k020_a_get_that_upgrades_nothing_is_refused(url: str) -> None:
    async with connected(url) as client:
        for path in ("/ws", "/api/ws?clientId=x"):
            async with client.session.get(url + path) as response:
                assert response.status == 400
        assert await client.get("/prompt")


async def test_k021_features_belong_to_one_socket(url: str) -> None:
    async with (
        connected(url) as client,
        client.socket(a := unique(), features=FEATURES) as one,
        client.socket(b := unique()) as two,
    ):
        await run(client, one, "Paint", a)
        await run(client, two, "Paint", b)
        assert (one.frames[0][3], two.frames[0][3]) == (4, 1)
