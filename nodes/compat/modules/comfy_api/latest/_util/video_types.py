"""What videos are made of, and how they are stored."""

from __future__ import annotations

from nodes.compat.handles.video import VideoCodec, VideoContainer
from nodes.media.video import VideoComponents

__all__ = ["VideoCodec", "VideoComponents", "VideoContainer"]
