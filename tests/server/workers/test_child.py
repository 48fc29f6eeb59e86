"""The worker process, from outside: `graphcore serve --reload`, with a pack that is edited while the server works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server.conformance.kit import Process, connected

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
