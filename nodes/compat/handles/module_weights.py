"""Loading and patching a torch module of a pack's own, which a ModelPatcher holds: moved to where it computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from nodes.models.patches import apply_patches


class ModuleWeights:
    """The part of a patcher that touches weights. A model of ours needs none of it: it loads itself when it is used."""

    model: Any
    load_device: Any
    offload_device: Any
    _weights: Mapping[str, Any]
    backup: dict[str, torch.Tensor]

    def module_size(self) -> int:
        """Bytes of a module's weights."""
        return sum(tensor.nelement() * tensor.element_size() for tensor in self.model.state_dict().values())

    def current_loaded_device(self) -> Any:
        """Where it is now."""
        return getattr(self.model, "device", self.offload_device)

    current_device = property(current_loaded_device)

    def loaded_size(self) -> int:
        """Bytes of it that are where it computes."""
        return self.model_size() if self.current_loaded_device() == self.load_device else 0  # type: ignore[attr-defined]

    def model_patches_to(self, device: Any) -> None:
        """Patches move along with what they patch."""

    def model_patches_models(self) -> list[Any]:
        """Models that patches hold: none."""
        return []

    def lowvram_patch_counter(self) -> int:
        """How many weights are patched as they are used: none."""
        return 0

    def patch_model(self, device_to: Any = None, *_: Any, **__: Any) -> Any:
        """Move the module to where it computes, with its patches merged in."""
        if not isinstance(self.model, torch.nn.Module):
            return self.model
        self.backup = self.__dict__.setdefault("backup", {})
        weights = dict(self.model.named_parameters())
        for name, patches in self._weights.items():
            if name in weights and name not in self.backup:
                weight = weights[name].data
                self.backup[name] = weight
                weights[name].data = apply_patches(weight.float(), patches).to(weight.dtype)
        return self.model.to(device_to) if device_to is not None else self.model

    def unpatch_model(self, device_to: Any = None, unpatch_weights: bool = True) -> None:
        """Move it back, as it was."""
        if not isinstance(self.model, torch.nn.Module):
            return
        weights = dict(self.model.named_parameters())
        for name, weight in self.__dict__.pop("backup", {}).items():
            weights[name].data = weight
        if device_to is not None:
            self.model.to(device_to)

    def load(self, device_to: Any = None, *_: Any, **__: Any) -> None:
        """The same as `patch_model`."""
        self.patch_model(device_to)

    def partially_load(self, device_to: Any, *_: Any, **__: Any) -> int:
        """All of it."""
        self.patch_model(device_to)
        return int(self.model_size())  # type: ignore[attr-defined]

    def detach(self, unpatch_all: bool = True) -> Any:
        """Unload it."""
        self.unpatch_model(self.offload_device)
        return self.model

    def pre_run(self) -> None:
        """Sampling begins."""

    def cleanup(self) -> None:
        """Sampling is over."""
