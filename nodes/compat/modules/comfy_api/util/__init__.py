"""`comfy_api.util`: what videos are made of, and how they are stored."""

from nodes.compat.handles.video import VideoCodec, VideoContainer
from nodes.media.video import VideoComponents

__all__ = ["VideoCodec", "VideoComponents", "VideoContainer"]
