"""The simulation: a small world whose outcome can be reckoned by hand, and what it shows of the policy."""

from __future__ import annotations

import json
from pathlib import Path

from server.scheduling.fleet import Kind
from server.scheduling.policy import SchedulingPolicy
from server.scheduling.waiting import Waiting
from tools.simulate.load import Arrival, Demand, fleet_of, recorded
from tools.simulate.report import figures, table
from tools.simulate.rivals import LeastLoaded, RoundRobin
from tools.simulate.world import Failures, Outcome, World

GB = 10**9


def arrivals(*models: str, every: float = 100.0) -> list[Arrival]:
    jobs = [Waiting(str(index), index, "", {model: 4 * GB}) for index, model in enumerate(models)]
    return [Arrival(every * index, job, 10.0) for index, job in enumerate(jobs)]


def test_a_world_of_one_worker_is_as_reckoned_by_hand() -> None:
    outcome = World(SchedulingPolicy(), [Kind(2.0, 5 * GB, 1e9)]).run(arrivals("a", "a", "b", "a"))
    assert outcome.swapped == [True, False, True, True]
    assert outcome.took == [9.0, 5.0, 9.0, 9.0]
    assert outcome.waited == [0.0, 0.0, 0.0, 0.0]
    assert outcome.end == 309.0


def test_round_robin_takes_turns_and_affinity_stays() -> None:
    kinds = [Kind(1.0, 5 * GB)] * 3
    assert sum(World(RoundRobin(), kinds).run(arrivals(*"aaaaaa")).swapped) == 3
    assert sum(World(SchedulingPolicy(), kinds).run(arrivals(*"aaaaaa")).swapped) == 1
    assert sum(World(LeastLoaded(), kinds).run(arrivals(*"aaaaaa")).swapped) == 3


def test_a_failed_worker_costs_an_attempt_and_no_job() -> None:
    fleet = fleet_of(5)
    demand = Demand(jobs=300, load=0.3, models=5)
    outcome = World(SchedulingPolicy(), fleet, Failures(100.0, 10.0)).run(demand.arrivals(fleet))
    assert len(outcome.took) == 300
    assert outcome.lost > 0


def test_affinity_saves_loading_and_nobody_waits_longer_for_it() -> None:
    fleet = fleet_of(40)
    demand = Demand(jobs=2000, load=0.4, models=20)

    def run(policy: RoundRobin | SchedulingPolicy) -> Outcome:
        return World(policy, fleet).run(demand.arrivals(fleet))

    ours = figures(run(SchedulingPolicy()), 40, 0.4, "affinity")
    theirs = figures(run(RoundRobin()), 40, 0.4, "round-robin")
    assert theirs.swaps > 5 * ours.swaps
    assert ours.took_p99 < theirs.took_p99
    assert "affinity" in table([ours, theirs])


def test_a_recorded_load_is_read(tmp_path: Path) -> None:
    lines = [{"at": 1.5, "seconds": 2.0, "needs": {"a": 5}, "owner": "ann"}, {"at": 2.0, "seconds": 1.0}]
    file = tmp_path / "load.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    first, second = recorded(file)
    assert (first.at, first.job.needs, first.job.owner, second.job.needs) == (1.5, {"a": 5}, "ann", {})
