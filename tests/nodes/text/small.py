"""A text encoder small enough for a unit test, with random weights."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.text.encoder import TextEncoder

FC1 = "text_model.encoder.layers.0.mlp.fc1.weight"
FC2 = "text_model.encoder.layers.0.mlp.fc2.weight"


class Add:
    """A weight adapter that adds `strength`, and counts how often it did."""

    def __init__(self) -> None:
        self.calls = 0

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        assert weight.dtype == torch.float32
        self.calls += 1
        return weight + strength


def small_encoder(
    width: int = 16, layers: int = 3, act: str = "quick_gelu", projection: int | None = None
) -> TextEncoder:
    """Two heads; every call with the same arguments gives the same weights."""
    return TextEncoder(small_tensors(width, layers, projection), act, {"num_attention_heads": 2})


def small_tensors(width: int = 16, layers: int = 3, projection: int | None = None) -> dict[str, Tensor]:
    """Weights in transformers' layout, float16."""
    generator = torch.Generator().manual_seed(width + layers)

    def linear(name: str, out: int, into: int) -> dict[str, Tensor]:
        weight = torch.randn(out, into, generator=generator) / into**0.5
        return {f"{name}.weight": weight.half(), f"{name}.bias": (0.1 * torch.randn(out, generator=generator)).half()}

    def norm(name: str) -> dict[str, Tensor]:
        noise = 0.1 * torch.randn(2, width, generator=generator)
        return {f"{name}.weight": (1 + noise[0]).half(), f"{name}.bias": noise[1].half()}

    tensors = {
        "text_model.embeddings.token_embedding.weight": torch.randn(49408, width, generator=generator).half(),
        "text_model.embeddings.position_embedding.weight": torch.randn(77, width, generator=generator).half(),
        **norm("text_model.final_layer_norm"),
    }
    for n in range(layers):
        block = f"text_model.encoder.layers.{n}"
        tensors |= norm(f"{block}.layer_norm1") | norm(f"{block}.layer_norm2")
        tensors |= linear(f"{block}.mlp.fc1", 4 * width, width) | linear(f"{block}.mlp.fc2", width, 4 * width)
        for part in ("q", "k", "v", "out"):
            tensors |= linear(f"{block}.self_attn.{part}_proj", width, width)
    if projection:
        tensors["text_projection.weight"] = torch.randn(projection, width, generator=generator).half()
    return tensors
