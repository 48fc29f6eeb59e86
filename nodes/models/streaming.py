"""Layers whose weights rest elsewhere, or in a smaller number format, and come to work for one call at a time.

On CUDA the weights of the layer that comes next, as the last pass went, are copied beside the computing of this one:
from pinned memory, on a stream of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]


class Ahead(NamedTuple):
    """Weights on their way to a layer, and what says that they have arrived."""

    layer: nn.Module
    weights: Weights
    arrived: Any


class Courier:
    """Brings weights to where (`device`) and as (`dtype`) they compute, those of the expected layer ahead."""

    def __init__(self, device: torch.device, dtype: torch.dtype):
        self.device, self.dtype = device, dtype
        self._stream: Any = torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]
        self._next: WeakKeyDictionary[nn.Module, nn.Module] = WeakKeyDictionary()  # as the last pass went
        self._last: nn.Module | None = None
        self._ahead: Ahead | None = None

    def bring(self, layer: nn.Module) -> Weights:
        """The weights of a layer that is about to run."""
        if self._last is not None:
            self._next[self._last] = layer
        self._last = layer
        weights = self._arrived(layer) or self._moved(layer)
        expected = self._next.get(layer)
        if self._stream is not None and expected is not None:
            self._send(expected, self._stream)
        return weights

    def _send(self, layer: nn.Module, stream: Any) -> None:
        with torch.cuda.stream(stream):
            weights = self._moved(layer)
            self._ahead = Ahead(layer, weights, stream.record_event())

    def _arrived(self, layer: nn.Module) -> Weights | None:
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.layer is not layer:
            return None
        current = torch.cuda.current_stream(self.device)
        current.wait_event(ahead.arrived)
        for tensor in ahead.weights.values():
            tensor.record_stream(current)  # its memory is not used anew before this stream is done with it
        return ahead.weights

    def _moved(self, layer: nn.Module) -> Weights:
        return {
            name: weight.to(self.device, self.dtype, non_blocking=True)
            for name, weight in layer._parameters.items()
            if weight is not None
        }


def stream(module: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """`module` with every layer streamed whose weights are not where and as they are to compute."""
    courier = Courier(device, dtype)
    for layer in list(module.modules()):
        if not any(_rests(weight, device, dtype) for weight in layer._parameters.values()):
            continue
        if next(layer.children(), None) is None:
            layer.forward = _streamed(layer, layer.forward, courier)
        else:  # its own weights are used by name, outside of any call of its own
            layer._parameters.update(courier._moved(layer))  # type: ignore[arg-type]
    return module


def _rests(weight: Tensor | None, device: torch.device, dtype: torch.dtype) -> bool:
    return weight is not None and (weight.device.type != device.type or weight.dtype != dtype)


def _streamed(layer: nn.Module, forward: Callable[..., Any], courier: Courier) -> Callable[..., Any]:
    """`forward` of a layer with its weights at work for the length of the call."""

    def call(*args: Any, **kwargs: Any) -> Any:
        resting = dict(layer._parameters)
        layer._parameters.update(courier.bring(layer))  # type: ignore[arg-type]
        try:
            return forward(*args, **kwargs)
        finally:
            layer._parameters.update(resting)

    return call
