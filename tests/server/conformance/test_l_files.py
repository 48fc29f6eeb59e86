"""Section L of the conformance list: files, checks of origin, catalogues."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from server.extensions import merge
from server.middlewares import cache_control
from server.routes import ONCE, ROUTES, table
from tests.server.conformance.kit import connected, served

Http = TestClient[Any, Any]


def picture(mode: str = "RGB", size: tuple[int, int] = (8, 4), color: Any = (10, 200, 30), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, "PNG", **options)
    return buffer.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


async def upload(client: Http, content: bytes, filename: str = "a.png", route: str = "image", **fields: str) -> Any:
    """(status, answer) of an upload."""
    form = FormData(quote_fields=False)
    form.add_field("image", content, filename=filename)
    for name, value in fields.items():
        form.add_field(name, value)
    async with client.post(f"/upload/{route}", data=form) as response:
        body = await response.json() if response.content_type == "application/json" else await response.text()
        return response.status, body


async def view(client: Http, **query: str) -> tuple[int, bytes, str]:
    """(status, body, content type) of a view."""
    async with client.get("/view", params=query) as response:
        return response.status, await response.read(), response.content_type


async def status_of(client: Http, path: str, method: str = "GET", **options: Any) -> int:
    async with client.request(method, path, **options) as response:
        return response.status


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
        for reference in ({"filename": "../o.png"}, {"filename": "no.png"}, {"filename": "o.png", "type": "x"}, {}, []):
            answer = await upload(client, mask, "bad.png", "mask", original_ref=json.dumps(reference))
            assert answer[0] == 400, reference
        assert not (tmp_path / "input" / "bad.png").exists()


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
        assert (await view(client, filename="i.txt [input]", type="temp"))[1] == b"in"
        assert (await view(client, filename="i.txt"))[1] == b"out"
        assert (await view(client, filename="dropped/i.txt", rand="0.1"))[1] == b"out"


async def test_l010_previews_are_re_encoded(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        (tmp_path / "output" / "p.png").write_bytes(picture("RGBA", color=(1, 2, 3, 4)))
        for wanted, kind in [("webp;50", "webp"), ("jpeg", "jpeg"), ("png", "webp"), ("webp;x", "webp")]:
            status, body, type = await view(client, filename="p.png", preview=wanted)
            assert (status, type, opened(body).format) == (200, f"image/{kind}", kind.upper())
        assert (await view(client, filename="p.png", preview="jpeg", channel="a"))[2] == "image/webp"
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


@pytest.mark.parametrize(
    ("path", "status", "value"),
    [
        ("/x/a.js", 200, "no-cache"),
        ("/a.CSS", 404, "no-cache"),
        ("/index.json", 200, "no-cache"),
        ("/templates/index.de.json", 200, "no-cache"),
        ("/other.json", 200, None),
        ("/a.png", 200, "public, max-age=86400"),
        ("/a.JPG", 206, "public, max-age=86400"),
        ("/a.webp", 308, "public, max-age=86400"),
        ("/a.TIFF", 404, "public, max-age=3600"),
        ("/a.bmp", 302, "no-cache"),
        ("/a.png", 304, None),
        ("/a.png", 500, None),
        ("/a.html", 200, None),
        ("/a.pdf", 200, None),
        ("/plain", 200, None),
    ],
)
def test_l015_cache_headers(path: str, status: int, value: str | None) -> None:
    assert cache_control(path, status) == value


async def test_l015_cache_headers_ignore_the_query_and_keep_what_is_set(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        async with client.get("/missing.png?x=.js") as response:
            assert (response.status, response.headers["Cache-Control"]) == (404, "public, max-age=3600")
        async with client.get("/") as response:
            assert response.headers["Cache-Control"] == "no-cache"
            assert (response.headers["Pragma"], response.headers["Expires"]) == ("no-cache", "0")
        async with client.get("/queue") as response:
            assert "Cache-Control" not in response.headers


async def test_l016_origins(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        port = client.port
        for origin, status in [
            ("http://evil.com", 403),
            (f"http://localhost:{port}", 403),
            ("http://127.0.0.1", 200),
            ("null", 200),
            (f"http://127.0.0.1:{port}", 200),
            (f"HTTP://127.0.0.1:{port}", 200),
            (f"http://127.0.0.1:{int(port or 0) + 1}", 403),
            ("http://[", 403),
        ]:
            assert await status_of(client, "/prompt", headers={"Origin": origin}) == status, origin
        assert await status_of(client, "/ws", headers={"Origin": "http://evil.com"}) == 403
        async with client.options("/prompt") as response:
            assert (response.status, await response.read()) == (200, b"")
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_l017_cors(tmp_path: Path) -> None:
    async with served(tmp_path, cors_origin="http://ui.example") as client:
        headers = {"Origin": "http://ui.example", "Sec-Fetch-Site": "cross-site"}
        for method, path in [("OPTIONS", "/prompt"), ("GET", "/prompt"), ("GET", "/missing")]:
            async with client.request(method, path, headers=headers) as response:
                assert response.status == (404 if path == "/missing" else 200)
                assert response.headers["Access-Control-Allow-Origin"] == "http://ui.example"
                assert {"GET", "POST", "DELETE", "PUT", "OPTIONS"} <= set(
                    response.headers["Access-Control-Allow-Methods"].split(", ")
                )
                assert response.headers["Access-Control-Allow-Headers"] == "Content-Type, Authorization"
                assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert await status_of(client, "/prompt", headers={"Origin": "http://evil.com"}) == 403
    async with served(tmp_path, cors_origin="*") as client:
        assert await status_of(client, "/prompt", headers={"Origin": "http://evil.com"}) == 200


def test_l018_every_route_is_there_with_and_without_the_prefix() -> None:
    found = {(method, path) for method, path, _ in table()}
    assert all({(method, path), (method, f"/api{path}")} <= found for method, path, _ in ROUTES)
    assert not [path for _, path in found if path.startswith("/api/internal")]
    assert [path for _, path, _ in ONCE if path.startswith("/internal")]


async def test_l018_internal_routes_have_no_prefix(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path in ("/internal/logs", "/internal/logs/raw", "/internal/folder_paths", "/internal/files/output"):
            assert await status_of(client, path) == 200
            assert await status_of(client, f"/api{path}") == 404
        assert await status_of(client, "/internal/files/models") == 400


def safetensors(path: Path, metadata: dict[str, str] | None, padding: int = 0) -> None:
    header = json.dumps({} if metadata is None else {"__metadata__": metadata}).encode() + b" " * padding
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header)


async def test_l019_metadata_of_a_model(tmp_path: Path) -> None:
    loras = tmp_path / "models" / "loras"
    safetensors(loras / "x" / "a.safetensors", {"k": "v"})
    safetensors(loras / "none.safetensors", None)
    safetensors(loras / "huge.safetensors", {"k": "v"}, padding=2**20)
    (loras / "a.ckpt").write_bytes((loras / "x" / "a.safetensors").read_bytes())
    (loras / "short.safetensors").write_bytes(b"\xff" * 20)
    async with served(tmp_path) as client:
        async with client.get("/view_metadata/loras?filename=x/a.safetensors") as response:
            assert await response.json() == {"k": "v"}
        for name in (
            "none.safetensors",
            "huge.safetensors",
            "a.ckpt",
            "short.safetensors",
            "../x",
            "absent.safetensors",
            "",
        ):
            assert await status_of(client, "/view_metadata/loras", params={"filename": name}) == 404, name
        assert await status_of(client, "/view_metadata/nothing?filename=a.safetensors") == 404


async def test_l020_names_of_models(tmp_path: Path) -> None:
    for name in ("embeddings/a.pt", "embeddings/x/b.safetensors", "embeddings/c.txt", "checkpoints/m.safetensors"):
        (tmp_path / "models" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / name).write_bytes(b"1234")
    async with served(tmp_path) as client:
        assert await (await client.get("/embeddings")).json() == ["a", "x/b"]
        assert {"checkpoints", "loras", "vae"} <= set(await (await client.get("/api/models")).json())
        assert "m.safetensors" in await (await client.get("/models/checkpoints")).json()
        for path in ("/models/nothing", "/experiment/models/nothing", "/models/custom_nodes"):
            assert await status_of(client, path) == 404
        browsed = await (await client.get("/experiment/models")).json()
        (loras,) = (entry for entry in browsed if entry["name"] == "loras")
        assert str(tmp_path / "models" / "loras") in loras["folders"]
        assert not {"configs", "custom_nodes"} & {entry["name"] for entry in browsed}
        listed = await (await client.get("/experiment/models/checkpoints")).json()
        (entry,) = (entry for entry in listed if entry["name"] == "m.safetensors")  # beside those that ship
        assert entry.keys() == {"name", "pathIndex", "modified", "created", "size"}
        assert (entry["name"], entry["pathIndex"], entry["size"]) == ("m.safetensors", 0, 4)


async def test_l021_the_picture_of_a_model(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "checkpoints"
    cover = base64.b64encode(picture()).decode()
    safetensors(folder / "inside.safetensors", {"ssmd_cover_images": json.dumps([cover])})
    safetensors(folder / "url.safetensors", {"modelspec.thumbnail": f"data:image/png;base64,{cover}"})
    safetensors(folder / "sub" / "beside.safetensors", None)
    safetensors(folder / "plain.safetensors", None)
    (folder / "sub" / "beside.preview.png").write_bytes(picture("RGBA", color=(0, 0, 0, 0)))
    async with served(tmp_path) as client:
        for name in ("inside.safetensors", "url.safetensors", "sub/beside.safetensors", "sub%2Fbeside.safetensors"):
            async with client.get(f"/experiment/models/preview/checkpoints/0/{name}") as response:
                assert (response.status, response.content_type) == (200, "image/webp"), name
                assert opened(await response.read()).format == "WEBP"
        for name in ("0/plain.safetensors", "0/absent", "9/inside.safetensors", "x/a", "0/..%2F..%2Fx"):
            assert await status_of(client, f"/experiment/models/preview/checkpoints/{name}") == 404, name


async def test_l022_system_stats(url: str) -> None:
    async with connected(url) as client:
        stats = await client.get("/system_stats")
        assert stats["system"].keys() == {
            *("os", "ram_total", "ram_free", "comfyui_version", "required_frontend_version"),
            *("installed_templates_version", "required_templates_version"),
            *("python_version", "pytorch_version", "embedded_python", "argv"),
        }
        assert tuple(map(int, stats["system"]["comfyui_version"].split("."))) >= (0, 3, 64)
        vram = {"vram_total", "vram_free", "torch_vram_total", "torch_vram_free"}
        assert stats["devices"][0].keys() >= {"name", "type", "index", *vram}


def packs(base: Path) -> Path:
    """Three packs with scripts, translations and examples."""
    nodes = base / "custom_nodes"
    for name, text in {
        "b pack/__init__.py": 'import nothing\nWEB_DIRECTORY = "./js"\n',
        "b pack/js/sub/two.js": "2",
        "b pack/js/one.js": "1",
        "b pack/js/style.css": "a {}",
        "b pack/js/page.html": "<script>",
        "a/__init__.py": "WEB_DIRECTORY = '../b pack/js'",
        "a/pyproject.toml": '[project]\nname = "a-project"\n[tool.comfy]\nweb = "dist"\n',
        "a/dist/a.js": "a",
        "a/example_workflows/first.json": "{}",
        "a/example_workflows/first.jpg": "x",
        "a/locales/en/main.json": '{"x": {"a": 1}, "l": [1]}',
        "a/locales/en/nodeDefs.json": '{"N": {"t": "n"}}',
        "a/locales/de/commands.json": "{broken",
        "b pack/locales/en/main.json": '{"x": {"a": 2, "b": 3}, "l": [2]}',
        "b pack/locales/en/settings.json": '{"s": null}',
        "off.disabled/__init__.py": 'WEB_DIRECTORY = "."',
        "off.disabled/off.js": "",
    }.items():
        (nodes / name).parent.mkdir(parents=True, exist_ok=True)
        (nodes / name).write_text(text)
    return nodes


async def test_l023_scripts_of_packs(tmp_path: Path) -> None:
    packs(tmp_path)
    (tmp_path / "web" / "extensions" / "core").mkdir(parents=True)
    (tmp_path / "web" / "extensions" / "core" / "own.js").write_text("own")
    async with served(tmp_path, web_dir=str(tmp_path / "web")) as client:
        listed = await (await client.get("/api/extensions")).json()
        assert listed == [
            "/extensions/core/own.js",
            "/extensions/a-project/a.js",
            "/extensions/b%20pack/one.js",
            "/extensions/b%20pack/sub/two.js",
        ]
        for path in listed[1:]:
            async with client.get(path) as response:
                assert (response.status, response.content_type) == (200, "application/javascript")
                assert response.headers["Cache-Control"] == "no-cache"
        assert await (await client.get(listed[0])).text() == "own"
        assert await status_of(client, "/extensions/b%20pack/page.html") == 200
        assert (await client.get("/extensions/b%20pack/page.html")).content_type == "application/octet-stream"
        for path in (
            "/extensions/b%20pack/%2e%2e/__init__.py",
            "/extensions/b%20pack/..%2f__init__.py",
            "/extensions/x/y",
        ):
            assert await status_of(client, path) == 404


async def test_l024_catalogue_entries(url: str) -> None:
    async with connected(url) as client:
        entry = (await client.get("/object_info/Classic"))["Classic"]
        assert entry == {
            "input": {
                "required": {"x": ["INT", {"default": 1}], "mode": [["a", "b"], {"default": "a"}]},
                "hidden": {"me": "UNIQUE_ID"},
            },
            "input_order": {"required": ["x", "mode"], "hidden": ["me"]},
            "output": ["INT", "STRING"],
            "output_is_list": [False, False],
            "output_name": ["INT", "STRING"],
            "name": "Classic",
            "display_name": "Classic node",
            "description": "",
            "python_module": "nodes",
            "category": "math",
            "output_node": False,
        }
        wanted = {"name", "display_name", "category", "description", "output_node", "python_module"}
        assert all(wanted <= entry.keys() for entry in (await client.get("/object_info")).values())


async def test_l025_unknown_and_raising_classes(url: str) -> None:
    async with connected(url) as client:
        assert await client.get("/object_info/NoSuchNode") == {}
        nodes = await client.get("/api/object_info")
        assert "Classic" in nodes
        assert "Broken" not in nodes
        assert await client.get("/object_info/Broken") == {}


async def test_l026_flags_of_nodes(url: str) -> None:
    flags = {"deprecated", "experimental", "api_node"}
    async with connected(url) as client:
        nodes = await client.get("/object_info")
        assert not flags & nodes["Classic"].keys()
        assert {name: nodes["Marked"][name] for name in flags} == dict.fromkeys(flags, True)
        assert {name: nodes["Modern"][name] for name in flags} == dict.fromkeys(flags, False)


async def test_l027_translations(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await (await client.get("/i18n")).json() == {}
    packs(tmp_path)
    async with served(tmp_path) as client:
        assert await (await client.get("/api/i18n")).json() == {
            "en": {
                "x": {"a": 2, "b": 3},
                "l": [1, 2],
                "nodeDefs": {"N": {"t": "n"}},
                "settings": {"s": None},
            }
        }


async def test_l028_example_workflows(tmp_path: Path) -> None:
    packs(tmp_path)
    async with served(tmp_path) as client:
        assert await (await client.get("/workflow_templates")).json() == {"a": ["first"]}
        assert await (await client.get("/api/workflow_templates/a/first.json")).json() == {}
        assert await status_of(client, "/api/workflow_templates/a/first.jpg") == 200
        for name in ("a/..%2Fpyproject.toml", "a/none.json", "x/first.json"):
            assert await status_of(client, f"/api/workflow_templates/{name}") == 404


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [1, 2, 3]}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": "x"}, {"a": {"y": 1}}, {"a": {"y": 1}}),
        ({}, {"b": 1}, {"b": 1}),
    ],
)
def test_l029_merging(one: Any, other: Any, merged: Any) -> None:
    assert merge(one, other) == merged
