"""What the modules that packs import know of the program around them: the folders, and the nodes of other packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.calls import CURRENT
from graphcore.folders import Folders
from graphcore.job import Run
from graphcore.node import NodeSpec


@dataclass(slots=True)
class Installation:
    """`native` holds the nodes that are written for Graphcore itself."""

    folders: Folders = field(default_factory=Folders)
    native: Mapping[str, NodeSpec] = field(default_factory=dict)


current = Installation()


def bind(folders: Folders, native: Mapping[str, NodeSpec]) -> None:
    """Say what there is. A process has one installation at a time, as packs keep its paths in their modules."""
    current.folders, current.native = folders, native


def calling() -> Run:
    """A run for code that was handed none: that of the node which is being called, else one that reports to nobody."""
    run: Run | None = CURRENT.get()
    return Run.silent(current.folders) if run is None else Run(run.job, run.node, run.call)


def job_value(name: str) -> Any:
    """An attribute of the job that runs now; None if none does."""
    run = CURRENT.get()
    return None if run is None else getattr(run.job, name)
