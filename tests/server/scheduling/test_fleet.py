"""The index of workers says at all times what looking at every worker would say."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.scheduling.fleet import Fleet, Kind
from server.scheduling.waiting import Waiting

MODELS = {"a": 2, "b": 3, "c": 5, "d": 8}
KINDS = (Kind(1.0, 10), Kind(2.0, 20), Kind(1.0, None))


def test_models_make_room_the_longest_unused_first() -> None:
    fleet = Fleet()
    fleet.join("w", Kind(memory=10))
    for job in ("a", "b", "c"):
        fleet.begin("w", job, {job: MODELS[job]}, 0.0)
        fleet.end("w")
    assert list(fleet.seats["w"].held) == ["a", "b", "c"]
    fleet.begin("w", "again", {"a": 2}, 0.0)
    fleet.end("w")
    fleet.begin("w", "large", {"d": 8}, 0.0)
    assert list(fleet.seats["w"].held) == ["a", "d"]


def test_a_worker_that_comes_back_holds_nothing() -> None:
    fleet = Fleet()
    fleet.join("w")
    fleet.begin("w", "j", {"a": 2}, 0.0)
    fleet.join("w")
    assert not fleet.idle_holders("a")
    assert fleet.idle == 1


def test_a_job_larger_than_any_worker_is_given_to_the_largest() -> None:
    fleet = Fleet()
    fleet.join("small", Kind(memory=10))
    fleet.join("large", Kind(memory=20))
    assert [seat.id for seat in fleet.candidates("x", fleet.room(100))] == ["large"]
    fleet.join("unknown", Kind())
    assert [seat.id for seat in fleet.candidates("x", fleet.room(100))] == ["unknown"]


class Index(RuleBasedStateMachine):
    """Anything may happen to workers in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.fleet = Fleet()

    @rule(id=st.integers(0, 5), kind=st.sampled_from(KINDS))
    def join(self, id: int, kind: Kind) -> None:
        self.fleet.join(str(id), kind)

    @rule(id=st.integers(0, 5))
    def leave(self, id: int) -> None:
        self.fleet.leave(str(id))

    @precondition(lambda self: self.fleet.seats)
    @rule(data=st.data(), models=st.sets(st.sampled_from(sorted(MODELS))))
    def begin(self, data: st.DataObject, models: set[str]) -> None:
        id = data.draw(st.sampled_from(sorted(self.fleet.seats)))
        self.fleet.end(id)
        self.fleet.begin(id, "job", {model: MODELS[model] for model in sorted(models)}, 1.0)

    @precondition(lambda self: self.fleet.seats)
    @rule(data=st.data(), forget=st.booleans())
    def end(self, data: st.DataObject, forget: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.fleet.seats)))
        self.fleet.end(id)
        if forget:
            self.fleet.forget(id)

    @invariant()
    def the_index_is_true(self) -> None:
        seats = self.fleet.seats.values()
        assert set(self.fleet.idle_ids()) == {seat.id for seat in seats if seat.job is None}
        assert self.fleet.idle == sum(seat.job is None for seat in seats)
        for model in MODELS:
            holders = {seat.id for seat in seats if seat.job is None and model in seat.held}
            assert set(self.fleet.idle_holders(model)) == holders
            busy = {seat.id for seat in seats if seat.job is not None and model in seat.held}
            job = Waiting("x", needs={model: 1})
            assert {seat.id for seat in self.fleet.busy_holders(job)} == busy

    @invariant()
    def no_worker_holds_more_than_it_can_unless_one_job_needs_that(self) -> None:
        for seat in self.fleet.seats.values():
            if seat.kind.memory is not None and len(seat.held) > 4:
                assert sum(seat.held.values()) <= seat.kind.memory


Index.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestIndex = Index.TestCase
