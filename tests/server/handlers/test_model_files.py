"""Model files as resources."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from tests.server.conformance.kit import served


async def test_models_with_their_pictures_and_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "loras" / "styles"
    folder.mkdir(parents=True)
    save_file({"x": np.zeros(2, np.float32)}, folder / "a b.safetensors", {"ss_tag": "kept"})
    save_file({"x": np.zeros(2, np.float32)}, folder.parent / "plain.safetensors")
    Image.new("RGB", (2048, 8), "red").save(folder / "a b.png")
    async with served(tmp_path) as client:
        kinds = (await (await client.get("/api/v1/models")).json())["kinds"]
        (loras,) = (kind for kind in kinds if kind["kind"] == "loras")
        assert str(folder.parent) in loras["folders"]
        assert "custom_nodes" not in {kind["kind"] for kind in kinds}
        models = (await (await client.get("/api/v1/models/loras")).json())["models"]
        models = [model for model in models if not model["name"].startswith("graphcore-")]  # those that ship
        assert [model["name"] for model in models] == ["plain.safetensors", "styles/a b.safetensors"]
        assert (models[0]["preview"], models[1]["size"]) == (None, (folder / "a b.safetensors").stat().st_size)
        answer = await client.get(models[1]["preview"])
        assert answer.content_type == "image/webp"
        assert Image.open(io.BytesIO(await answer.read())).size == (1024, 4)
        named = {"name": "styles/a b.safetensors"}
        metadata = await client.get("/api/v1/models/loras/metadata", params=named)
        assert await metadata.json() == {"metadata": {"ss_tag": "kept"}}


async def test_what_is_not_there_is_told_in_json(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path in (
            "/api/v1/models/odd",
            "/api/v1/models/custom_nodes",
            "/api/v1/models/loras/preview?name=../x.png",
            "/api/v1/models/loras/metadata?name=gone.safetensors",
            "/api/v1/models/loras/metadata",
            "/api/v1/nothing",
        ):
            answer = await client.get(path)
            assert answer.status in (400, 404), path
            assert (await answer.json())["error"]["message"], path
