"""Events: what happens to jobs, numbered, so that a listener who was away can go on from the number it saw last.

Numbers are unique, grow across restarts, and grow within a job: they are microseconds since the epoch, moved up where
two would be equal (2^53 is far off). Between jobs the order of telling counts: what a job says may wait until the one
before it has ended, with the number that it has already. The latest are kept in a ring, except those that the next one
of their kind replaces; the DURABLE ones are stored with their job.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RING = 5_000  # events

# What history keeps of a job, in the field's words.
HISTORY = ("execution_start", "execution_cached", "execution_success", "execution_error", "execution_interrupted")
# Ours: how a job went through the queue. Told to API listeners, not to clients of the field's dialect.
LIFECYCLE = ("job_queued", "job_running", "job_requeued", "job_ended", "job_changed", "job_deleted")
# Each says all that there is to say, so old ones are of no use, and they are large or many.
PASSING = frozenset({"preview", "rough_preview", "progress_state", "status"})
DURABLE = frozenset(HISTORY + LIFECYCLE)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job.

    `type` and `data` are a message of the field's dialect as it is sent, or one of LIFECYCLE; `executing` with node
    None ends every job. `client` is the socket it is for (None: nobody in the dialect). `image`: for previews and
    `binary` only. `everybody`: a pack sends it to `client`, or to all clients, whoever they are.
    A `status` event has no job and is for everybody.
    """

    number: int
    job: str | None
    owner: str
    client: str | None
    type: str
    data: Mapping[str, Any]
    image: bytes | None = None
    everybody: bool = False


Listener = Callable[[Event], None]


class EventLog:
    """The ring, and those who listen. Lives in the event loop's thread."""

    def __init__(self, after: int = 0, size: int = RING):
        self._last = after
        self._ring: deque[Event] = deque(maxlen=size)
        self._forgotten = max(after, time.time_ns() // 1000)  # what came before, another server knew
        self._listeners: list[Listener] = []
        self.outlet: Listener | None = None  # told of what happens here, not of what is heard from other servers

    @property
    def last(self) -> int:
        """The number of the latest event."""
        return self._last

    def number(self) -> int:
        """A number that no event had before."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def emit(
        self,
        type: str,
        data: Mapping[str, Any],
        *,
        job: str | None = None,
        owner: str = "",
        client: str | None = None,
        image: bytes | None = None,
        everybody: bool = False,
    ) -> Event:
        """Make an event and `tell` it."""
        event = Event(self.number(), job, owner, client, type, data, image, everybody)
        self.tell(event)
        return event

    def tell(self, event: Event) -> None:
        """Keep an event and tell every listener, in order. Listeners must neither block nor raise."""
        self._keep(event)
        if self.outlet is not None and event.type != "status":  # each server tells how many jobs wait
            self.outlet(event)

    def hear(self, event: Event) -> None:
        """Take an event of another server. What happens here from now on gets higher numbers."""
        self._last = max(self._last, event.number)
        self._keep(event)

    def restore(self, events: Sequence[Event]) -> None:
        """Know what happened before this server was here: all events after the first of these."""
        if events:
            self._forgotten = events[0].number
            self._last = max(self._last, events[-1].number)
            self._ring.extend(events)

    def _keep(self, event: Event) -> None:
        if event.type not in PASSING:
            if len(self._ring) == self._ring.maxlen:
                self._forgotten = max(self._forgotten, self._ring[0].number)
            self._ring.append(event)
        for listener in tuple(self._listeners):
            listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told of every event from now on. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, number: int, job: str | None = None) -> Iterator[Event]:
        """The kept events that were told after the one of this number, of one job or of all."""
        kept = tuple(self._ring)
        place = next((index for index in range(len(kept) - 1, -1, -1) if kept[index].number == number), None)
        later = [event for event in kept if event.number > number] if place is None else kept[place + 1 :]
        return (event for event in later if job is None or event.job == job)

    def resumed(self, job: str, kept: Sequence[Event], after: int, *, over: bool) -> list[Event]:
        """The events of a job after a number: those in the ring, and before them those that the store has kept.

        Where the ring has none any more, the one that ended the job is repeated rather than missed.
        """
        recent = list(self.since(0, job))
        older = [event for event in kept if not recent or event.number < recent[0].number]
        found = [event for event in [*older, *recent] if event.number > after]
        return found or (list(kept[-1:]) if over and not recent else [])

    def has_forgotten(self, number: int) -> bool:
        """Whether there may have been events after this number that are kept no more."""
        return number < self._forgotten
