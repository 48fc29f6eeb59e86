"""The libraries behind the nodes, by what needs them. Importing them takes longer than most of what they then do."""

from __future__ import annotations

import importlib
from collections.abc import Collection

TORCH = ("torch",)
DIFFUSION = (
    "torch",
    "transformers.models.clip.modeling_clip",
    "diffusers.models.unets.unet_2d_condition",
    "diffusers.models.autoencoders.autoencoder_kl",
)
CONTROL = ("diffusers.models.controlnets.controlnet",)

# Nodes of these files declare values and texts only; every other one computes with torch.
PLAIN = frozenset({"nodes.builtin.strings", "nodes.builtin.primitives"})
LOADERS = "nodes.builtin.loaders"


def needed_by(types: Collection[str], modules: Collection[str]) -> list[str]:
    """The modules to import for nodes of these types, declared in these modules, in the order of need."""
    names: tuple[str, ...] = ()
    if any(module not in PLAIN for module in modules):
        names += TORCH
    if LOADERS in modules:
        names += DIFFUSION
    if any(type.startswith("ControlNet") for type in types):
        names += CONTROL
    return list(dict.fromkeys(names))


def load(names: Collection[str]) -> None:
    """Import modules by name."""
    for name in names:
        importlib.import_module(name)
