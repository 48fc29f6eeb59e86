"""Section L of the conformance list: model files, and what the server runs on."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.server.conformance.files import opened, picture, safetensors, status_of
from tests.server.conformance.kit import connected, served


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
    safetensors(folder / "same.safetensors", None)
    (folder / "same.png").write_bytes(picture())
    (folder / "sub" / "beside.preview.png").write_bytes(picture("RGBA", color=(0, 0, 0, 0)))
    async with served(tmp_path) as client:
        beside = ("same.safetensors", "sub/beside.safetensors", "sub%2Fbeside.safetensors")
        for name in ("inside.safetensors", "url.safetensors", *beside):
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
