"""Graphcore's own nodes as V1 classes, for packs that call them, derive from them or look them up."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from graphcore.catalogue import entry_of
from graphcore.node import Blocker, NodeSpec, Port
from nodes.compat import asking, installation
from nodes.compat.handles.boundary import given, taken
from nodes.compat.schema.comfy_node import classproperty
from nodes.compat.stubs import ProvidedType

# What packs call the method of a node, where they call it by name; `run` otherwise.
METHODS = {
    id: method
    for method, ids in {
        "addWeighted": "ConditioningAverage",
        "append": (
            "ConditioningSetArea ConditioningSetAreaPercentage ConditioningSetAreaStrength ConditioningSetMask "
            "FluxGuidance GLIGENTextBoxApply"
        ),
        "apply": "DifferentialDiffusion",
        "apply_adm": "unCLIPConditioning",
        "apply_controlnet": "ControlNetApply ControlNetApplyAdvanced",
        "apply_stylemodel": "StyleModelApply",
        "batch": "ImageBatch LatentBatch",
        "blend": "LatentBlend",
        "blend_images": "ImageBlend",
        "blur": "ImageBlur",
        "combine": "ConditioningCombine MaskComposite",
        "composite": "ImageCompositeMasked LatentComposite LatentCompositeMasked PorterDuffImageComposite",
        "concat": "ConditioningConcat",
        "crop": "CropMask ImageCrop LatentCrop",
        "decode": "VAEDecode VAEDecodeTiled",
        "detect_edge": "Canny",
        "encode": (
            "CLIPTextEncode CLIPTextEncodeFlux CLIPTextEncodeSDXL CLIPTextEncodeSDXLRefiner CLIPVisionEncode "
            "InpaintModelConditioning InstructPixToPixConditioning VAEEncode VAEEncodeForInpaint VAEEncodeTiled"
        ),
        "expand_image": "ImagePadForOutpaint",
        "expand_mask": "GrowMask",
        "feather": "FeatherMask",
        "flip": "LatentFlip",
        "frombatch": "LatentFromBatch",
        "generate": "EmptyLatentImage EmptySD3LatentImage",
        "get_guider": "BasicGuider CFGGuider DualCFGGuider",
        "get_noise": "DisableNoise RandomNoise",
        "get_sampler": "KSamplerSelect",
        "get_sigmas": "AlignYourStepsScheduler BasicScheduler FlipSigmas KarrasScheduler SplitSigmas",
        "image_to_mask": "ImageToMask ThresholdMask",
        "invert": "ImageInvert InvertMask",
        "join_images_with_alpha": "JoinImageWithAlpha",
        "load": "LoadLatent",
        "load_checkpoint": "CheckpointLoader CheckpointLoaderSimple DiffusersLoader unCLIPCheckpointLoader",
        "load_clip": "CLIPLoader CLIPVisionLoader DualCLIPLoader TripleCLIPLoader",
        "load_controlnet": "ControlNetLoader",
        "load_gligen": "GLIGENLoader",
        "load_hypernetwork": "HypernetworkLoader",
        "load_image": "LoadImage LoadImageMask",
        "load_lora": "LoraLoader",
        "load_lora_model_only": "LoraLoaderModelOnly",
        "load_model": "UpscaleModelLoader",
        "load_style_model": "StyleModelLoader",
        "load_unet": "UNETLoader",
        "load_vae": "VAELoader",
        "mask_to_image": "MaskToImage",
        "merge": "CLIPMergeSimple ModelMergeAdd ModelMergeBlocks ModelMergeSimple ModelMergeSubtract",
        "op": "LatentAdd LatentInterpolate LatentMultiply LatentSubtract",
        "patch": (
            "FreeU FreeU_V2 HyperTile ModelSamplingContinuousEDM ModelSamplingDiscrete ModelSamplingFlux "
            "ModelSamplingSD3 PatchModelAddDownscale PerturbedAttentionGuidance RescaleCFG SelfAttentionGuidance "
            "TomePatchModel VideoLinearCFGGuidance"
        ),
        "quantize": "ImageQuantize",
        "rebatch": "ImageRebatch LatentRebatch",
        "repeat": "RepeatImageBatch RepeatLatentBatch",
        "rotate": "LatentRotate",
        "sample": "KSampler KSamplerAdvanced SamplerCustom SamplerCustomAdvanced",
        "save": "CheckpointSave SaveLatent",
        "save_images": "SaveAnimatedWEBP",
        "set_last_layer": "CLIPSetLastLayer",
        "set_mask": "SetLatentNoiseMask",
        "set_properties": "ConditioningSetProperties",
        "set_range": "ConditioningSetTimestepRange",
        "sharpen": "ImageSharpen",
        "solid": "SolidMask",
        "split_image_with_alpha": "SplitImageWithAlpha",
        "upscale": (
            "ImageScale ImageScaleBy ImageScaleToTotalPixels ImageUpscaleWithModel LatentUpscale LatentUpscaleBy"
        ),
        "zero_out": "ConditioningZeroOut",
    }.items()
    for id in ids.split()
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


class NativeType(ProvidedType):
    """The type of these classes: a method by any name can be looked up on the class too, and called on it."""

    def __getattr__(cls, name: str) -> Any:  # noqa: N805 - a metaclass
        if name.startswith("_") or name.isupper() or asking.reads_carefully(sys._getframe(1)):
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")

        def method(*args: Any, **kwargs: Any) -> Any:
            own = bool(args) and isinstance(args[0], NativeNode)
            return call_native(cls.SPEC, args[1:] if own else args, kwargs)

        return method


class Values(tuple[Any, ...]):
    """Outputs, also as classes of the later style are read: `.result`, `.args`."""

    result = args = property(tuple)


class NativeNode(metaclass=NativeType):
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
    values = Values(map(given, values))
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
