"""`comfy_api.latest`."""

from __future__ import annotations

import importlib
from typing import Any

from nodes.compat.schema import io, ui
from nodes.compat.schema.api import ComfyAPI, ComfyAPISync
from nodes.compat.schema.extension import ComfyExtension
from nodes.compat.stubs import missing

IO, UI = io, ui


_INPUT_IMPL = "nodes.compat.modules.comfy_api.latest._input_impl.video_types"
_UTIL = "nodes.compat.modules.comfy_api.latest._util.video_types"


class _Later:
    """Names that are imported when they are asked for: most packs have no video, and its library takes long."""

    def __init__(self, owner: str, **homes: str):
        self._owner, self._homes = f"comfy_api.latest.{owner}", homes

    def __getattr__(self, name: str) -> Any:
        if name not in self.__dict__.get("_homes", {}):
            return missing(self.__dict__.get("_owner", "comfy_api.latest"), name)
        found = getattr(importlib.import_module(self._homes[name]), name)
        setattr(self, name, found)
        return found


class Input:
    """What travels on wires, for annotations."""

    Image = Mask = Latent = Audio = Video = object


InputImpl = _Later("InputImpl", VideoFromFile=_INPUT_IMPL, VideoFromComponents=_INPUT_IMPL)
Types = _Later("Types", VideoCodec=_UTIL, VideoContainer=_UTIL, VideoComponents=_UTIL)

__all__ = ["IO", "UI", "ComfyAPI", "ComfyAPISync", "ComfyExtension", "Input", "InputImpl", "Types", "io", "ui"]
