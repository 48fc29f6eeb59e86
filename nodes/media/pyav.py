"""PyAV, which an extra brings: its wheels hold FFmpeg with codecs of other licences than ours."""

from __future__ import annotations

from graphcore.extras import install
from nodes.media.audio import MediaError

try:
    import av
    import av.container
    import av.error
except ModuleNotFoundError as error:
    raise MediaError(f"Sound and video need PyAV: {install('media')}.") from error

__all__ = ["av"]
