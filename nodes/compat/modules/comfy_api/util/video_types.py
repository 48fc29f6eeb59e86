"""`comfy_api.util.video_types`."""

from nodes.compat.handles.video import VideoCodec, VideoContainer
from nodes.media.video import VideoComponents

__all__ = ["VideoCodec", "VideoComponents", "VideoContainer"]
