"""Sweeps over several workers, local or on Ray: every point once, what they share once a worker, errors and ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphcore import Engine, Folders, Registry
from graphcore.engine import Result
from graphcore.errors import Cancelled, RunError
from graphcore.job import CancelToken
from graphcore.prepare import Prepared
from server.workers import sweeps
from server.workers.process import Spawn, WorkerProcess
from server.workers.settings import WorkerSettings
from tests.server.jobs.helpers import BEAT, PACK, prompt


def settings(base: Path) -> WorkerSettings:
    return WorkerSettings(base=str(base), packs=[PACK], installed=False, beat=BEAT)


def shared(base: Path, points: int, seconds: float = 0.0) -> list[Prepared]:
    """Points that share one costly node."""
    costly = {"class_type": "t/costly", "inputs": {"marker": str(base / "marker"), "seconds": seconds}}
    return [
        Prepared(
            {
                "1": costly,
                "2": {
                    "class_type": "t/save_found",
                    "inputs": {
                        "text": ["1", 0],
                        "value": value,
                        "seconds": seconds / 4,
                        "filename_prefix": f"p{value}",
                    },
                },
            }
        )
        for value in range(points)
    ]


def test_workers_find_the_models_that_the_engine_finds(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "loras").mkdir(parents=True)
    (tmp_path / "elsewhere" / "loras" / "a.safetensors").touch()
    (tmp_path / "extra.yaml").write_text("a:\n  base_path: elsewhere\n  loras: loras\n")
    folders = Folders(tmp_path)
    folders.load_yaml(tmp_path / "extra.yaml")
    theirs = sweeps.settings_of(Engine(Registry(), folders)).folders()
    assert theirs.find("loras", "a.safetensors") == folders.find("loras", "a.safetensors")


def nothing(_: int, result: Result) -> None:
    assert result


async def run(base: Path, points: list[Prepared], count: int, spawn: Spawn, **options: Any) -> list[Result]:
    told: Callable[[int, Result], None] = options.get("told", nothing)
    return await sweeps.run(points, settings(base), count, told, options.get("token", CancelToken()), spawn)


async def test_what_points_share_is_computed_once_a_worker(tmp_path: Path, spawn: Spawn) -> None:
    told: list[int] = []
    points = shared(tmp_path, 9, seconds=0.4)
    results = await run(tmp_path, points, 2, spawn, told=lambda point, _: told.append(point))
    assert [result.ui["2"]["text"] for result in results] == [[f"{value}"] for value in range(9)]
    assert sorted(told) == list(range(9))
    assert len((tmp_path / "marker").read_bytes()) == 2
    assert [(tmp_path / "output" / f"p{value}.txt").read_text() for value in range(9)] == [
        f"found {value}" for value in range(9)
    ]
    assert sum("1" in result.cached for result in results) == 7


async def test_a_worker_that_is_done_takes_over_what_waits_behind_a_slow_point(tmp_path: Path) -> None:
    gate, told = tmp_path / "gate", set[int]()

    def tell(point: int, _: Result) -> None:
        told.add(point)
        if len(told) == 7:
            gate.touch()

    points = [Prepared(prompt("wait", file=str(gate))), *(Prepared(prompt("show", text=f"{n}")) for n in range(1, 8))]
    await run(tmp_path, points, 2, WorkerProcess.spawn, told=tell)
    assert told == set(range(8))


async def test_a_point_that_fails_says_how(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="t/fail: no luck"):
        await run(tmp_path, [Prepared(prompt("fail", message="no luck"))], 1, WorkerProcess.spawn)


async def test_a_point_that_costs_workers_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"cost {sweeps.TRIES} workers"):
        await run(tmp_path, [Prepared(prompt("die"))], 1, WorkerProcess.spawn)


async def test_a_point_whose_worker_died_is_run_again(tmp_path: Path) -> None:
    points = [Prepared(prompt("die", marker=str(tmp_path / "died"), times=1))]
    assert len(await run(tmp_path, points, 1, WorkerProcess.spawn)) == 1


async def test_a_sweep_ends_when_it_is_told_to(tmp_path: Path) -> None:
    token = CancelToken()
    points = [Prepared(prompt("sleep", seconds=0.2)), Prepared(prompt("sleep", seconds=60.0))]
    with pytest.raises(Cancelled):
        await run(tmp_path, points, 1, WorkerProcess.spawn, told=lambda *_: token.cancel(), token=token)
