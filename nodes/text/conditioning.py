"""Arithmetic on CONDITIONING values: lists of [sequence [B,T,C], dict], where `pooled_output` [B,P] may be None.

Nothing is changed in place; entries are copied, tensors that stay the same are shared.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import RunError

Conditioning: TypeAlias = list[Any]


def combine(first: Conditioning, second: Conditioning) -> Conditioning:
    """Both, each predicted by itself."""
    return [*first, *second]


def with_values(conditioning: Conditioning, **values: Any) -> Conditioning:
    """The same with `values` set in every entry's dict."""
    return [[cond, {**own, **values}] for cond, own in conditioning]


def concat(to: Conditioning, addition: Conditioning) -> Conditioning:
    """Append the tokens of the first entry of `addition` to every entry of `to`, whose dicts stay.

    RunError if they are of other encoders or batches.
    """
    source, _ = _first(addition)
    for cond, _ in to:
        if cond.shape[0] != source.shape[0]:
            raise RunError(
                f"Batches of {cond.shape[0]} and {source.shape[0]} texts cannot be joined; encode as many of both."
            )
    return [[torch.cat([cond, _like(source, cond)], dim=1), {**own}] for cond, own in to]


def average(to: Conditioning, addition: Conditioning, strength: float) -> Conditioning:
    """Mix every entry of `to` (share `strength`) with the first entry of `addition` (share 1 - strength).

    The latter is cut or zero-padded to the former's length. Pooled vectors are mixed alike; where only one side has
    one, that is used.
    """
    source, values = _first(addition)
    pooled_source = values.get("pooled_output")

    def mix(mine: Tensor, other: Tensor) -> Tensor:
        return mine * strength + other * (1.0 - strength)

    result = []
    for cond, own in to:
        length = cond.shape[1]
        fitted = _like(source, cond)[:, :length]
        mixed = {**own}
        pooled = own.get("pooled_output")
        if pooled_source is not None:
            mixed["pooled_output"] = mix(pooled_source if pooled is None else pooled, pooled_source)
        result.append([mix(cond, F.pad(fitted, (0, 0, 0, length - fitted.shape[1]))), mixed])
    return result


def zero_out(conditioning: Conditioning) -> Conditioning:
    """Zeros in place of the sequence and the pooled vector; other values stay."""
    result = []
    for cond, own in conditioning:
        zeroed = {**own}
        if (pooled := own.get("pooled_output")) is not None:
            zeroed["pooled_output"] = torch.zeros_like(pooled)
        result.append([torch.zeros_like(cond), zeroed])
    return result


def _first(conditioning: Conditioning) -> tuple[Tensor, dict[str, Any]]:
    if not conditioning:
        raise RunError("The conditioning to take from is empty: connect one that holds an encoded text.")
    cond, own = conditioning[0]
    return cond, own


def _like(source: Tensor, cond: Tensor) -> Tensor:
    """`source`, if its width is that of `cond`."""
    if source.shape[-1] != cond.shape[-1]:
        raise RunError(
            f"Texts encoded to widths {cond.shape[-1]} and {source.shape[-1]} do not mix: "
            "encode both with the same CLIP."
        )
    return source
