"""Time to turn an editor file of many nodes into a prompt: parsing, conversion, both.

usage: python -m benchmarks.convert [NODES]

The file (2,000 nodes by default) holds groups of ten: a loader, two texts, an empty latent and six samplers in a row,
with positions, sizes and properties as editors save them; one sampler in six is bypassed. Prints the median of eleven
runs. The promise is 100 ms for 2,000 nodes.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from graphcore.workflow import Workflow, to_prompt

PROMISE_MS = 100
RUNS = 11
NUMBER: dict[str, Any] = {"default": 1.0, "min": 0.0, "max": 100.0, "step": 0.01}
CATALOGUE: dict[str, Any] = {
    "Loader": {"input": {"required": {"name": [["a", "b"]]}}, "output": ["MODEL", "CLIP", "VAE"]},
    "Text": {
        "input": {"required": {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]}},
        "output": ["CONDITIONING"],
    },
    "Empty": {
        "input": {"required": {name: ["INT", {"default": 512}] for name in ("width", "height", "count")}},
        "output": ["LATENT"],
    },
    "Sampler": {
        "input": {
            "required": {
                "model": ["MODEL"],
                "seed": ["INT", {"control_after_generate": True}],
                "steps": ["INT", {"default": 20}],
                "cfg": ["FLOAT", NUMBER],
                "sampler": [["euler", "heun"]],
                "scheduler": [["normal", "karras"]],
                "positive": ["CONDITIONING"],
                "negative": ["CONDITIONING"],
                "latent": ["LATENT"],
                "denoise": ["FLOAT", NUMBER],
            }
        },
        "output": ["LATENT"],
    },
}
VALUES: dict[str, list[Any]] = {
    "Loader": ["a"],
    "Text": ["a cat on a mat"],
    "Empty": [512, 512, 1],
    "Sampler": [7, "randomize", 20, 7.5, "euler", "normal", 1.0],
}


def workflow(count: int) -> dict[str, Any]:
    """An editor document of `count` nodes."""
    links: list[list[Any]] = []
    nodes = [_node(i, links) for i in range(count)]
    return {"last_node_id": count, "last_link_id": len(links), "nodes": nodes, "links": links, "version": 0.4}


def _node(i: int, links: list[list[Any]]) -> dict[str, Any]:
    first, place = i - i % 10, i % 10
    type = {0: "Loader", 1: "Text", 2: "Text", 3: "Empty"}.get(place, "Sampler")
    sources: dict[str, tuple[int, int]] = {}
    if type == "Text":
        sources = {"clip": (first, 1)}
    elif type == "Sampler":
        sources = {"model": (first, 0), "positive": (first + 1, 0), "negative": (first + 2, 0), "latent": (i - 1, 0)}
    inputs = []
    for slot, (name, (origin, output)) in enumerate(sources.items()):
        wire = CATALOGUE["Sampler" if type == "Sampler" else type]["input"]["required"][name][0]
        links.append([len(links) + 1, origin, output, i, slot, wire])
        inputs.append({"name": name, "type": wire, "link": len(links)})
    return {
        "id": i,
        "type": type,
        "pos": [300 * place, 40 * first],
        "size": [270, 262],
        "flags": {},
        "order": i,
        "mode": 4 if place == 6 else 0,
        "inputs": inputs,
        "outputs": [{"name": wire, "type": wire, "links": []} for wire in CATALOGUE[type]["output"]],
        "properties": {"Node name for S&R": type, "cnr_id": "comfy-core", "ver": "0.3.64"},
        "widgets_values": VALUES[type],
    }


def median_ms(action: Callable[[], Any]) -> float:
    """Median time of several runs, in milliseconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    document = workflow(count)
    text = json.dumps(document).encode()
    parse = median_ms(lambda: Workflow.load(text))
    convert = median_ms(lambda: to_prompt(document, CATALOGUE))
    both = median_ms(lambda: Workflow.load(text).prompt(CATALOGUE))
    print(f"{count:,} nodes, {len(text) / 1e6:.2f} MB")
    print(f"parse    {parse:7.1f} ms")
    print(f"convert  {convert:7.1f} ms")
    print(f"both     {both:7.1f} ms   (promise for 2,000 nodes: {PROMISE_MS} ms)")


if __name__ == "__main__":
    main()
