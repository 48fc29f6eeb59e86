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
from nodes.guidance import cfg, ksampler
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
        """Our model, as it is patched."""
        return taken(self.model_patcher)

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
        self._last = cfg.guide(step, self.conds["positive"], self.conds.get("negative"), self.cfg)
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
        self._seed = seed
        return sampled(self, noise, latent_image, sampler, sigmas, denoise_mask, callback, seed)


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
    sampler = with_callback(sampler, callback)
    result = ksampler.sample(guider, GivenNoise(noise, seed or 0), sampler, sigmas, latent, run)
    output: Tensor = result.output["samples"]
    return output


class GuiderView:
    """One of our guiders, as wrappers of packs look at it."""

    def __init__(self, guider: Guider):
        self._guider = guider
        self.model_patcher = given(guider.model)
        self.model_options = self.model_patcher.model_options
        self.conds = self.original_conds = dict(guider.lists)
        self.cfg = getattr(guider, "cfg", 1.0)
        self.inner_model: Any = None


def shown(guider: Any) -> Any:
    """A guider as packs know it: one of theirs is itself."""
    return guider if isinstance(guider, CFGGuider) else GuiderView(guider)
