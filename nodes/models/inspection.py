"""What a model file holds and whether it is sound, told without loading it."""

from __future__ import annotations

import os
from collections import Counter

from nodes.models.checkpoint import TEXT_PREFIXES, load_checkpoint
from nodes.models.family import unet_prefix
from nodes.models.reader import WeightsFile, named
from nodes.models.t2i_adapter import adapter_from
from nodes.models.vae import PREFIX as VAE_PREFIX

SHOWN = 3  # names listed before the rest is a number
_CONTROL_MARKS = ("zero_convs.0.0.weight", "lora_controlnet", "controlnet_cond_embedding.conv_in.weight")
_LORA_MARKS = ("lora_", ".lora.", "_lora.", ".hada_", ".lokr_", ".oft_blocks", ".dora_scale")
_TEXT_MARKS = ("text_model.encoder.", "transformer.resblocks.")
_EMBEDDING_NAMES = {"emb_params", "clip_l", "clip_g", "clip_h"}


def describe(path: str | os.PathLike[str]) -> dict[str, str]:
    """Facts about a file, as text: what it is, tensors, parameters, number formats, its own metadata.

    Raises ModelError if the file is damaged or unsafe.
    """
    file = WeightsFile(path)
    numbers = {name: entry.nbytes // entry.dtype.itemsize for name, entry in file.entries.items()}
    formats = Counter[str]()
    for name, entry in file.entries.items():
        formats[str(entry.dtype).removeprefix("torch.")] += numbers[name]
    return {
        "kind": kind(file),
        "tensors": f"{len(file):,}",
        "parameters": f"{sum(numbers.values()):,}",
        "formats": ", ".join(f"{name} ({count:,})" for name, count in formats.most_common()),
        **{f"metadata {key}": value for key, value in file.metadata.items()},
    }


def problems(path: str | os.PathLike[str]) -> list[str]:
    """Sentences about what is wrong with a file, all of whose weights are read; empty if nothing is.

    Raises ModelError if the file is damaged, unsafe, or a checkpoint of an unknown family.
    """
    file = WeightsFile(path)
    with named(file.path):
        kind(file)
    broken = [name for name in file if not _sound(file, name)]
    if not broken:
        return []
    names = ", ".join(broken[:SHOWN]) + (f" and {len(broken) - SHOWN} more" if len(broken) > SHOWN else "")
    return [
        f"{len(broken)} of its {len(file)} tensors hold values that are no finite numbers ({names}): pictures made "
        "with it would be black. Fetch the file again, or ask its maker for another."
    ]


def kind(file: WeightsFile) -> str:
    """What a file is, in words; "unknown" for kinds that names do not tell, such as upscale models.

    Raises ModelError for a family that is not supported.
    """
    if any(name.removeprefix("control_model.") in _CONTROL_MARKS for name in file):
        return "ControlNet"
    if any(mark in name for name in file for mark in _LORA_MARKS):
        return "LoRA"
    if adapter_from(file) is not None:
        return "T2I-Adapter"
    return _network(file) or _part(file)


def _network(file: WeightsFile) -> str:
    prefix = unet_prefix(file.entries)
    if not any(name.startswith((f"{prefix}input_blocks.", f"{prefix}down_blocks.")) for name in file):
        return ""
    parts = [
        *(["text encoder"] if any(name.startswith(TEXT_PREFIXES) for name in file) else []),
        *(["VAE"] if any(name.startswith(VAE_PREFIX) for name in file) else []),
    ]
    family = load_checkpoint(file.path).model.family.title
    return f"checkpoint of {family} with {' and '.join(parts)}" if parts else f"diffusion model of {family}"


def _part(file: WeightsFile) -> str:
    names = [name.removeprefix(VAE_PREFIX) for name in file]
    if any(name.startswith("vision_model.") for name in names):
        return "CLIP vision model"
    if any(mark in name for name in names for mark in _TEXT_MARKS):
        return "text encoder"
    if "decoder.conv_in.weight" in names and "encoder.conv_in.weight" in names:
        return "VAE"
    if names and set(names) <= _EMBEDDING_NAMES:
        return "embedding"
    return "unknown"


def _sound(file: WeightsFile, name: str) -> bool:
    tensor = file[name]
    if not tensor.is_floating_point():
        return True
    wide = tensor if tensor.dtype.itemsize > 1 else tensor.half()  # eight-bit formats know no isfinite
    sound = bool(wide.isfinite().all())
    file.release(name)
    return sound
