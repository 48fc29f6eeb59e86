"""Running a sweep: the workflow at each of its points, and the sheet that shows them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from graphcore.catalogue import Catalogue
from graphcore.contact_sheet import contact_sheet, save_numbered
from graphcore.engine import Result
from graphcore.errors import UserError
from graphcore.folders import Folders
from graphcore.node import NodeSpec
from graphcore.overrides import override
from graphcore.prepare import Prepared
from graphcore.shown import files_of
from graphcore.sweep import Point, Sweep, with_suffix
from graphcore.workflow import Workflow

PICTURES = frozenset({".png", ".webp", ".jpg", ".jpeg", ".avif"})


def at_point(prepared: Prepared, point: Point, registry: Mapping[str, NodeSpec], folders: Folders) -> Prepared:
    """The workflow with the point's values put in, its files named by them, its pictures carrying them."""
    if not point.values:
        return prepared
    prompt = override(prepared.prompt, registry, point.values)
    extra = dict(prepared.extra)
    if "workflow" in extra:
        document = Workflow.load(extra["workflow"])
        extra["workflow"] = document.with_values(Catalogue(registry, folders), prompt).document
    return replace(prepared, prompt=with_suffix(prompt, point.suffix), extra=extra)


def save_sheet(sweep: Sweep, results: Sequence[Result], folders: Folders, name: str) -> Path:
    """Save the labelled contact sheet of a finished sweep in the output folder: the first picture of every run.

    UserError if no run made a picture.
    """
    shown = [
        (file, point.label)
        for point, result in zip(sweep.points, results, strict=True)
        for file in [file for file in files_of(result, folders) if file.suffix.lower() in PICTURES][:1]
    ]
    if not shown:
        raise UserError("The sweep ran, but made no pictures, so there is no contact sheet; add a SaveImage node.")
    files, labels = zip(*shown, strict=True)
    return save_numbered(contact_sheet(files, labels, sweep.columns), folders.output, f"{name}_sheet")
