"""Finding a thing by the name a user gave."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

from graphcore.errors import UserError

T = TypeVar("T")


def lookup(what: str, name: str, table: Mapping[str, T]) -> T:
    """`table[name]`; raises UserError that names the nearest known one. `what` says what kind of thing is sought."""
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'?" if near else f"Choose one of: {', '.join(table)}."
    raise UserError(f"There is no {what} called '{name}'. {hint}")
