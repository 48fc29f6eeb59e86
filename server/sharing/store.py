"""The one store of files: a folder, NFS, or an S3-compatible service, whatever fsspec reaches.

    blobs/ab/cdef...        content, named by its SHA-256, never changed
    passing/ab/cdef...      the same for files of the temp folder, which may go after some days
    names/output/a.png      which content a name stands for: its SHA-256 and its size
    changes/input           a mark that is another one whenever a name of the input area was given
    numbers/01ab.../7       ranges of numbers for the names of files, see `numbers`
    results/ab/...          results of nodes, see `results`

An object is seen whole or not at all, and what is fetched is checked against its name, so that damage is never served.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from graphcore.errors import RunError, UserError
from graphcore.extras import install
from server.atomic import unfinished, write_atomically

T = TypeVar("T")
ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)  # how a file system says that there is no object
PATIENCE = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 3}}  # of S3, seconds


class StoreFailed(RunError):
    """The store cannot be used now, or holds something damaged."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a name stands for. `digest`: SHA-256 in hexadecimal. `size`: bytes."""

    digest: str
    size: int

    def key(self, name: str) -> str:
        """The object that holds it, for a file of this name."""
        return f"{'passing' if name.startswith('temp/') else 'blobs'}/{self.digest[:2]}/{self.digest[2:]}"


class FileStore:
    """A store at a URL of fsspec: a path, file:///..., s3://BUCKET/PREFIX, ... Safe to use from several threads.

    What fails raises StoreFailed. UserError for a URL that cannot be one.
    """

    def __init__(self, url: str):
        import fsspec  # most servers have no store: they need not wait for it

        self.url = url
        options: dict[str, Any] = {"config_kwargs": PATIENCE} if url.startswith("s3:") else {}
        try:
            self._files, root = fsspec.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **options)
        except (ImportError, ValueError, TypeError) as error:
            hint = install("s3") if url.startswith("s3:") else "use a folder or s3://BUCKET/PREFIX"
            raise UserError(f"The file store {url} cannot be used: {error}; {hint}.") from None
        self._root = root.rstrip("/")
        self._folder = Path(self._root) if "file" in _protocols(self._files) else None

    def check(self) -> None:
        """See that the store can be written, and lets one only of several have a name. UserError if it does not."""
        try:
            alone = self._knows_claims() and self._claims_work()
        except (StoreFailed, FileNotFoundError) as error:
            words = str(error).rstrip(".")
            raise UserError(f"{words}. Check --files, and that the bucket or folder is there.") from None
        if not alone:
            raise UserError(
                f"The file store {self.url} lets two writers take one name, so files would get lost;"
                " use a folder, or a service that knows conditional writes (If-None-Match)."
            )

    def _knows_claims(self) -> bool:
        """Whether one writer only can make an object: where a service has no way, fsspec looks, then writes."""
        return self._folder is not None or self._files.async_impl

    def _claims_work(self) -> bool:
        probe = f"numbers/.check/{os.urandom(8).hex()}"
        alone = self.claim(probe) and not self.claim(probe)
        self._call(lambda: self._files.rm_file(self._at(probe)))
        return alone

    # -- content -----------------------------------------------------------------------------------------------------

    def put(self, path: Path, content: Content, name: str = "") -> None:
        """Keep a file that holds this content, to be given a name. When this returns it is there for good."""
        key = content.key(name)
        if key.startswith("passing/") or self._size(key) != content.size:  # what is there may be about to go
            self._place(key, path)

    def fetch(self, content: Content, target: Path, name: str = "") -> None:
        """Put the content of a name into a file, at once and only if it is what it should be."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = unfinished(target.parent)
        try:
            self._get(content.key(name), part)
            with part.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != content.digest:
                    raise StoreFailed(
                        f"'{target.name}' is damaged in the file store {self.url} ({content.key(name)}):"
                        " delete that object, then upload the file again, or run again the job that made it."
                    )
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)

    def _get(self, key: str, part: Path) -> None:
        try:
            self._call(lambda: self._files.get_file(self._at(key), str(part)))
        except ABSENT:
            raise StoreFailed(f"{key} is missing in the file store {self.url}; upload the file again.") from None

    # -- names -------------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Content | None:
        """What a name ('input/a.png') stands for, if there is such a file."""
        body = self.read(f"names/{name}")
        digest, _, size = (body or b"").decode("ascii", "replace").partition(" ")
        return Content(digest, int(size)) if len(digest) == 64 and size.isdigit() else None

    def name(self, name: str, content: Content) -> None:
        """Have a name stand for content, whatever it stood for."""
        self.write(f"names/{name}", _said(content))
        self._mark(name)

    def take(self, name: str, content: Content) -> bool:
        """Have a name stand for content, unless it is taken."""
        taken = self.claim(f"names/{name}", _said(content))
        if taken:
            self._mark(name)
        return taken

    def mark(self, area: str) -> bytes | None:
        """What differs when a name of an area was given since: who lists names after they asked need not list again."""
        return self.read(f"changes/{area}")

    def _mark(self, name: str) -> None:
        area = name.partition("/")[0]
        if area == "input":  # nobody lists the others for each job
            self.write(f"changes/{area}", os.urandom(16).hex().encode())

    def names(self, prefix: str) -> dict[str, float]:
        """Every name below a prefix ('input') -> when it was given its content last, in seconds since the epoch."""
        top = self._at(f"names/{prefix}")
        try:
            found = self._call(lambda: self._files.find(top, detail=True))
        except ABSENT:
            return {}
        start = len(self._at("names/"))
        return {path[start:]: _changed(info) for path, info in found.items() if info["type"] == "file"}

    def is_folder(self, name: str) -> bool:
        """Whether there are names below this one."""
        return self._call(lambda: bool(self._files.isdir(self._at(f"names/{name}"))))

    # -- objects -----------------------------------------------------------------------------------------------------

    def read(self, key: str) -> bytes | None:
        """An object; None if there is none."""
        try:
            return self._call(lambda: bytes(self._files.cat_file(self._at(key))))
        except ABSENT:
            return None

    def write(self, key: str, body: bytes) -> None:
        """Put an object into its place."""
        if self._folder is not None:
            folder = self._folder
            self._change(lambda: write_atomically(folder / key, body))
        else:
            self._change(lambda: self._files.pipe_file(self._at(key), body))

    def claim(self, key: str, body: bytes = b"") -> bool:
        """Make an object, unless there is one: of several who try, one succeeds."""
        try:
            self._call(lambda: self._claim(key, body))
        except FileExistsError:
            return False
        except OSError as error:
            raise self._failed(error) from error
        return True

    def listed(self, prefix: str) -> list[str]:
        """The names of the objects right below a prefix."""
        try:
            found = self._call(lambda: self._files.ls(self._at(prefix), detail=False))
        except ABSENT:
            return []
        return [path.rstrip("/").rpartition("/")[2] for path in found]

    def has(self, key: str) -> bool:
        """Whether there is an object."""
        return self._size(key) is not None

    def _size(self, key: str) -> int | None:
        try:
            return int(self._call(lambda: self._files.info(self._at(key)))["size"])
        except ABSENT:
            return None

    def _claim(self, key: str, body: bytes) -> None:
        if self._folder is None:
            self._files.pipe_file(self._at(key), body, mode="create")
            return
        path = self._folder / key  # fsspec looks, then writes: in between another may have written
        with contextlib.suppress(FileExistsError):  # a file in the place of a folder: that is not the object's
            path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())

    def _place(self, key: str, path: Path) -> None:
        path.stat()  # OSError if there is no file: whatever fails from here on is the store's doing
        if self._folder is None:
            self._change(lambda: self._files.put_file(str(path), self._at(key)))
            return
        folder = self._folder
        self._change(lambda: _copied(path, folder / key))

    def _at(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _call(self, work: Callable[[], T]) -> T:
        """What fsspec answers. That something is there, or not, is an answer; every other failure is StoreFailed."""
        try:
            return work()
        except (*ABSENT, FileExistsError):
            raise
        except Exception as error:  # libraries behind fsspec raise whatever they like
            raise self._failed(error) from error

    def _change(self, work: Callable[[], object]) -> None:
        """Do something that either succeeds or fails: that a bucket is not there is no answer to a write."""
        try:
            self._call(work)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreFailed:
        return StoreFailed(f"The file store {self.url} cannot be used: {_words(error)}.")


def _copied(path: Path, target: Path) -> None:
    """Copy into place, on the disk for good."""
    import shutil

    target.parent.mkdir(parents=True, exist_ok=True)
    part = unfinished(target.parent)
    try:
        with path.open("rb") as source, part.open("xb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _said(content: Content) -> bytes:
    return f"{content.digest} {content.size}".encode("ascii")


def _changed(info: dict[str, Any]) -> float:
    moment = info.get("mtime") or info.get("LastModified") or 0.0
    return float(moment.timestamp() if hasattr(moment, "timestamp") else moment)


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _words(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
