"""One run at a time, first come first served, whichever thread or event loop a run comes from."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from graphcore.errors import Cancelled, GraphcoreError
from graphcore.job import CancelToken


class Place:
    """A place in the queue: `turn` ends the waiting; `given` once the turn is this one's to keep or pass on."""

    __slots__ = ("given", "loop", "turn")

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop, self.given = loop, False
        self.turn: asyncio.Future[None] = loop.create_future()

    def end(self, failure: BaseException | None = None) -> None:
        """End the waiting, from any thread."""
        self.loop.call_soon_threadsafe(self._settle, failure)

    def _settle(self, failure: BaseException | None) -> None:
        if self.turn.done():
            return
        if failure is None:
            self.turn.set_result(None)
        else:
            self.turn.set_exception(failure)


class Turns:
    """Whose turn it is. `taken` is the only way in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._queue: deque[Place] = deque()

    @asynccontextmanager
    async def taken(self, token: CancelToken) -> AsyncIterator[None]:
        """Wait for one's turn and keep it. Raises Cancelled if the token is cancelled before the turn comes.

        Raises GraphcoreError within a turn of the same kind, which would wait for its own end.
        """
        if self in INSIDE.get():
            raise GraphcoreError(
                "A run cannot start another one on its own engine; give that one an engine of its own."
            )
        await self._wait(token)
        outside = INSIDE.set((*INSIDE.get(), self))
        try:
            yield
        finally:
            INSIDE.reset(outside)
            self._pass_on()

    async def _wait(self, token: CancelToken) -> None:
        place = Place(asyncio.get_running_loop())
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            self._queue.append(place)

        def give_up() -> None:
            place.end(Cancelled())

        token.subscribe(give_up)
        try:
            if token.cancelled:
                give_up()
            await place.turn
        except BaseException:
            self._leave(place)
            raise
        finally:
            token.unsubscribe(give_up)

    def _leave(self, place: Place) -> None:
        """Wait no longer; a turn that was given at this very moment goes to the next."""
        with self._lock:
            if place in self._queue:
                self._queue.remove(place)
        if place.given:
            self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            while self._queue:
                place = self._queue.popleft()
                if not place.loop.is_closed():
                    place.given = True
                    place.end()
                    return
            self._busy = False


INSIDE: ContextVar[tuple[Turns, ...]] = ContextVar("graphcore.turns", default=())
"""The turns that the code at hand is part of."""
