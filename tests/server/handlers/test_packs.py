"""Which packs there are."""

from __future__ import annotations

from pathlib import Path

from graphcore.folders import Folders
from server.extensions import described
from tests.server.conformance.kit import served


async def test_packs_are_listed_though_no_worker_knows_their_nodes(tmp_path: Path) -> None:
    pack = tmp_path / "custom_nodes" / "film"
    (pack / "web").mkdir(parents=True)
    (pack / "__init__.py").write_text("WEB_DIRECTORY = './web'\n")
    (pack / "pyproject.toml").write_text('[project]\nname = "film"\nversion = "1.2"\n')
    (pack / "web" / "a.js").touch()
    (pack / "examples").mkdir()
    (pack / "examples" / "one.json").write_text("{}")
    async with served(tmp_path) as client:
        packs = (await (await client.get("/api/v1/packs")).json())["packs"]
    expected = {
        "name": "film",
        "module": "custom_nodes.film",
        "version": "1.2",
        "nodes": [],
        "scripts": ["/extensions/film/a.js"],
        "templates": ["one"],
    }
    assert packs == [expected]
    nodes = {"B": {"python_module": "nodes"}, "F": {"python_module": "custom_nodes.film"}}
    assert [entry["nodes"] for entry in described(Folders(str(tmp_path)), nodes)] == [["B"], ["F"]]
