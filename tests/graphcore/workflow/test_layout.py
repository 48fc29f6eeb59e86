"""Places for the boxes of a graph."""

from __future__ import annotations

from graphcore.workflow.layout import COLUMN_GAP, place

SIZES = {"a": (100.0, 50.0), "b": (200.0, 50.0), "c": (100.0, 50.0)}


def test_edges_run_to_the_right() -> None:
    places = place(SIZES, [("a", "b"), ("b", "c")])
    assert [places[id][0] for id in "abc"] == [0, 100 + COLUMN_GAP, 300 + 2 * COLUMN_GAP]
    assert {y for _, y in places.values()} == {0}


def test_edges_that_lead_nowhere_do_not_count() -> None:
    assert place(SIZES, [("a", "b"), ("b", "c"), ("a", "x"), ("y", "c"), ("b", "b")]) == place(
        SIZES, [("a", "b"), ("b", "c")]
    )


def test_nothing_has_no_places() -> None:
    assert place({}, []) == {}
