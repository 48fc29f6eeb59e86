"""What a worker is told when it starts, and how long it may take over things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from graphcore.folders import Folders
from graphcore.plugins import with_shipped_models
from server.workers.areas import UserFolders


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Where files are (see `graphcore.Folders`), which packs to load, and what to send.

    `packs`: 'module:attribute' of packs beside the installed ones. `installed`: whether those are loaded at all.
    `only_packs`: names of the packs in `custom_nodes/` that are loaded, None for all. `several`: whether users have
    areas of their own. `preview_size`: longest side of a preview in pixels. `beat`: seconds between heartbeats.
    `reload`: whether packs are loaded anew when their files change. `log_format`: text or json. `files`: the store that
    files are passed on through, of which each worker has copies in folders of its own; '' where all share folders.
    `environment`: variables that the process gets beside those of the server, such as the one that picks a device.
    """

    base: str = "."
    models: Sequence[str] = ()
    model_paths: Sequence[str] = ()
    input: str | None = None
    output: str | None = None
    temp: str | None = None
    user: str | None = None
    packs: Sequence[str] = ()
    installed: bool = True
    only_packs: Sequence[str] | None = None
    metadata: bool = True
    several: bool = False
    preview_size: int = 512
    beat: float = 1.0
    reload: bool = False
    log_format: str = "text"
    files: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def folders(self) -> Folders:
        """The folders that are meant."""
        found = (UserFolders if self.several else Folders)(
            self.base, models=self.models, input=self.input, output=self.output, temp=self.temp, user=self.user
        )
        found.only_packs = None if self.only_packs is None else frozenset(self.only_packs)
        for file in self.model_paths:
            found.load_yaml(file)
        return with_shipped_models(found) if self.installed else found

    def with_areas_below(self, root: Path) -> WorkerSettings:
        """These settings with input, output and temp folders of their own."""
        return replace(self, input=str(root / "input"), output=str(root / "output"), temp=str(root / "temp"))

    def document(self) -> dict[str, Any]:
        """The settings as JSON has them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: `start` until a worker must be ready; `silence` without any sign of life; `stall` of a job that says
    nothing (None: however long); `grace` for a job to stop after it was asked; `answer` for a question.

    `memory`: bytes of main memory that a worker may hold (None: all).
    """

    start: float = 300.0
    silence: float = 20.0
    stall: float | None = 3600.0
    grace: float = 10.0
    answer: float = 60.0
    memory: int | None = None
