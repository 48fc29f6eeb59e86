"""Differences between models as LoRA files: whole, or as their best approximation of low rank."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.merge import EncoderWeights
from nodes.models.model import Model
from nodes.models.writer import Row, write

if TYPE_CHECKING:
    from nodes.text.clip import Clip

TEXT_PREFIX = "text_encoders.clip_{}.transformer."
KEPT = torch.float16  # the format of published LoRAs

Source = tuple[str, Callable[[], Tensor]]
Step = Callable[[int, int], None]


def save_lora(
    path: str | os.PathLike[str],
    model: Model | None,
    clip: Clip | None,
    rank: int | None,
    biases: bool,
    metadata: Mapping[str, str] | None = None,
    step: Step = lambda done, total: None,
) -> None:
    """Write the weights of `model` and `clip`, which are differences (of ModelMergeSubtract, ...), as a LoRA.

    Matrices and kernels become pairs of `rank`, or stay whole where it is None; `biases` keeps biases and norms too,
    which have no rank. Weights that do not differ are left out. `step` hears of each weight that is done.

    Raises ModelError if there is no difference at all.
    """
    sources = [*_model_sources(model), *_clip_sources(clip)]
    rows: list[Row] = []
    for done, (name, make) in enumerate(sources):
        rows += _rows(name, make, rank, biases)
        step(done + 1, len(sources))
    if not rows:
        raise ModelError(
            "There is no difference to be saved as a LoRA: connect what ModelMergeSubtract or CLIPMergeSubtract makes "
            "of two different models."
        )
    write(path, rows, metadata)


def low_rank(weight: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """(up, down) of at most `rank` whose product is as close to `weight` [out, in, ...] as any can be.

    By Eckart and Young (1936) that is the projection on the leading singular vectors; they are taken from the smaller
    Gram matrix in float64, which costs a fraction of a whole decomposition. Both share the scale evenly.
    """
    matrix = weight.double().flatten(1)
    wide = matrix.shape[0] <= matrix.shape[1]
    values, vectors = torch.linalg.eigh(matrix @ matrix.T if wide else matrix.T @ matrix)
    rank = min(rank, len(values))
    basis = vectors[:, -rank:]
    up, down = (basis, basis.T @ matrix) if wide else (matrix @ basis, basis.T)
    # The eigenvalues are the squares of the singular values, of which each side gets the root.
    share = values[-rank:].clamp(min=1e-30) ** 0.25
    up, down = (up * share, down / share[:, None]) if wide else (up / share, down * share[:, None])
    kernel = weight.shape[2:]
    return up.reshape(*up.shape, *[1] * len(kernel)), down.reshape(rank, weight.shape[1], *kernel)


def _model_sources(model: Model | None) -> Iterator[Source]:
    for name in model.names() if model is not None else ():
        assert model is not None
        yield name, partial(model.patched, name)


def _clip_sources(clip: Clip | None) -> Iterator[Source]:
    for encoder, loaded in clip.encoders.items() if clip is not None else ():
        assert clip is not None
        owner = EncoderWeights(clip, encoder)
        prefix = TEXT_PREFIX.format(encoder)
        yield from ((prefix + name, partial(owner.patched, name)) for name in loaded.weights)


@torch.no_grad()
def _rows(name: str, make: Callable[[], Tensor], rank: int | None, biases: bool) -> Iterator[Row]:
    weight = make()
    target, _, kind = name.rpartition(".")
    if not weight.is_floating_point() or not weight.count_nonzero() or (weight.dim() < 2 and not biases):
        return
    if kind == "bias":
        yield Row.of(f"{target}.diff_b", weight.to(KEPT))
    elif weight.dim() < 2 or rank is None:
        if kind == "weight":
            yield Row(f"{target}.diff", KEPT, tuple(weight.shape), make)
    elif kind == "weight":
        up, down = low_rank(weight, rank)
        yield Row.of(f"{target}.lora_up.weight", up.to(KEPT))
        yield Row.of(f"{target}.lora_down.weight", down.to(KEPT))
