"""Everything that `comfy_api.latest.io` offers, under the names that packs use.

A wire type that newer versions of the reference have is made up when it is asked for: its inputs take any options, its
values are passed on as they are. Who is prepared not to find it is told the truth.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from nodes.compat import asking
from nodes.compat.schema.comfy_node import ComfyNode, classproperty
from nodes.compat.schema.dynamic import Autogrow, DynamicCombo, MatchType
from nodes.compat.schema.hidden import Hidden, HiddenHolder
from nodes.compat.schema.node_output import NodeOutput
from nodes.compat.schema.options import ControlAfterGenerate, FolderType, NumberDisplay, RemoteOptions, UploadType
from nodes.compat.schema.schema import Schema
from nodes.compat.schema.sockets import ComfyType, Input, Output, WidgetInput, comfytype, complete
from nodes.compat.schema.types import (
    BBOX,
    SEGS,
    SVG,
    Accumulation,
    AnyType,
    Audio,
    AudioEncoder,
    AudioEncoderOutput,
    Clip,
    ClipVision,
    ClipVisionOutput,
    Conditioning,
    ControlNet,
    Custom,
    FaceAnalysis,
    FlowControl,
    Gligen,
    Guider,
    HookKeyframes,
    Hooks,
    Image,
    Latent,
    LatentOperation,
    Load3D,
    Load3DAnimation,
    Load3DCamera,
    LoraModel,
    LossMap,
    Mask,
    Mesh,
    Model,
    ModelPatch,
    MultiType,
    Noise,
    Photomaker,
    Point,
    Sampler,
    Sigmas,
    StyleModel,
    TimestepsRange,
    UpscaleModel,
    Vae,
    Video,
    Voxel,
    Webcam,
)
from nodes.compat.schema.widgets import Boolean, Combo, Float, Int, MultiCombo, String

ComfyTypeI = ComfyTypeIO = ComfyType


def __getattr__(name: str) -> Any:
    if not re.fullmatch(r"[A-Z]\w*", name) or asking.reads_carefully(sys._getframe(1)):
        raise AttributeError(f"module 'comfy_api.latest.io' has no attribute '{name}'")
    wire = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
    kind = globals()[name] = complete(type(name, (ComfyType,), {"Input": type("Input", (WidgetInput,), {})}), wire)
    return kind


__all__ = [
    "BBOX",
    "SEGS",
    "SVG",
    "Accumulation",
    "AnyType",
    "Audio",
    "AudioEncoder",
    "AudioEncoderOutput",
    "Autogrow",
    "Boolean",
    "Clip",
    "ClipVision",
    "ClipVisionOutput",
    "Combo",
    "ComfyNode",
    "ComfyType",
    "ComfyTypeI",
    "ComfyTypeIO",
    "Conditioning",
    "ControlAfterGenerate",
    "ControlNet",
    "Custom",
    "DynamicCombo",
    "FaceAnalysis",
    "Float",
    "FlowControl",
    "FolderType",
    "Gligen",
    "Guider",
    "Hidden",
    "HiddenHolder",
    "HookKeyframes",
    "Hooks",
    "Image",
    "Input",
    "Int",
    "Latent",
    "LatentOperation",
    "Load3D",
    "Load3DAnimation",
    "Load3DCamera",
    "LoraModel",
    "LossMap",
    "Mask",
    "MatchType",
    "Mesh",
    "Model",
    "ModelPatch",
    "MultiCombo",
    "MultiType",
    "NodeOutput",
    "Noise",
    "NumberDisplay",
    "Output",
    "Photomaker",
    "Point",
    "RemoteOptions",
    "Sampler",
    "Schema",
    "Sigmas",
    "String",
    "StyleModel",
    "TimestepsRange",
    "UploadType",
    "UpscaleModel",
    "Vae",
    "Video",
    "Voxel",
    "Webcam",
    "WidgetInput",
    "classproperty",
    "comfytype",
]
