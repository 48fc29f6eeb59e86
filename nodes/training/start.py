"""The tensors that a LoRA begins with, by their parts: chosen so that the model is, at first, exactly as without it."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from nodes.sampling.names import lookup

Parts = dict[str, Tensor]
Start = Callable[[tuple[int, ...], int, torch.Generator], Parts]


def starting_parts(algorithm: str, shape: tuple[int, ...], rank: int, generator: torch.Generator) -> Parts:
    """The parts of one adapter for a weight of `shape` [out,in,...], float32. LookupError names unknown algorithms."""
    return lookup("algorithm", algorithm, STARTS)(shape, rank, generator)


def low_rank(shape: tuple[int, ...], rank: int, generator: torch.Generator) -> Parts:
    """up @ down (https://arxiv.org/abs/2106.09685): `down` random, `up` zero; kernels go into `down`."""
    out, inputs, *kernel = shape
    down = _uniform((rank, inputs, *kernel), inputs * math.prod(kernel), generator)
    return {"down": down, "up": torch.zeros(out, rank, *[1] * len(kernel)), **_alpha(rank)}


def hadamard(shape: tuple[int, ...], rank: int, generator: torch.Generator) -> Parts:
    """Two products of low rank, multiplied (https://arxiv.org/abs/2108.06098); one factor of the second is zero."""
    out, columns = shape[0], math.prod(shape[1:])
    draw = _Normal(generator)
    return {
        "hada_w1_a": draw(0.1, out, rank),
        "hada_w1_b": draw(1.0, rank, columns),
        "hada_w2_a": torch.zeros(out, rank),
        "hada_w2_b": draw(1.0, rank, columns),
        **_alpha(rank),
    }


def kronecker(shape: tuple[int, ...], rank: int, generator: torch.Generator) -> Parts:
    """kron(w1, w2) (https://arxiv.org/abs/2309.14859): w1 small and random, w2 zero, of low rank where that is less."""
    (a, c), (b, d) = halves(shape[0]), halves(shape[1])
    kernel = shape[2:]
    first = {"lokr_w1": _uniform((a, b), b, generator)}
    columns = d * math.prod(kernel)
    if rank * (c + columns) >= c * columns:
        return {**first, "lokr_w2": torch.zeros(c, d, *kernel)}
    w2 = {"lokr_w2_a": torch.zeros(c, rank), "lokr_w2_b": _uniform((rank, columns), columns, generator)}
    return {**first, **w2, **_alpha(rank)}


def orthogonal(shape: tuple[int, ...], rank: int, generator: torch.Generator) -> Parts:
    """Rotations of blocks of rows (https://arxiv.org/abs/2306.07280), all by nothing; blocks are about `rank` wide."""
    size = max(size for size in range(1, max(rank, 2) + 1) if shape[0] % size == 0)
    return {"oft_blocks": torch.zeros(shape[0] // size, size, size)}


STARTS: dict[str, Start] = {"LoRA": low_rank, "LoHa": hadamard, "LoKr": kronecker, "OFT": orthogonal}


def halves(number: int) -> tuple[int, int]:
    """Two factors of a number, as near to each other as there are, the smaller first."""
    small = next(size for size in range(math.isqrt(number), 0, -1) if number % size == 0)
    return small, number // small


def _alpha(rank: int) -> Parts:
    """A scale of 1, written as files have it."""
    return {"alpha": torch.tensor(float(rank))}


def _uniform(shape: tuple[int, ...], inputs: int, generator: torch.Generator) -> Tensor:
    """As linear layers begin: uniform, within 1 / sqrt(inputs)."""
    bound = 1 / math.sqrt(inputs)
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)


class _Normal:
    def __init__(self, generator: torch.Generator):
        self._generator = generator

    def __call__(self, spread: float, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._generator) * spread
