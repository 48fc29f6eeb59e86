"""Tokens of single users: how they are kept, what their roles allow, and that what is theirs is theirs alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from graphcore.errors import UserError
from server.accounts import Accounts, Role
from server.routes import RESERVED, table
from server.security import Guard
from server.settings import ServerSettings
from server.tokens import tokens
from server.visits import LOOK
from tests.server.conformance.kit import WAIT, Client, Process
from tests.server.jobs.helpers import prompt
from tests.server.test_security import concrete

OWN = "s" * 40  # the server's own token


def test_a_token_is_told_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    file = tmp_path / "state" / "tokens.json"
    account, token = Accounts(file).add("ann", Role.USER)
    assert token not in file.read_text()
    assert os.name != "posix" or file.stat().st_mode & 0o777 == 0o600
    assert Accounts(file).holder(token) == account
    assert Accounts(file).holder(token[:-1]) is None
    assert Accounts(file).holder(account.sha256) is None


def test_what_another_process_changes_counts_at_once(tmp_path: Path) -> None:
    ours, theirs = Accounts(tmp_path / "t.json"), Accounts(tmp_path / "t.json")
    assert ours.all() == []
    first, token = theirs.add("ann", Role.ADMIN)
    second, other = theirs.add("ann", Role.VIEWER)
    assert ours.all() == [first, second]
    theirs.revoke(first.id)
    assert (ours.holder(token), ours.holder(other)) == (None, second)
    with pytest.raises(UserError, match="no token"):
        ours.revoke(first.id)


@pytest.mark.parametrize("name", ["", "..", "a/b", "default", "-x", "a b", "x" * 65, "é"])
def test_a_user_has_a_name_that_can_be_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be a user"):
        Accounts(tmp_path / "t.json").add(name, Role.USER)


@pytest.mark.parametrize(("host", "let_in"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_without_any_token_only_this_machine_is_let_in(tmp_path: Path, host: str, let_in: bool) -> None:
    """Off loopback the last token may be revoked while the server runs."""
    settings = ServerSettings(base_dir=str(tmp_path), listen=(host,))
    guard = Guard(settings, Accounts(settings.accounts_file))
    refusal = guard.judge(make_mocked_request("GET", "/queue"))
    assert (refusal is None) is let_in
    assert refusal is None or refusal.status == 401


@pytest.mark.parametrize("text", ["{", "[1]", '[{"id": "x"}]', '[{"role": "king"}]'])
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(UserError, match="cannot be read"):
        Accounts(tmp_path / "t.json").holder("x")


def test_the_command_makes_lists_and_revokes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens(add="ann", role="viewer", base_dir=tmp_path)
    told = capsys.readouterr().out.split()
    id, token = told[0], told[-1]
    assert Accounts(tmp_path / ".graphcore" / "tokens.json").holder(token) is not None
    tokens(base_dir=tmp_path)
    assert capsys.readouterr().out.split() == [id, "viewer", "ann"]
    tokens(revoke=id, base_dir=tmp_path)
    tokens(base_dir=tmp_path)
    assert capsys.readouterr().out.splitlines() == [f"{id} of ann is worthless now."]
    with pytest.raises(UserError, match="no role 'king'"):
        tokens(add="bob", role="king", base_dir=tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    base = tmp_path_factory.mktemp("users")
    accounts = Accounts(base / ".graphcore" / "tokens.json")
    shown = {}
    for user, role in (("ann", Role.USER), ("bob", Role.USER), ("eve", Role.VIEWER), ("root", Role.ADMIN)):
        shown[user] = accounts.add(user, role)[1]
    process = Process(base, GRAPHCORE_PACKS="tests.server.jobs.pack:pack", GRAPHCORE_TOKEN=OWN)
    process.shown = shown | {"own": OWN}  # type: ignore[attr-defined]
    yield process
    process.stop()


@asynccontextmanager
async def signed_in(server: Process, user: str) -> AsyncIterator[Client]:
    token = server.shown[user]  # type: ignore[attr-defined]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Client(server.url, session)


async def status(client: Client, method: str, path: str, **options: Any) -> int:
    async with client.session.request(method, client.url + path, allow_redirects=False, **options) as response:
        return response.status


async def test_without_a_token_nobody_is_let_in_once_there_are_some(server: Process) -> None:
    async with aiohttp.ClientSession() as session:
        for method, path, _ in table():
            assert await status(Client(server.url, session), method, concrete(path)) == 401


async def test_roles(server: Process) -> None:
    async with signed_in(server, "eve") as eve, signed_in(server, "ann") as ann, signed_in(server, "root") as root:
        for method, path, handler in table():
            if method not in ("GET", "HEAD"):
                assert await status(eve, method, concrete(path)) == 403, path
            if handler in RESERVED:
                assert await status(ann, method, concrete(path)) == 403, path
                assert await status(eve, method, concrete(path)) == 403, path
        assert await status(eve, "GET", "/queue") == 200
        for path in ("/metrics", "/internal/logs"):
            assert await status(root, "GET", path) == 200
        assert await status(root, "POST", "/free", data="{}") == 200


async def test_a_browser_is_signed_in_with_the_token_of_its_user(server: Process) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:  # for an address, too
        client, token = Client(server.url, session), server.shown["ann"]  # type: ignore[attr-defined]
        assert await status(client, "GET", f"/?token={token}") == 303
        assert (await client.get("/queue"))["queue_pending"] == []
        assert await status(client, "GET", "/metrics") == 403


async def upload(client: Client, name: str, text: str) -> None:
    form = aiohttp.FormData()
    form.add_field("image", text.encode(), filename=name)
    async with client.session.post(client.url + "/upload/image", data=form) as response:
        assert response.status == 200, await response.text()


def texts(entry: dict[str, Any]) -> Any:
    return entry["outputs"]["1"]["text"]


async def test_a_users_files_are_theirs_alone(server: Process) -> None:
    async with signed_in(server, "ann") as ann, signed_in(server, "bob") as bob, signed_in(server, "root") as root:
        await upload(ann, "letter.txt", "of ann")
        await upload(bob, "letter.txt", "of bob")
        for client, text in ((ann, "of ann"), (bob, "of bob")):
            async with client.session.get(client.url + "/view?filename=letter.txt&type=input") as response:
                assert await response.text() == text
            assert await client.get("/internal/files/input") == ["letter.txt"]
            id = await client.submit(prompt("read", name="letter.txt"))
            assert texts((await client.ended(id))[id]) == [text]
        for name in ("../ann/letter.txt", "ann/letter.txt", "/etc/hostname"):
            id = await bob.submit(prompt("read", name=name))
            assert (await bob.ended(id))[id]["status"]["status_str"] == "error"
            async with bob.session.get(bob.url + "/view", params={"filename": name, "type": "input"}) as response:
                assert response.status != 200 or await response.text() == "of bob"  # a path before a name is dropped
        assert await status(bob, "GET", "/view?filename=letter.txt&type=input&subfolder=../ann") == 403
        async with root.session.get(root.url + "/view?filename=letter.txt&type=input&subfolder=ann") as response:
            assert await response.text() == "of ann"


async def test_a_users_jobs_and_outputs_are_theirs_alone(server: Process) -> None:
    async with signed_in(server, "ann") as ann, signed_in(server, "bob") as bob, signed_in(server, "root") as root:
        ids = {}
        for name, client in (("ann", ann), ("bob", bob)):  # the same workflow: what one has cached is not the other's
            ids[name] = await client.submit(prompt("save_cached", name="same.txt"))
            await client.ended(ids[name])
            assert (server.base / "output" / name / "same.txt").is_file()
            assert await status(client, "GET", "/view?filename=same.txt") == 200
            outputs = (await client.get("/api/v1/outputs"))["outputs"]
            assert [output["job"] for output in outputs] == [ids[name]]
            assert await status(client, "GET", outputs[0]["url"]) == 200
        theirs = ids["ann"]
        assert await bob.get(f"/history/{theirs}") == {}
        assert theirs not in await bob.get("/history")
        for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry"), ("GET", "/events")):
            assert await status(bob, method, f"/api/v1/jobs/{theirs}{path}") == 404, path
        listed = [job["id"] for job in (await bob.get("/jobs"))["jobs"]]
        assert (theirs in listed, ids["bob"] in listed) == (False, True)
        for method, path in (("GET", ""), ("POST", "/cancel")):
            assert await status(bob, method, f"/jobs/{theirs}{path}") == 404, path
        await bob.post("/history", {"delete": [theirs]})
        await bob.post("/history", {"clear": True})
        assert theirs in await ann.get("/history")
        assert {theirs} <= set(await root.get("/history"))
        for output in (await root.get("/api/v1/outputs"))["outputs"]:
            assert await status(root, "GET", output["url"]) == 200


async def test_a_users_running_jobs_are_theirs_alone(server: Process) -> None:
    async with (
        signed_in(server, "ann") as ann,
        signed_in(server, "bob") as bob,
        ann.socket("same") as hers,
        bob.socket("same") as his,
    ):
        id = await ann.submit(prompt("sleep", seconds=30.0), client_id="same")
        await hers.until("executing")
        waiting = await ann.submit(prompt("show"))
        assert await bob.get("/queue") == {"queue_running": [], "queue_pending": []}
        await bob.post("/interrupt")
        await bob.post("/interrupt", {"prompt_id": id})
        await bob.post("/queue", {"clear": True})
        await bob.post("/queue", {"delete": [waiting]})
        queue = await ann.get("/queue")
        assert [item[1] for item in queue["queue_running"] + queue["queue_pending"]] == [id, waiting]
        await ann.post("/interrupt")
        await hers.done(id)
        assert set(his.types()) <= {"status"}
        await ann.ended(waiting)


async def test_a_users_settings_are_theirs_alone(server: Process) -> None:
    async with signed_in(server, "ann") as ann, signed_in(server, "bob") as bob:
        await ann.post("/settings/a", 1)
        await ann.post("/userdata/w.json", {"nodes": []})
        assert await bob.get("/settings") == {}
        assert await status(bob, "GET", "/userdata/w.json") == 404
        assert (await ann.get("/settings/a"), await bob.get("/settings/a")) == (1, None)


async def test_a_revoked_token_lets_nobody_in(server: Process) -> None:
    accounts = Accounts(server.base / ".graphcore" / "tokens.json")
    account, token = accounts.add("tom", Role.USER)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        assert await status(Client(server.url, session), "GET", "/queue") == 200
        accounts.revoke(account.id)
        assert await status(Client(server.url, session), "GET", "/queue") == 401


@pytest.mark.parametrize("path", ["/ws", "/api/v1/events/ws", "/api/v1/events"])
async def test_what_is_open_ends_when_its_token_is_revoked(server: Process, path: str) -> None:
    accounts = Accounts(server.base / ".graphcore" / "tokens.json")
    (revoked, token), (_, other) = (accounts.add(name, Role.USER) for name in ("tom", "tim"))
    async with listening(server, token, path) as theirs, listening(server, other, path) as others:
        accounts.revoke(revoked.id)
        await asyncio.wait_for(theirs, WAIT)  # which only an end of the connection does
        await asyncio.sleep(2 * LOOK)
        assert not others.done()


@asynccontextmanager
async def listening(server: Process, token: str, path: str) -> AsyncIterator[asyncio.Task[None]]:
    """A task that reads a stream to its end."""

    async def read() -> None:
        with contextlib.suppress(aiohttp.ClientError):
            async for _ in stream if isinstance(stream, aiohttp.ClientWebSocketResponse) else stream.content:
                pass

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        opened = session.get(server.url + path) if path.endswith("events") else session.ws_connect(server.url + path)
        async with opened as stream:
            task = asyncio.create_task(read())
            yield task
            task.cancel()
            await asyncio.wait([task])
