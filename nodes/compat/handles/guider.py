"""`comfy.samplers.CFGGuider`: a guider that packs configure, derive from, and call.

It fulfils `nodes.guidance.guiders.Guider`, so our sampling nodes run it: a class that overrides `predict_noise` guides
by its own rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nodes.compat import installation
from nodes.compat.handles.boundary import given, taken
from nodes.compat.stubs import ProvidedType
from nodes.guidance import guiders, ksampler
from nodes.guidance.cfg import Guided, Step
from nodes.guidance.conditioning import set_values
from nodes.guidance.guiders import Guider
from nodes.guidance.prepare import Conds


class CFGGuider(metaclass=ProvidedType):
    """Classifier-free guidance between "positive" and "negative"."""

    def __init__(self, model_patcher: Any):
        self.model_patcher = given(model_patcher)
        self.model_options: dict[str, Any] = self.model_patcher.model_options
        self.original_conds: dict[str, Any] = {}
        self.cfg = 1.0
        self.conds: Conds = {}
        self.inner_model: Any = None
        self._seed: int | None = None
        self._last: Guided | None = None
        self._result: Any = None  # of the last sampling call
        self._sampling = False

    # -- as packs configure it -----------------------------------------------------------------------------------------

    def set_conds(self, positive: Any, negative: Any) -> None:
        """Towards one, away from the other."""
        self.inner_set_conds({"positive": positive, "negative": negative})

    def inner_set_conds(self, conds: Mapping[str, Any]) -> None:
        """Conditionings by any names."""
        self.original_conds = dict(conds)

    def set_cfg(self, cfg: float) -> None:
        """How much."""
        self.cfg = cfg

    # -- as our sampling runs it ---------------------------------------------------------------------------------------

    @property
    def model(self) -> Any:
        """Our model, as it is patched; options of the guider's own count more than the model's."""
        native = taken(self.model_patcher)
        if self.model_options is self.model_patcher.model_options:
            return native
        patcher = self.model_patcher.clone()
        patcher.model_options = self.model_options
        return taken(patcher)

    def sample_instead(self, noise: Any, sampler: Any, sigmas: Tensor, latent: dict[str, Any], run: Any) -> Any:
        """What our sampling nodes are given: the sampling call of a class that has one of its own, else None."""
        if self._sampling or not any(name in overridden(self) for name in ("sample", "outer_sample", "inner_sample")):
            return None
        start = ksampler.fitted(latent, self.model.latent_format)
        self._result = None
        begin, mask = noise.generate_noise(start), latent.get("noise_mask")
        samples = self.sample(begin, start["samples"], given(sampler), sigmas, mask, None, False, noise.seed)
        output = {**latent, "samples": samples.cpu()}
        return ksampler.Sampled(output, output if self._result is None else self._result.denoised)

    @property
    def lists(self) -> dict[str, Any]:
        """The conditionings by name."""
        return {name: set_values(conds, {}) for name, conds in self.original_conds.items() if conds is not None}

    def predict(self, step: Step, conds: Conds) -> Guided:
        """The guided prediction, by `predict_noise`."""
        self.inner_model, self.conds, self._last = step.model, conds, None
        denoised = self.predict_noise(step.x, step.sigma, dict(step.model_options), self._seed)
        return Guided(denoised, denoised if self._last is None else self._last.uncond)

    # -- as packs override and call it ---------------------------------------------------------------------------------

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict[str, Any] | None = None, seed: int | None = None
    ) -> Tensor:
        """The denoised prediction of x at sigma `timestep`."""
        step = Step(self.inner_model, x, timestep, model_options or {})
        self._last = guiders.guide(step, self.conds["positive"], self.conds.get("negative"), self.cfg)
        return self._last.denoised

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        return self.predict_noise(*args, **kwargs)

    def sample(
        self,
        noise: Tensor,
        latent_image: Tensor,
        sampler: Any,
        sigmas: Tensor,
        denoise_mask: Tensor | None = None,
        callback: Any = None,
        disable_pbar: bool = False,
        seed: int | None = None,
    ) -> Tensor:
        """Sample; `callback(step, x0, x, total)` after every step."""
        if len(sigmas) == 0:
            return latent_image
        self._seed = seed
        return self.outer_sample(noise, latent_image, sampler, sigmas, denoise_mask, callback, disable_pbar, seed)

    def outer_sample(
        self, noise: Tensor, latent_image: Tensor, sampler: Any, sigmas: Tensor, denoise_mask: Tensor | None = None,
        callback: Any = None, disable_pbar: bool = False, seed: int | None = None, **_: Any,
    ) -> Tensor:  # fmt: skip
        """The same; where a class may come in once the call is known."""
        device = self.model_patcher.load_device
        return self.inner_sample(
            noise, latent_image, device, sampler, sigmas, denoise_mask, callback, disable_pbar, seed
        )

    def inner_sample(
        self, noise: Tensor, latent_image: Tensor, device: Any, sampler: Any, sigmas: Tensor,
        denoise_mask: Tensor | None = None, callback: Any = None, disable_pbar: bool = False, seed: int | None = None,
        **_: Any,
    ) -> Tensor:  # fmt: skip
        """The same; what is inside of everything."""
        self._sampling = True
        try:
            return sampled(self, noise, latent_image, sampler, sigmas, denoise_mask, callback, seed)
        finally:
            self._sampling = False


def sampled(
    guider: Any,
    noise: Tensor,
    latent_image: Tensor,
    sampler: Any,
    sigmas: Tensor,
    mask: Tensor | None,
    callback: Any,
    seed: int | None,
) -> Tensor:
    """A sampling call on tensors."""
    from nodes.compat.k_samplers import GivenNoise, with_callback

    latent: dict[str, Any] = {"samples": latent_image, **({} if mask is None else {"noise_mask": mask})}
    run = installation.calling()
    sampler = with_callback(taken(sampler), callback)
    result = guider._result = ksampler.sample(guider, GivenNoise(noise, seed or 0), sampler, sigmas, latent, run)
    output: Tensor = result.output["samples"]
    return output


def overridden(guider: CFGGuider) -> set[str]:
    """Which of the methods that one class of ours has, a pack has written anew: in a class or on the object."""
    own = {"sample", "outer_sample", "inner_sample", "predict_noise"}
    return {name for name in own if name in vars(guider) or getattr(type(guider), name) is not vars(CFGGuider)[name]}


class NativeGuider(CFGGuider):
    """One of ours in that form; what a pack does not change is ours again."""

    origin: Guider

    @classmethod
    def of(cls, native: Guider) -> NativeGuider:
        """The form of one of ours."""
        self = cls(native.model)
        self.origin, self.cfg = native, getattr(native, "cfg", 1.0)
        self.original_conds = dict(native.lists)
        return self

    def graphcore_native(self) -> Any:
        """Ours, if it is as it was."""
        native = self.origin
        fresh: Mapping[str, Any] = self.origin.lists
        same = self.cfg == getattr(native, "cfg", 1.0) and self.model is native.model and not overridden(self)
        listed = self.original_conds.keys() == fresh.keys() and all(
            taken(given(conds)) == taken(given(fresh[name])) if conds is not fresh[name] else True
            for name, conds in self.original_conds.items()
        )
        return native if same and listed else self

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict[str, Any] | None = None, seed: int | None = None
    ) -> Tensor:
        """The guided prediction, by the rule of ours."""
        if set(self.original_conds) <= {"positive", "negative"}:
            return super().predict_noise(x, timestep, model_options, seed)
        step = Step(self.inner_model, x, timestep, model_options or {})
        self._last = self.origin.predict(step, self.conds)
        return self._last.denoised


def shown(guider: Any) -> CFGGuider:
    """A guider as packs know it: one of theirs is itself."""
    return guider if isinstance(guider, CFGGuider) else NativeGuider.of(guider)
