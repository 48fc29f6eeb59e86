"""Section L of the conformance list: looking at files."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.server.conformance.files import opened, picture, view
from tests.server.conformance.kit import served


async def test_l008_what_cannot_be_viewed(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert (await view(client))[0] == 404
        for name in ("", "/a.png", "../a.png", "a..png", "..", "a/../../b"):
            assert (await view(client, filename=name))[0] == 400, name
        assert (await view(client, filename="a.png", type="models"))[0] == 400
        assert (await view(client, filename="a.png", subfolder="../x"))[0] == 403
        assert (await view(client, filename="a.png", subfolder="/etc"))[0] == 403
        (tmp_path / "output" / "out").symlink_to("/")
        assert (await view(client, filename="hostname", subfolder="out/etc"))[0] == 403
        assert (await view(client, filename="absent.png"))[0] == 404


async def test_l009_an_annotation_overrides_the_type(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        (tmp_path / "input" / "i.txt").write_text("in")
        (tmp_path / "output" / "i.txt").write_text("out")
        (tmp_path / "temp" / "i.txt").write_text("temp")
        assert (await view(client, filename="i.txt [input]", type="temp"))[1] == b"in"
        assert (await view(client, filename="i.txt [output]", type="input"))[1] == b"out"
        assert (await view(client, filename="i.txt [temp]"))[1] == b"temp"
        assert (await view(client, filename="i.txt", type="input"))[1] == b"in"
        assert (await view(client, filename="i.txt"))[1] == b"out"
        assert (await view(client, filename="dropped/i.txt", rand="0.1"))[1] == b"out"


async def test_l010_previews_are_re_encoded(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        (tmp_path / "output" / "p.png").write_bytes(picture("RGBA", color=(1, 2, 3, 4)))
        for wanted, kind in [("webp;50", "webp"), ("jpeg", "jpeg"), ("png", "webp"), ("webp;x", "webp")]:
            status, body, type = await view(client, filename="p.png", preview=wanted)
            assert (status, type, opened(body).format) == (200, f"image/{kind}", kind.upper())
        assert (await view(client, filename="p.png", preview="jpeg", channel="a"))[2] == "image/webp"
        noise = Image.effect_noise((64, 64), 90).convert("RGB")
        noise.save(tmp_path / "output" / "n.png")
        sizes = [len((await view(client, filename="n.png", preview=f"webp{q}"))[1]) for q in (";10", ";50", "", ";100")]
        assert sizes == sorted(set(sizes)), "a higher quality takes more bytes; it is 90 by default"
        assert opened((await view(client, filename="p.png", preview="webp", channel="rgb"))[1]).mode == "RGB"
        (tmp_path / "output" / "t.png").write_text("no picture")
        assert (await view(client, filename="t.png", preview="webp"))[0] == 400
    async with served(tmp_path, max_pixels=16) as client:
        assert (await view(client, filename="p.png", preview="webp"))[0] == 400


async def test_l011_channels(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        (tmp_path / "output" / "a.png").write_bytes(picture("RGBA", color=(1, 2, 3, 4)))
        (tmp_path / "output" / "c.png").write_bytes(picture(color=(1, 2, 3)))
        image = opened((await view(client, filename="a.png", channel="rgb"))[1])
        assert (image.mode, image.getpixel((0, 0))) == ("RGB", (1, 2, 3))
        image = opened((await view(client, filename="a.png", channel="a"))[1])
        assert (image.mode, image.getpixel((0, 0))[3]) == ("RGBA", 4)  # type: ignore[index]
        image = opened((await view(client, filename="c.png", channel="a"))[1])
        assert image.getpixel((0, 0))[3] == 255  # type: ignore[index]
        assert (await view(client, filename="a.png", channel="other"))[1] == picture("RGBA", color=(1, 2, 3, 4))


async def test_l012_what_a_browser_would_run_is_a_download(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for name in ("a.html", "a.xhtml", "a.js", "a.css", "a.svg", "a.xml", "a.mjs", "a.htm", "polyglot.png", "none"):
            (tmp_path / "output" / name).write_text("<html><script>alert(1)</script>")
            async with client.get("/view", params={"filename": name}) as response:
                assert response.content_type == "application/octet-stream", name
                assert response.headers["Content-Disposition"].startswith("attachment")
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_l013_ranges(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        (tmp_path / "output" / "r.txt").write_text("0123456789")
        (tmp_path / "output" / "r.txt.gz").write_text("not this")
        headers = {"Range": "bytes=2-4", "Accept-Encoding": "gzip"}
        async with client.get("/view?filename=r.txt", headers=headers) as response:
            assert (response.status, await response.read()) == (206, b"234")
            assert response.headers["Content-Range"] == "bytes 2-4/10"


async def test_l014_the_disposition_has_the_name(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for name, told in [
            ("a b.txt", 'filename="a b.txt"'),
            ('q"ü.txt', "filename=\"q__.txt\"; filename*=UTF-8''q%22%C3%BC.txt"),
        ]:
            (tmp_path / "output" / name).write_text("x")
            async with client.get("/view", params={"filename": name}) as response:
                assert response.headers["Content-Disposition"] == told
