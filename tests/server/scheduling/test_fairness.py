"""Fair shares: who gets how much of the fleet's time."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from server.scheduling.fairness import FairShare
from server.scheduling.waiting import Waiting


def jobs_of(owner: str, count: int) -> list[Waiting]:
    return [Waiting(f"{owner}{index}", index, owner) for index in range(count)]


def test_one_owner_is_served_in_the_order_asked_for() -> None:
    jobs = jobs_of("ann", 5)
    assert list(FairShare().order(jobs, lambda job: 1.0)) == jobs


def test_a_second_owner_does_not_wait_for_all_that_the_first_has_queued() -> None:
    order = list(FairShare().order([*jobs_of("ann", 100), *jobs_of("bob", 2)], lambda job: 1.0))
    assert [job.id for job in order[:5]] == ["ann0", "bob0", "ann1", "bob1", "ann2"]


def test_who_was_away_gets_no_more_than_their_share_when_they_come_back() -> None:
    shares = FairShare()
    for _ in range(50):
        shares.begun("ann", 1.0)
    order = list(shares.order([*jobs_of("ann", 20), *jobs_of("bob", 20)], lambda job: 1.0))
    assert Counter(job.owner for job in order[:10])["ann"] >= 4


def test_weights_divide_the_time() -> None:
    shares = FairShare({"ann": 3.0})
    order = list(shares.order([*jobs_of("ann", 100), *jobs_of("bob", 100)], lambda job: 2.0))
    assert Counter(job.owner for job in order[:80]) == {"ann": 60, "bob": 20}


def test_a_job_that_takes_longer_than_reckoned_counts_as_long_as_it_took() -> None:
    shares = FairShare()
    shares.begun("ann", 1.0)
    shares.ended("ann", 9.0)
    order = list(shares.order([*jobs_of("ann", 3), *jobs_of("bob", 20)], lambda job: 1.0))
    assert [job.owner for job in order].index("ann") >= 9


@given(
    costs=st.lists(st.floats(0.1, 10.0), min_size=3, max_size=3),
    picks=st.lists(st.integers(0, 100), min_size=30, max_size=120),
)
def test_backlogged_owners_never_differ_by_more_than_a_job_of_each(costs: list[float], picks: list[int]) -> None:
    """Goyal et al., theorem 1: |W_a - W_b| <= l_a + l_b while both have jobs waiting."""
    shares, given_to = FairShare(), {"a": 0.0, "b": 0.0, "c": 0.0}
    cost = dict(zip(given_to, costs, strict=True))
    left = {owner: jobs_of(owner, len(picks)) for owner in given_to}
    for _ in picks:
        job = next(shares.order([queue[0] for queue in left.values()], lambda job: cost[job.owner]))
        left[job.owner].pop(0)
        shares.begun(job.owner, cost[job.owner])
        given_to[job.owner] += cost[job.owner]
        for one in given_to:
            for other in given_to:
                assert abs(given_to[one] - given_to[other]) <= cost[one] + cost[other] + 1e-9


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(-10, 10)), max_size=60), st.floats(0.1, 5))
def test_an_order_holds_every_job_once_and_keeps_each_owners_own(owners: list[tuple[str, float]], cost: float) -> None:
    jobs = [Waiting(str(index), number, owner) for index, (owner, number) in enumerate(owners)]
    order = list(FairShare().order(jobs, lambda job: cost))
    assert sorted(job.id for job in order) == sorted(job.id for job in jobs)
    for owner in "abcd":
        assert [job for job in order if job.owner == owner] == [job for job in jobs if job.owner == owner]
