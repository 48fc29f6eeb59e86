"""Puts LoRAs on models and text encoders: which weight each of a file's targets names."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from graphcore.errors import ModelError
from nodes.models.lora_file import LoraFile
from nodes.models.model import PREFIX, Model
from nodes.models.patches import Adapter, WeightPatch
from nodes.models.unet_keys import to_diffusers
from nodes.models.unet_shape import UNetShape

if TYPE_CHECKING:
    from nodes.text.clip import Clip

log = logging.getLogger(__name__)

_TEXT_TARGETS = ("lora_te", "text_encoder", "lora_prior_te", "text_encoders.")
# Width of the cross-attention context -> the family whose LoRAs have it.
_CONTEXTS = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 1280: "the SDXL refiner", 2048: "SDXL"}
_MARKS = {
    "double_blocks": "Flux",
    "single_transformer_blocks": "Flux",
    "joint_blocks": "Stable Diffusion 3",
    "lora_te2_": "SDXL",
    "text_encoder_2.": "SDXL",
}
_CONTEXT_INPUT = re.compile(r"attn2[._](processor\.)?to_k")
Sizes = Mapping[str, int]  # weight name -> how many numbers it has


def apply_lora(
    model: Model, clip: Clip | None, lora: LoraFile, strength_model: float, strength_clip: float = 0.0
) -> tuple[Model, Clip | None]:
    """Handles with the LoRA added after whatever patches they have; the same handle where the strength is 0.

    Raises ModelError if nothing in the file fits. What does not fit, beside what does, is named in the log.
    """
    fits = _fitting(lora, model_targets(model.names(), model.family.shape), model.sizes())
    text = {name: _fitting(lora, targets, sizes) for name, (targets, sizes) in _encoders(clip).items()}
    used = set(fits).union(*text.values())
    _report(lora, used, clip is not None)
    if strength_model:
        model = model.with_patches(_patches(lora, fits, strength_model))
    if clip is not None and strength_clip:
        clip = clip.with_patches({name: _patches(lora, own, strength_clip) for name, own in text.items()})
    return model, clip


def model_targets(names: Iterable[str], shape: UNetShape) -> dict[str, str]:
    """Target name -> weight name, for the weights of a UNet as patches name them."""
    weights = [name.removeprefix(PREFIX) for name in names if name.endswith(".weight")]
    targets = {}
    for name in weights:
        module, weight = name.removesuffix(".weight"), PREFIX + name
        targets[f"lora_unet_{_flat(module)}"] = targets[f"{PREFIX}{module}"] = weight
    for name, there in to_diffusers(weights, shape).items():
        module, weight = there.removesuffix(".weight"), PREFIX + name
        targets |= dict.fromkeys((f"lora_unet_{_flat(module)}", f"lycoris_{_flat(module)}"), weight)
        targets |= dict.fromkeys(_dotted(module), weight)
    return targets


def clip_targets(encoder: str, names: Iterable[str], has_l: bool) -> dict[str, str]:
    """Target name -> weight name, for the text encoder called `encoder` ("l", "g", "h") in transformers' layout.

    CLIP-G is the second encoder where CLIP-L is (`has_l`), and the only one elsewhere.
    """
    second = encoder == "g" and has_l
    flat = ("lora_te2_",) if second else ("lora_te_", "lora_prior_te_") if encoder == "g" else ("lora_te_", "lora_te1_")
    dotted = "text_encoder_2." if second else "text_encoder."
    targets = {}
    for name in names:
        if not name.endswith(".weight"):
            continue
        module = name.removesuffix(".weight")
        targets[f"text_encoders.clip_{encoder}.transformer.{module}"] = name
        if ".encoder.layers." in module and ".layer_norm" not in module:
            targets |= dict.fromkeys((prefix + _flat(module) for prefix in flat), name)
            targets[dotted + module] = name
        elif module == "text_projection" and encoder == "g":
            targets["lora_te2_text_projection"] = name
    return targets


def guess_family(lora: LoraFile) -> str:
    """Which family a LoRA seems to be for, in words."""
    marked = (family for mark, family in _MARKS.items() if any(mark in name for name in lora.shapes))
    widths = (shape[1] for name, shape in lora.shapes.items() if _CONTEXT_INPUT.search(name) and len(shape) > 1)
    by_width = (_CONTEXTS[width] for width in widths if width in _CONTEXTS)
    return next(chain(marked, by_width), "another family")


def _flat(module: str) -> str:
    return module.replace(".", "_")


def _dotted(module: str) -> Iterator[str]:
    """The dotted forms of a diffusers module, with and without the level that old versions put before projections."""
    for form in (module, module.replace(".to_", ".processor.to_")):
        for prefix in ("", "unet."):
            yield prefix + form
            yield prefix + form.removesuffix(".0") if form.endswith(".to_out.0") else prefix + form


def _encoders(clip: Clip | None) -> dict[str, tuple[dict[str, str], Sizes]]:
    """Targets and sizes of every text encoder of a clip."""
    encoders = clip.encoders if clip is not None else {}
    return {
        name: (
            clip_targets(name, encoder.weights, "l" in encoders),
            {key: tensor.numel() for key, tensor in encoder.weights.items()},
        )
        for name, encoder in encoders.items()
    }


def _fitting(lora: LoraFile, targets: Mapping[str, str], sizes: Sizes) -> dict[str, str]:
    """Target -> weight name, for what is in the file and has the right size."""
    found = {target: targets[target] for target in lora.changes if target in targets}
    return {target: name for target, name in found.items() if _fits(lora.changes[target].weight, sizes[name])}


def _fits(adapter: Adapter | None, size: int) -> bool:
    numel = getattr(adapter, "numel", None)
    return numel is None or numel == size


def _patches(lora: LoraFile, fits: Mapping[str, str], strength: float) -> dict[str, tuple[WeightPatch, ...]]:
    patches: dict[str, tuple[WeightPatch, ...]] = {}
    for target, name in fits.items():
        change = lora.changes[target]
        if change.weight is not None:
            patches[name] = (WeightPatch(change.weight, strength),)
        if change.bias is not None:
            patches[f"{name.removesuffix('.weight')}.bias"] = (WeightPatch(change.bias, strength),)
    return patches


def _report(lora: LoraFile, used: set[str], with_clip: bool) -> None:
    if not used:
        raise ModelError(
            f"Nothing in the LoRA {lora.path} fits this model: it seems to be made for {guess_family(lora)}. "
            "Choose a LoRA of the model's own family."
        )
    ours = [name for name in lora.changes if with_clip or not name.startswith(_TEXT_TARGETS)]
    if unused := [name for name in ours if name not in used]:
        names = ", ".join(unused[:3]) + (", ..." if len(unused) > 3 else "")
        log.warning("%d of %d parts of the LoRA %s do not fit: %s", len(unused), len(ours), lora.path, names)
