"""`comfy.comfy_types.node_typing`: wire types by name, and the shape of a V1 class."""

from __future__ import annotations

from abc import ABC
from enum import StrEnum
from typing import Any, ClassVar, TypedDict


class IO(StrEnum):
    """Wire types. ANY equals every type, as packs compare them with `!=`."""

    STRING = "STRING"
    IMAGE = "IMAGE"
    MASK = "MASK"
    LATENT = "LATENT"
    BOOLEAN = "BOOLEAN"
    INT = "INT"
    FLOAT = "FLOAT"
    COMBO = "COMBO"
    CONDITIONING = "CONDITIONING"
    SAMPLER = "SAMPLER"
    SIGMAS = "SIGMAS"
    GUIDER = "GUIDER"
    NOISE = "NOISE"
    CLIP = "CLIP"
    CONTROL_NET = "CONTROL_NET"
    VAE = "VAE"
    MODEL = "MODEL"
    CLIP_VISION = "CLIP_VISION"
    CLIP_VISION_OUTPUT = "CLIP_VISION_OUTPUT"
    STYLE_MODEL = "STYLE_MODEL"
    GLIGEN = "GLIGEN"
    UPSCALE_MODEL = "UPSCALE_MODEL"
    AUDIO = "AUDIO"
    WEBCAM = "WEBCAM"
    POINT = "POINT"
    FACE_ANALYSIS = "FACE_ANALYSIS"
    BBOX = "BBOX"
    SEGS = "SEGS"
    VIDEO = "VIDEO"
    ANY = "*"
    NUMBER = "FLOAT,INT"
    PRIMITIVE = "STRING,FLOAT,INT,BOOLEAN"

    def __ne__(self, other: object) -> bool:
        if not isinstance(other, str):
            return True
        if "*" in (self.value, str.__str__(other)):
            return False
        mine, theirs = set(self.value.split(",")), set(str.__str__(other).split(","))
        return not (theirs <= mine)

    __hash__ = StrEnum.__hash__


class InputTypeOptions(TypedDict, total=False):
    """The options of an input; any other key is allowed too."""

    default: Any
    tooltip: str
    lazy: bool
    forceInput: bool
    min: float
    max: float
    step: float
    multiline: bool


class HiddenInputTypeDict(TypedDict, total=False):
    """Hidden inputs."""

    prompt: str
    extra_pnginfo: str
    unique_id: str


class InputTypeDict(TypedDict, total=False):
    """What INPUT_TYPES returns."""

    required: dict[str, Any]
    optional: dict[str, Any]
    hidden: HiddenInputTypeDict


class FileLocator(TypedDict):
    """A file as clients are told of it."""

    filename: str
    subfolder: str
    type: str


class ComfyNodeABC(ABC):
    """A V1 class; nothing has to be overridden."""

    DESCRIPTION: ClassVar[str]
    CATEGORY: ClassVar[str]
    EXPERIMENTAL: ClassVar[bool]
    DEPRECATED: ClassVar[bool]
    API_NODE: ClassVar[bool | None]
    OUTPUT_NODE: ClassVar[bool]
    INPUT_IS_LIST: ClassVar[bool]
    OUTPUT_IS_LIST: ClassVar[tuple[bool, ...]]
    RETURN_TYPES: ClassVar[tuple[Any, ...]]
    RETURN_NAMES: ClassVar[tuple[str, ...]]
    OUTPUT_TOOLTIPS: ClassVar[tuple[str, ...]]
    FUNCTION: ClassVar[str]

    @classmethod
    def INPUT_TYPES(cls) -> Any:  # noqa: N802
        """The inputs."""
        return {"required": {}}


class CheckLazyMixin:
    """Asks for every lazy input that is not there yet."""

    def check_lazy_status(self, **kwargs: Any) -> list[str]:
        """The names of the inputs that are None."""
        return [name for name, value in kwargs.items() if value is None]
