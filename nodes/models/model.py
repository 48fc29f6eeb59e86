"""`Model`, the value of a MODEL socket: a diffusion network by reference, and how this wire wants it run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from nodes.models.family import Family
from nodes.models.memory import account, has_room, register
from nodes.models.patches import Patches, WeightPatch, apply_patches, joined
from nodes.models.streaming import stream
from nodes.models.unet import UNet, build
from nodes.models.unet_keys import to_diffusers
from nodes.models.weights import Weights
from nodes.sampling.latent_formats import LatentFormat
from nodes.sampling.model_sampling import ModelSampling

PREFIX = "diffusion_model."  # patches name weights as the field does: with this before latent diffusion's name


class Backbone:
    """The weights of one diffusion network, loaded when first used, and the networks made of them.

    Handles with the same patches share a network; unpatched weights are shared by all. Besides those in use, only the
    network that was patched last is kept. Weights for which there is no room are streamed.
    """

    def __init__(self, family: Family, weights: Weights):
        self.family, self.weights = family, weights
        self._base: UNet | None = None
        self._patched: WeakValueDictionary[Any, UNet] = WeakValueDictionary()
        self._last: UNet | None = None
        self._lock = threading.RLock()
        register(self)

    def __contains__(self, name: str) -> bool:
        return name.removeprefix(PREFIX) in self.weights.names

    def names(self) -> Iterator[str]:
        """All weights as patches name them."""
        return (PREFIX + name for name in self.weights.names)

    def network(self, patches: Patches, dtype: torch.dtype | None = None) -> UNet:
        """The network with `patches` merged in; names it does not have are skipped.

        `dtype` is the number format that it computes in, if not that of the weights.
        """
        compute, own = dtype or self.weights.dtype, self._own(patches)
        key = (frozenset(own.items()), compute)
        plain = [name for name in self.weights.names if name not in own]
        changed = 0 if key in self._patched else sum(map(self._size, own))
        self.weights.make_room(self, plain, changed)
        with self._lock:
            if not own and compute == self.weights.dtype:
                self._base = self._base or self._build(self.weights.load(), compute)
                return self._base
            network = self._patched.get(key)
            if network is None:
                self._last = None  # let it go before the next one is made
                network = self._patched[key] = self._make_patched(plain, own, compute)
            self._last = network
            return network

    @torch.no_grad()
    def patched(self, name: str, patches: Patches) -> Tensor:
        """One weight with its patches, float32, on the CPU. Loads nothing else."""
        return apply_patches(self.weights.raw(name.removeprefix(PREFIX)).float(), patches.get(name, ()))

    def separate(self, patches: Patches, dtype: torch.dtype | None = None) -> UNet:
        """A network of its own around the weights of `network`, for whoever changes how its layers compute."""
        shared = self.network(patches, dtype)
        return self._around(shared.module.state_dict(), shared.dtype)

    def prefetch(self, patches: Patches, dtype: torch.dtype | None = None) -> None:
        """Make the network ahead of its use, unless it would drive out another one or fill the memory."""
        if self._last is None and has_room(self.weights.nbytes, self.weights.device):
            own = self._own(patches)
            self.weights.read([name for name in self.weights.names if name not in own])
            self.network(patches, dtype)

    def unload(self) -> None:
        """Forget everything that can be loaded again."""
        with self._lock:
            self._base = self._last = None
            self.weights.unload()

    def _own(self, patches: Patches) -> dict[str, tuple[WeightPatch, ...]]:
        """Patches of weights that there are, by the weights' own names."""
        return {name.removeprefix(PREFIX): patch for name, patch in patches.items() if patch and name in self}

    def _size(self, name: str) -> int:
        return self.weights.raw(name).numel() * self.weights.format(name).itemsize

    @torch.no_grad()
    def _make_patched(self, plain: Sequence[str], patches: Patches, dtype: torch.dtype) -> UNet:
        """Weights without patches are shared; those with are made from the file's, whose own need not be loaded."""
        weights = dict(self.weights.load(plain))
        changed = 0
        for name, patch in patches.items():
            original = self.weights.raw(name).to(self.weights.device).float()
            weights[name] = self.weights.kept(name, apply_patches(original, patch))
            changed += weights[name].nbytes if weights[name].device.type == self.weights.device.type else 0
        if dtype != self.weights.dtype:
            weights = {name: t.to(dtype) if t.dtype == self.weights.dtype else t for name, t in weights.items()}
        network = self._build(weights, dtype)
        account(network, self.weights.device, changed)
        return network

    def _build(self, weights: Mapping[str, Tensor], dtype: torch.dtype) -> UNet:
        names = to_diffusers(weights, self.family.shape)
        renamed = {names.get(name, name): tensor for name, tensor in weights.items()}
        return self._around(renamed, dtype)

    def _around(self, weights: Mapping[str, Tensor], dtype: torch.dtype) -> UNet:
        """The network of weights by diffusers' names."""
        family, device = self.family, self.weights.device
        module = build(family.shape, family.heads, family.upcast_attention, weights, self.weights.path)
        return UNet(stream(module, device, dtype), device, dtype)


@dataclass(frozen=True, eq=False)
class Model:
    """Immutable; every change is a new handle that shares the weights.

    `sampling` and `latent_format` start as the family's. `patches` are by weight name
    ("diffusion_model.input_blocks.1.0..."). `options` is the field's model_options: `transformer_options` with
    `patches` and `patches_replace`, `sampler_cfg_function`, `sampler_pre_cfg_function`, `sampler_post_cfg_function`,
    `sampler_calc_cond_batch_function`, `model_function_wrapper`, `denoise_mask_function`, `disable_cfg1_optimization`.
    `dtype` is the number format that the network computes in, None for that of its weights.
    """

    family: Family
    weights: Backbone
    sampling: ModelSampling
    latent_format: LatentFormat
    patches: Patches = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    dtype: torch.dtype | None = None

    @classmethod
    def of(cls, family: Family, weights: Weights) -> Model:
        """A fresh handle with the family's own defaults."""
        return cls(family, Backbone(family, weights), family.sampling, family.latent_format)

    def with_patches(self, patches: Patches) -> Model:
        """Add weight patches, applied after those that are there."""
        return replace(self, patches=joined(self.patches, patches))

    def with_options(self, options: Mapping[str, Any]) -> Model:
        """Set model options; others stay."""
        return replace(self, options={**self.options, **options})

    def with_sampling(self, sampling: ModelSampling, latent_format: LatentFormat | None = None) -> Model:
        """Exchange the sigma parameterisation, and the latent format where it goes with it."""
        return replace(self, sampling=sampling, latent_format=latent_format or self.latent_format)

    def network(self) -> UNet:
        """The network with the patches merged in, loaded on first use: hold it for the length of a sampling call."""
        return self.weights.network(self.patches, self.dtype)

    def separate(self) -> UNet:
        """A network like `network()`, around the same weights, whose layers may be changed."""
        return self.weights.separate(self.patches, self.dtype)

    def prefetch(self) -> None:
        """Load ahead of use; the engine asks for it while the node that uses this waits for something else."""
        self.weights.prefetch(self.patches, self.dtype)

    def names(self) -> Iterator[str]:
        """All weights as patches name them."""
        return self.weights.names()

    def sizes(self) -> dict[str, int]:
        """How many numbers each weight has, by the names that patches use."""
        return {PREFIX + name: size for name, size in self.weights.weights.sizes().items()}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight by latent diffusion's name, without prefix."""
        return {name: tuple(self.weights.weights.raw(name).shape) for name in self.weights.weights.names}

    def patched(self, name: str) -> Tensor:
        """One weight with this handle's patches, float32."""
        return self.weights.patched(name, self.patches)

    def extra_conds(self, cond: Mapping[str, Any]) -> dict[str, Any]:
        """The network arguments that a cond stands for: c_crossattn, and what the family adds (y, c_concat).

        `noise_concat` in a cond takes the place of the family's own c_concat.
        """
        given = {"c_crossattn": cond.get("cross_attn"), "c_concat": cond.get("noise_concat")}
        return {**self.family.conditions(cond), **{name: value for name, value in given.items() if value is not None}}
