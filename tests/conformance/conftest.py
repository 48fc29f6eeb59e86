"""A desk for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conformance.desk import Desk


@pytest.fixture
def make_desk() -> Iterator[Callable[..., Desk]]:
    """Makes desks, and closes them when the test is over."""
    desks: list[Desk] = []

    def make(classes: Any = None, **options: Any) -> Desk:
        desks.append(Desk(classes, **options))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk with the test classes alone."""
    return make_desk()
