"""The wire types of the schema style that only travel by wire, unions of them, and types that packs invent."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from graphcore.sockets import ANY
from nodes.compat.schema.sockets import ComfyType, Input, WidgetInput, comfytype, complete, socket_type

Image = socket_type("IMAGE", "Image")
Mask = socket_type("MASK", "Mask")
Latent = socket_type("LATENT", "Latent")
Conditioning = socket_type("CONDITIONING", "Conditioning")
Sampler = socket_type("SAMPLER", "Sampler")
Sigmas = socket_type("SIGMAS", "Sigmas")
Noise = socket_type("NOISE", "Noise")
Guider = socket_type("GUIDER", "Guider")
Clip = socket_type("CLIP", "Clip")
ControlNet = socket_type("CONTROL_NET", "ControlNet")
Vae = socket_type("VAE", "Vae")
Model = socket_type("MODEL", "Model")
ModelPatch = socket_type("MODEL_PATCH", "ModelPatch")
AudioEncoder = socket_type("AUDIO_ENCODER", "AudioEncoder")
AudioEncoderOutput = socket_type("AUDIO_ENCODER_OUTPUT", "AudioEncoderOutput")
ClipVision = socket_type("CLIP_VISION", "ClipVision")
ClipVisionOutput = socket_type("CLIP_VISION_OUTPUT", "ClipVisionOutput")
StyleModel = socket_type("STYLE_MODEL", "StyleModel")
Gligen = socket_type("GLIGEN", "Gligen")
UpscaleModel = socket_type("UPSCALE_MODEL", "UpscaleModel")
Audio = socket_type("AUDIO", "Audio")
Video = socket_type("VIDEO", "Video")
SVG = socket_type("SVG", "SVG")
LoraModel = socket_type("LORA_MODEL", "LoraModel")
LossMap = socket_type("LOSS_MAP", "LossMap")
Voxel = socket_type("VOXEL", "Voxel")
Mesh = socket_type("MESH", "Mesh")
Hooks = socket_type("HOOKS", "Hooks")
HookKeyframes = socket_type("HOOK_KEYFRAMES", "HookKeyframes")
TimestepsRange = socket_type("TIMESTEPS_RANGE", "TimestepsRange")
LatentOperation = socket_type("LATENT_OPERATION", "LatentOperation")
FlowControl = socket_type("FLOW_CONTROL", "FlowControl")
Accumulation = socket_type("ACCUMULATION", "Accumulation")
Load3D = socket_type("LOAD_3D", "Load3D")
Load3DAnimation = socket_type("LOAD_3D_ANIMATION", "Load3DAnimation")
Load3DCamera = socket_type("LOAD3D_CAMERA", "Load3DCamera")
Photomaker = socket_type("PHOTOMAKER", "Photomaker")
Point = socket_type("POINT", "Point")
FaceAnalysis = socket_type("FACE_ANALYSIS", "FaceAnalysis")
BBOX = socket_type("BBOX", "BBOX")
SEGS = socket_type("SEGS", "SEGS")
AnyType = complete(type("AnyType", (ComfyType,), {}), ANY)


@comfytype("WEBCAM")
class Webcam(ComfyType):
    """A picture taken in the browser; entered in a widget."""

    Type = str

    class Input(WidgetInput):
        """No options of its own."""


def Custom(io_type: str) -> type[Any]:  # noqa: N802 - the field's own name
    """The class of a wire type that a pack invents: `io.Custom("FILM").Input("film")`."""
    return socket_type(io_type)


@comfytype("COMFY_MULTITYPED_V3")
class MultiType(ComfyType):
    """An input that takes any of several types."""

    class Input(Input):
        """`id` is a name, or an input whose widget and options are taken over; `types` are type classes."""

        def __init__(
            self,
            id: Any,
            types: Sequence[type[Any]],
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            extra_dict: dict[str, Any] | None = None,
            **more: Any,
        ):
            self.input_override: Any = None if isinstance(id, str) else copy(id)
            name = id if isinstance(id, str) else id.id
            if self.input_override is not None:
                display_name = display_name if display_name is not None else id.display_name
                optional, tooltip = optional or id.optional, tooltip if tooltip is not None else id.tooltip
            super().__init__(name, display_name, optional, tooltip, extra_dict=extra_dict, **more)
            self.types = list(types)

        def get_io_type(self) -> str:
            first = [] if self.input_override is None else [self.input_override.get_io_type()]
            return ",".join(dict.fromkeys([*first, *(kind.io_type for kind in self.types)]))

        def as_dict(self) -> dict[str, Any]:
            own: dict[str, Any] = super().as_dict()
            if self.input_override is None:
                return own
            widget = self.input_override.io_type
            return {"widgetType": widget, **self.input_override.as_dict(), **own}
