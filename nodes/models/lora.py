"""LoRA files, and how they are put on models and text encoders."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from graphcore.errors import ModelError
from graphcore.folders import identity_of
from nodes.models.lora_parts import Change, change_of, grouped
from nodes.models.lora_targets import clip_targets, model_targets
from nodes.models.patches import Patches, WeightPatch
from nodes.models.reader import WeightsFile
from nodes.models.soundness import check_weights

if TYPE_CHECKING:
    from nodes.models.model import Model
    from nodes.text.clip import Clip

log = logging.getLogger(__name__)

_TEXT_TARGETS = ("lora_te", "lora_prior_te", "text_encoder")
# Width of the cross-attention context -> the family whose LoRAs have it.
_CONTEXTS = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 1280: "the SDXL refiner", 2048: "SDXL"}
_CONTEXT_INPUT = re.compile(
    r"attn2[._](processor\.)?to_k(\.|_)(lora_down\.weight|lora\.down\.weight|lora_A(\.default)?(\.weight)?|"
    r"lora_linear_layer\.down\.weight)$"
)
_MARKS = {
    "double_blocks": "Flux",
    "single_transformer_blocks": "Flux",
    "joint_blocks": "Stable Diffusion 3",
    "lora_te2_": "SDXL",
    "text_encoder_2.": "SDXL",
}


@dataclass(frozen=True, eq=False)
class LoraFile:
    """A LoRA: changes by target name, and the file's shapes, which tell what it was made for.

    `path` is its file, or says where it comes from if it is none.
    """

    path: Path | str
    changes: Mapping[str, Change]
    shapes: Mapping[str, tuple[int, ...]]

    def on_model(self, model: Model, strength: float) -> Model:
        """The model with this LoRA added after its patches. A file for text encoders alone changes nothing.

        Raises ModelError if nothing fits; what does not, beside what does, is named in the log.
        """
        wanted = {name: change for name, change in self.changes.items() if not name.startswith(_TEXT_TARGETS)}
        if not wanted or not strength:
            return model
        self._check_family(model)
        fits = _fitting(wanted, model_targets(model.names(), model.family.shape), model.sizes())
        self._report(wanted, set(fits), f"this {model.family.title} model")
        return model.with_patches(_patches(wanted, fits, strength))

    def on_clip(self, clip: Clip, strength: float) -> Clip:
        """The text encoders with this LoRA added after their patches. A file for models alone changes nothing.

        Raises ModelError if nothing fits; what does not, beside what does, is named in the log.
        """
        wanted = {name: change for name, change in self.changes.items() if name.startswith(_TEXT_TARGETS)}
        if not wanted or not strength:
            return clip
        patches: dict[str, Patches] = {}
        used: set[str] = set()
        for name, encoder in clip.encoders.items():
            sizes = {key: tensor.numel() for key, tensor in encoder.weights.items()}
            fits = _fitting(wanted, clip_targets(name, encoder.weights, "l" in clip.encoders), sizes)
            patches[name] = _patches(wanted, fits, strength)
            used.update(fits)
        self._report(wanted, used, "this text encoder")
        return clip.with_patches(patches)

    def contexts(self) -> set[int]:
        """The widths of the prompts that the file was trained with, as far as its shapes tell."""
        return {shape[1] for name, shape in self.shapes.items() if _CONTEXT_INPUT.search(name) and len(shape) > 1}

    def family(self) -> str:
        """Which family the file seems to be made for, in words."""
        marked = (family for mark, family in _MARKS.items() if any(mark in name for name in self.shapes))
        by_width = (_CONTEXTS[width] for width in sorted(self.contexts()) if width in _CONTEXTS)
        return next(chain(marked, by_width), "another family")

    def _check_family(self, model: Model) -> None:
        """ModelError where prompts of another width show another family, though some of its layers would fit."""
        own, given = self.contexts(), model.family.shape.context
        if own and given not in own:
            raise ModelError(
                f"The LoRA {self.path} was made for {self.family()} (prompts {sorted(own)[0]} wide), but this is a "
                f"model of {model.family.title} ({given} wide). Choose a LoRA of the model's own family."
            )

    def _report(self, wanted: Mapping[str, Change], used: set[str], what: str) -> None:
        if not used:
            raise ModelError(
                f"Nothing in the LoRA {self.path} fits {what}: it seems to be made for {self.family()}. "
                "Choose a LoRA of the model's own family."
            )
        if unused := [name for name in wanted if name not in used]:
            names = ", ".join(unused[:3]) + (", ..." if len(unused) > 3 else "")
            log.warning("%d of %d parts of the LoRA %s do not fit: %s", len(unused), len(wanted), self.path, names)


def load_lora(path: str | os.PathLike[str]) -> LoraFile:
    """Open a LoRA file. An unchanged file gives the same object, so that patches made of it compare equal.

    Raises ModelError if the file is damaged, unsafe or no LoRA.
    """
    path = Path(path)
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror}. Check the name and its permissions.") from None
    return _load(path, identity_of(stat))


@lru_cache(maxsize=16)
def _load(path: Path, _identity: tuple[int, ...]) -> LoraFile:
    return lora_of(WeightsFile(path), path)


def lora_of(tensors: Mapping[str, Tensor], path: Path | str) -> LoraFile:
    """The LoRA that tensors by name make up. ModelError, which names `path`, if they are none or not all numbers."""
    changes = {target: change for target, parts in grouped(tensors).items() if (change := change_of(parts))}
    if not changes:
        raise ModelError(f"{path} holds no LoRA that is known. Choose a LoRA, LoHa, LoKr, GLoRA, OFT or BOFT file.")
    check_weights(tensors.items(), path, "LoRA")
    return LoraFile(path, changes, {name: tuple(tensor.shape) for name, tensor in tensors.items()})


def _fitting(wanted: Mapping[str, Change], targets: Mapping[str, str], sizes: Mapping[str, int]) -> dict[str, str]:
    """Target -> weight name, for what has a weight of the right size."""
    found = {target: targets[target] for target in wanted if target in targets}
    return {target: name for target, name in found.items() if _fits(wanted[target], sizes[name])}


def _fits(change: Change, size: int) -> bool:
    numel = getattr(change.weight, "numel", None)
    return numel is None or numel == size


def _patches(wanted: Mapping[str, Change], fits: Mapping[str, str], strength: float) -> Patches:
    patches: dict[str, tuple[WeightPatch, ...]] = {}
    for target, name in fits.items():
        change = wanted[target]
        if change.weight is not None:
            patches[name] = (WeightPatch(change.weight, strength),)
        if change.bias is not None:
            patches[f"{name.removesuffix('.weight')}.bias"] = (WeightPatch(change.bias, strength),)
    return patches
