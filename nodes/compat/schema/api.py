"""`ComfyAPI`: what schema-style nodes may ask of the program."""

from __future__ import annotations

from typing import Any

from graphcore.job import Run
from nodes.compat import installation


class Execution:
    """About the run."""

    async def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Say how far a node is (the one that is being called), with a picture: Pillow's, or [1,H,W,C]."""
        _set_progress(value, max_value, node_id, preview_image, ignore_size_limit)


class ExecutionSync:
    """The same without awaiting."""

    def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Say how far a node is."""
        _set_progress(value, max_value, node_id, preview_image, ignore_size_limit)


def _set_progress(value: float, max_value: float, node_id: str | None, preview_image: Any, whole: bool) -> None:
    calling = installation.calling()
    run = Run(calling.job, node_id or calling.node, calling.call)
    run.progress(value, max_value)
    if preview_image is not None:
        if hasattr(preview_image, "ndim"):
            from nodes.imaging.save import to_picture

            preview_image = to_picture(preview_image[0] if preview_image.ndim == 4 else preview_image)
        run.preview(("JPEG", preview_image, None) if whole else preview_image)


class ComfyAPI:
    """`await ComfyAPI().execution.set_progress(...)`."""

    VERSION = "latest"
    STABLE = False

    def __init__(self) -> None:
        self.execution = Execution()


class ComfyAPISync:
    """`ComfyAPISync().execution.set_progress(...)`."""

    VERSION = "latest"
    STABLE = False

    def __init__(self) -> None:
        self.execution = ExecutionSync()
