"""Union ControlNets (https://github.com/xinsir6/ControlNetPlus): one network for many kinds of picture."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.control_network import ControlNetwork, ControlWeights
from nodes.models.controlnet_keys import ControlShape
from nodes.models.weights import Weights

MARK = "task_embedding"
PARTS = (MARK, "transformer_layes.", "spatial_ch_projs.", "control_add_embedding.")
# What the nodes call a kind of picture -> its number in published networks.
KINDS = {
    "openpose": 0,
    "depth": 1,
    "hed/pidi/scribble/ted": 2,
    "canny/lineart/anime_lineart/mlsd": 3,
    "normal": 4,
    "segment": 5,
    "tile": 6,
    "repaint": 7,
}
HEAD_WIDTH = 40  # of the transformer that looks at all pictures together: 320 channels, 8 heads


class UnionNetwork(ControlNetwork):
    """A union ControlNet told which `kind` of picture it sees; None leaves that to the picture."""

    kind: int | None = None

    def of_kind(self, kind: int | None) -> UnionNetwork:
        """The same network for pictures of another kind."""
        network = copy(self)
        network.kind = kind
        return network

    def _embedding(self, emb: Tensor) -> Tensor:
        told = torch.zeros(len(self.module.task_embedding), device=self.device)
        if self.kind is not None:
            told[self.kind] = 1.0
        extra: Tensor = self.module.control_add_embedding(self.module.control_type_proj(told).reshape(1, -1).to(emb))
        return emb + extra

    def _start(self, h: Tensor, hint: Tensor) -> Tensor:
        """The hint is shifted by what a transformer makes of the means of hint and latent."""
        if self.kind is None:
            return h + hint
        seen = hint.mean(dim=(2, 3)).expand(len(h), -1) + self.module.task_embedding[self.kind]
        sequence = torch.stack((seen, h.mean(dim=(2, 3))), dim=1)
        for layer in self.module.transformer_layes:
            sequence = layer(sequence)
        shift: Tensor = self.module.spatial_ch_projs(sequence[:, 0])
        return h + hint + shift[:, :, None, None]


class UnionWeights(ControlWeights):
    """A union ControlNet's weights; `own` are the shapes of what a plain one has not."""

    network_type = UnionNetwork

    def __init__(self, shape: ControlShape, weights: Weights, own: Mapping[str, tuple[int, ...]]):
        super().__init__(shape, weights)
        self._own = own

    def check_kind(self, kind: int | None) -> None:
        """Raise ModelError for a kind of picture that this one was not trained on."""
        known = self._own[MARK][0]
        if kind is not None and kind >= known:
            names = ", ".join(name for name, number in KINDS.items() if number < known)
            raise ModelError(f"This union ControlNet knows only pictures of the kinds {names}; choose one of them.")

    def _module(self, heads: tuple[int, ...], upcast: bool) -> Any:
        # Seconds on first use: only whoever runs a model pays.
        from diffusers.models.controlnets.controlnet_union import ControlNetUnionModel

        config = self.shape.diffusers_config(heads, upcast)
        shared = {name: value for name, value in config.items() if name != "mid_block_type"}  # it has but one
        return ControlNetUnionModel(**shared, **_own_config(self._own))


def is_own(name: str) -> bool:
    """Whether a tensor belongs to what a plain ControlNet has not."""
    return name.startswith(PARTS)


def _own_config(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Arguments that diffusers' ControlNetUnionModel takes beside a plain one's."""
    try:
        kinds, width = shapes[MARK]
        projected = shapes["spatial_ch_projs.weight"][0]
    except (KeyError, ValueError):
        raise ModelError("The union ControlNet in this file is incomplete. Fetch the file again.") from None
    return {
        "num_control_type": kinds,
        "num_trans_channel": width,
        "num_trans_head": max(1, width // HEAD_WIDTH),
        "num_trans_layer": len({name.split(".")[1] for name in shapes if name.startswith("transformer_layes.")}),
        "num_proj_channel": projected,
    }
