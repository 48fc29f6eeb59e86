"""Videos as packs make and read them."""

from __future__ import annotations

from nodes.compat.handles.video import VideoFromComponents, VideoFromFile

__all__ = ["VideoFromComponents", "VideoFromFile"]
