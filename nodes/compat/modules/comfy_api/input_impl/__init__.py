"""`comfy_api.input_impl`: videos as packs make them."""

from nodes.compat.handles.video import VideoFromComponents, VideoFromFile

__all__ = ["VideoFromComponents", "VideoFromFile"]
