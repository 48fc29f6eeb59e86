"""What the runtime under the built-in nodes does for the engine; torch is imported only where it is needed anyway."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Collection
from pathlib import Path

# Importing these takes longer than most of what is then done with them.
TORCH = ("torch",)
DIFFUSION = (
    "torch",
    "transformers.models.clip.modeling_clip",
    "diffusers.models.unets.unet_2d_condition",
    "diffusers.models.autoencoders.autoencoder_kl",
)
CONTROL = ("diffusers.models.controlnets.controlnet",)

# Nodes of these files declare values and texts only; every other one computes with torch.
PLAIN = frozenset(f"nodes.builtin.{topic}" for topic in ("strings", "primitives", "values", "loops"))
LOADERS = "nodes.builtin.loaders"


def libraries(types: Collection[str], modules: Collection[str]) -> list[str]:
    """The modules that nodes of these types, declared in these modules, are going to import, in the order of need."""
    names: tuple[str, ...] = ()
    if any(module not in PLAIN for module in modules):
        names += TORCH
    if LOADERS in modules:
        names += DIFFUSION
    if any(type.startswith("ControlNet") for type in types):
        names += CONTROL
    return list(dict.fromkeys(names))


def warm(types: Collection[str], modules: Collection[str]) -> None:
    """Import what nodes of these types are going to need."""
    for name in libraries(types, modules):
        importlib.import_module(name)


def relieve() -> None:
    """Take every loaded model off its device; each is loaded again when it is used."""
    if "nodes.models.memory" in sys.modules:  # else no model was ever loaded
        from nodes.models.memory import unload_all

        unload_all()


def environment() -> dict[str, str]:
    """What results depend on beside versions: the device, on a GPU also which one, and the number format of models."""
    import torch

    from nodes.models.device import compute_device, diffusion_dtype

    device = compute_device()
    found = {"device": device.type, "dtype": str(diffusion_dtype(device)).removeprefix("torch.")}
    return found | ({"gpu": torch.cuda.get_device_name(device)} if device.type == "cuda" else {})


def memory() -> int | None:
    """Bytes that models may take on the device, within the settings."""
    from nodes.models.device import compute_device
    from nodes.models.memory import capacity

    found = capacity(compute_device())
    return int(found) if math.isfinite(found) else None


def describe_model(path: Path) -> dict[str, str]:
    """What a model file holds."""
    from nodes.models.inspection import describe

    return describe(path)


def model_problems(path: Path) -> list[str]:
    """What is wrong with a model file."""
    from nodes.models.inspection import problems

    return problems(path)


def convert_model(source: Path, target: Path) -> None:
    """Write an old model file as safetensors."""
    from nodes.models.pickles import convert

    convert(source, target)


def tiny_model(folder: Path) -> Path:
    """Write a checkpoint of random weights, for tests."""
    from nodes.models.tiny import CHECKPOINT, write_tiny_models

    write_tiny_models(folder, [CHECKPOINT])
    return folder / CHECKPOINT
