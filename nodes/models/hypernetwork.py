"""Hypernetworks: small residual networks on the keys and values of every attention, chosen by their width."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import ModelError
from nodes.models.device import compute_device
from nodes.models.reader import WeightsFile, named

_PART = re.compile(r"(\d+)\.([01])\.linear\.(\d+)\.(weight|bias)")
ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x,
    "relu": F.relu,
    "leakyrelu": F.leaky_relu,
    "elu": F.elu,
    "swish": F.hardswish,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softsign": F.softsign,
    "mish": F.mish,
    "gelu": F.gelu,
}
Layer = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Hypernetwork:
    """`networks`: width -> the network of keys and that of values, as layers in order, each weight and bias."""

    networks: Mapping[int, tuple[list[Layer], list[Layer]]]
    activation: Callable[[Tensor], Tensor]
    activates_output: bool

    def patch(self, strength: float) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
        """A function for the patch points attn1_patch and attn2_patch: keys and values plus their networks' share."""

        def function(q: Tensor, k: Tensor, v: Tensor | None, extra: Any) -> tuple[Tensor, Tensor, Tensor]:
            v = k if v is None else v
            for_keys, for_values = self.networks.get(k.shape[-1], ((), ()))
            return q, self._shifted(k, for_keys, strength), self._shifted(v, for_values, strength)

        return function

    def _shifted(self, x: Tensor, layers: Any, strength: float) -> Tensor:
        if not layers:
            return x
        last = max(i for i, layer in enumerate(layers) if layer["weight"].dim() == 2)
        h = x
        for i, layer in enumerate(layers):
            weight, bias = layer["weight"].to(x), layer["bias"].to(x)
            if weight.dim() == 1:
                h = F.layer_norm(h, weight.shape, weight, bias)
                continue
            h = F.linear(h, weight, bias)
            if i != last or self.activates_output:
                h = self.activation(h)
        return x + strength * h


def load_hypernetwork(path: str | os.PathLike[str]) -> Hypernetwork:
    """Open a hypernetwork that `graphcore models convert` made of the published .pt form.

    Raises ModelError if the file is damaged, unsafe or of another kind.
    """
    file = WeightsFile(path)
    with named(file.path):
        found: dict[tuple[int, int, int], dict[str, Tensor]] = {}
        for name in file:
            if match := _PART.fullmatch(name):
                place = int(match[1]), int(match[2]), int(match[3])
                found.setdefault(place, {})[match[4]] = file[name].to(compute_device(), torch.float32)
        if not found or any(layer.keys() != {"weight", "bias"} for layer in found.values()):
            raise ModelError("This is no hypernetwork. Convert a .pt hypernetwork with `graphcore models convert`.")
        name = _setting(file, "activation_func") or "linear"
        if name not in ACTIVATIONS:
            raise ModelError(f"This hypernetwork uses the activation '{name}'; known are {', '.join(ACTIVATIONS)}.")
        networks = {
            width: tuple([found[place] for place in sorted(found) if place[:2] == (width, side)] for side in (0, 1))
            for width, _, _ in found
        }
        return Hypernetwork(networks, ACTIVATIONS[name], bool(_setting(file, "activate_output")))  # type: ignore[arg-type]


def _setting(file: WeightsFile, name: str) -> Any:
    """One of the settings that the metadata keep as JSON; None if it is not there."""
    try:
        return json.loads(file.metadata.get(name, "null"))
    except ValueError:
        raise ModelError(f"The metadata '{name}' should be JSON; convert the original file again.") from None
