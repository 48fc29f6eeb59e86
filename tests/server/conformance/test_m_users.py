"""Section M of the conformance list: users, settings, files of users."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient
from PIL import Image

from tests.server.conformance.kit import WAIT, Client, Process, prompt, served
from tests.server.test_sockets import UPGRADE

Http = TestClient[Any, Any]


async def ask(client: Http, path: str, method: str = "GET", **options: Any) -> Any:
    """(status, JSON or text)."""
    async with client.request(method, path, **options) as response:
        body = await response.json() if response.content_type == "application/json" else await response.text()
        return response.status, body


async def test_m001_one_user_is_no_list_of_users(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await ask(client, "/users") == (200, {"storage": "server", "migrated": False})
        await ask(client, "/settings/x", "POST", json=1)
        assert await ask(client, "/api/users") == (200, {"storage": "server", "migrated": True})


async def test_m002_several_users(tmp_path: Path) -> None:
    async with served(tmp_path, multi_user=True) as client:
        assert await ask(client, "/users") == (200, {"storage": "server", "users": {}})
        status, id = await ask(client, "/users", "POST", json={"username": "Ann ../x"})
        assert status == 200
        assert id.startswith("Ann-x_")
        assert (await ask(client, "/users", "POST", json={"username": "Ann ../x"}))[0] == 400
        assert (await ask(client, "/users", "POST", json={"username": " "}))[0] == 400
        assert (await ask(client, "/users"))[1]["users"] == {id: "Ann ../x"}
        ann = {"Comfy-User": id}
        assert (await ask(client, "/settings", "POST", json={"a": 1}, headers=ann))[0] == 200
        assert await ask(client, "/settings", headers=ann) == (200, {"a": 1})
        other = (await ask(client, "/users", "POST", json={"username": "Bob"}))[1]
        assert await ask(client, "/settings", headers={"Comfy-User": other}) == (200, {})
        for header in ({}, {"Comfy-User": "nobody"}, {"Comfy-User": "../.."}):
            for path in ("/settings", "/userdata?dir=x", "/queue", "/history"):
                assert (await ask(client, path, headers=header))[0] == 401


async def test_m002_the_socket_of_a_page_has_no_header_and_hears_of_its_jobs(tmp_path: Path) -> None:
    process = Process(tmp_path, "--multi-user")
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(process.url, session)
            ann, bob = [await client.post("/users", {"username": name}) for name in ("Ann", "Bob")]
            async with client.socket("her page") as hers, client.socket("his page") as his:
                job = await client.post(
                    "/prompt", {"prompt": prompt("Show"), "client_id": "her page"}, headers={"Comfy-User": ann}
                )
                await hers.done(job["prompt_id"])
                assert "executed" in hers.types()
                other = await client.post(
                    "/prompt", {"prompt": prompt("Show"), "client_id": "his page"}, headers={"Comfy-User": bob}
                )
                await his.done(other["prompt_id"])
                assert {data.get("prompt_id") for _, data in his.heard} == {None, other["prompt_id"]}
                await pictures_of(client, session, ann, bob)
            async with session.get(f"{process.url}/ws", headers={"Comfy-User": "nobody", **UPGRADE}) as response:
                assert response.status == 401
    finally:
        process.stop()


async def pictures_of(client: Client, session: aiohttp.ClientSession, *users: str) -> None:
    """Each user's page shows their own picture of one name, which it asks for without the header."""
    for user, size in zip(users, (3, 5), strict=True):
        asks = {"Comfy-User": user}
        job = await client.post("/prompt", {"prompt": prompt("Save", name="s.png", width=size)}, headers=asks)
        async with asyncio.timeout(WAIT):
            while not (entry := await client.get(f"/history/{job['prompt_id']}", headers=asks)):
                await asyncio.sleep(0.02)
        (image,) = entry[job["prompt_id"]]["outputs"]["1"]["images"]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as page:
            async with page.get(client.url + "/settings", headers=asks) as response:
                assert response.status == 200
            async with page.get(client.url + "/view", params=image) as response:
                assert (response.status, Image.open(io.BytesIO(await response.read())).width) == (200, size)
            async with page.get(client.url + "/settings") as response:
                assert response.status == 401, "whatever changes or tells more needs the header"
        async with session.get(client.url + "/view", params=image) as response:
            assert response.status == 401


async def test_m003_settings(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await ask(client, "/settings") == (200, {})
        assert await ask(client, "/settings", "POST", json={"Comfy.A": 1, "b": [2]}) == (200, "")
        assert await ask(client, "/settings/Comfy.C", "POST", data=b'"text"') == (200, "")
        assert await ask(client, "/settings", "POST", json={"b": None}) == (200, "")
        assert await ask(client, "/settings") == (200, {"Comfy.A": 1, "b": None, "Comfy.C": "text"})
        assert await ask(client, "/settings/Comfy.A") == (200, 1)
        assert await ask(client, "/settings/unknown") == (200, None)
        assert (await ask(client, "/settings", "POST", data=b"[1]"))[0] == 400
        (tmp_path / "user" / "default" / "comfy.settings.json").write_text("{broken")
        assert await ask(client, "/settings") == (200, {})


def fill(base: Path) -> Path:
    home = base / "user" / "default"
    for name in ("workflows/b.json", "workflows/sub/deep/a.json", "other.txt"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("12345")
    return home


async def test_m004_listing_files(tmp_path: Path) -> None:
    fill(tmp_path)
    async with served(tmp_path) as client:
        assert (await ask(client, "/userdata"))[0] == 400
        assert (await ask(client, "/userdata?dir="))[0] == 400
        assert (await ask(client, "/userdata?dir=absent"))[0] == 404
        assert await ask(client, "/userdata?dir=workflows") == (200, ["b.json"])
        assert await ask(client, "/userdata?dir=workflows%2F") == (200, ["b.json"])
        assert await ask(client, "/userdata?dir=workflows/sub") == (200, [])


async def test_m005_the_forms_of_a_list(tmp_path: Path) -> None:
    fill(tmp_path)
    async with served(tmp_path) as client:
        path = "/api/userdata?dir=workflows&recurse=true"
        assert await ask(client, path) == (200, ["b.json", "sub/deep/a.json"])
        split = [["b.json", "b.json"], ["sub/deep/a.json", "sub", "deep", "a.json"]]
        assert await ask(client, f"{path}&split=true") == (200, split)
        status, full = await ask(client, f"{path}&full_info=true&split=true")
        assert (status, [entry["path"] for entry in full]) == (200, ["b.json", "sub/deep/a.json"])
        assert full[0].keys() == {"path", "size", "modified", "created"}
        assert (full[0]["size"], type(full[0]["modified"])) == (5, float)


async def test_m006_writing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await ask(client, "/userdata/a.txt", "POST", data=b"1") == (200, "a.txt")
        assert await ask(client, "/userdata/a.txt", "POST", data=b"2") == (200, "a.txt")
        assert (await ask(client, "/userdata/a.txt?overwrite=false", "POST", data=b"3"))[0] == 409
        assert await ask(client, "/userdata/a.txt") == (200, "2")
        status, info = await ask(client, "/userdata/a.txt?full_info=true", "POST", data=b"1234")
        assert (status, info["path"], info["size"]) == (200, "a.txt", 4)


async def test_m007_encoded_slashes_make_folders(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await ask(client, "/userdata/a%2Fb%20c%2Fd.json", "POST", data=b"{}") == (200, "a/b c/d.json")
        assert (tmp_path / "user" / "default" / "a" / "b c" / "d.json").read_text() == "{}"
        assert await ask(client, "/userdata/a%252Fb%2520c%252Fd.json") == (200, {})
        assert await ask(client, "/userdata/user.css", "POST", data=b"a {}") == (200, "user.css")
        async with client.get("/api/userdata/user.css") as response:
            assert response.content_type == "text/css"


async def test_m008_moving(tmp_path: Path) -> None:
    home = fill(tmp_path)
    async with served(tmp_path) as client:
        assert await ask(client, "/userdata/other.txt/move/x%2Fy.txt", "POST") == (200, "x/y.txt")
        assert (await ask(client, "/userdata/other.txt/move/z.txt", "POST"))[0] == 404
        (home / "z.txt").write_text("z")
        assert (await ask(client, "/userdata/x%2Fy.txt/move/z.txt?overwrite=false", "POST"))[0] == 409
        assert ((home / "z.txt").read_text(), (home / "x" / "y.txt").read_text()) == ("z", "12345")
        status, info = await ask(client, "/userdata/x%2Fy.txt/move/z.txt?full_info=true", "POST")
        assert (status, info["path"], info["size"]) == (200, "z.txt", 5)


async def test_m009_deleting(tmp_path: Path) -> None:
    fill(tmp_path)
    async with served(tmp_path) as client:
        assert (await ask(client, "/userdata/other.txt", "DELETE"))[0] == 204
        assert (await ask(client, "/userdata/other.txt", "DELETE"))[0] == 404
        assert (await ask(client, "/userdata/workflows", "DELETE"))[0] == 404


async def test_m010_the_second_form_of_a_list(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await ask(client, "/v2/userdata") == (200, [])
        home = fill(tmp_path)
        (home / "a folder").mkdir()
        (home / "a folder" / "f.txt").write_text("1")
        status, entries = await ask(client, "/v2/userdata")
        assert status == 200
        kinds = [entry["type"] for entry in entries]
        assert kinds == sorted(kinds)
        assert [entry["path"] for entry in entries if entry["type"] == "directory"] == [
            "a folder",
            "workflows/sub/deep",
            "workflows/sub",
            "workflows",
        ]
        status, entries = await ask(client, "/api/v2/userdata?path=a%20folder")
        assert (status, [entry["path"] for entry in entries]) == (200, ["a folder/f.txt"])
        assert entries[0].keys() == {"name", "path", "type", "size", "modified"}
        assert (await ask(client, "/v2/userdata?path=absent"))[0] == 404
        assert (await ask(client, "/v2/userdata?path=other.txt"))[0] == 400


async def test_m011_nothing_leads_out(tmp_path: Path) -> None:
    home = fill(tmp_path)
    (tmp_path / "secret").write_text("canary")
    (home / "link").symlink_to(tmp_path)
    async with served(tmp_path) as client:
        for name in (
            "..%2F..%2Fsecret",
            "%2Fetc%2Fpasswd",
            "..%252F..%252Fsecret",
            "link%2Fsecret",
            "..%5Csecret",
            "C:%5Cx",
        ):
            for method, path in [
                ("GET", f"/userdata/{name}"),
                ("POST", f"/userdata/{name}"),
                ("DELETE", f"/userdata/{name}"),
                ("POST", f"/userdata/{name}/move/x"),
                ("POST", f"/userdata/other.txt/move/{name}"),
            ]:
                status, body = await ask(client, path, method)
                assert status == 403, (method, path, body)
            assert (await ask(client, f"/userdata?dir={name}"))[0] == 403 or "%25" in name
            assert (await ask(client, f"/v2/userdata?path={name}"))[0] == 400
        assert (tmp_path / "secret").read_text() == "canary"
        assert (home / "other.txt").exists()
