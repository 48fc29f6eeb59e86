"""`comfy.controlnet.ControlNet`: what steers, as packs apply it: `copy().set_cond_hint(...)` into a conditioning."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nodes.compat.stubs import ProvidedType, stub
from nodes.models.controlnet import ControlNet as Native


class ControlBase(metaclass=ProvidedType):
    """What packs derive their own from: anything with `prepared(model)` and `residuals(...)` can steer."""


class ControlNet(ControlBase):
    """The form of one of ours. In a conditioning it is used as it is."""

    origin: Native | None = None
    previous_controlnet: Any
    cond_hint_original: Tensor | None
    extra_args: dict[str, Any]
    _native: Native

    def __init__(self, *args: Any, **kwargs: Any):
        stub("comfy.controlnet.ControlNet")(*args, **kwargs)  # made of a network: refused

    @classmethod
    def of(cls, native: Native) -> ControlNet:
        """The form of one of ours."""
        self = cls.__new__(cls)
        self.origin = self._native = native
        self.previous_controlnet = native.previous
        self.cond_hint_original = native.hint
        self.extra_args = {}
        return self

    def graphcore_native(self) -> Native:
        """Ours."""
        return self._native

    def copy(self) -> ControlNet:
        """A copy to change."""
        made = type(self).of(self._native)
        made.extra_args = dict(self.extra_args)
        return made

    def set_cond_hint(
        self,
        cond_hint: Tensor,
        strength: float = 1.0,
        timestep_percent_range: tuple[float, float] = (0.0, 1.0),
        vae: Any = None,
        extra_concat: Any = None,
    ) -> ControlNet:
        """Steer by a picture [B,C,H,W] in 0..1 during a share of the sampling."""
        start, end = timestep_percent_range
        previous = self._native.previous
        self._native = self._native.with_hint(cond_hint.movedim(1, -1), strength, start, end).with_previous(previous)
        self.cond_hint_original = cond_hint
        return self

    def set_previous_controlnet(self, controlnet: Any) -> ControlNet:
        """Chain."""
        self.previous_controlnet = controlnet
        self._native = self._native.with_previous(getattr(controlnet, "_native", controlnet))
        return self

    def set_extra_arg(self, argument: str, value: Any = None) -> None:
        """Further arguments; `control_type` tells a union network the kind of picture."""
        self.extra_args[argument] = value

    @property
    def strength(self) -> float:
        """How much it steers."""
        return self._native.strength

    @property
    def timestep_percent_range(self) -> tuple[float, float]:
        """When."""
        return self._native.percents

    def get_models(self) -> list[Any]:
        """Models to load: none, it loads itself."""
        return []

    def cleanup(self) -> None:
        """Sampling is over."""

    def prepared(self, model: Any) -> Native:
        """See `nodes.models.controlnet.ControlNet.prepared`."""
        return self._native.prepared(model)


class T2IAdapter(ControlNet):
    """The name, for `isinstance`."""


class ControlLora(ControlNet):
    """The name, for `isinstance`."""
