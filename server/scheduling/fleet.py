"""The workers as the policy sees them: who is idle, who holds which models. Indexed, so that a decision looks at few.

What a worker holds is reckoned from the jobs that it was given: models are kept until others need their memory, the
longest unused first, as the model runtime does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from server.scheduling.waiting import Waiting

K = TypeVar("K")

LOAD_RATE = 1e9  # bytes a second from disk to a device, where nothing better is known
EXAMINED = 8  # workers that are compared for a job, of each sort


@dataclass(frozen=True, slots=True)
class Kind:
    """What workers of one kind are alike in. `speed`: relative, 1 is usual. `memory`: bytes for models (None: unknown).

    `load_rate`: bytes a second at which models come into it.
    """

    speed: float = 1.0
    memory: int | None = None
    load_rate: float = LOAD_RATE


@dataclass(slots=True)
class Seat:
    """A worker. `held`: model -> bytes, the longest unused first. `job`, `until`: what it does, when that may end."""

    id: str
    kind: Kind = field(default_factory=Kind)
    held: OrderedDict[str, int] = field(default_factory=OrderedDict)
    job: str | None = None
    until: float = 0.0

    def missing(self, needs: Mapping[str, int]) -> int:
        """Bytes that have to be loaded first."""
        missing = 0
        for model, size in needs.items():  # a loop: this is where decisions spend their time
            if model not in self.held:
                missing += size
        return missing

    def spares(self, missing: int, other: Seat) -> bool:
        """Whether loading so much here pushes out less than loading it there."""
        return self._pushed_out(missing) < other._pushed_out(missing)

    def _pushed_out(self, missing: int) -> int:
        """Bytes; where the memory is not known, whatever is held may have to go."""
        return max(sum(self.held.values()) + missing - (self.kind.memory or 0), 0)


class Fleet:
    """All workers, by what they hold and whether they are idle. Iterates in the order in which they became idle."""

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        self._idle: dict[Kind, dict[str, Seat]] = {}  # of each kind, the longest idle first
        self._idle_holders: dict[str, dict[str, Seat]] = {}
        self._busy_holders: dict[str, dict[str, Seat]] = {}
        self._kinds: dict[Kind, int] = {}

    def __len__(self) -> int:
        return len(self.seats)

    # -- what happens ------------------------------------------------------------------------------------------------

    def join(self, id: str, kind: Kind | None = None) -> None:
        """An idle worker that holds nothing comes in, or comes again after it was lost."""
        self.leave(id)
        seat = self.seats[id] = Seat(id, kind or Kind())
        self._kinds[seat.kind] = self._kinds.get(seat.kind, 0) + 1
        self._enter(seat)

    def leave(self, id: str) -> None:
        """A worker is no more."""
        seat = self.seats.pop(id, None)
        if seat is not None:
            self._withdraw(seat)
            self._kinds[seat.kind] -= 1
            if not self._kinds[seat.kind]:
                del self._kinds[seat.kind]

    def begin(self, id: str, job: str, needs: Mapping[str, int], until: float) -> None:
        """An idle worker was given a job, and loads what that needs."""
        seat = self.seats[id]
        self._withdraw(seat)
        seat.job, seat.until = job, until
        _load(seat, needs)
        self._enter(seat)

    def end(self, id: str) -> None:
        """A worker has nothing to do any more."""
        seat = self.seats[id]
        if seat.job is not None:
            self._withdraw(seat)
            seat.job = None
            self._enter(seat)

    def forget(self, id: str) -> None:
        """A worker holds no models any more."""
        seat = self.seats[id]
        self._withdraw(seat)
        seat.held.clear()
        self._enter(seat)

    def _enter(self, seat: Seat) -> None:
        if seat.job is None:
            self._idle.setdefault(seat.kind, {})[seat.id] = seat
        for model in seat.held:
            self._holders(seat).setdefault(model, {})[seat.id] = seat

    def _withdraw(self, seat: Seat) -> None:
        if seat.job is None:
            _drop(self._idle, seat.kind, seat)
        for model in seat.held:
            _drop(self._holders(seat), model, seat)

    def _holders(self, seat: Seat) -> dict[str, dict[str, Seat]]:
        return self._idle_holders if seat.job is None else self._busy_holders

    # -- questions ---------------------------------------------------------------------------------------------------

    @property
    def idle(self) -> int:
        """How many have nothing to do."""
        return sum(len(seats) for seats in self._idle.values())

    def idle_ids(self) -> Iterator[str]:
        """Those that have nothing to do: of each kind, the longest idle first."""
        for seats in self._idle.values():
            yield from seats

    def idle_holders(self, model: str) -> Mapping[str, Seat]:
        """Idle workers that hold a model."""
        return self._idle_holders.get(model, {})

    def busy_holders(self, job: Waiting) -> list[Seat]:
        """Some busy workers that hold all models of a job, which needs one at least."""
        assert job.anchor is not None
        some = islice(self._busy_holders.get(job.anchor, {}).values(), EXAMINED)
        return [seat for seat in some if not seat.missing(job.needs)]

    def room(self, size: int) -> int:
        """The memory that a job of this size asks for: less than its size only where no worker has as much."""
        memories = [kind.memory for kind in self._kinds]
        known = [memory for memory in memories if memory is not None]
        return size if len(known) < len(memories) or not known else min(size, max(known))

    def candidates(self, anchor: str | None, room: int) -> Iterator[Seat]:
        """Idle workers worth comparing: holders of the anchor, then the longest idle of each kind that has room."""
        if anchor is not None:
            fitting = (seat for seat in self.idle_holders(anchor).values() if _fits(seat.kind, room))
            yield from islice(fitting, EXAMINED)
        kinds = [kind for kind in islice(self._idle, 2 * EXAMINED) if _fits(kind, room)]
        for kind in kinds:
            yield from islice(self._idle[kind].values(), max(2 * EXAMINED // len(kinds), 1))


def _fits(kind: Kind, room: int) -> bool:
    return kind.memory is None or kind.memory >= room


def _load(seat: Seat, needs: Mapping[str, int]) -> None:
    for model, size in needs.items():
        seat.held[model] = size
        seat.held.move_to_end(model)
    if seat.kind.memory is None:
        return
    total = sum(seat.held.values())
    for model in [model for model in seat.held if model not in needs]:
        if total <= seat.kind.memory:
            return
        total -= seat.held.pop(model)


def _drop(index: dict[K, dict[str, Seat]], key: K, seat: Seat) -> None:
    seats = index[key]
    del seats[seat.id]
    if not seats:
        del index[key]
