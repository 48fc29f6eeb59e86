"""Numbered events."""

from __future__ import annotations

from server.events import Event, EventLog


def test_numbers_grow_also_past_a_clock_that_goes_back() -> None:
    log = EventLog(after=2**52)
    assert [log.emit("a", {}).number for _ in range(3)] == [2**52 + 1, 2**52 + 2, 2**52 + 3]
    fresh = EventLog()
    numbers = [fresh.emit("a", {}).number for _ in range(1000)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**53


def test_listeners_hear_in_order_until_they_stop() -> None:
    log, heard = EventLog(), []
    stop = log.subscribe(lambda event: heard.append(event.type))
    log.emit("a", {})
    log.emit("b", {})
    stop()
    log.emit("c", {})
    assert heard == ["a", "b"]


def test_a_listener_may_leave_while_it_is_told() -> None:
    log, heard = EventLog(), []

    def once(event: object) -> None:
        heard.append(1)
        stop()

    stop = log.subscribe(once)
    log.subscribe(lambda event: heard.append(2))
    log.emit("a", {})
    log.emit("a", {})
    assert heard == [1, 2, 2]


def test_the_ring_keeps_the_latest_and_nothing_that_the_next_replaces() -> None:
    log = EventLog(size=3)
    events = [log.emit("e", {}, job=str(index % 2)) for index in range(5)]
    picture = log.emit("preview", {}, job="1", image=b"jpeg")
    log.emit("status", {})
    last = log.emit("progress_state", {}, job="1")
    assert list(log.since(0)) == events[2:]
    assert list(log.since(events[3].number)) == events[4:]
    assert list(log.since(0, "1")) == [events[3]]
    assert log.has_forgotten(0)
    assert log.has_forgotten(events[0].number)
    assert not log.has_forgotten(events[1].number)
    assert picture.number < last.number == log.last


def test_who_comes_back_gets_what_was_told_later_also_if_it_was_numbered_earlier() -> None:
    log = EventLog()
    early = Event(log.number(), "a", "", None, "e", {})
    told = log.emit("e", {}, job="b")
    log.tell(early)
    after = log.emit("e", {}, job="b")
    assert early.number < told.number
    assert list(log.since(told.number)) == [early, after]
    assert list(log.since(early.number)) == [after]


def test_what_another_server_tells_is_kept_but_not_told_back() -> None:
    log, told, heard = EventLog(), [], []
    log.outlet = told.append
    log.subscribe(heard.append)
    own = log.emit("executed", {}, job="1")
    log.emit("status", {})
    theirs = Event(own.number + 10**9, "1", "", None, "executed", {})
    log.hear(theirs)
    assert told == [own]
    assert [event.type for event in heard] == ["executed", "status", "executed"]
    assert list(log.since(0, "1")) == [own, theirs]
    assert log.emit("executed", {}).number > theirs.number, "what follows has higher numbers, whatever the clocks say"


def test_a_server_that_starts_knows_what_was_told_of_late() -> None:
    log = EventLog()
    assert log.has_forgotten(5)
    log.restore([Event(number, "1", "", None, "executed", {}) for number in (5, 9)])
    assert [event.number for event in log.since(5)] == [9]
    assert not log.has_forgotten(5)
    assert log.has_forgotten(4)
