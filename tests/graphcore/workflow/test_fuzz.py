"""Mutated files: whatever a file holds, loading and converting it gives a workflow or a sentence."""

from __future__ import annotations

import contextlib
import json
import random
import resource
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graphcore.errors import GraphcoreError
from graphcore.workflow import Workflow
from tests.graphcore.workflow import containers

HANG_S = 10
MEMORY_KIB = 256 << 10


@pytest.fixture(scope="module")
def seeds(read_case: Callable[[str], dict[str, Any]]) -> list[bytes]:
    """Small valid files of every kind."""
    names = (
        "P019_nested_subgraphs",
        "P021_proxy_widgets",
        "P031_group_node",
        "P037_dynamic_combo",
        "P015_reroute_nodes",
    )
    workflows = [json.dumps(read_case(name)["workflow"]) for name in names]
    texts = {"prompt": containers.SMALL["prompt"], "workflow": workflows[0]}
    makers: list[Callable[[dict[str, str]], bytes]] = [
        containers.png,
        containers.webp,
        containers.jpeg,
        containers.avif,
        containers.mp4,
        containers.webm,
        containers.flac,
        containers.ogg,
        containers.mp3,
        containers.svg,
        containers.glb,
        containers.safetensors,
        lambda texts: containers.png(texts, "zTXt"),
        lambda texts: containers.png(texts, "iTXt-compressed"),
    ]
    return [*(text.encode() for text in workflows), *(make(texts) for make in makers)]


def mutated(data: bytes, random: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled, moved, or replaced by extreme numbers; at times only the start."""
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 8])):
        start = (
            random.randrange(len(changed) + 1) if random.random() < 0.7 else random.randrange(min(64, len(changed) + 1))
        )
        end = min(len(changed), start + random.choice([1, 1, 2, 4, 8, 64, 512]))
        piece = changed[start:end]
        replacement = random.choice(
            [
                random.randbytes(len(piece)),
                b"",
                piece * 2,
                random.choice([b"\xff", b"\0", b"\x7f"]) * len(piece),
                random.choice([b"[", b"{", b'"', b"\\", b",", b"1e999", b"-1", b"NaN", b"null", b"[" * 300]),
            ]
        )
        changed[start:end] = replacement
    return bytes(changed[: random.randrange(len(changed) + 1)] if random.random() < 0.1 else changed)


def mutated_values(data: bytes, random: random.Random) -> bytes:
    """JSON with a few values replaced by others of the same file, or by odd ones; anything else unchanged."""
    if not data.startswith(b"{"):
        return mutated(data, random)
    document = json.loads(data)
    places: list[tuple[Any, Any]] = []
    pending = [document]
    while pending:
        container = pending.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            places.append((container, key))
            pending += [container[key]] if isinstance(container[key], (dict, list)) else []
    odd = [None, True, -1, 1e308, "", "-10", [], {}, [None], {"name": 5}, "x" * 300, 2**70, -0.5, float("nan")]
    others = [json.loads(json.dumps(container[key])) for container, key in random.sample(places, 3)]
    for container, key in random.sample(places, random.choice([1, 1, 2, 5])):
        container[key] = random.choice(odd + others)
    return json.dumps(document).encode()


@contextlib.contextmanager
def hang_detector() -> Iterator[None]:
    """Turns a load that never ends into an error."""

    def give_up(number: int, frame: Any) -> None:
        raise TimeoutError("loading does not end")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def fuzz(seeds: list[bytes], catalogue: dict[str, Any], count: int) -> None:
    chance = random.Random(20260)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(count):
        data = chance.choice([mutated, mutated_values])(chance.choice(seeds), chance)
        with hang_detector(), contextlib.suppress(GraphcoreError):
            workflow = Workflow.load(data)
            workflow.prompt(catalogue)
            workflow.editor(catalogue)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KIB


def test_mutated_files_give_a_workflow_or_a_sentence(seeds: list[bytes], catalogue: dict[str, Any]) -> None:
    fuzz(seeds, catalogue, 3_000)


@pytest.mark.full
def test_a_hundred_thousand_mutated_files_give_a_workflow_or_a_sentence(
    seeds: list[bytes], catalogue: dict[str, Any]
) -> None:
    fuzz(seeds, catalogue, 100_000)
