"""The files of clients where they lie in a store: this process has copies of them."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

from graphcore.folders import Folders
from server.sharing.mirror import Mirror
from server.storage import BadName, Storage, candidates, inside


class SharedStorage(Storage):
    """A `Storage` whose folders are those of a mirror, in `copies`. Its methods wait for the store, and raise
    StoreFailed.
    """

    def __init__(
        self,
        folders: Folders,
        mirror: Mirror,
        user: str = "",
        *,
        copies: tempfile.TemporaryDirectory[str],
    ):
        super().__init__(folders, user)
        self.mirror, self._copies = mirror, copies

    def open(self) -> None:
        """See that the store can be used. UserError if it cannot."""
        self.mirror.store.check()

    def close(self) -> None:
        """Let go of the copies."""
        self._copies.cleanup()

    def of(self, user: str | None) -> Storage:
        """The files of a user alone; of everybody without one."""
        return SharedStorage(self.folders, self.mirror, user, copies=self._copies) if user else self

    def viewed(self, filename: str, area: str, subfolder: str) -> Path:
        """The path that `/view` means, with what the store has under that name."""
        path = super().viewed(filename, area, subfolder)
        self.mirror.trim()
        self.mirror.bring(path)
        return path

    def upload_folder(self, area: str, subfolder: str) -> Path:
        """The folder that an upload goes to. BadName where the store has a file of its name, or of one on the way."""
        way = PurePosixPath(self.mirror.name_of(inside(self.area(area), subfolder)) or "")
        for folder in [way, *way.parents][:-2]:  # below the area
            if self.mirror.store.find(str(folder)) is not None:
                raise BadName(f"'{folder.name}' is a file, so nothing can be put into it; choose another folder.")
        return super().upload_folder(area, subfolder)

    def listed(self, area: str) -> list[str]:
        """The names of the files of an area's top level, newest first."""
        prefix = f"{self.mirror.name_of(self.area(area))}/"
        names = self.mirror.store.names(prefix.rstrip("/"))
        mine = [name for name in names if "/" not in name.removeprefix(prefix)]
        return [name.removeprefix(prefix) for name in sorted(mine, key=names.__getitem__, reverse=True)]

    def _settle(self, part: Path, target: Path, overwrite: bool) -> str | None:
        """Put an upload into the store, and then into its place here."""
        store = self.mirror.store
        if store.is_folder(self.mirror.name_of(target) or ""):
            raise BadName(f"'{target.name}' is a folder; choose another name.")
        content = self.mirror.digests.of(part)
        self.mirror.digests.forget(part)  # which goes, whatever comes of it
        store.put(part, content, self.mirror.name_of(target) or "")
        for candidate in candidates(target):
            name = self.mirror.name_of(candidate)
            assert name is not None
            if overwrite:
                store.name(name, content)
            if overwrite or store.take(name, content) or store.find(name) == content:
                self.mirror.place(part, candidate, content)
                return candidate.name
        return None
