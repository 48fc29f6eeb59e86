"""`ComfyExtension`: what a pack's `comfy_entrypoint` returns."""

from __future__ import annotations

from typing import Any


class ComfyExtension:
    """A pack's nodes, as a list of classes."""

    async def on_load(self) -> None:
        """Called once, before the list is asked for."""

    async def get_node_list(self) -> list[type[Any]]:
        """The node classes."""
        raise NotImplementedError(f"{type(self).__name__} has no get_node_list; return a list of io.ComfyNode classes.")
