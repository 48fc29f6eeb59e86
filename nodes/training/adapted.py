"""A network with adapters in its layers, which gradients reach. The model's own weights take no part in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from graphcore.errors import ModelError
from nodes.models.lora_parts import change_of, grouped, tensor_name
from nodes.models.lora_targets import model_targets
from nodes.models.model import PREFIX
from nodes.models.patches import Adapter
from nodes.models.unet import Stage, UNet
from nodes.models.unet_keys import to_diffusers
from nodes.training.start import starting_parts

if TYPE_CHECKING:
    from nodes.models.model import Model

FIXED = ("alpha", "reshape")  # parts that say how others are meant
TRANSFORMER = ".attentions."
Layer = nn.Linear | nn.Conv2d


class AdaptedNetwork:
    """`unet` is a network of its own around the model's weights; `parameters` are what is trained, float32."""

    def __init__(self, model: Model, *, checkpointing: bool):
        self.unet: UNet = model.separate()
        self.parameters: list[Tensor] = []
        self._model = model
        self._parts: dict[str, Mapping[str, Tensor]] = {}  # by target
        self._kept: dict[str, Tensor] = {}
        if checkpointing:
            self._spare_memory()

    def begin(self, algorithm: str, rank: int, generator: torch.Generator) -> None:
        """Put a fresh adapter into every layer of the transformers: projections, attention, feed-forward."""
        for name, layer in self.unet.module.named_modules():
            if isinstance(layer, Layer) and TRANSFORMER in f".{name}":
                parts = starting_parts(algorithm, tuple(layer.weight.shape), rank, generator)
                self._add(f"lora_unet_{name.replace('.', '_')}", parts, layer)

    def go_on(self, tensors: Mapping[str, Tensor]) -> None:
        """Put the adapters of a LoRA into their layers. Parts for text encoders stay as they are.

        Raises ModelError if it has none for this model.
        """
        layers = dict(self.unet.module.named_modules())
        for target, parts in grouped(tensors).items():
            layer = layers.get(self._modules().get(target, ""))
            if isinstance(layer, Layer):
                self._add(target, parts, layer)
        if not self.parameters:
            raise ModelError("Nothing in the existing LoRA fits this model: choose one of the model's own family.")

        self._kept = {
            name: tensors[name] for name in tensors if not self._parts.keys() & grouped({name: tensors[name]})
        }

    def tensors(self, dtype: torch.dtype) -> dict[str, Tensor]:
        """The LoRA as files have it, on the CPU."""
        trained = {
            tensor_name(target, part): tensor.detach().to("cpu", torch.float32 if part in FIXED else dtype)
            for target, parts in self._parts.items()
            for part, tensor in parts.items()
        }
        return {**self._kept, **trained}

    def _add(self, target: str, parts: Mapping[str, Tensor], layer: Layer) -> None:
        held = {
            part: tensor if part in FIXED else tensor.to(self.unet.device, torch.float32, copy=True).requires_grad_()
            for part, tensor in parts.items()
        }
        change = change_of(held)
        if change is None or change.weight is None:
            return
        self._parts[target] = held
        self.parameters += [tensor for tensor in held.values() if tensor.requires_grad]
        layer.forward = _adapted(layer, change.weight)  # type: ignore[method-assign, assignment]

    def _modules(self) -> dict[str, str]:
        """Target -> name of the layer in the network."""
        there = to_diffusers([name.removeprefix(PREFIX) for name in self._model.names()], self._model.family.shape)
        targets = model_targets(self._model.names(), self._model.family.shape)
        names = {target: there.get(name.removeprefix(PREFIX), "") for target, name in targets.items()}
        return {target: name.removesuffix(".weight") for target, name in names.items() if name.endswith(".weight")}

    def _spare_memory(self) -> None:
        """Compute every block a second time on the way back, in place of keeping what it computed."""
        for place in ("input_stages", "middle_stages", "output_stages"):
            setattr(self.unet, place, tuple(_Forgetful(*stage) for stage in getattr(self.unet, place)))


class _Forgetful(Stage):
    def _process(self, *args: Any) -> Tensor:
        out: Tensor = checkpoint(super()._process, *args, use_reentrant=False)
        return out


def _adapted(layer: Layer, adapter: Adapter) -> Callable[[Tensor], Tensor]:
    """`forward` of a layer with its weight changed, in place of one that streams: it fetches the weight itself."""

    def forward(x: Tensor) -> Tensor:
        weight = adapter.apply(layer.weight.to(x.device, torch.float32), 1.0).to(x.dtype)
        bias = None if layer.bias is None else layer.bias.to(x)
        if isinstance(layer, nn.Conv2d):
            out: Tensor = layer._conv_forward(x, weight, bias)
            return out
        return F.linear(x, weight, bias)

    return forward
