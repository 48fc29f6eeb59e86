"""Names of saved files: prefixes with tokens, and numbers that never overwrite a file.

A prefix such as `portraits/%date:yyyy-MM-dd%/%KSampler.seed%` becomes a folder and a stem below the output folder;
files are `<stem>_<number, 5 digits>_<suffix>`.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from graphcore.errors import UserError
from graphcore.folders import any_number
from nodes.imaging.parts import clear_parts, part_file
from nodes.imaging.shapes import ImagingError

# Letter -> strftime code; a letter alone means without a leading zero.
DATE_PARTS = {"M": "%m", "d": "%d", "h": "%H", "m": "%M", "s": "%S"}
FORBIDDEN = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES})


def expand_prefix(
    prefix: str, width: int, height: int, now: datetime, prompt: Mapping[str, Mapping[str, Any]] | None = None
) -> str:
    """The prefix with its tokens replaced; tokens that mean nothing stay as they are.

    `%width% %height% %year% %month% %day% %hour% %minute% %second%`, `%date:FORMAT%` (yyyy yy MM M dd d hh h mm m ss s)
    and `%NODE.widget%`, where NODE is a node's type, title or id in `prompt`.
    """
    plain = {"width": str(width), "height": str(height), "year": str(now.year)}
    plain |= {name: f"{getattr(now, name):02}" for name in ("month", "day", "hour", "minute", "second")}

    def value(match: re.Match[str]) -> str:
        token = match[1]
        if token in plain:
            return plain[token]
        if token.startswith("date:"):
            return _format_date(token[5:], now)
        found = _widget_value(token, prompt or {})
        return match[0] if found is None else FORBIDDEN.sub("_", found)

    return re.sub(r"%([^%]+)%", value, prefix)


def _format_date(pattern: str, now: datetime) -> str:
    def part(match: re.Match[str]) -> str:
        letters = match[0]
        if letters[0] == "y":
            return now.strftime("%Y" if len(letters) == 4 else "%y")
        text = now.strftime(DATE_PARTS[letters[0]])
        return text if len(letters) == 2 else str(int(text))

    return FORBIDDEN.sub("_", re.sub("yyyy|yy|MM?|dd?|hh?|mm?|ss?", part, pattern))


def _widget_value(token: str, prompt: Mapping[str, Mapping[str, Any]]) -> str | None:
    alias, _, widget = token.rpartition(".")
    for names in (_types, _titles, _ids):
        for id, node in prompt.items():
            value = node.get("inputs", {}).get(widget)
            if alias and names(id, node) == alias and isinstance(value, str | int | float):
                return str(value)
    return None


def _types(id: str, node: Mapping[str, Any]) -> str:
    return str(node.get("class_type", ""))


def _titles(id: str, node: Mapping[str, Any]) -> str:
    return str((node.get("_meta") or {}).get("title", ""))


def _ids(id: str, node: Mapping[str, Any]) -> str:
    return id


@dataclass(slots=True)
class Numbered:
    """A place for numbered files: `folder/<stem>_<counter>_...`; `subfolder` is the folder as the root sees it.

    `free`: which numbers may be used, see `Folders.free_number`.
    """

    folder: Path
    subfolder: str
    stem: str
    counter: int
    free: Callable[[Path, str, int], int]

    @classmethod
    def below(cls, root: Path, prefix: str, free: Callable[[Path, str, int], int] = any_number) -> Numbered:
        """The place that an expanded prefix means below `root`, created if missing. UserError if it leads out."""
        path = os.path.normpath(prefix.replace("\\", "/")) if "\0" not in prefix else "/"
        stem, subfolder = os.path.basename(path), os.path.dirname(path)
        folder = root / subfolder
        base = root.resolve()
        if stem in ("", ".", "..") or base not in (folder.resolve(), *folder.resolve().parents):
            raise UserError(f"The file name prefix '{prefix}' leads out of {root}; use a name or folder inside it.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            clear_parts(folder)
            return cls(folder, subfolder, stem, free(folder, stem, _last_number(folder, stem) + 1), free)
        except OSError as error:
            raise _refused(folder, error) from error

    def save(self, suffix: str, write: Callable[[BinaryIO], None], batch: int = 0) -> str:
        """Write a file under the next free number; its name. `%batch_num%` in the stem becomes `batch`.

        The file appears whole or not at all, and is on the disk when this returns; other processes may number files in
        the same folder meanwhile. ImagingError if it cannot be written.
        """
        stem = self.stem.replace("%batch_num%", str(batch))
        try:
            with part_file(self.folder) as (file, part):
                write(file)
                file.flush()
                os.fsync(file.fileno())
                file.close()
                while True:
                    self.counter = self.free(self.folder, stem, self.counter)
                    name = f"{stem}_{self.counter:05}_{suffix}"
                    self.counter += 1
                    if _claim(part, self.folder / name):
                        _sync_folder(self.folder)
                        return name
        except OSError as error:
            raise _refused(self.folder / f"{stem}_{self.counter:05}_{suffix}", error) from error


def _refused(path: Path, error: OSError) -> ImagingError:
    return ImagingError(
        f"Cannot write {path}: {error.strerror or error}. Check the free space and the rights of the folder, "
        "or choose another file name prefix."
    )


def _last_number(folder: Path, stem: str) -> int:
    pattern = re.compile(re.escape(os.path.normcase(stem)) + r"_(\d+)_")
    with os.scandir(folder) as entries:
        matches = (pattern.match(os.path.normcase(entry.name)) for entry in entries)
        return max((int(match[1]) for match in matches if match), default=0)


def _claim(part: Path, target: Path) -> bool:
    """Give the finished file its name, unless that is taken."""
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _claim_without_links(part, target)
    return True


def _claim_without_links(part: Path, target: Path) -> bool:
    """For file systems without hard links: an empty file takes the name, then the finished one takes its place."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    os.replace(part, target)
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
