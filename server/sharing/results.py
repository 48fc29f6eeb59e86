"""Results of nodes that all workers share: what one has computed, the others need not.

Only what took long is passed on. Nothing here raises: a store that is away costs the results, never the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from graphcore.cache import Entry
from graphcore.disk_cache import decoded, encoded
from graphcore.keys import Key
from graphcore.serial import Codec, Unstorable
from server.sharing.store import FileStore, StoreFailed

LEAST = 0.5  # seconds that a result must have taken
LARGEST = 256 << 20  # bytes of a result
ASKED = 8  # questions at once
PAUSE = 30.0  # seconds without questions after one failed
log = logging.getLogger(__name__)


class SharedResults:
    """A `Cache` in the store. `realm`: whatever changes results but is in no workflow; asked when it is first needed,
    as it may take seconds to find out.
    """

    def __init__(self, store: FileStore, codec: Codec, realm: Callable[[], str], *, least: float = LEAST):
        self._store, self._codec, self._ask_realm, self._least = store, codec, realm, least
        self._realm: str | None = None
        self._there: set[Key] = set()
        self._silent_until = 0.0

    def begin(self, keys: Collection[Key]) -> None:
        """Look which of these results there are: during the run nobody asks the store for what it has not."""
        wanted = [key for key in keys if key not in self._there]
        if len(self._there) > 100_000:
            self._there.clear()
        if not wanted or time.monotonic() < self._silent_until:
            return
        names = {name: key for key in wanted for name in [self._name(key)]}
        with ThreadPoolExecutor(ASKED) as asking:
            for name, there in zip(names, asking.map(self._has, names), strict=True):
                if there:
                    self._there.add(names[name])

    def __contains__(self, key: Key) -> bool:
        return key in self._there

    def get(self, key: Key) -> Entry | None:
        """The result under a key, or None."""
        if key not in self._there:
            return None
        name = self._name(key)
        try:
            body = self._store.read(f"results/{name}")
            return None if body is None else decoded(bytearray(body), name, self._codec)
        except StoreFailed as error:
            self._complain(error)
        except Exception as error:  # noqa: BLE001 - a codec's own too: whatever a file holds, it must not stop the run
            log.warning("The shared result %s is not used: %s.", name, error)
        self._there.discard(key)
        return None

    def put(self, key: Key, entry: Entry) -> None:
        """Pass a result on, if it can be and is worth it."""
        if entry.ui is not None or not entry.outputs or entry.seconds < self._least:
            return
        if key in self._there or time.monotonic() < self._silent_until:
            return
        name = self._name(key)
        try:
            pieces = encoded(entry, name, self._codec)
            if sum(map(len, pieces)) <= LARGEST:
                self._store.write(f"results/{name}", b"".join(pieces))
                self._there.add(key)
        except Unstorable:
            return
        except StoreFailed as error:
            self._complain(error)

    def relieve(self) -> None:
        """Nothing is held in memory."""

    def clear(self) -> None:
        """Forget what is known to be there; the results stay, as they are others' too."""
        self._there.clear()

    def _has(self, name: str) -> bool:
        try:
            return time.monotonic() >= self._silent_until and self._store.has(f"results/{name}")
        except StoreFailed as error:
            self._complain(error)
            return False

    def _complain(self, error: StoreFailed) -> None:
        self._silent_until = time.monotonic() + PAUSE
        log.warning("Results are not shared for %g s: %s", PAUSE, error)

    def _name(self, key: Key) -> str:
        if self._realm is None:
            self._realm = self._ask_realm()
        name = blake2b(key + self._realm.encode(), digest_size=16).hexdigest()
        return f"{name[:2]}/{name[2:]}"
