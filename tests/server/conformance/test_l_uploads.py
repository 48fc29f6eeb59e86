"""Section L of the conformance list: uploads."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import FormData
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.server.conformance.files import picture, status_of, upload
from tests.server.conformance.kit import WAIT, served


async def test_l001_an_upload_is_on_disk_under_the_name_that_is_told(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await upload(client, b"abc") == (200, {"name": "a.png", "subfolder": "", "type": "input"})
        assert (tmp_path / "input" / "a.png").read_bytes() == b"abc"
        status, told = await upload(client, b"abc", "sound.flac", type="temp", subfolder="x")
        assert (status, told) == (200, {"name": "sound.flac", "subfolder": "x", "type": "temp"})
        assert (tmp_path / "temp" / "x" / "sound.flac").exists()


async def test_l002_the_same_name_is_the_same_content_or_another_name(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        names = [(await upload(client, content))[1]["name"] for content in (b"1", b"1", b"2", b"3", b"2")]
        assert names == ["a.png", "a.png", "a (1).png", "a (2).png", "a (1).png"]
        assert sorted(path.name for path in (tmp_path / "input").iterdir()) == ["a (1).png", "a (2).png", "a.png"]


@pytest.mark.parametrize("yes", ["true", "1"])
async def test_l003_overwrite_replaces(tmp_path: Path, yes: str) -> None:
    async with served(tmp_path) as client:
        await upload(client, b"1")
        assert (await upload(client, b"2", overwrite=yes))[1]["name"] == "a.png"
        assert (tmp_path / "input" / "a.png").read_bytes() == b"2"


async def test_l004_subfolders_are_made_and_nothing_leads_out(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert (await upload(client, b"1", subfolder="one/two"))[0] == 200
        assert (tmp_path / "input" / "one" / "two" / "a.png").exists()
        (tmp_path / "input" / "link").symlink_to(tmp_path)
        for subfolder in ("..", "../output", "a/../../b", "/etc", "C:\\x", "..\\x", "link", "a\0b"):
            assert (await upload(client, b"1", subfolder=subfolder))[0] == 400, subfolder
        for filename in ("../a.png", "..", "a/b.png", "\\\\host\\a", "nul", "com1.png", "x" * 300):
            assert (await upload(client, b"1", filename=filename))[0] == 400, filename
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == []
        assert not list(tmp_path.rglob(".part-*"))


async def test_l005_what_is_no_upload_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        form = FormData({"image": "text"})
        form.add_field("other", b"1", filename="x")
        assert await status_of(client, "/upload/image", "POST", data=form) == 400
        assert await status_of(client, "/upload/image", "POST", data=b"{}") == 400
        assert await status_of(client, "/upload/image", "POST", data={"overwrite": "1"}) == 400
        for area in ("output", "nowhere", "models"):
            assert (await upload(client, b"1", type=area))[0] == 400


async def test_l006_a_body_above_the_limit_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path, max_upload=1000, max_json=500) as client:
        assert (await upload(client, b"1" * 1000))[0] == 200
        assert (await upload(client, b"1" * 1001))[0] == 413
        assert await status_of(client, "/prompt", "POST", data=b" " * 501) == 413
        assert await status_of(client, "/userdata/a", "POST", data=b" " * 1001) == 413
        assert [path.name for path in (tmp_path / "input").iterdir()] == ["a.png"]


async def test_l007_a_mask_keeps_the_colours_and_texts_of_its_picture(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("prompt", "{}")
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "o.png").write_bytes(picture(pnginfo=texts))
    mask = picture("RGBA", color=(0, 0, 0, 77))
    async with served(tmp_path) as client:
        status, told = await upload(client, mask, "m.png", "mask", original_ref=json.dumps({"filename": "o.png"}))
        assert (status, told["name"]) == (200, "m.png")
        image = Image.open(tmp_path / "input" / "m.png")
        assert (image.mode, image.getpixel((1, 1)), image.text) == ("RGBA", (10, 200, 30, 77), {"prompt": "{}"})  # type: ignore[attr-defined]
        nested = tmp_path / "output" / "deep" / "n.png"
        nested.parent.mkdir()
        nested.write_bytes(picture(color=(7, 8, 9)))
        for reference in (
            {"filename": "n.png", "subfolder": "deep", "type": "output"},
            {"filename": "n.png [output]", "subfolder": "deep", "type": "input"},
        ):
            await upload(client, mask, "m.png", "mask", overwrite="1", original_ref=json.dumps(reference))
            assert Image.open(tmp_path / "input" / "m.png").getpixel((0, 0)) == (7, 8, 9, 77)
        for reference in ({"filename": "../o.png"}, {"filename": "no.png"}, {"filename": "o.png", "type": "x"}, {}, []):
            answer = await upload(client, mask, "bad.png", "mask", original_ref=json.dumps(reference))
            assert answer[0] == 400, reference
        assert not (tmp_path / "input" / "bad.png").exists()


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path in ("/upload/image", "/upload/mask"):
            _, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n".encode()
                + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                + b'Content-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
                + b"x" * 400_000
            )
            await writer.drain()
            folder = tmp_path / "input"
            async with asyncio.timeout(WAIT):
                while not list(folder.iterdir()):
                    await asyncio.sleep(0.01)
                assert not (folder / "a.png").exists(), "nothing is seen of it before all of it is there"
                writer.transport.abort()
                while list(folder.iterdir()):
                    await asyncio.sleep(0.01)
