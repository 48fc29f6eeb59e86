"""Graphcore's own nodes as V1 classes, for packs that call them, derive from them or look them up."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from graphcore.catalogue import entry_of
from graphcore.node import Blocker, NodeSpec, Port
from nodes.compat import installation
from nodes.compat.handles.boundary import given, taken
from nodes.compat.schema.comfy_node import classproperty

# What packs call the method of a node, where they call it by name; `run` otherwise.
METHODS = {
    "CLIPLoader": "load_clip",
    "CLIPSetLastLayer": "set_last_layer",
    "CLIPTextEncode": "encode",
    "CheckpointLoaderSimple": "load_checkpoint",
    "ConditioningAverage": "addWeighted",
    "ConditioningCombine": "combine",
    "ConditioningConcat": "concat",
    "ConditioningSetMask": "append",
    "ConditioningSetTimestepRange": "set_range",
    "ConditioningZeroOut": "zero_out",
    "ControlNetApply": "apply_controlnet",
    "ControlNetApplyAdvanced": "apply_controlnet",
    "ControlNetLoader": "load_controlnet",
    "DualCLIPLoader": "load_clip",
    "EmptyLatentImage": "generate",
    "ImageBatch": "batch",
    "ImageScale": "upscale",
    "ImageScaleBy": "upscale",
    "InpaintModelConditioning": "encode",
    "KSampler": "sample",
    "KSamplerAdvanced": "sample",
    "LatentFromBatch": "frombatch",
    "LatentUpscaleBy": "upscale",
    "LoadImage": "load_image",
    "LoraLoader": "load_lora",
    "RepeatLatentBatch": "repeat",
    "SetLatentNoiseMask": "set_mask",
    "UNETLoader": "load_unet",
    "VAEDecode": "decode",
    "VAEDecodeTiled": "decode",
    "VAEEncode": "encode",
    "VAEEncodeForInpaint": "encode",
    "VAEEncodeTiled": "encode",
    "VAELoader": "load_vae",
}
# Wire type -> the class name of its values.
HANDLES = {"MODEL": "Model", "CLIP": "Clip", "VAE": "Vae", "CONTROL_NET": "ControlNet"}


def whole_cells(pixels: Any) -> Any:
    """Pictures [B,H,W,C] cut to multiples of 8 pixels around the centre."""
    for dim in (1, 2):
        size = pixels.shape[dim] // 8 * 8
        pixels = pixels.narrow(dim, pixels.shape[dim] % 8 // 2, size)
    return pixels


# Functions that packs call on a class beside its method.
HELPERS: dict[str, dict[str, Any]] = {"VAEEncode": {"vae_encode_crop_pixels": staticmethod(whole_cells)}}


class NativeNode:
    """The base of these classes. Everything is read off the node's spec when it is asked for.

    Whatever a method is called, it runs the node, for packs call them by many names. Arguments without a name go to
    the first free input of their type.
    """

    NATIVE_ID: ClassVar[str] = ""

    SPEC = classproperty(lambda cls: installation.current.native[cls.NATIVE_ID])
    CATEGORY = classproperty(lambda cls: cls.SPEC.category)
    DESCRIPTION = classproperty(lambda cls: cls.SPEC.description)
    OUTPUT_NODE = classproperty(lambda cls: cls.SPEC.output)
    RETURN_TYPES = classproperty(lambda cls: tuple(output.type for output in cls.SPEC.outputs))
    RETURN_NAMES = classproperty(lambda cls: tuple(output.name for output in cls.SPEC.outputs))
    OUTPUT_IS_LIST = classproperty(lambda cls: tuple(output.many for output in cls.SPEC.outputs))
    INPUT_IS_LIST = classproperty(lambda cls: cls.SPEC.gathers)
    DEPRECATED = classproperty(lambda cls: cls.SPEC.deprecated)
    EXPERIMENTAL = classproperty(lambda cls: cls.SPEC.experimental)
    FUNCTION: ClassVar[str] = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Any]]:  # noqa: N802
        """The inputs as a class declares them."""
        sections = entry_of(cls.SPEC, installation.current.folders)["input"]
        return {section: {name: tuple(row) for name, row in rows.items()} for section, rows in sections.items()}

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run the node here and now, as part of the node that is being called."""
        return call_native(type(self).SPEC, args, kwargs)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'")
        return self.run


def native_class(id: str) -> type[NativeNode]:
    """The class of a node of Graphcore's own."""
    method = METHODS.get(id, "run")

    def execute(self: NativeNode, *args: Any, **kwargs: Any) -> Any:
        return NativeNode.run(self, *args, **kwargs)

    execute.__name__ = method
    members = {"NATIVE_ID": id, "FUNCTION": method, method: execute, "__module__": "nodes"}
    return type(id, (NativeNode,), members | HELPERS.get(id, {}))


def call_native(spec: NodeSpec, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a node gives, in the form that node classes return: a tuple, or a dict if it shows something."""
    named = {name: taken(value) for name, value in kwargs.items() if name in spec.inputs}
    inputs = bound(spec.inputs, tuple(map(taken, args)), named)
    run = installation.calling()
    result = spec.call(inputs, run)
    if inspect.isawaitable(result):
        result = _waited(_as_coroutine(result))
    outcome = spec.outcome(result, run)
    values = tuple(outcome.values for _ in spec.outputs) if isinstance(outcome.values, Blocker) else outcome.values
    values = tuple(map(given, values))
    return {"ui": dict(outcome.ui), "result": values} if outcome.ui else values


def bound(ports: Mapping[str, Port], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs by name: each nameless argument goes to the first free input that its type fits, else simply the first."""
    inputs = dict(kwargs)
    for value in args:
        free = [port for port in ports.values() if port.name not in inputs]
        fitting = next((port for port in free if _fits(value, port)), free[0] if free else None)
        if fitting is None:
            raise TypeError(f"it takes {len(ports)} arguments: {', '.join(ports)}.")
        inputs[fitting.name] = value
    return inputs


def _fits(value: Any, port: Port) -> bool:
    kind = str(port.type)
    if kind in HANDLES:
        return any(HANDLES[kind] == base.__name__ for base in type(value).__mro__)
    if isinstance(value, bool):
        return kind in ("BOOLEAN", "INT")
    if isinstance(value, int):
        return kind in ("INT", "FLOAT")
    if isinstance(value, float):
        return kind == "FLOAT"
    if isinstance(value, str):
        return kind in ("STRING", "COMBO")
    if isinstance(value, dict):
        return kind not in ("IMAGE", "MASK", "CONDITIONING", "INT", "FLOAT", "STRING", "COMBO")
    if isinstance(value, list):
        return kind == "CONDITIONING"
    if hasattr(value, "ndim"):
        return kind in (("IMAGE", "MASK", "SIGMAS") if value.ndim != 4 else ("IMAGE",))
    return kind not in (
        "INT",
        "FLOAT",
        "STRING",
        "COMBO",
        "BOOLEAN",
        "LATENT",
        "IMAGE",
        "MASK",
        "CONDITIONING",
        *HANDLES,
    )


async def _as_coroutine(awaitable: Any) -> Any:
    return await awaitable


def _waited(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, for code that cannot await and may run inside an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
