"""PyAV, which an extra brings: its wheels hold FFmpeg with codecs of other licences than ours."""

from __future__ import annotations

from nodes.media.audio import MediaError

try:
    import av
    import av.container
    import av.error
except ModuleNotFoundError as error:
    raise MediaError("Sound and video need PyAV; install it with: pip install 'graphcore[media]'.") from error

__all__ = ["av"]
