"""`comfy_api.input_impl.video_types`."""

from nodes.compat.handles.video import VideoFromComponents, VideoFromFile

__all__ = ["VideoFromComponents", "VideoFromFile"]
