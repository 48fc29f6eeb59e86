"""The files that a job made: found by what its nodes showed, made safe from a power cut, measured and hashed.

Where workers share no disks, safe means in the store, under the name that the node showed.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphcore.errors import RunError, UserError
from graphcore.folders import AREAS, Folders
from server.documents import FileDocument
from server.sharing.mirror import Mirror
from server.sharing.store import StoreFailed

log = logging.getLogger(__name__)


class FileLost(RunError):
    """A file that a node says it has written is not there, or cannot be kept. `node`: which one."""

    def __init__(self, node: str, message: str):
        self.node = node
        super().__init__(message)


def seal(outputs: Mapping[str, Any], folders: Folders, mirror: Mirror | None = None) -> list[FileDocument]:
    """Every file that the outputs name, on the disk or in the store for good. Raises FileLost and StoreFailed."""
    found = []
    touched: dict[Path, str] = {}  # folder -> a node that wrote to it
    for node, kind, item in _items(outputs):
        path = _path(node, item, folders)
        keep = mirror is None and item["type"] != "temp"
        size, digest = _seal(node, path, keep) if mirror is None else _published(node, path, mirror)
        found.append(
            FileDocument(
                node=node,
                kind=kind,
                filename=item["filename"],
                subfolder=item["subfolder"],
                type=item["type"],
                size=size,
                sha256=digest,
            )
        )
        if keep:
            touched[path.parent] = node
    for folder, node in touched.items():
        _sync_folder(node, folder)
    return found


def pass_on(shown: Mapping[str, Any], folders: Folders, mirror: Mirror) -> None:
    """Publish what a node shows, before anybody hears of it. What cannot be is tried again when the job is sealed."""
    for node, _, item in _items(shown):
        try:
            _published(node, _path(node, item, folders), mirror)
        except (FileLost, StoreFailed) as error:
            log.warning("A file is not passed on yet: %s", error)


def _items(outputs: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(node, key, item) of everything shown that names a file of the output or temp folder."""
    for node, ui in outputs.items():
        for kind, items in ui.items() if isinstance(ui, Mapping) else ():
            for item in items if isinstance(items, list | tuple) else ():
                if isinstance(item, Mapping) and isinstance(item.get("filename"), str):
                    area = item.get("type", "output")
                    if area in AREAS and area != "input":
                        subfolder = str(item.get("subfolder") or "")
                        yield node, kind, {"filename": item["filename"], "subfolder": subfolder, "type": area}


def _path(node: str, item: Mapping[str, str], folders: Folders) -> Path:
    name = f"{item['subfolder']}/{item['filename']}" if item["subfolder"] else item["filename"]
    try:
        return folders.path(f"{name} [{item['type']}]")
    except UserError as error:
        raise FileLost(node, str(error)) from error


def _published(node: str, path: Path, mirror: Mirror) -> tuple[int, str]:
    try:
        if not path.exists():
            mirror.bring(path)  # made for an earlier job; the copy here was let go since
        content = mirror.publish(path)
    except FileNotFoundError:
        raise _not_there(node, path) from None
    except OSError as error:
        raise _not_kept(node, path, error) from error
    return content.size, content.digest


def _seal(node: str, path: Path, keep: bool) -> tuple[int, str]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if keep:
                os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size, digest
    except FileNotFoundError:
        raise _not_there(node, path) from None
    except OSError as error:
        raise _not_kept(node, path, error) from error


def _not_there(node: str, path: Path) -> FileLost:
    return FileLost(node, f"{path} is not there, though the node says that it wrote it. Run the job again.")


def _not_kept(node: str, path: Path, error: OSError) -> FileLost:
    return FileLost(node, f"{path} cannot be kept: {error}. Check the disk, and that it has room.")


def _sync_folder(node: str, folder: Path) -> None:
    """Have the names of the files survive too. Some file systems and some systems cannot be asked for that."""
    if os.name != "posix":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise _not_kept(node, folder, error) from error
