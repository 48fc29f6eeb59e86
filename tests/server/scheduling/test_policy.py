"""What the policy promises: order where it matters, affinity where it saves, and nobody waits for ever."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.fleet import Kind
from server.scheduling.policy import SchedulingPolicy, Terms, loading_cost
from server.scheduling.waiting import Placement, Waiting

GB = 10**9


def job(id: str, model: str = "", number: float = 0.0, owner: str = "", size: int = 4 * GB) -> Waiting:
    return Waiting(id, number, owner, {model: size} if model else {})


def policy_of(*workers: str, memory: int | None = None, terms: Terms | None = None) -> SchedulingPolicy:
    policy = SchedulingPolicy(terms)
    for worker in workers:
        policy.joined(worker, Kind(memory=memory))
    return policy


def warm(policy: SchedulingPolicy, worker: str, model: str, seconds: float = 5.0, size: int = 4 * GB) -> None:
    """Have a worker hold a model, and jobs of it known to take so long."""
    policy.begun(job("warm", model, size=size), worker, 0.0)
    policy.ended(worker, seconds)


def chosen(found: Placement | None) -> tuple[str, str] | None:
    return None if found is None else (found.job.id, found.worker)


def test_one_worker_takes_jobs_strictly_in_order() -> None:
    policy = policy_of("w")
    warm(policy, "w", "a")
    assert chosen(policy.pick([job("1", "b"), job("2", "a"), job("3")], 10.0)) == ("1", "w")


def test_a_job_goes_to_the_worker_that_holds_its_model() -> None:
    policy = policy_of("x", "y", "z")
    warm(policy, "y", "a")
    placement = policy.pick([job("1", "a")], 10.0)
    assert placement is not None
    assert (placement.worker, placement.missing) == ("y", 0)


def test_a_later_job_whose_model_is_there_overtakes_one_that_needs_loading_on_the_same_worker() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a")
    policy.begun(job("busy"), "y", 10.0)
    assert chosen(policy.pick([job("1", "b"), job("2", "a")], 10.0)) == ("2", "x")


def test_overtaking_ends_with_the_patience() -> None:
    policy = policy_of("x", "y", terms=Terms(patience=30.0))
    warm(policy, "x", "a", seconds=10.0)
    policy.begun(job("busy", "c"), "y", 10.0)
    now, overtakers = 10.0, 0
    while chosen(policy.pick([job("first", "b"), job(f"{overtakers}", "a")], now)) != ("first", "x"):
        policy.begun(job(f"{overtakers}", "a"), "x", now)
        overtakers, now = overtakers + 1, now + 10.0
        policy.ended("x", now)
    assert overtakers == 6  # of 10 s each, on a fleet of two


def test_an_urgent_job_is_never_overtaken() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a")
    policy.begun(job("busy"), "y", 10.0)
    assert chosen(policy.pick([job("1", "b", number=-1.0), job("2", "a")], 10.0)) == ("1", "x")


def test_a_job_that_saves_no_loading_does_not_overtake() -> None:
    policy = policy_of("x", "y")
    policy.begun(job("busy"), "y", 10.0)
    assert chosen(policy.pick([job("1", "b"), job("2")], 10.0)) == ("1", "x")


def test_a_job_waits_for_a_busy_holder_but_no_longer_than_loading_costs() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a", seconds=2.0)
    policy.begun(job("busy", "a"), "x", 10.0)  # until 12
    cost = loading_cost(policy.fleet.seats["y"], 4 * GB)
    assert policy.pick([job("1", "a")], 10.5) is None
    assert policy.recheck == pytest.approx(cost)
    assert set(policy.parked) == {"1"}
    assert policy.pick([], 10.0 + cost) is None
    assert chosen(policy.pick([], 10.5 + cost)) == ("1", "y")  # the holder is late


def test_a_job_does_not_wait_for_a_holder_that_is_free_too_late() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a", seconds=60.0)
    policy.begun(job("busy", "a"), "x", 100.0)
    assert chosen(policy.pick([job("1", "a")], 100.5)) == ("1", "y")


def test_only_as_many_jobs_wait_as_holders_will_be_free() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a", seconds=2.0)
    policy.begun(job("busy", "a"), "x", 10.0)
    assert chosen(policy.pick([job("1", "a"), job("2", "a")], 10.5)) == ("2", "y")


def test_a_parked_job_begins_as_soon_as_its_holder_is_free() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a", seconds=2.0)
    policy.begun(job("busy", "a"), "x", 10.0)
    first = job("1", "a")
    assert policy.pick([first], 10.5) is None
    policy.ended("x", 11.0)
    placement = policy.pick([first], 11.0)
    assert chosen(placement) == ("1", "x")
    assert placement is not None
    policy.begun(placement.job, "x", 11.0)
    assert not policy.parked
    assert policy.pick([], 11.0) is None
    assert policy.recheck is None


def test_a_job_goes_where_its_models_have_room() -> None:
    policy = SchedulingPolicy()
    policy.joined("small", Kind(memory=8 * GB))
    policy.joined("large", Kind(memory=24 * GB))
    assert chosen(policy.pick([job("1", "a", size=12 * GB)], 0.0)) == ("1", "large")
    policy.begun(job("0"), "large", 0.0)
    assert policy.pick([job("1", "a", size=12 * GB)], 0.0) is None
    assert chosen(policy.pick([job("1", "a", size=12 * GB), job("2", "b")], 0.0)) == ("2", "small")


def test_among_equals_the_worker_is_taken_that_loses_least() -> None:
    policy = policy_of("x", "y", memory=6 * GB)
    warm(policy, "x", "a", size=5 * GB)
    assert chosen(policy.pick([job("1", "b")], 10.0)) == ("1", "y")


def test_the_fastest_idle_worker_is_preferred() -> None:
    policy = SchedulingPolicy()
    policy.joined("slow", Kind(speed=0.5))
    policy.joined("fast", Kind(speed=3.0))
    assert chosen(policy.pick([job("1", "a")], 0.0)) == ("1", "fast")


def test_what_suits_anothers_idle_worker_is_left_to_it() -> None:
    policy = policy_of("mine", "theirs")
    warm(policy, "theirs", "a")
    assert policy.pick([job("1", "a")], 10.0, ["mine"]) is None
    assert chosen(policy.pick([job("1", "a"), job("2", "a")], 10.0, ["mine"])) == ("2", "mine")


def test_a_lost_worker_holds_nothing_when_it_is_back() -> None:
    policy = policy_of("x", "y")
    warm(policy, "x", "a")
    policy.left("x")
    assert chosen(policy.pick([job("1", "a")], 10.0)) == ("1", "y")
    policy.joined("x")
    placement = policy.pick([job("1", "a")], 10.0)
    assert placement is not None
    assert placement.missing == 4 * GB


WORKLOADS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["ann", "bob", "eve"]), st.floats(0.1, 20.0)),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(WORKLOADS, st.integers(1, 4), st.integers(0, 2**16))
def test_every_job_runs_once_whatever_comes(workload: list[tuple[str, str, float]], workers: int, seed: int) -> None:
    """Driven to the end: placements are on idle workers, no job runs twice, none is left."""
    chance = random.Random(seed)
    policy = policy_of(*map(str, range(workers)), memory=10 * GB)
    waiting = {str(index): job(str(index), model, index, owner) for index, (model, owner, _) in enumerate(workload)}
    seconds = {str(index): took for index, (_, _, took) in enumerate(workload)}
    busy: dict[str, float] = {}
    now, began = 0.0, []
    while waiting or busy:
        while (found := policy.pick(list(waiting.values()), now)) is not None:
            assert found.worker not in busy
            began.append(found.job.id)
            del waiting[found.job.id]
            busy[found.worker] = now + seconds[found.job.id]
            policy.begun(found.job, found.worker, now)
        assert busy or policy.recheck is not None, "nothing runs, and nothing is planned: the jobs would starve"
        ends = [*busy.values(), *([now + policy.recheck] if policy.recheck is not None else [])]
        now = min(ends)
        for worker in [worker for worker, end in busy.items() if end <= now]:
            del busy[worker]
            if chance.random() < 0.1:
                policy.left(worker)
                policy.joined(worker, Kind(memory=10 * GB))
            else:
                policy.ended(worker, now)
    assert sorted(began, key=int) == [str(index) for index in range(len(workload))]
    assert not policy.parked


@settings(deadline=None)
@given(st.integers(2, 5), st.floats(1.0, 10.0))
def test_a_job_of_a_rare_model_starts_however_many_jobs_of_a_common_one_come(workers: int, seconds: float) -> None:
    policy = policy_of(*map(str, range(workers)), memory=5 * GB, terms=Terms(patience=20.0))
    for worker in range(workers):
        warm(policy, str(worker), "common", seconds)
    ends = {str(worker): 100.0 + worker for worker in range(workers)}
    for worker in ends:
        policy.begun(job(f"b{worker}", "common"), worker, 100.0)
    rare, count, now = job("rare", "rare", number=0), 0, 100.0
    while now < 100.0 + workers + 20.0 + 3 * seconds:
        worker = min(ends, key=ends.__getitem__)
        now = ends[worker]
        policy.ended(worker, now)
        count += 1
        found = policy.pick([rare, *(job(f"{count}.{index}", "common", 1.0) for index in range(70))], now)
        assert found is not None
        if found.job is rare:
            return
        policy.begun(found.job, found.worker, now)
        ends[found.worker] = now + seconds
    raise AssertionError("the rare job was overtaken for longer than the patience")


@given(WORKLOADS, st.integers(1, 4))
def test_the_same_calls_give_the_same_decisions(workload: list[tuple[str, str, float]], workers: int) -> None:
    def decide() -> list[tuple[str, str] | None]:
        policy, found = policy_of(*map(str, range(workers))), []
        jobs = [job(str(index), model, index, owner) for index, (model, owner, _) in enumerate(workload)]
        for now in range(workers):
            found.append(chosen(placement := policy.pick(jobs, float(now))))
            if placement is not None:
                jobs.remove(placement.job)
                policy.begun(placement.job, placement.worker, float(now))
        return found

    assert decide() == decide()


def test_what_is_remembered_of_waiting_jobs_is_bounded() -> None:
    policy = policy_of("x", "y")
    policy.overtake([job(str(index), "a") for index in range(20_000)], job("by"))
    assert len(policy._overtaken) <= 10_000
