"""Section K of the conformance list, as far as packs of the field speak: `send_sync`, texts on nodes, pictures."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.server.conformance.kit import Process, connected, unique

PACK = """
import threading

from PIL import Image
from comfy.utils import ProgressBar
from server import BinaryEventTypes, PromptServer


class Node:
    OUTPUT_NODE, CATEGORY, FUNCTION, RETURN_TYPES = True, "test", "go", ()

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "hidden": {"me": "UNIQUE_ID"}}

    @classmethod
    def IS_CHANGED(cls, **_):
        return float("nan")


class Threads(Node):
    def go(self, me):
        server, lines, threads = PromptServer.instance, iter(range(200)), []
        lock = threading.Lock()

        def say():
            while True:
                with lock:  # what is sent after something else, from whatever thread, comes after it
                    line = next(lines, None)
                    if line is None:
                        return
                    server.send_sync("k018.line", {"line": line}, server.client_id)

        for _ in range(8):
            threads.append(threading.Thread(target=say))
            threads[-1].start()
        for thread in threads:
            thread.join()
        return ()


class Texts(Node):
    def go(self, me):
        PromptServer.instance.send_progress_text("half done \\u2026", me, PromptServer.instance.client_id)
        return ()


def picture():
    return Image.new("RGBA", (1024, 512), (10, 20, 30, 40))


class Results(Node):
    def go(self, me):
        bar = ProgressBar(3)
        for step in range(3):
            bar.update_absolute(step, 3, ("PNG", picture(), None))
        return ()


class Sent(Node):
    def go(self, me):
        server = PromptServer.instance
        for shown in (("PNG", picture(), None), ("JPEG", picture(), 256)):
            server.send_sync(BinaryEventTypes.UNENCODED_PREVIEW_IMAGE, shown, server.client_id)
        return ()


NODE_CLASS_MAPPINGS = {"Threads": Threads, "Texts": Texts, "Results": Results, "Sent": Sent}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    base = tmp_path_factory.mktemp("packs")
    (base / "custom_nodes" / "says").mkdir(parents=True)
    (base / "custom_nodes" / "says" / "__init__.py").write_text(PACK, encoding="utf-8")
    process = Process(base, GRAPHCORE_INSTALLED_PACKS="1")
    yield process
    process.stop()


async def heard(url: str, kind: str, features: Any = None) -> tuple[list[tuple[str, Any]], list[bytes]]:
    """(messages, frames) of a run of a node."""
    async with connected(url) as client, client.socket(id := unique(), features=features) as socket:
        await socket.done(await client.submit({"7": {"class_type": kind, "inputs": {}}}, client_id=id))
        return socket.heard, socket.frames


async def test_k018_what_threads_send_comes_in_order(url: str) -> None:
    messages, _ = await heard(url, "Threads")
    assert [data["line"] for type, data in messages if type == "k018.line"] == list(range(200))
    types = [type for type, _ in messages]
    assert types.index("executing") < types.index("k018.line") < types.index("execution_success")


async def test_k015_a_text_on_a_node_is_number_length_id_and_text(url: str) -> None:
    _, frames = await heard(url, "Texts")
    assert frames == [struct.pack(">II", 3, 1) + b"7" + "half done …".encode()]


async def test_k011_a_picture_of_its_own_size_is_a_result_and_none_is_left_out(url: str) -> None:
    _, frames = await heard(url, "Results")
    assert [struct.unpack(">II", frame[:8]) for frame in frames] == [(1, 2)] * 3
    image = Image.open(io.BytesIO(frames[-1][8:]))
    assert (image.format, image.size, image.getpixel((0, 0))) == ("PNG", (1024, 512), (10, 20, 30, 40))


async def test_k012_a_result_with_its_place_says_that_it_is_a_png(url: str) -> None:
    _, frames = await heard(url, "Results", {"supports_preview_metadata": True})
    assert [frame[:4] for frame in frames] == [struct.pack(">I", 4)] * 3
    assert b'"image_type":"image/png"' in frames[0]


async def test_k011_k014_a_picture_goes_out_in_the_format_and_size_that_its_pack_names(url: str) -> None:
    _, frames = await heard(url, "Sent")
    assert [struct.unpack(">II", frame[:8]) for frame in frames] == [(1, 2), (1, 1)]
    assert [Image.open(io.BytesIO(frame[8:])).size for frame in frames] == [(1024, 512), (256, 128)]
