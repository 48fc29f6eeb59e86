"""Sigma parameterisations as packs write and read them: `comfy.model_sampling`, `model.model_sampling`.

A pack makes a class of two, what the output means and which noise levels there are, and gives an object of it to a
model: `class Mine(ModelSamplingDiscreteFlow, CONST)`. Formulas are those of `nodes.sampling`, which these
classes delegate to.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor

from nodes.compat.stubs import ProvidedType
from nodes.sampling import predictions, sigma_tables
from nodes.sampling.model_sampling import ModelSampling

# -- what the output means ---------------------------------------------------------------------------------------------


class EPS(metaclass=ProvidedType):
    """The output is the noise."""

    PREDICTION: ClassVar[Any] = predictions.Eps
    sigma_data: float = 1.0

    @property
    def _prediction(self) -> Any:
        return self.PREDICTION(float(self.sigma_data))

    @property
    def is_flow(self) -> bool:
        """Whether noise is mixed in instead of added."""
        return bool(self._prediction.is_flow)

    def calculate_input(self, sigma: Tensor, noise: Tensor) -> Tensor:
        """x as the network wants it."""
        return self._prediction.calculate_input(sigma, noise)  # type: ignore[no-any-return]

    def calculate_denoised(self, sigma: Tensor, model_output: Tensor, model_input: Tensor) -> Tensor:
        """The prediction of the clean data."""
        return self._prediction.calculate_denoised(sigma, model_output, model_input)  # type: ignore[no-any-return]

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent_image: Tensor, max_denoise: bool = False) -> Tensor:
        """A latent noised to sigma."""
        return self._prediction.noise_scaling(sigma, noise, latent_image, max_denoise)  # type: ignore[no-any-return]

    def inverse_noise_scaling(self, sigma: Tensor, latent: Tensor) -> Tensor:
        """A result scaled so that another sampling may go on from it."""
        return self._prediction.inverse_noise_scaling(sigma, latent)  # type: ignore[no-any-return]


class V_PREDICTION(EPS):  # noqa: N801 - the field's own names from here on
    """The output is v."""

    PREDICTION: ClassVar[Any] = predictions.V


class EDM(V_PREDICTION):
    """The output is EDM's."""

    PREDICTION = predictions.Edm


class X0(EPS):
    """The output is the clean data."""

    PREDICTION: ClassVar[Any] = predictions.X0


class IMG_TO_IMG(X0):  # noqa: N801
    """The output is the result, and no noise is involved."""

    PREDICTION = predictions.ImageToImage


class _Plain:
    """Conventions that have no sigma data."""

    PREDICTION: ClassVar[Any]

    @property
    def _prediction(self) -> Any:
        return self.PREDICTION()


class CONST(_Plain, EPS):
    """Rectified flow."""

    PREDICTION = predictions.Flow


class COSMOS_RFLOW(_Plain, EPS):  # noqa: N801
    """Cosmos' rectified flow."""

    PREDICTION = predictions.CosmosFlow


# -- which noise levels there are --------------------------------------------------------------------------------------


class _Levels(torch.nn.Module, metaclass=ProvidedType):
    """Noise levels with a table of ours behind them."""

    table: Any

    @property
    def sigmas(self) -> Tensor:
        """All of them, ascending."""
        return self.table.sigmas  # type: ignore[no-any-return]

    @property
    def sigma_min(self) -> Tensor:
        """The smallest."""
        return self.sigmas[0]

    @property
    def sigma_max(self) -> Tensor:
        """The largest."""
        return self.sigmas[-1]

    def timestep(self, sigma: Tensor) -> Tensor:
        """What the network is told."""
        return self.table.timestep(sigma)  # type: ignore[no-any-return]

    def sigma(self, timestep: Tensor) -> Tensor:
        """What a timestep stands for."""
        return self.table.sigma(torch.as_tensor(timestep))  # type: ignore[no-any-return]

    def percent_to_sigma(self, percent: float) -> float:
        """The level at a share of the way."""
        return float(self.table.percent_to_sigma(percent))


def _settings(model_config: Any) -> dict[str, Any]:
    return dict(getattr(model_config, "sampling_settings", None) or {})


class ModelSamplingDiscrete(_Levels):
    """A table of trained levels."""

    linear_start, linear_end, num_timesteps, zsnr = 0.00085, 0.012, 1000, False

    def __init__(self, model_config: Any = None, zsnr: bool | None = None):
        super().__init__()
        settings = _settings(model_config)
        self.linear_start, self.linear_end = settings.get("linear_start", 0.00085), settings.get("linear_end", 0.012)
        self.num_timesteps = settings.get("timesteps", 1000)
        self.zsnr = bool(settings.get("zsnr", False) if zsnr is None else zsnr)
        betas = sigma_tables.scaled_linear_betas(self.linear_start, self.linear_end, self.num_timesteps)
        sigmas = sigma_tables.sigmas_of_betas(betas)
        self.set_sigmas(sigma_tables.rescale_to_zero_terminal_snr(sigmas) if self.zsnr else sigmas)

    def set_sigmas(self, sigmas: Tensor) -> None:
        """Other levels."""
        self.table = sigma_tables.Discrete.from_sigmas(sigmas)

    @property
    def log_sigmas(self) -> Tensor:
        """Their logarithms."""
        return self.sigmas.log()


class ModelSamplingContinuousEDM(_Levels):
    """EDM's continuous range."""

    TABLE: ClassVar[Any] = sigma_tables.ContinuousEdm
    RANGE: ClassVar[tuple[float, float]] = (0.002, 120.0)

    def __init__(self, model_config: Any = None):
        super().__init__()
        settings = _settings(model_config)
        low, high = settings.get("sigma_min", self.RANGE[0]), settings.get("sigma_max", self.RANGE[1])
        self.set_parameters(low, high, settings.get("sigma_data", 1.0))

    def set_parameters(self, sigma_min: float, sigma_max: float, sigma_data: float) -> None:
        """Another range."""
        self.sigma_data = sigma_data
        self.table = self.TABLE(float(sigma_min), float(sigma_max))


class ModelSamplingContinuousV(ModelSamplingContinuousEDM):
    """A continuous range told as an angle."""

    TABLE = sigma_tables.ContinuousV


class ModelSamplingDiscreteFlow(_Levels):
    """Shifted time."""

    def __init__(self, model_config: Any = None):
        super().__init__()
        settings = _settings(model_config)
        self.set_parameters(settings.get("shift", 1.0), multiplier=settings.get("multiplier", 1000))

    def set_parameters(self, shift: float = 1.0, timesteps: int = 1000, multiplier: float = 1000) -> None:
        """Another shift."""
        self.shift, self.multiplier = shift, multiplier
        self.table = sigma_tables.ShiftedFlow(float(shift), float(multiplier))


class ModelSamplingFlux(_Levels):
    """Flux's exponential time shift."""

    def __init__(self, model_config: Any = None):
        super().__init__()
        self.set_parameters(_settings(model_config).get("shift", 1.15))

    def set_parameters(self, shift: float = 1.15, timesteps: int = 10000) -> None:
        """Another shift."""
        self.shift = shift
        self.table = sigma_tables.Flux(float(shift))


class StableCascadeSampling(ModelSamplingDiscrete):
    """Stable Cascade's."""

    def __init__(self, model_config: Any = None):
        torch.nn.Module.__init__(self)
        self.set_parameters(_settings(model_config).get("shift", 1.0))

    def set_parameters(self, shift: float = 1.0, cosine_s: float = 8e-3) -> None:
        """Another shift."""
        self.shift = shift
        self.table = sigma_tables.Cascade(float(shift))


def time_snr_shift(alpha: float, t: Any) -> Any:
    """t in 0..1 shifted by alpha."""
    return t if alpha == 1.0 else alpha * t / (1 + (alpha - 1) * t)


def flux_time_shift(mu: float, sigma: float, t: Any) -> Any:
    """Flux's shift of t."""
    return math.exp(mu) / (math.exp(mu) + (1 / t - 1) ** sigma)


def rescale_zero_terminal_snr_sigmas(sigmas: Tensor) -> Tensor:
    """Levels stretched so that the last is (nearly) pure noise."""
    return sigma_tables.rescale_to_zero_terminal_snr(sigmas)


# -- between these and ours --------------------------------------------------------------------------------------------

MEANINGS: dict[type[Any], type[Any]] = {
    predictions.Eps: EPS,
    predictions.V: V_PREDICTION,
    predictions.Edm: EDM,
    predictions.X0: X0,
    predictions.ImageToImage: IMG_TO_IMG,
    predictions.Flow: CONST,
    predictions.CosmosFlow: COSMOS_RFLOW,
}
LEVELS: dict[type[Any], type[Any]] = {
    sigma_tables.Discrete: ModelSamplingDiscrete,
    sigma_tables.ContinuousEdm: ModelSamplingContinuousEDM,
    sigma_tables.ContinuousV: ModelSamplingContinuousV,
    sigma_tables.ShiftedFlow: ModelSamplingDiscreteFlow,
    sigma_tables.Flux: ModelSamplingFlux,
    sigma_tables.Cascade: StableCascadeSampling,
}


def shown(sampling: ModelSampling) -> Any:
    """One of ours as packs know it: an object of both kinds of class, with our own prediction and levels."""
    if not isinstance(sampling, ModelSampling):
        return sampling  # a pack's own already
    if isinstance(sampling.prediction, _Packs):
        return sampling.prediction.made
    levels, meaning = LEVELS.get(type(sampling.table), _Levels), MEANINGS.get(type(sampling.prediction), EPS)
    kind = type("ModelSampling", (levels, meaning), {"_prediction": sampling.prediction, "origin": sampling})
    made: Any = object.__new__(kind)
    torch.nn.Module.__init__(made)
    made.table = sampling.table
    for name in ("shift", "multiplier"):
        if hasattr(sampling.table, name):
            setattr(made, name, getattr(sampling.table, name))
    made.sigma_data = getattr(sampling.prediction, "sigma_data", 1.0)
    return made


class _Packs:
    """A pack's parameterisation as a prediction and a table of ours."""

    def __init__(self, made: Any):
        self.made = made

    @property
    def is_flow(self) -> bool:
        """See `Prediction`."""
        return bool(getattr(self.made, "is_flow", isinstance(self.made, CONST)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made, name)

    @property
    def sigmas(self) -> Tensor:
        """See `SigmaTable`."""
        found: Tensor = self.made.sigmas
        return found.detach().float().cpu()

    def percent_to_sigma(self, percent: float) -> float:
        """See `SigmaTable`."""
        return float(self.made.percent_to_sigma(percent))


def native(made: Any) -> ModelSampling:
    """A pack's object as one of ours; one of ours that went round is itself."""
    if isinstance(made, ModelSampling):
        return made
    origin: ModelSampling | None = getattr(type(made), "origin", None)
    if origin is not None and made.table is origin.table:
        return origin
    form: Any = _Packs(made)
    return ModelSampling(form, form)


__all__ = [
    "CONST", "COSMOS_RFLOW", "EDM", "EPS", "IMG_TO_IMG", "V_PREDICTION", "X0", "ModelSamplingContinuousEDM",
    "ModelSamplingContinuousV", "ModelSamplingDiscrete", "ModelSamplingDiscreteFlow", "ModelSamplingFlux",
    "StableCascadeSampling", "flux_time_shift", "rescale_zero_terminal_snr_sigmas", "time_snr_shift",
]  # fmt: skip
