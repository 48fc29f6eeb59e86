"""Kill -9 of the server and of its worker, at every named point and at random moments: nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from server.jobs.crashpoints import AT, MARK, CrashPoint
from tests.server.jobs.killing import Owner, check, rows

RECLAIM = (CrashPoint.RECLAIM_WRITTEN, CrashPoint.RECLAIM_COMMITTED)
WORKERS = tuple(point for point in CrashPoint if point.value.startswith("worker."))


def load(owner: Owner, count: int, first: int = 0, seconds: float = 0.0) -> None:
    """Jobs that write files."""
    for index in range(first, first + count):
        owner.ask(id=f"save-{index}", kind="save", name=f"file-{index}.txt", text="x" * 20_000, seconds=seconds)


class Story:
    """Owners of one store that die one after the other; what they promised, together."""

    def __init__(self, folder: Path):
        self.folder, self.url = folder, f"sqlite:///{folder}/jobs.db"
        self.owners: list[Owner] = []

    def start(self, point: CrashPoint | None = None) -> Owner:
        armed = {AT: point.value, MARK: str(self.folder / f"mark-{point}")} if point else {}
        self.owners.append(Owner(self.url, self.folder, **armed))
        return self.owners[-1]

    def kill_at(self, point: CrashPoint) -> None:
        """Have the server, or its worker, die at a point."""
        if point in RECLAIM:  # there must be something to take back
            self.leave_something_leased()
        victim = self.start(point)
        if point not in RECLAIM:
            victim.wait_for(started=True)
            load(victim, 3, first=10 * len(self.owners))
            self.work_for(point, victim)
        if point in WORKERS:
            victim.drain()
        else:
            assert victim.gone() == -signal.SIGKILL
        assert (self.folder / f"mark-{point}").exists()

    def leave_something_leased(self) -> None:
        owner = self.start()
        load(owner, 3, first=10 * len(self.owners), seconds=0.2)
        owner.wait_for(event="job_running")
        owner.kill()

    def work_for(self, point: CrashPoint, victim: Owner) -> None:
        """What leads to a point that plain jobs do not lead to."""
        if point.value.startswith("give_back"):
            victim.ask(id=f"die-{point}", kind="die", marker=str(self.folder / f"died-{point}"), times=1)
        if point.value.startswith("cancel"):
            victim.ask(id=f"sleep-{point}", kind="sleep", seconds=1.0, steps=10)
            victim.wait_for(accepted=f"sleep-{point}")
            victim.ask(cancel=f"sleep-{point}")

    def end(self) -> None:
        """Finish what is left, and compare the store with the promises."""
        self.start().drain()
        accepted, cancelled, done = (
            {id for owner in self.owners for id in getattr(owner, name)()}
            for name in ("accepted", "cancelled", "reported_done")
        )
        unheard = f"sleep-{CrashPoint.CANCEL_COMMITTED}"  # nobody was told that it is cancelled, but that holds
        if unheard in accepted:
            assert rows(self.url)[unheard].state == "cancelled"
            accepted.discard(unheard)
        check(self.url, self.folder, accepted, cancelled, done)


def test_kills_at_all_named_points_one_after_the_other_lose_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path)
    for point in CrashPoint:
        story.kill_at(point)
    story.end()


@pytest.mark.full
@pytest.mark.parametrize("point", CrashPoint)
def test_a_kill_at_a_named_point_loses_nothing(point: CrashPoint, tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.kill_at(point)
    story.end()


def killed_at_random(folder: Path, rounds: int, seed: int) -> None:
    """Rounds of load on one store; in each the server or its worker is killed at some moment."""
    url, chance = f"sqlite:///{folder}/jobs.db", random.Random(seed)
    accepted: set[str] = set()
    done: set[str] = set()
    for turn in range(rounds):
        owner = Owner(url, folder)
        worker = owner.worker
        load(owner, 40, first=40 * turn, seconds=0.005)
        time.sleep(chance.uniform(0, 0.4))
        if chance.random() < 0.5:
            os.kill(worker, signal.SIGKILL)
            time.sleep(chance.uniform(0, 0.8))
        owner.kill()
        accepted |= owner.accepted()
        done |= owner.reported_done()
    last = Owner(url, folder)
    last.drain()
    check(url, folder, accepted, set(), done | last.reported_done())
    assert accepted


def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 4, seed=1)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_two_hundred_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    for part in range(10):
        folder = tmp_path / str(part)
        folder.mkdir()
        killed_at_random(folder, 20, seed=100 + part)
