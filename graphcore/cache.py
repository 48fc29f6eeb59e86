"""Result caches: what is kept between runs, and for how long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphcore.keys import Key

GIB = 1024**3
ENTRY, ITEM, OBJECT = 800, 16, 48  # bytes, roughly: keeping an entry, a place in a container, a small object
SMALL = 4096  # characters from which on a text is counted once, however many results share it
NUMBERS, TEXTS, CONTAINERS = (int, float), (str, bytes, bytearray), (list, tuple, set, frozenset)
NO_BLOCKS: Mapping[int, int] = {}  # one for all the results that hold none


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of a node: a list a output (see mapping), what it wants shown, and how long its own code took."""

    outputs: tuple[list[Any], ...]
    ui: Mapping[str, Any] | None = None
    seconds: float = 0.0


class Cache(Protocol):
    """Where results are kept. Entries are shared, never copied: whoever changes a value in place changes the cache."""

    def begin(self, keys: Collection[Key]) -> None:
        """A run that involves these keys starts."""

    def __contains__(self, key: Key) -> bool:
        """Whether there is a result under a key; cheaper than to get it, and no use of it."""

    def get(self, key: Key) -> Entry | None:
        """The result under a key, or None."""

    def put(self, key: Key, entry: Entry) -> None:
        """Keep a result."""

    def relieve(self) -> None:
        """Let go of what is held in memory, for a run that is short of it."""

    def clear(self) -> None:
        """Forget everything."""


class NoCache:
    """Keeps nothing between runs."""

    def begin(self, keys: Collection[Key]) -> None:
        """Nothing to prepare."""

    def __contains__(self, key: Key) -> bool:
        return False

    def get(self, key: Key) -> Entry | None:
        """Never anything."""
        return None

    def put(self, key: Key, entry: Entry) -> None:
        """Forgotten at once."""

    def relieve(self) -> None:
        """Nothing to let go of."""

    def clear(self) -> None:
        """Nothing to forget."""


class ClassicCache:
    """Keeps what the latest run involved; everything else goes when a run starts. The field's default.

    Safe to share between threads, though two engines that share it drop each other's results.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[Key, Entry] = {}

    def begin(self, keys: Collection[Key]) -> None:
        """Drop every entry that this run does not involve."""
        with self._lock:
            self._entries = {key: self._entries[key] for key in keys if key in self._entries}

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def get(self, key: Key) -> Entry | None:
        """The result under a key, or None."""
        return self._entries.get(key)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep a result until a run starts that does not involve it."""
        with self._lock:
            self._entries[key] = entry

    def relieve(self) -> None:
        """Forget everything."""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


class CountCache:
    """Keeps the results of the latest runs, at most `limit` of them when a run starts: whole runs go, oldest first.

    During a run nothing goes, so that what a run made is there for the run itself. Safe to share between threads.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._lock = threading.Lock()
        self._now = 0
        self._entries: dict[Key, Entry] = {}
        self._used: dict[Key, int] = {}  # the run that used an entry last

    def begin(self, keys: Collection[Key]) -> None:
        """Drop the oldest runs' entries until the limit holds; what this run involves counts as just used."""
        with self._lock:
            self._now += 1
            self._used.update((key, self._now) for key in keys if key in self._entries)
            for run in sorted(set(self._used.values()) - {self._now}):
                if len(self._entries) <= self.limit:
                    return
                for key in [key for key, used in self._used.items() if used == run]:
                    del self._entries[key], self._used[key]

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def get(self, key: Key) -> Entry | None:
        """The result under a key, or None; this run has used it."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._used[key] = self._now
            return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Keep a result."""
        with self._lock:
            self._entries[key] = entry
            self._used[key] = self._now

    def relieve(self) -> None:
        """Forget everything."""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._used.clear()


class MemoryCache:
    """Keeps results up to a budget in bytes, the least recently used going first. Safe to share between threads.

    Storage that several entries share (views of one tensor, weights behind several handles) is counted once.
    """

    def __init__(self, budget: int = 4 * GIB):
        self.budget = budget
        self.used = 0
        self._lock = threading.Lock()
        # entry, bytes of what is its alone, those of blocks of memory that others may share
        self._kept: OrderedDict[Key, tuple[Entry, int, Mapping[int, int]]] = OrderedDict()
        self._owners: dict[int, int] = {}

    def begin(self, keys: Collection[Key]) -> None:
        """Nothing to prepare: entries outlive runs."""

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, key: Key) -> Entry | None:
        """The result under a key, or None; it becomes the most recently used."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Key, entry: Entry) -> None:
        """Keep a result, and drop old ones until the budget holds. What alone exceeds the budget is not kept."""
        own, blocks = sizes_of(entry)
        own += ENTRY
        if own + sum(blocks.values()) > self.budget:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = entry, own, blocks or NO_BLOCKS
            self.used += own
            for identity, size in blocks.items():
                owners = self._owners.get(identity, 0)
                self.used += 0 if owners else size
                self._owners[identity] = owners + 1
            while self.used > self.budget:
                self._drop(next(iter(self._kept)))

    def relieve(self) -> None:
        """Forget everything."""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._owners.clear()
            self.used = 0

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        _, own, blocks = kept
        self.used -= own
        for identity, size in blocks.items():
            self._owners[identity] -= 1
            if not self._owners[identity]:
                del self._owners[identity]
                self.used -= size


def sizes_of(entry: Entry) -> tuple[int, dict[int, int]]:
    """(bytes of small objects, identity -> bytes of each block of memory) behind a result.

    Found by duck typing, as no torch is known here. A tensor's block is its storage, so views share; other objects may
    say `memory_blocks() -> {identity: bytes}`.
    """
    own = 0
    blocks: dict[int, int] = {}
    seen: set[int] = set()
    stack: list[Any] = [*entry.outputs, entry.ui]
    while stack:
        item = stack.pop()
        if item is None or isinstance(item, NUMBERS):
            own += OBJECT
        elif isinstance(item, TEXTS):
            if len(item) < SMALL:
                own += OBJECT + len(item)
            else:
                blocks[id(item)] = len(item)
        elif id(item) not in seen:
            seen.add(id(item))
            if isinstance(item, CONTAINERS):
                own += OBJECT + ITEM * len(item)
                stack.extend(item)
            elif isinstance(item, Mapping):
                own += OBJECT + 6 * ITEM * len(item)
                stack.extend(item.values())
            else:
                try:
                    blocks |= _blocks(item)
                except Exception:  # noqa: BLE001 - anybody's class; a result must not fail for want of its size
                    blocks[id(item)] = OBJECT
    return own, blocks


def _blocks(item: Any) -> Mapping[int, int]:
    """What an object takes, by what its type has: objects themselves may answer to any name, or to none."""
    kind = type(item)
    if hasattr(kind, "memory_blocks"):
        found: Mapping[int, int] = item.memory_blocks()
        return found
    if hasattr(kind, "untyped_storage"):
        storage = item.untyped_storage()
        return {storage.data_ptr(): storage.nbytes()}
    nbytes = getattr(item, "nbytes", None)
    return {id(item): nbytes if isinstance(nbytes, int) else OBJECT}
