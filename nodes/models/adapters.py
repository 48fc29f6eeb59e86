"""The kinds of weight change that LoRA files hold. Symbols are those of the papers; all maths is float32.

W is the weight [out, in, ...] as it is when the adapter's turn comes; an adapter returns a new tensor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError


def _like(tensor: Tensor, weight: Tensor) -> Tensor:
    return tensor.to(weight.device, torch.float32)


def _scale(alpha: float | None, rank: int | None) -> float:
    """alpha / rank; 1 where the file states no alpha or the form has no rank."""
    return 1.0 if alpha is None or rank is None else alpha / rank


def _tucker(core: Tensor, b: Tensor, a: Tensor) -> Tensor:
    """A kernel from its Tucker decomposition: core [i,j,h,w], b [j,r], a [i,p] -> [p,r,h,w]."""
    return torch.einsum("ijhw,jr,ip->prhw", core, b, a)


def _fit(delta: Tensor, weight: Tensor, kind: str) -> Tensor:
    if delta.numel() != weight.numel():
        raise _misfit(kind, delta, weight)
    return delta.reshape(weight.shape)


def _misfit(kind: str, change: Tensor, weight: Tensor) -> ModelError:
    return ModelError(
        f"A {kind} of shape {list(change.shape)} does not fit a weight of shape {list(weight.shape)}: "
        "it was made for another model. Use one that was made for this model's family."
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Delta:
    """Base of the kinds that add: W + strength * scale * delta, or their weight-decomposed form (DoRA).

    DoRA (https://arxiv.org/abs/2402.09353) moves W in direction only and takes the magnitude from `dora_scale`, per
    output [out,1,...] or per input [1,in,...].
    """

    alpha: float | None = None
    dora_scale: Tensor | None = None

    @property
    def numel(self) -> int | None:
        """How many numbers the weight must have, where the factors tell."""
        return None

    def delta(self, weight: Tensor) -> tuple[Tensor, float]:
        """(unscaled change in any shape that holds the weight's numbers, scale)."""
        raise NotImplementedError

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        delta, scale = self.delta(weight)
        delta = _fit(delta, weight, type(self).__name__)
        if self.dora_scale is None:
            return torch.add(weight, delta, alpha=strength * scale)
        return self._decomposed(weight, weight + scale * delta, strength)

    def _decomposed(self, weight: Tensor, changed: Tensor, strength: float) -> Tensor:
        assert self.dora_scale is not None
        magnitude = _like(self.dora_scale, weight)
        if magnitude.shape[0] == weight.shape[0]:
            norm = torch.linalg.vector_norm(weight.flatten(1), dim=1).reshape(-1, *[1] * (weight.dim() - 1))
        else:
            norm = torch.linalg.vector_norm(changed.transpose(0, 1).flatten(1), dim=1)
            norm = norm.reshape(1, -1, *[1] * (weight.dim() - 2))
        changed = changed * (magnitude / (norm + torch.finfo(torch.float32).eps))
        return torch.lerp(weight, changed, strength) if strength != 1.0 else changed


@dataclass(frozen=True, eq=False, kw_only=True)
class Lora(Delta):
    """W + up @ down (https://arxiv.org/abs/2106.09685); convolutions optionally through a `mid` kernel.

    `reshape` first pads W with zeros to that shape.
    """

    up: Tensor
    down: Tensor
    mid: Tensor | None = None
    reshape: tuple[int, ...] | None = None

    @property
    def numel(self) -> int | None:
        if self.reshape is not None or self.mid is not None:
            return None
        return self.up.shape[0] * math.prod(self.down.shape[1:])

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        if self.reshape is not None and tuple(weight.shape) != self.reshape:
            weight = _padded(weight, self.reshape)
        return super().apply(weight, strength)

    def delta(self, weight: Tensor) -> tuple[Tensor, float]:
        up, down = _like(self.up, weight), _like(self.down, weight)
        rank = down.shape[0]
        if self.mid is not None:
            mid = _like(self.mid, weight)
            kernel = down.transpose(0, 1).flatten(1) @ mid.transpose(0, 1).flatten(1)
            down = kernel.reshape(down.shape[1], rank, *mid.shape[2:]).transpose(0, 1)
        return up.flatten(1) @ down.flatten(1), _scale(self.alpha, rank)


@dataclass(frozen=True, eq=False, kw_only=True)
class LoHa(Delta):
    """W + (w1a @ w1b) * (w2a @ w2b), elementwise (https://arxiv.org/abs/2108.06098); t1 and t2 are Tucker cores."""

    w1: tuple[Tensor, Tensor]
    w2: tuple[Tensor, Tensor]
    cores: tuple[Tensor, Tensor] | None = None

    @property
    def numel(self) -> int | None:
        return None if self.cores is not None else self.w1[0].shape[0] * self.w1[1].shape[1]

    def delta(self, weight: Tensor) -> tuple[Tensor, float]:
        (w1a, w1b), (w2a, w2b) = ([_like(w, weight) for w in pair] for pair in (self.w1, self.w2))
        if self.cores is None:
            product = (w1a @ w1b) * (w2a @ w2b)
        else:
            t1, t2 = (_like(core, weight) for core in self.cores)
            product = _tucker(t1, w1b, w1a) * _tucker(t2, w2b, w2a)
        return product, _scale(self.alpha, w1b.shape[0])


@dataclass(frozen=True, eq=False, kw_only=True)
class LoKr(Delta):
    """W + kron(w1, w2) (https://arxiv.org/abs/2309.14859). Each factor is a tensor or a pair whose product it is."""

    w1: Tensor | tuple[Tensor, Tensor]
    w2: Tensor | tuple[Tensor, Tensor]
    core: Tensor | None = None

    def delta(self, weight: Tensor) -> tuple[Tensor, float]:
        w1, rank1 = self._factor(self.w1, None, weight)
        w2, rank2 = self._factor(self.w2, self.core, weight)
        if w2.dim() == 4:
            w1 = w1[:, :, None, None]
        rank = rank1 if rank2 is None else rank2
        return torch.kron(w1.contiguous(), w2.contiguous()), _scale(self.alpha, rank)

    @staticmethod
    def _factor(
        factor: Tensor | tuple[Tensor, Tensor], core: Tensor | None, weight: Tensor
    ) -> tuple[Tensor, int | None]:
        if isinstance(factor, Tensor):
            return _like(factor, weight), None
        a, b = (_like(part, weight) for part in factor)
        return (a @ b if core is None else _tucker(_like(core, weight), b, a)), b.shape[0]


@dataclass(frozen=True, eq=False, kw_only=True)
class Glora(Delta):
    """W + W @ a + b, both of low rank (https://arxiv.org/abs/2306.07967). Files exist with factors in either order."""

    a1: Tensor
    a2: Tensor
    b1: Tensor
    b2: Tensor

    def delta(self, weight: Tensor) -> tuple[Tensor, float]:
        rank, old = self._order(weight)
        a1, a2, b1, b2 = (_like(t, weight).flatten(1) for t in (self.a1, self.a2, self.b1, self.b2))
        if old:
            return b2 @ b1 + weight.flatten(1) @ a2 @ a1, _scale(self.alpha, rank)
        change = torch.einsum("oi...,ij,jk->ok...", weight, a1, a2)
        return change + (b1 @ b2).reshape(weight.shape), _scale(self.alpha, rank)

    def _order(self, weight: Tensor) -> tuple[int | None, bool]:
        """(rank, whether the second factor comes first), by which sizes agree; square ones need W to decide."""
        a1, a2, b1, b2 = self.a1.shape, self.a2.shape, self.b1.shape, self.b2.shape
        old = b2[1] == b1[0] == a1[0] == a2[1]
        new = b2[0] == b1[1] == a1[1] == a2[0]
        square = a2[0] == weight.shape[0] == weight.shape[1]
        if new and not (old and square):
            return a2[0], False
        return (a1[0], True) if old else (None, False)


@dataclass(frozen=True, eq=False)
class Oft:
    """W rotated block by block (https://arxiv.org/abs/2306.07280): `blocks` [n,b,b] generate the rotations.

    `alpha` bounds the size of the generators. The strength enters twice, as the field's files expect.
    """

    blocks: Tensor
    alpha: float | None = None

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        rotation, identity = _cayley(_like(self.blocks, weight), self.alpha)
        n, b = self.blocks.shape[:2]
        if weight.shape[0] != n * b:
            raise _misfit("OFT rotation", self.blocks, weight)
        change = (rotation - identity) * strength
        delta = torch.einsum("knm,kni->kmi", change, weight.reshape(n, b, -1)).reshape(weight.shape)
        return torch.add(weight, delta, alpha=strength)


@dataclass(frozen=True, eq=False)
class Boft:
    """W rotated by a product of sparse butterfly rotations (https://arxiv.org/abs/2311.06243): `blocks` [m,n,b,b]."""

    blocks: Tensor
    alpha: float | None = None
    rescale: Tensor | None = None

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        rotations, identity = _cayley(_like(self.blocks, weight), self.alpha)
        n, b = self.blocks.shape[1:3]
        if weight.shape[0] != n * b:
            raise _misfit("BOFT rotation", self.blocks, weight)
        rotated = weight
        for level, rotation in enumerate(rotations * strength + (1 - strength) * identity):
            rotated = _butterfly(rotated, rotation, 2**level * (b // 2))
        if self.rescale is not None:
            rotated = rotated * _like(self.rescale, weight)
        return torch.lerp(weight, rotated, strength)


def _butterfly(weight: Tensor, rotation: Tensor, stride: int) -> Tensor:
    """Rotate blocks of rows that lie `stride` apart in pairs: rotation [n,b,b] over rows regrouped as [n,b,...]."""
    tail = weight.shape[1:]
    paired = weight.reshape(-1, 2, stride, *tail).transpose(1, 2).reshape(-1, rotation.shape[-1], *tail)
    rotated = torch.einsum("nij,nj...->ni...", rotation, paired)
    return rotated.reshape(-1, stride, 2, *tail).transpose(1, 2).reshape(weight.shape)


def _cayley(blocks: Tensor, bound: float | None) -> tuple[Tensor, Tensor]:
    """(orthogonal matrices generated by the skew part of `blocks` [...,b,b], identity [b,b])."""
    q = blocks - blocks.transpose(-1, -2)
    if bound is not None and bound > 0:
        norm = torch.linalg.vector_norm(q) + 1e-8
        q = torch.where(norm > bound, q * bound / norm, q)
    identity = torch.eye(q.shape[-1], device=q.device)
    return (identity + q) @ torch.linalg.inv(identity - q), identity


@dataclass(frozen=True, eq=False)
class Difference:
    """W + strength * value, for weights, biases and norms alike."""

    value: Tensor

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        value = _like(self.value, weight)
        if value.shape != weight.shape:
            value = _fit(value, weight, "difference")
        return torch.add(weight, value, alpha=strength)


@dataclass(frozen=True, eq=False)
class Replacement:
    """`value` in place of W, whatever the strength."""

    value: Tensor

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        return _fit(_like(self.value, weight).clone(), weight, "replacement")


@dataclass(frozen=True, eq=False)
class OtherWeight:
    """W + strength * the weight `name` of `owner`, taken when needed: merges hold no copy of the other model.

    `owner.patched(name)` gives that weight with the owner's own patches, float32.
    """

    owner: Any
    name: str

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        value = _fit(_like(self.owner.patched(self.name), weight), weight, "merged weight")
        return torch.add(weight, value, alpha=strength)


def _padded(weight: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`weight` in the leading corner of zeros of `shape`."""
    padded = weight.new_zeros(shape)
    padded[tuple(slice(size) for size in weight.shape)] = weight
    return padded
