"""Numbers for the names of files (`ComfyUI_00001_.png`) that no other worker uses, though none sees another's files.

A worker takes a range of numbers of a prefix for itself and counts within it, so that only one file in hundreds asks
the store. Ranges are objects that one worker only can make.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from server.sharing.mirror import Mirror

RANGE = 1000  # numbers
SPARE = 100  # numbers that must be left: what packs save in one go after they asked for the first


class Numbers:
    """The ranges of one worker."""

    def __init__(self, mirror: Mirror):
        self._mirror = mirror
        self._lock = threading.Lock()
        self._mine: dict[str, tuple[int, int, int]] = {}  # place -> next number, end of the range, copies let go then

    def free(self, folder: Path, stem: str, number: int) -> int:
        """The first number from `number` on that files `STEM_NUMBER_` of a folder may have. Raises StoreFailed."""
        place = self._mirror.name_of(folder)
        if place is None:
            return number
        place = f"{place}/{stem}"
        gone = self._mirror.let_go  # the folder need not show any more how far this worker has counted
        with self._lock:
            first, end, before = self._mine.get(place, (1, 0, gone))
            found = max(first, number)
            if found + SPARE > end or gone != before:
                found, end = self._claim(place)
            self._mine[place] = (found, end, gone)
            return found

    def _claim(self, place: str) -> tuple[int, int]:
        key = f"numbers/{hashlib.sha256(place.encode()).hexdigest()[:32]}"
        store = self._mirror.store
        taken = [int(name) for name in store.listed(key) if name.isdigit()]
        index = max(taken, default=-1) + 1
        while not store.claim(f"{key}/{index}", place.encode()):
            index += 1
        return index * RANGE + 1, (index + 1) * RANGE
