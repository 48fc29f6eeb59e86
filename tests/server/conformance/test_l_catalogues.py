"""Section L of the conformance list: nodes, and what packs bring for the browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from server.extensions import merge
from tests.server.conformance.files import status_of
from tests.server.conformance.kit import connected, served


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
        assert "output_tooltips" not in nodes["Classic"]
        assert nodes["Modern"]["output_tooltips"] == [None]


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
    nodes = packs(tmp_path)
    folders = ("example", "examples", "workflow", "workflows")
    for folder in (*folders, "other"):
        (nodes / f"in {folder}" / folder).mkdir(parents=True)
        (nodes / f"in {folder}" / folder / "w.json").write_text('{"a": 1}')
    async with served(tmp_path) as client:
        found = await (await client.get("/workflow_templates")).json()
        assert found == {"a": ["first"], **{f"in {folder}": ["w"] for folder in folders}}
        for folder in folders:
            assert await (await client.get(f"/api/workflow_templates/in%20{folder}/w.json")).json() == {"a": 1}
        assert await (await client.get("/api/workflow_templates/a/first.json")).json() == {}
        assert await status_of(client, "/api/workflow_templates/a/first.jpg") == 200
        for name in ("a/..%2Fpyproject.toml", "a/none.json", "x/first.json"):
            assert await status_of(client, f"/api/workflow_templates/{name}") == 404


async def test_subgraphs_that_packs_ship(tmp_path: Path) -> None:
    nodes = packs(tmp_path)
    for name in ("b pack/subgraphs/two step.json", "a/subgraphs/one.json", "off.disabled/subgraphs/off.json"):
        (nodes / name).parent.mkdir()
        (nodes / name).write_text(f'{{"nodes": ["{name}"]}}')
    async with served(tmp_path) as client:
        found = await (await client.get("/global_subgraphs")).json()
        assert list(found.values()) == [
            {"source": "custom_node", "name": "one", "info": {"node_pack": "custom_nodes.a"}},
            {"source": "custom_node", "name": "two step", "info": {"node_pack": "custom_nodes.b pack"}},
        ]
        assert await (await client.get("/api/global_subgraphs")).json() == found
        for id, entry in found.items():
            assert re.fullmatch("[0-9a-f]{64}", id)
            whole = await (await client.get(f"/api/global_subgraphs/{id}")).json()
            assert whole.keys() == {*entry, "data"}
            assert {**whole, **entry} == whole
            assert entry["name"] in json.loads(whole["data"])["nodes"][0]
        for id in ("0" * 64, "one", "..%2Fa"):
            assert await (await client.get(f"/global_subgraphs/{id}")).json() is None


async def test_what_other_servers_may_have_switched_off(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await (await client.get("/node_replacements")).json() == {}
        asked = [(method, path) for method in ("GET", "POST") for path in ("/api/assets", "/api/assets/from-hash")]
        asked += [("DELETE", "/api/assets/x/tags"), ("PUT", "/api/assets/x"), ("GET", "/api/tags")]
        for method, path in asked:
            async with client.request(method, path) as response:
                error = (await response.json())["error"]
                assert (response.status, error["code"]) == (503, "SERVICE_DISABLED"), path
                assert "/upload/image" in error["message"]
        assert (await client.head("/api/assets/hash/blake3:00")).status == 503
        assert "assets" not in await (await client.get("/features")).json()
        assert await status_of(client, "/assets") == 404  # where the page's own files lie


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
