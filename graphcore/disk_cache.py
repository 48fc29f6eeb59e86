"""Results on disk: they survive restarts and are shared by processes.

One file a result, named by its key. A file is written aside and moved into place, so readers see all of it or nothing;
a checksum covers every byte, so what was torn, flipped or put there by somebody else is never served: the result is
computed anew. Nothing here raises: a disk that is full or gone costs the cache, never the run.

What a node shows is not stored, nor a result without values: a node that writes or previews files has to run again in a
new process, for its files may be gone.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
import time
from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path

from graphcore.cache import GIB, Cache, Entry
from graphcore.container import Damaged, pack, unpack
from graphcore.keys import Key
from graphcore.serial import Codec, NoCodec, Unstorable, dump, load

log = logging.getLogger(__name__)
FORMAT = "graphcore-result-1"
SUFFIX = ".safetensors"
STALE = 3600.0  # seconds after which a half-written file has no writer any more
ROOM = 0.9  # of the budget is left in use when the oldest go


class DiskCache:
    """Keeps results in a folder of its own, up to a budget in bytes; those not used for longest go first.

    `realm`: whatever changes results but is not in the workflow (device, precision, version of the runtime); results of
    one realm are not seen in another. `least`: seconds that a result must have taken to be worth a file.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        codec: Codec | None = None,
        *,
        budget: int = 20 * GIB,
        realm: str = "",
        least: float = 0.0,
    ):
        self.folder, self.codec = Path(folder).absolute(), codec or NoCodec()
        self.budget, self.realm, self.least = budget, realm, least
        self._lock = threading.Lock()
        self._serial = itertools.count()
        self._used = 0  # bytes, as far as this process knows
        self._unseen = budget  # bytes written since the folder was last looked through; at first, look

    def begin(self, keys: Collection[Key]) -> None:
        """Nothing to prepare: entries outlive runs."""

    def __contains__(self, key: Key) -> bool:
        return os.path.isfile(self._file(key))

    def get(self, key: Key) -> Entry | None:
        """The result under a key, or None; it becomes the most recently used."""
        path = self._path(key)
        try:
            entry = self._read(path)
            os.utime(path)
        except OSError:
            return None
        except Exception as error:  # noqa: BLE001 - a codec's own too: whatever a file holds, it must not stop the run
            log.info("The stored result %s is not used: %s.", path, error)
            _remove(path)
            return None
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Keep a result, if it can be stored."""
        if entry.ui is not None or not entry.outputs or entry.seconds < self.least:
            return
        path = self._path(key)
        try:
            pieces = encoded(entry, path.stem, self.codec)
        except Unstorable:
            return
        size = sum(map(len, pieces))
        if size > self.budget:
            return
        try:
            self._write(path, pieces)
            self._account(size)
        except OSError as error:
            log.warning(
                "The result cache in %s cannot be written (%s); free some space, or name another folder.",
                self.folder,
                error,
            )

    def relieve(self) -> None:
        """Nothing is held in memory."""

    def clear(self) -> None:
        """Remove every stored result."""
        for _, _, path in self._files():
            _remove(path)
        self._used = 0

    # -- files -------------------------------------------------------------------------------------------------------

    def _path(self, key: Key) -> Path:
        return Path(self._file(key))

    def _file(self, key: Key) -> str:
        """The path as text: asked for each node of each run, where making a Path costs more than looking."""
        name = blake2b(key + self.realm.encode(), digest_size=16).hexdigest()
        return f"{self.folder}/{name[:2]}/{name}{SUFFIX}"

    def _read(self, path: Path) -> Entry:
        with path.open("rb") as file:
            data = bytearray(os.fstat(file.fileno()).st_size)
            if file.readinto(data) != len(data):
                raise Damaged("it shrank while it was read")
        return decoded(data, path.stem, self.codec)

    def _write(self, path: Path, pieces: Collection[bytes | memoryview]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.parent / f"{path.stem}.{os.getpid()}-{threading.get_ident()}-{next(self._serial)}.part"
        try:
            with part.open("wb") as file:
                file.writelines(pieces)
            part.replace(path)
        finally:
            _remove(part)

    # -- the budget --------------------------------------------------------------------------------------------------

    def _account(self, size: int) -> None:
        """Note what was written; look through the folder when that may exceed the budget, others' files included."""
        with self._lock:
            self._used += size
            self._unseen += size
            if self._used > self.budget or self._unseen > self.budget // 8:
                self._trim()

    def _trim(self) -> None:
        files = sorted(self._files())
        self._used, self._unseen = sum(size for _, size, _ in files), 0
        if self._used <= self.budget:
            return
        for _, size, path in files:
            if self._used <= self.budget * ROOM:
                return
            _remove(path)
            self._used -= size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """(time of last use, bytes, path) of every stored result; parts that nobody writes any more are removed."""
        for path in self.folder.glob("??/*"):
            try:
                stat = path.stat()
                if path.suffix == SUFFIX:
                    yield stat.st_mtime, stat.st_size, path
                elif path.suffix == ".part" and time.time() - stat.st_mtime > STALE:
                    path.unlink()
            except OSError:
                continue  # another process was faster


def encoded(entry: Entry, name: str, codec: Codec) -> list[bytes | memoryview]:
    """A result as a file of that name, in pieces that lie one after the other. Raises Unstorable."""
    text, blocks = dump(entry, codec)
    return pack(blocks, {"format": FORMAT, "name": name, "entry": text})


def decoded(data: bytearray, name: str, codec: Codec) -> Entry:
    """The result in such a file; its values are views of `data`. Raises Damaged, and what the codec raises."""
    metadata, blocks = unpack(memoryview(data))
    if metadata["format"] != FORMAT or metadata["name"] != name:
        raise Damaged("it is another result's file")
    return load(metadata["entry"], blocks, codec)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # another process was faster, or may not
        path.unlink()


class TieredCache:
    """Two caches, the fast one asked first: memory over disk."""

    def __init__(self, fast: Cache, slow: Cache):
        self.fast, self.slow = fast, slow

    def begin(self, keys: Collection[Key]) -> None:
        """Tell both; the slow one of what the fast one does not have."""
        self.fast.begin(keys)
        self.slow.begin([key for key in keys if key not in self.fast])

    def __contains__(self, key: Key) -> bool:
        return key in self.fast or key in self.slow

    def get(self, key: Key) -> Entry | None:
        """The result from the faster one that has it; from then on both have."""
        entry = self.fast.get(key)
        if entry is None:
            entry = self.slow.get(key)
            if entry is not None:
                self.fast.put(key, entry)
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Keep a result in both."""
        self.fast.put(key, entry)
        self.slow.put(key, entry)

    def relieve(self) -> None:
        """Let go of what either holds in memory."""
        self.fast.relieve()
        self.slow.relieve()

    def clear(self) -> None:
        """Forget everything, in both."""
        self.fast.clear()
        self.slow.clear()
