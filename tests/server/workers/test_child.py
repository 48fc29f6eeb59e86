"""The worker process, from outside: `graphcore serve --reload`, with a pack that is edited while the server works."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.server.conformance.kit import Process, connected

PACKS = Path(__file__).parents[2] / "packs"
PACK = """
import time

class Slow:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"seconds": ("FLOAT", {})}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    OUTPUT_NODE = True

    def run(self, seconds):
        time.sleep(seconds)
        return {"ui": {"text": ["VERSION"]}, "result": ("VERSION",)}

NODE_CLASS_MAPPINGS = {"Slow": Slow, "SlowVERSION": Slow}
"""


async def test_an_edited_pack_is_there_without_a_restart_and_running_jobs_are_unharmed(tmp_path: Path) -> None:
    pack = tmp_path / "custom_nodes" / "film"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text(PACK.replace("VERSION", "1"))
    server = Process(tmp_path, "--reload", GRAPHCORE_INSTALLED_PACKS="1")
    try:
        async with connected(server.url) as client, client.socket("editor") as socket:
            assert "Slow1" in await client.get("/object_info")

            async def submit(seconds: float) -> str:
                prompt = {"1": {"class_type": "Slow", "inputs": {"seconds": seconds}}}
                return await client.submit(prompt, client_id="editor")

            async def shown(id: str) -> Any:
                return (await client.ended(id))[id]["outputs"]["1"]["text"]

            running = await submit(4.0)
            await socket.until("executing", node="1", prompt_id=running)
            (pack / "__init__.py").write_text(PACK.replace("VERSION", "2"))
            told = await socket.until("graphcore.pack_reloaded", name="film")
            assert (told["nodes"], told["problem"]) == (["Slow", "Slow2"], "")
            known = await client.get("/object_info")
            assert "Slow2" in known
            assert "Slow1" not in known
            assert await shown(running) == ["1"]
            assert await shown(await submit(4.0)) == ["2"]

            (pack / "__init__.py").write_text("def (:")
            told = await socket.until("graphcore.pack_reloaded", name="film")
            assert "line 1" in told["problem"]
            assert "The version before stays." in told["problem"]
            assert await shown(await submit(0.0)) == ["2"]
    finally:
        assert server.stop() == 0


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
async def test_a_pack_that_crashes_in_its_own_process_costs_one_job_and_no_worker(tmp_path: Path) -> None:
    shutil.copytree(PACKS / "apart", tmp_path / "custom_nodes" / "apart")
    server = Process(tmp_path, GRAPHCORE_INSTALLED_PACKS="1")
    try:
        async with connected(server.url) as client, client.socket("editor") as socket:

            async def ended(kind: str, **inputs: Any) -> Any:
                nodes = {
                    "1": {"class_type": kind, "inputs": inputs},
                    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
                }
                id = await client.submit(nodes, client_id="editor")
                return (await client.ended(id))[id]

            health = await client.get("/system_stats")
            first = await ended("ApartPid", salt=1)
            crashed = await ended("ApartHarm", how="kill")
            assert crashed["status"]["status_str"] == "error"
            (error,) = [data for kind, data in crashed["status"]["messages"] if kind == "execution_error"]
            assert (error["node_id"], error["node_type"]) == ("1", "ApartHarm")
            assert "The process of the pack 'apart' was killed by SIGKILL" in error["exception_message"]
            second = await ended("ApartPid", salt=2)
            assert second["status"]["status_str"] == "success"
            assert first["outputs"]["2"]["text"] != second["outputs"]["2"]["text"]
            sleeping = await client.submit(
                {
                    "1": {"class_type": "ApartHarm", "inputs": {"how": "sleep"}},
                    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
                },
                client_id="editor",
            )
            await socket.until("progress", node="1", prompt_id=sleeping)
            await client.post("/interrupt")
            await socket.until("execution_interrupted", prompt_id=sleeping)
            assert (await client.get("/system_stats"))["system"]["python_version"] == health["system"]["python_version"]
    finally:
        assert server.stop() == 0
