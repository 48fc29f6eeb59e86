"""A `Clip` from a checkpoint, or from text-encoder files of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.device import compute_device
from nodes.text.clip import Clip
from nodes.text.encoder import TextEncoder
from nodes.text.families import CASCADE, FAMILIES, REFINER, SD1, SD2, SD3, SDXL, TextFamily
from nodes.text.layouts import checkpoint_encoders, kind, to_transformers

if TYPE_CHECKING:
    from nodes.text.embeddings import EmbeddingFolders

    Config = Mapping[str, Mapping[str, Any]]

_BY_TYPE = {"sd3": SD3, "stable_cascade": CASCADE}
_BY_KIND = {"l": SD1, "h": SD2, "g": REFINER}


def clip_from_checkpoint(
    tensors: Mapping[str, Tensor],
    family: str,
    config: Config,
    embeddings: EmbeddingFolders | None = None,
    device: torch.device | str | None = None,
) -> Clip:
    """The text encoders in a checkpoint of `family` (a key of `families.FAMILIES`).

    `config` is the file's `graphcore.config` metadata ({} if none). `device` computes, by default the best there is.
    Raises ModelError if an encoder is missing.
    """
    rules = FAMILIES[family].encoders
    encoders = {
        name: TextEncoder(own, rules[name].hidden_act, config.get(rules[name].key))
        for name, own in checkpoint_encoders(tensors, family).items()
    }
    return Clip(FAMILIES[family], encoders, embeddings, device=device or compute_device())


def clip_from_files(
    files: Sequence[tuple[Mapping[str, Tensor], Config]],
    type: str,
    embeddings: EmbeddingFolders | None = None,
    device: torch.device | str | None = None,
) -> Clip:
    """The text encoders in `files` (tensors and `graphcore.config`, one encoder each) for a model of `type`.

    `type` is the field's word in the loader's widget ("stable_diffusion", "sdxl", "sd3", ...). `device` computes, by
    default the best there is. Raises ModelError for encoders that do not go together.
    """
    found: dict[str, tuple[Mapping[str, Tensor], Config]] = {}
    for tensors, config in files:
        own = to_transformers(tensors)
        found[kind(own)] = own, config
    family = _family(sorted(found), len(files), type)
    encoders = {
        name: TextEncoder(own, rule.hidden_act, config.get(rule.key))
        for name, rule in family.encoders.items()
        if name in found
        for own, config in [found[name]]
    }
    return Clip(family, encoders, embeddings, device=device or compute_device())


def _family(kinds: Sequence[str], count: int, type: str) -> TextFamily:
    if len(kinds) == 1 == count:
        family = _BY_TYPE.get(type) if kinds != ["h"] else None
        return family if family and kinds[0] in family.encoders else _BY_KIND[kinds[0]]
    if kinds == ["g", "l"] and count == 2 and type in ("sdxl", "sd3"):
        return SD3 if type == "sd3" else SDXL
    raise ModelError(
        f"The {count} files hold the text encoders CLIP-{', CLIP-'.join(kinds).upper()}, which is not what a model of "
        f"type '{type}' takes. Choose one CLIP-L and one CLIP-G file, and the type of the diffusion model."
    )
