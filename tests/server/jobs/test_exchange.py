"""What servers tell each other, over a real PostgreSQL: everything, once, in each server's order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import create_engine

from server.events import Event
from server.jobs.database import parse
from server.jobs.exchange import Exchange
from server.jobs.migrations import prepare
from tests.server.jobs.helpers import until


@pytest.fixture
def url(postgresql: str) -> str:
    """The URL of a store without jobs."""
    engine = create_engine(parse(postgresql))
    with engine.begin() as connection:
        prepare(connection)
    engine.dispose()
    return postgresql


class Place:
    """A server that only listens and speaks."""

    def __init__(self, url: str) -> None:
        self.heard: list[Event] = []
        self.exchange = Exchange(parse(url), self._hear)

    def _hear(self, events: Sequence[Event]) -> None:
        self.heard += events


def event(number: int, type: str = "executed", **options: object) -> Event:
    return Event(number, "job", "owner", "client", type, {"n": number, "text": "\0 ü"}, **options)  # type: ignore[arg-type]


async def test_each_server_hears_the_others_in_their_order_and_never_itself(url: str) -> None:
    places = [Place(url) for _ in range(3)]
    for place in places:
        assert await place.exchange.open() == []
    for number in range(700):
        for index, place in enumerate(places):
            place.exchange.tell(event(number * 3 + index))
    for index, place in enumerate(places):
        await until(lambda place=place: len(place.heard) == 1400)
        for other in {0, 1, 2} - {index}:
            numbers = [heard.number for heard in place.heard if heard.number % 3 == other]
            assert numbers == list(range(other, 2100, 3))
        assert not [heard for heard in place.heard if heard.number % 3 == index]
    for place in places:
        await asyncio.to_thread(place.exchange.close)


async def test_events_arrive_whole(url: str) -> None:
    speaker, listener = Place(url), Place(url)
    await speaker.exchange.open()
    await listener.exchange.open()
    picture = event(1, "preview", image=b"\x00\xff")
    odd = Event(2, None, "", "gone \ud800\0", "from a pack\0", {}, None, True)
    for told in (picture, odd):
        speaker.exchange.tell(told)
    await until(lambda: len(listener.heard) == 2)
    assert listener.heard[0] == picture
    assert listener.heard[1] == Event(2, None, "", "gone ?", "from a pack", {}, None, True)
    for place in (speaker, listener):
        await asyncio.to_thread(place.exchange.close)


async def test_a_server_that_starts_is_given_what_was_told_but_no_pictures(url: str) -> None:
    early = Place(url)
    await early.exchange.open()
    for number in (3, 1, 2):
        early.exchange.tell(event(number))
    early.exchange.tell(event(4, "preview", image=b"x"))
    await asyncio.to_thread(early.exchange.close)  # which tells all that waits
    late = Place(url)
    assert [found.number for found in await late.exchange.open()] == [1, 2, 3]
    await asyncio.sleep(0.2)
    assert late.heard == []
    await asyncio.to_thread(late.exchange.close)
