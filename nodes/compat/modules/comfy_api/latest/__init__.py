"""`comfy_api.latest`."""

from types import SimpleNamespace

from nodes.compat.schema import io, ui
from nodes.compat.schema.api import ComfyAPI, ComfyAPISync
from nodes.compat.schema.extension import ComfyExtension
from nodes.compat.stubs import stub

IO, UI = io, ui


class Input:
    """What travels on wires, for annotations."""

    Image = Mask = Latent = object
    Audio = stub("comfy_api.latest.Input.Audio")
    Video = stub("comfy_api.latest.Input.Video")


InputImpl = SimpleNamespace(
    VideoFromFile=stub("comfy_api.latest.InputImpl.VideoFromFile"),
    VideoFromComponents=stub("comfy_api.latest.InputImpl.VideoFromComponents"),
)
Types = SimpleNamespace(
    VideoCodec=stub("comfy_api.latest.Types.VideoCodec"),
    VideoContainer=stub("comfy_api.latest.Types.VideoContainer"),
    VideoComponents=stub("comfy_api.latest.Types.VideoComponents"),
)

__all__ = ["IO", "UI", "ComfyAPI", "ComfyAPISync", "ComfyExtension", "Input", "InputImpl", "Types", "io", "ui"]
