"""What a file carries, and what changed between two workflows."""

from __future__ import annotations

import json
from pathlib import Path

from graphcore.workflow.embed import png_with_texts
from tests.server.conformance.kit import Client, connected, prompt, served

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def read(client: Client, body: bytes, status: int = 200) -> tuple[int, dict[str, object]]:
    async with client.session.post(f"{client.url}/api/v1/workflows/read", data=body) as response:
        return response.status, await response.json()


async def test_a_picture_gives_the_workflow_that_it_carries(url: str) -> None:
    editor = {"nodes": [], "links": [], "version": 0.4, "extra": {"kept": [1.5, "é"]}}
    picture = png_with_texts(PIXEL, {"workflow": json.dumps(editor), "prompt": json.dumps(prompt("Show", value=1))})
    async with connected(url) as client:
        assert await read(client, picture) == (200, {"workflow": editor, "form": "editor"})


async def test_a_prompt_is_laid_out(url: str) -> None:
    async with connected(url) as client:
        status, found = await read(client, json.dumps(prompt("Show", value=1)).encode())
        assert (status, found["form"]) == (200, "prompt")
        assert [node["type"] for node in found["workflow"]["nodes"]] == ["Show"]  # type: ignore[index]


async def test_what_carries_no_workflow_is_told_in_a_sentence(url: str) -> None:
    async with connected(url) as client:
        for body in (PIXEL, b"{", b"", b"[1]"):
            status, found = await read(client, body)
            assert status == 400
            assert found["error"]["message"].endswith(".")  # type: ignore[index]


async def test_differences_are_sentences(url: str) -> None:
    async with connected(url) as client:
        body = {"before": prompt("Show", value=1), "after": prompt("Show", value=2)}
        changes = (await client.post("/api/v1/workflows/diff", body))["changes"]
        assert [(change["kind"], change["before"], change["after"]) for change in changes] == [("value", 1, 2)]
        await client.post("/api/v1/workflows/diff", {"before": 1, "after": {}}, status=400)


async def test_workflows_are_listed_and_served_with_their_pictures(tmp_path: Path) -> None:
    own = tmp_path / "user" / "default" / "workflows" / "sub"
    pack = tmp_path / "custom_nodes" / "film" / "examples"
    for folder, name in ((own, "my one"), (pack, "theirs")):
        folder.mkdir(parents=True)
        (folder / f"{name}.json").write_text('{"nodes": []}')
    (pack / "theirs.png").write_bytes(PIXEL)
    async with served(tmp_path) as client:
        listed = (await (await client.get("/api/v1/workflows")).json())["workflows"]
        by_name = {(entry["source"], entry["name"]): entry for entry in listed}
        assert ("graphcore", "txt2img") in by_name
        mine, theirs = by_name["user", "sub/my one"], by_name["film", "theirs"]
        assert (mine["title"], mine["picture"]) == ("my one", None)
        for entry in (mine, theirs):
            assert await (await client.get(entry["url"])).json() == {"nodes": []}
        answer = await client.get(theirs["picture"])
        assert (answer.content_type, await answer.read()) == ("image/png", PIXEL)
        for path in ("user/gone", "user/..%2f..%2f..%2fx", "odd/x", "user/sub%2Fmy%20one/picture"):
            assert (await client.get(f"/api/v1/workflows/{path}")).status == 404
