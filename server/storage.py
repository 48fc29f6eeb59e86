"""Names to paths, and uploads to files. Nothing else in the server turns what a client says into a path."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from graphcore.errors import UserError
from graphcore.folders import AREAS, Folders, is_device
from server.atomic import PART, unfinished
from server.workers.areas import place

UPLOADABLE = ("input", "temp")  # what is in output/ was made by jobs, whose records say what it holds
LONGEST = 255  # bytes of one part of a path
COPIES = 100_000  # names that are tried for an upload


class BadName(UserError):
    """A name that is none, or leads somewhere else; answered with 400."""


class Escape(BadName):
    """A name that leads out of its folder; answered with 400 or 403, as the field has it."""


class Storage:
    """The files of clients, in the folders of one installation."""

    def __init__(self, folders: Folders, user: str = ""):
        self.folders, self._user = folders, user

    def of(self, user: str | None) -> Storage:
        """The files of a user alone; of everybody without one."""
        return Storage(self.folders, user) if user else self

    def area(self, name: str) -> Path:
        """The folder called input, output or temp. BadName for another."""
        if name not in AREAS:
            raise BadName(f"'{name}' is not a folder for files; use one of {', '.join(AREAS)}.")
        return place(self.folders.area(name), self._user)

    def viewed(self, filename: str, area: str, subfolder: str) -> Path:
        """The path that `/view` means, whether or not it is there. A path part of the file name is dropped."""
        area, filename = self.folders.split(filename, area)
        if not filename or filename.startswith("/") or ".." in filename:
            raise BadName("The file name is empty, begins with '/' or contains '..'.")
        root = self.area(area)
        folder = inside(root, subfolder) if subfolder else root
        return inside(root, str(PurePosixPath(folder.relative_to(root), _base(filename))))

    def upload_folder(self, area: str, subfolder: str) -> Path:
        """The folder that an upload goes to; it is made if need be."""
        if area not in UPLOADABLE:
            raise BadName(f"Files can be uploaded to {' or '.join(UPLOADABLE)}, not to '{area}'.")
        root = self.area(area)
        folder = inside(root, subfolder) if subfolder else root
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise BadName(f"'{subfolder}' is a file, so nothing can be put into it; choose another folder.") from None
        return folder

    def begin_upload(self, area: str = "input") -> Path:
        """A path to write an upload to until all of it is there."""
        root = self.area(area)
        root.mkdir(parents=True, exist_ok=True)
        return unfinished(root)

    def open(self) -> None:
        """Begin to keep files."""
        self.clear_unfinished()

    def close(self) -> None:
        """Nothing is left to do."""

    def clear_unfinished(self) -> None:
        """Remove what interrupted uploads left."""
        for area in UPLOADABLE:
            root = self.area(area)
            below = (path for path in root.glob("*") if path.is_dir() and not path.is_symlink())  # users' folders
            for part in [path for folder in (root, *below) for path in folder.glob(f"{PART}*")]:
                part.unlink(missing_ok=True)

    def settle(self, part: Path, folder: Path, filename: str, *, overwrite: bool) -> str:
        """Move an upload to its name, or to `name (1).ext` where that is taken by other content. Gives the name."""
        target = inside(folder, filename)
        if target.parent != folder:
            raise BadName("The file name should be no path; name the folder with 'subfolder'.")
        name = self._settle(part, target, overwrite)
        if name is None:
            raise BadName(f"There are too many files called '{filename}'; choose another name.")
        return name

    def _settle(self, part: Path, target: Path, overwrite: bool) -> str | None:
        if overwrite:
            os.replace(part, target)
            return target.name
        digest = _digest(part)
        for candidate in candidates(target):
            if _claim(candidate):
                _fill(candidate, part)
                return candidate.name
            if candidate.is_file() and _digest(candidate) == digest:
                return candidate.name
        return None

    def listed(self, area: str) -> list[str]:
        """The names of the files of an area's top level, newest first. BadName for what is no area."""
        root = self.area(area)
        found = [path for path in root.iterdir() if path.is_file()] if root.is_dir() else []
        shown = [path for path in found if not path.name.startswith(PART)]
        return [path.name for path in sorted(shown, key=lambda path: path.stat().st_mtime, reverse=True)]


def inside(root: Path, name: str) -> Path:
    """The path of a name below a folder. Escape if it leads out, links included; BadName if it cannot be a name."""
    text = name.replace("\\", "/")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/") or ".." in parts or any(":" in part for part in parts):
        raise Escape(f"'{name}' leads out of its folder; use a relative name without '..'.")
    if not all(_is_name(part) for part in parts):
        raise BadName(f"'{name}' cannot be the name of a file.")
    path = root.joinpath(*parts)
    base, real = root.resolve(), path.resolve()
    if real != base and base not in real.parents:
        raise Escape(f"'{name}' leads out of its folder through a link.")
    return path


def _is_name(part: str) -> bool:
    return part.isprintable() and len(os.fsencode(part)) <= LONGEST and not is_device(part)


def _base(filename: str) -> str:
    return filename.replace("\\", "/").rpartition("/")[2]


def candidates(target: Path) -> Iterator[Path]:
    """The places that an upload may go to, the one that was asked for first."""
    yield target
    for number in range(1, COPIES):
        yield target.with_name(f"{target.stem} ({number}){target.suffix}")


def _claim(path: Path) -> bool:
    """Make an empty file of that name, unless there is one: two uploads at once never take the same."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return False
    return True


def _fill(claimed: Path, part: Path) -> None:
    """Put an upload in the place of the empty file that holds its name, which is let go if that fails."""
    try:
        os.replace(part, claimed)
    except OSError:
        claimed.unlink(missing_ok=True)
        raise


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
