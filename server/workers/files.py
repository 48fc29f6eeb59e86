"""The files that a job made: found by what its nodes showed, made safe from a power cut, measured and hashed."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphcore.errors import RunError, UserError
from graphcore.folders import AREAS, Folders
from server.documents import FileDocument


class FileLost(RunError):
    """A file that a node says it has written is not there, or cannot be kept. `node`: which one."""

    def __init__(self, node: str, message: str):
        self.node = node
        super().__init__(message)


def seal(outputs: Mapping[str, Any], folders: Folders) -> list[FileDocument]:
    """Every file that the outputs name, on the disk for good. Raises FileLost."""
    found = []
    touched: dict[Path, str] = {}  # folder -> a node that wrote to it
    for node, kind, item in _items(outputs):
        path = _path(node, item, folders)
        size, digest = _seal(node, path, item["type"] != "temp")
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
        if item["type"] != "temp":
            touched[path.parent] = node
    for folder, node in touched.items():
        _sync_folder(node, folder)
    return found


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


def _seal(node: str, path: Path, keep: bool) -> tuple[int, str]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if keep:
                os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size, digest
    except FileNotFoundError:
        raise FileLost(
            node, f"{path} is not there, though the node says that it wrote it. Run the job again."
        ) from None
    except OSError as error:
        raise _not_kept(node, path, error) from error


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
