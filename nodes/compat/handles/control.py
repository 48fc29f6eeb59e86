"""`comfy.controlnet.ControlBase` and `ControlNet`: what steers, as packs write and apply it.

A pack's class computes its residuals in `get_control(x, t, cond, batched_number, transformer_options)`; one of ours is
used as it came while nobody looks inside it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

import torch
from torch import Tensor

from nodes.compat.stubs import ProvidedType, stub
from nodes.models.controlnet import ControlNet as Native
from nodes.models.controlnet import merged
from nodes.models.device import compute_device

Residuals = dict[str, list[Any]]


class StrengthType(Enum):
    """How strength counts over the depth."""

    CONSTANT = 1
    LINEAR_UP = 2


class ControlBase(metaclass=ProvidedType):
    """What packs derive their own from."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.cond_hint_original: Tensor | None = None
        self.cond_hint: Any = None
        self.strength = 1.0
        self.timestep_percent_range = (0.0, 1.0)
        self.timestep_range: tuple[float, float] | None = None
        self.global_average_pooling = False
        self.strength_type = StrengthType.CONSTANT
        self.latent_format: Any = None
        self.vae: Any = None
        self.compression_ratio = 8
        self.upscale_algorithm = "nearest-exact"
        self.extra_args: dict[str, Any] = {}
        self.extra_conds: list[str] = []
        self.extra_concat_orig: list[Any] = []
        self.extra_concat: Any = None
        self.extra_hooks: Any = None
        self.concat_mask = False
        self.preprocess_image: Callable[[Tensor], Tensor] = lambda image: image
        self.previous_controlnet: Any = None
        self.device = compute_device()

    # -- as packs apply it ---------------------------------------------------------------------------------------------

    def set_cond_hint(
        self,
        cond_hint: Tensor,
        strength: float = 1.0,
        timestep_percent_range: tuple[float, float] = (0.0, 1.0),
        vae: Any = None,
        extra_concat: Sequence[Any] = (),
    ) -> Any:
        """Steer by a picture [B,C,H,W] in 0..1 during a share of the sampling."""
        self.cond_hint_original, self.strength = cond_hint, strength
        self.timestep_percent_range, self.vae = timestep_percent_range, vae
        self.extra_concat_orig = list(extra_concat or ())
        return self

    def set_previous_controlnet(self, controlnet: Any) -> Any:
        """Chain."""
        self.previous_controlnet = controlnet
        return self

    def set_extra_arg(self, argument: str, value: Any = None) -> None:
        """Further arguments; `control_type` tells a union network the kind of picture."""
        self.extra_args[argument] = value

    def copy_to(self, c: Any) -> None:
        """Have another steer by the same picture, as much and as long."""
        for name in (
            "cond_hint_original", "strength", "timestep_percent_range", "global_average_pooling", "compression_ratio",
            "upscale_algorithm", "latent_format", "vae", "strength_type", "concat_mask", "extra_conds", "extra_hooks",
            "preprocess_image",
        ):  # fmt: skip
            setattr(c, name, getattr(self, name))
        c.extra_args, c.extra_concat_orig = dict(self.extra_args), list(self.extra_concat_orig)

    def get_models(self) -> list[Any]:
        """Models to load, of the whole chain."""
        return [] if self.previous_controlnet is None else list(self.previous_controlnet.get_models())

    get_models_only_self = get_models

    def get_extra_hooks(self) -> list[Any]:
        """Hooks of the whole chain."""
        before = [] if self.previous_controlnet is None else self.previous_controlnet.get_extra_hooks()
        return [*([] if self.extra_hooks is None else [self.extra_hooks]), *before]

    def inference_memory_requirements(self, dtype: Any) -> float:
        """Bytes that a call takes beside the network's, of the whole chain."""
        return 0 if self.previous_controlnet is None else self.previous_controlnet.inference_memory_requirements(dtype)

    # -- sampling ------------------------------------------------------------------------------------------------------

    def pre_run(self, model: Any, percent_to_timestep_function: Callable[[float], float]) -> None:
        """Sampling begins: percents become sigmas, for the whole chain."""
        start, end = self.timestep_percent_range
        self.timestep_range = (percent_to_timestep_function(start), percent_to_timestep_function(end))
        self.model_sampling_current = model.model_sampling
        if self.previous_controlnet is not None:
            self.previous_controlnet.pre_run(model, percent_to_timestep_function)

    def cleanup(self) -> None:
        """Sampling is over."""
        if self.previous_controlnet is not None:
            self.previous_controlnet.cleanup()
        self.cond_hint = self.extra_concat = self.timestep_range = None

    def get_control(
        self, x_noisy: Tensor, t: Tensor, cond: Mapping[str, Any], batched_number: int, transformer_options: Any
    ) -> Residuals | None:
        """The residuals by place ("input", "middle", "output") at sigma t [B]; a class of a pack says which."""
        raise NotImplementedError(f"{type(self).__name__} has no get_control.")

    def control_merge(
        self, control: Mapping[str, Sequence[Any]], control_prev: Mapping[str, Sequence[Any]] | None, output_dtype: Any
    ) -> Residuals:
        """One's own residuals at one's strength, and those before added, index by index."""
        out: Residuals = {}
        for place, tensors in control.items():
            pooled: dict[int, Any] = {}  # one tensor may stand at several places
            for index, x in enumerate(tensors):
                if x is not None and id(x) not in pooled:
                    pooled[id(x)] = self._weighed(x, len(tensors) - index, output_dtype)
                out.setdefault(place, []).append(None if x is None else pooled[id(x)])
        for place, tensors in (control_prev or {}).items():
            own = out.setdefault(place, [])
            for index, before in enumerate(tensors):
                if index >= len(own):
                    own.append(before)
                elif own[index] is None:
                    own[index] = before
                elif before is not None:
                    own[index] = own[index] + before
        return out

    def _weighed(self, x: Tensor, from_end: int, dtype: Any) -> Tensor:
        if self.global_average_pooling:
            x = x.mean(dim=(2, 3), keepdim=True).expand_as(x)
        linear = self.strength_type is StrengthType.LINEAR_UP
        x = x * (self.strength**from_end if linear else self.strength)
        return x if dtype is None else x.to(dtype)

    # -- as our sampling uses it ---------------------------------------------------------------------------------------

    def prepared(self, model: Any) -> Any:
        """Ready for one sampling call of a model of ours."""
        from nodes.compat.handles.boundary import given

        self.pre_run(given(model).model, model.sampling.percent_to_sigma)
        return self

    def residuals(
        self, x: Tensor, timesteps: Tensor, context: Any, y: Any, sigma: Tensor, batch: int = 1
    ) -> Residuals | None:
        """For what is chained after it; x is scaled as for the network."""
        scale = self.model_sampling_current.calculate_input(sigma, torch.ones_like(x))
        return self.get_control(x / scale, sigma, {"c_crossattn": context, "y": y}, batch, {})


class ControlNet(ControlBase):
    """The form of one of ours. In a conditioning it is used as it is."""

    origin: Native | None = None
    _native: Native
    _running: Native | None = None

    def __init__(self, *args: Any, **kwargs: Any):
        stub("comfy.controlnet.ControlNet")(*args, **kwargs)  # made of a network: refused

    @classmethod
    def of(cls, native: Native) -> ControlNet:
        """The form of one of ours."""
        self = cls.__new__(cls)
        ControlBase.__init__(self)
        self.origin = self._native = native
        self.previous_controlnet, self.cond_hint_original = native.previous, native.hint
        self.strength, self.timestep_percent_range = native.strength, native.percents
        self.global_average_pooling = native.global_pool
        self.strength_type = StrengthType.LINEAR_UP if native.linear_up else StrengthType.CONSTANT
        return self

    def graphcore_native(self) -> Native:
        """Ours, with what was changed."""
        before = self.previous_controlnet
        native = self._native if self.cond_hint_original is self._native.hint else self._hinted()
        start, end = self.timestep_percent_range
        native = _changed(
            native, strength=self.strength, percents=(start, end), global_pool=self.global_average_pooling,
            linear_up=self.strength_type is StrengthType.LINEAR_UP,
        )  # fmt: skip
        previous = before.graphcore_native() if isinstance(before, ControlNet) else before
        return native if previous is native.previous else native.with_previous(previous)

    def _hinted(self) -> Native:
        assert self.cond_hint_original is not None
        return self._native.with_hint(self.cond_hint_original.movedim(1, -1))

    @property
    def control_model(self) -> Any:
        """The network, loaded by asking for it."""
        return self._native.weights.network()

    def copy(self) -> Any:
        """A copy to change."""
        made = copy.copy(self)
        made.extra_args = dict(self.extra_args)
        return made

    def get_control(
        self, x_noisy: Tensor, t: Tensor, cond: Mapping[str, Any], batched_number: int, transformer_options: Any
    ) -> Residuals | None:
        """The residuals of this and what is chained before it."""
        before = None
        if self.previous_controlnet is not None:
            before = self.previous_controlnet.get_control(x_noisy, t, cond, batched_number, transformer_options)
        assert self._running is not None, "pre_run comes first"
        sampling = self.model_sampling_current
        context = cond.get("crossattn_controlnet", cond.get("c_crossattn"))
        own = self._running.residuals(
            sampling.calculate_input(t, x_noisy), sampling.timestep(t).float(), context, cond.get("y"), t,
            batched_number,
        )  # fmt: skip
        if own is None:
            return before
        return {place: list(tensors) for place, tensors in merged(own, before).items()}

    def pre_run(self, model: Any, percent_to_timestep_function: Callable[[float], float]) -> None:
        super().pre_run(model, percent_to_timestep_function)
        self._running = self.graphcore_native().with_previous(None).prepared(model.native)

    def prepared(self, model: Any) -> Any:
        """See `nodes.models.controlnet.ControlNet.prepared`; itself, if a pack wants to be asked at every step."""
        chain: Any = self
        while isinstance(chain, ControlNet) and not _is_changed(chain):
            chain = chain.previous_controlnet
        if chain is None or isinstance(chain, Native):
            return self.graphcore_native().prepared(model)
        return super().prepared(model)


def _is_changed(control: ControlNet) -> bool:
    return type(control).get_control is not ControlNet.get_control or "get_control" in vars(control)


def _changed(native: Native, **values: Any) -> Native:
    different = {name: value for name, value in values.items() if getattr(native, name) != value}
    return replace(native, **different) if different else native


class T2IAdapter(ControlNet):
    """The name, for `isinstance`."""


class ControlLora(ControlNet):
    """The name, for `isinstance`."""
