"""Random graphs with lists, lazies, expansions, blockers, failures and edits: the engine against a naive interpreter.

Whatever was cached before, and however, a run gives what a run without a cache gives, and what the interpreter gives.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcore import Blocker, NodeFailed, Registry
from graphcore.cache import Cache, ClassicCache, CountCache, MemoryCache, NoCache
from graphcore.disk_cache import DiskCache, TieredCache
from graphcore.engine import Engine
from tests.graphcore.naive import BLOCKED, INPUTS, evaluate, make_pack

REGISTRY = Registry(make_pack())
SLOTS = {"split": 2}
Prompt = dict[str, Any]


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    """A graph of up to ten nodes, some shown, wires from earlier to later."""
    prompt: Prompt = {}
    for number in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from(sorted(INPUTS)))
        inputs = {name: draw(values(prompt, kind)) for name in INPUTS[kind]}
        prompt[str(number)] = {"class_type": kind, "inputs": inputs}
    for id in draw(st.lists(st.sampled_from(sorted(prompt)), min_size=1, max_size=3, unique=True)):
        prompt[f"show {id}"] = {"class_type": "show", "inputs": {"value": [id, 0]}}
    return prompt


@st.composite
def values(draw: st.DrawFn, prompt: Prompt, kind: str) -> Any:
    """A literal, or a wire from one of the nodes there are."""
    if not prompt or draw(st.integers(0, 3)) == 0:
        return draw(st.integers(0, 9))
    id = draw(st.sampled_from(sorted(prompt)))
    return [id, draw(st.integers(0, SLOTS.get(prompt[id]["class_type"], 1) - 1))]


@st.composite
def edits(draw: st.DrawFn, prompt: Prompt) -> Prompt:
    """The same graph with one literal or wire changed, renamed and shuffled as people do."""
    changed = {id: {**node, "inputs": dict(node["inputs"])} for id, node in prompt.items()}
    id = draw(st.sampled_from([id for id in changed if not id.startswith("show")]))
    name = draw(st.sampled_from(sorted(changed[id]["inputs"])))
    earlier = {other: node for other, node in changed.items() if other.isdecimal() and int(other) < int(id)}
    changed[id]["inputs"][name] = draw(values(earlier, changed[id]["class_type"]))
    order = draw(st.permutations(sorted(changed)))
    return {id: changed[id] for id in order}


@st.composite
def sessions(draw: st.DrawFn) -> list[Prompt]:
    """What one user runs after another: a graph, edits of it, and the first again."""
    found = [draw(prompts())]
    for _ in range(draw(st.integers(1, 2))):
        found.append(draw(edits(found[-1])))
    return [*found, found[0]]


def plain(lists: Any) -> list[list[Any]]:
    return [[BLOCKED if isinstance(item, Blocker) else item for item in items] for items in lists]


def expected(prompt: Prompt, keep: list[str]) -> Any:
    try:
        needed = [id for id, node in prompt.items() if node["class_type"] == "show"]
        shown = {id: evaluate(prompt, prompt[id]["inputs"]["value"][0])[0] for id in needed}
        for id in needed:
            evaluate(prompt, id)
        kept = {id: plain(evaluate(prompt, id)) for id in keep}
    except (ValueError, IndexError):
        return "failed"
    ui = {id: [item for item in items if item != BLOCKED] for id, items in shown.items()}
    return kept, {id: {"value": items} for id, items in ui.items() if items}


def got(engine: Engine, prompt: Prompt, keep: list[str]) -> Any:
    try:
        result = engine.run(prompt, keep=keep)
    except NodeFailed:
        return "failed"
    return {id: plain(lists) for id, lists in result.values.items()}, result.ui


@contextmanager
def caches() -> Iterator[dict[str, Cache]]:
    with tempfile.TemporaryDirectory() as folder:
        yield {
            "none": NoCache(),
            "memory": MemoryCache(),
            "tight": MemoryCache(budget=4_000),
            "classic": ClassicCache(),
            "count": CountCache(4),
            "tiers": TieredCache(ClassicCache(), DiskCache(folder)),
        }


def check(session: list[Prompt], seed: int) -> None:
    chooser = random.Random(seed)
    with caches() as every:
        name = chooser.choice(sorted(every))
        engines = [Engine(REGISTRY, cache=every[choice]) for choice in {"none", name}]
        for prompt in session:
            ids = sorted(id for id in prompt if id.isdecimal())
            keep = chooser.sample(ids, chooser.randint(0, min(2, len(ids))))
            want = expected(prompt, keep)
            for engine in engines:
                assert got(engine, prompt, keep) == want, (name, prompt, keep)
        for engine in engines:
            engine.close()


RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@settings(max_examples=250, **RELAXED)  # type: ignore[arg-type]
@given(sessions(), st.integers(0, 2**32))
def test_caches_change_no_result(session: list[Prompt], seed: int) -> None:
    check(session, seed)


@pytest.mark.full
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, **RELAXED)  # type: ignore[arg-type]
@given(sessions(), st.integers(0, 2**32))
def test_caches_change_no_result_in_ten_thousand_graphs(session: list[Prompt], seed: int) -> None:
    check(session, seed)


DAMAGES = ("tear", "flip", "foreign", "swap", "empty")


def damage(files: list[Path], how: str, chooser: random.Random) -> None:
    for file in files:
        data = bytearray(file.read_bytes())
        if how == "tear":
            data = data[: chooser.randrange(len(data))]
        elif how == "flip":
            data[chooser.randrange(len(data))] ^= 1 << chooser.randrange(8)
        elif how == "foreign":
            data = bytearray(chooser.randbytes(chooser.randrange(1, 400)))
        elif how == "swap":
            data = bytearray(chooser.choice(files).read_bytes())
        else:
            data = bytearray()
        file.write_bytes(data)


@settings(max_examples=100, **RELAXED)  # type: ignore[arg-type]
@given(prompts(), st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_damaged_files_change_no_result(prompt: Prompt, how: str, seed: int) -> None:
    chooser = random.Random(seed)
    keep = [id for id in prompt if id.isdecimal()][:2]
    want = expected(prompt, keep)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(3):
            with Engine(REGISTRY, cache=DiskCache(folder)) as engine:
                assert got(engine, prompt, keep) == want
            damage([path for path in Path(folder).rglob("*") if path.is_file()], how, chooser)
