"""What is known about node types: a reading of a catalogue in the shape of `/object_info`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.migrate import as_version
from graphcore.workflow.jsontext import parse
from graphcore.workflow.slottypes import wire_type

_UPLOAD_FLAGS = ("image_upload", "video_upload", "animated_image_upload")
_AUDIO_PLAYERS = frozenset({"LoadAudio", "SaveAudio", "PreviewAudio", "SaveAudioMP3", "SaveAudioOpus"})
_PREVIEWS_3D = {"SaveGLB": "PREVIEW_3D", "Preview3D": "PREVIEW_3D", "Preview3DAnimation": "PREVIEW_3D_ANIMATION"}
_EDITOR_TITLES = {
    "ImageBlend": "Image Blend",
    "ImageBlur": "Image Blur",
    "ImageQuantize": "Image Quantize",
    "ImageScaleToTotalPixels": "Scale Image to Total Pixels",
    "ImageSharpen": "Image Sharpen",
}
"""English titles that the stock editor brings itself for nodes whose catalogue entry has none."""
_WIDGET_TYPES = frozenset(
    [
        "INT",
        "FLOAT",
        "BOOLEAN",
        "STRING",
        "COMBO",
        "MARKDOWN",
        "IMAGEUPLOAD",
        "FILEUPLOAD",
        "COLOR",
        "IMAGECOMPARE",
        "TREESELECT",
        "MULTISELECT",
        "CHART",
        "GALLERIA",
        "SELECTBUTTON",
        "TEXTAREA",
        "AUDIO_UI",
        "AUDIOUPLOAD",
        "WEBCAM",
        "LOAD_3D",
        "LOAD_3D_ANIMATION",
        "PREVIEW_3D",
        "PREVIEW_3D_ANIMATION",
        "BOUNDING_BOX",
        "PAINTER",
        "CURVE",
        "RANGE",
        "COLORS",
        "COMFY_DYNAMICCOMBO_V3",
    ]
)
"""Input types that editors draw a widget for; every other type is a socket only."""


@dataclass(frozen=True, slots=True)
class Input:
    """One declared input. `type` is the wire type (COMBO for choices); `choices` is None where there are none."""

    name: str
    type: str
    options: Mapping[str, Any]
    choices: Sequence[Any] | None = None
    required: bool = True

    @property
    def widget_type(self) -> str:
        """The kind of widget that edits this input; empty for a plain socket."""
        type = self.options.get("widgetType") or self.type
        return type if type in _WIDGET_TYPES and not self.options.get("forceInput") else ""


@dataclass(frozen=True, slots=True)
class NodeType:
    """One node type: `inputs` in the order in which the editor draws them, button inputs of editors included.

    `version`: that of the node, raised by its author when its inputs change meaning.
    """

    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...]
    is_output: bool = False
    version: int = 1


class Catalogue:
    """Node types by class name; entries are read when first asked for and kept."""

    def __init__(self, object_info: Mapping[str, Any]):
        self._entries = object_info
        self._types: dict[str, NodeType | None] = {}

    def get(self, name: str) -> NodeType | None:
        """The node type called `name`, or None."""
        if name not in self._types:
            entry = self._entries.get(name)
            self._types[name] = read_node_type(name, entry) if isinstance(entry, Mapping) else None
        return self._types[name]

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __bool__(self) -> bool:
        return bool(self._entries)


def as_catalogue(catalogue: Mapping[str, Any] | Catalogue | None) -> Catalogue:
    """A catalogue from what callers have at hand: the mapping itself, a reading of it, or nothing."""
    return catalogue if isinstance(catalogue, Catalogue) else Catalogue(catalogue or {})


def read_catalogue(text: bytes) -> Mapping[str, Any]:
    """The catalogue of another server, saved from its `/object_info`. Raises WorkflowError when it is none."""
    entries = parse(text)
    if not isinstance(entries, dict) or not any(isinstance(e, dict) and "input" in e for e in entries.values()):
        raise WorkflowError("This is not a node catalogue; save the reply of a server's /object_info and name that.")
    return entries


def read_node_type(name: str, entry: Mapping[str, Any]) -> NodeType:
    """One entry of `/object_info` as a NodeType. Parts that are malformed are left out."""
    declared = _mapping(entry.get("input"))
    required = dict(_mapping(declared.get("required")))
    optional = _mapping(declared.get("optional"))
    required.update(_editor_inputs(name, required))
    read = {key: read_input(key, spec, required=False) for key, spec in optional.items()}
    read |= {key: read_input(key, spec) for key, spec in required.items()}
    outputs = tuple(wire_type(type) for type in _sequence(entry.get("output")))
    names = [str(label) for label in _sequence(entry.get("output_name"))]
    return NodeType(
        name=name,
        title=_title(name, entry.get("display_name")),
        inputs=tuple(read[key] for key in _drawing_order(required, optional, _mapping(entry.get("input_order")))),
        outputs=outputs,
        output_names=tuple(names[i] if i < len(names) else type for i, type in enumerate(outputs)),
        is_output=bool(entry.get("output_node")),
        version=as_version(entry.get("node_version")) or 1,
    )


def read_input(name: str, spec: Any, *, required: bool = True) -> Input:
    """One input declaration `[type, options]`, where a list as type means a choice."""
    parts = list(spec) if isinstance(spec, (list, tuple)) else [spec]
    type = parts[0] if parts else "*"
    options = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else {}
    choices = type if isinstance(type, (list, tuple)) else options.get("options")
    return Input(name, wire_type(type), options, choices if isinstance(choices, (list, tuple)) else None, required)


def _title(name: str, declared: Any) -> str:
    return str(declared) if declared and declared != name else _EDITOR_TITLES.get(name, name)


def _drawing_order(required: Mapping[str, Any], optional: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[str]:
    everything = dict.fromkeys([*required, *optional])
    listed = [*_sequence(order.get("required")), *_sequence(order.get("optional"))]
    for key in dict.fromkeys([key for key in listed if isinstance(key, str)]):
        if key in everything:
            del everything[key]
            yield key
    yield from everything


def _editor_inputs(name: str, required: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that the stock editor's own extensions add: upload buttons, audio players and 3D views."""
    added: dict[str, Any] = {"image": [_PREVIEWS_3D[name], {}]} if name in _PREVIEWS_3D else {}
    if name in _AUDIO_PLAYERS:
        added["audioUI"] = ["AUDIO_UI", {}]
    inputs = [read_input(key, spec) for key, spec in required.items()]
    if any(i.type == "COMBO" and any(i.options.get(flag) is True for flag in _UPLOAD_FLAGS) for i in inputs):
        added["upload"] = ["IMAGEUPLOAD", {}]
    if any(i.name == "audio" and i.options.get("audio_upload") for i in inputs):
        added["upload"] = ["AUDIOUPLOAD", {}]
    return added


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()
