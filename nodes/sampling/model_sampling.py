"""A model's sigma parameterisation: what its output means (`Prediction`) over which noise levels (`SigmaTable`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from nodes.sampling.names import lookup
from nodes.sampling.predictions import (
    X0,
    CosmosFlow,
    Edm,
    Eps,
    Flow,
    ImageToImage,
    Lcm,
    Prediction,
    V,
)
from nodes.sampling.sigma_tables import (
    Cascade,
    ContinuousEdm,
    ContinuousV,
    Cosmos,
    Discrete,
    Flux,
    ShiftedFlow,
    SigmaTable,
    rescale_to_zero_terminal_snr,
    scaled_linear_betas,
    sigmas_of_betas,
)


@dataclass(frozen=True, eq=False)
class ModelSampling:
    """One parameterisation. Immutable; sampling nodes that change it give the model another one."""

    prediction: Prediction
    table: SigmaTable

    @property
    def is_flow(self) -> bool:
        return self.prediction.is_flow

    @property
    def sigmas(self) -> Tensor:
        """All sigmas the model was trained on, ascending, float32, on the CPU: [L]."""
        return self.table.sigmas

    @property
    def sigma_min(self) -> float:
        return float(self.sigmas[0])

    @property
    def sigma_max(self) -> float:
        return float(self.sigmas[-1])

    def timestep(self, sigma: Tensor) -> Tensor:
        """What the network is told at `sigma`; same shape."""
        return self.table.timestep(sigma)

    def sigma(self, timestep: Tensor) -> Tensor:
        """The sigma that `timestep` stands for; same shape."""
        return self.table.sigma(timestep)

    def percent_to_sigma(self, percent: float) -> float:
        """The sigma at a share of the way from pure noise (0) to clean (1)."""
        return self.table.percent_to_sigma(percent)

    def calculate_input(self, sigma: Tensor, x: Tensor) -> Tensor:
        return self.prediction.calculate_input(sigma, x)

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        return self.prediction.calculate_denoised(sigma, output, x)

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent: Tensor, max_denoise: bool = False) -> Tensor:
        return self.prediction.noise_scaling(sigma, noise, latent, max_denoise)

    def inverse_noise_scaling(self, sigma: Tensor, latent: Tensor) -> Tensor:
        return self.prediction.inverse_noise_scaling(sigma, latent)


_KINDS: dict[str, Callable[[float], Prediction]] = {
    "eps": Eps,
    "v_prediction": V,
    "edm": Edm,
    "x0": X0,
    "img_to_img": ImageToImage,
}


def _kind(prediction: str) -> Callable[[float], Prediction]:
    return lookup("prediction", prediction, _KINDS)


def discrete(prediction: str = "eps", *, zero_terminal_snr: bool = False, betas: Tensor | None = None) -> ModelSampling:
    """Stable Diffusion 1 and 2, SDXL. `prediction`: eps, v_prediction, x0, img_to_img, lcm.

    lcm has a distilled table of 50 sigmas. `betas` [1000] default to latent diffusion's.
    """
    sigmas = sigmas_of_betas(scaled_linear_betas() if betas is None else betas)
    table = Discrete.from_sigmas(rescale_to_zero_terminal_snr(sigmas) if zero_terminal_snr else sigmas)
    if prediction == "lcm":
        table = table.distilled()
        return ModelSampling(Lcm(timestep=table.timestep), table)
    return ModelSampling(_kind(prediction)(1.0), table)


def continuous_edm(
    prediction: str = "v_prediction", *, sigma_min: float = 0.002, sigma_max: float = 120.0, sigma_data: float = 1.0
) -> ModelSampling:
    """EDM's continuous noise range. `prediction`: v_prediction, edm, eps, x0."""
    return ModelSampling(_kind(prediction)(sigma_data), ContinuousEdm(sigma_min, sigma_max))


def continuous_v(
    prediction: str = "v_prediction", *, sigma_min: float = 0.03, sigma_max: float = 500.0
) -> ModelSampling:
    """A continuous noise range told to the network as an angle (Stable Audio)."""
    return ModelSampling(_kind(prediction)(1.0), ContinuousV(sigma_min, sigma_max))


def flow(shift: float = 3.0, multiplier: float = 1000.0) -> ModelSampling:
    """Rectified flow with shifted time: SD3 (3, 1000), AuraFlow (1.73, 1), Flux schnell (1, 1), and many more."""
    return ModelSampling(Flow(), ShiftedFlow(shift, multiplier))


def flux(mu: float = 1.15) -> ModelSampling:
    """Rectified flow with Flux's exponential time shift."""
    return ModelSampling(Flow(), Flux(mu))


def cascade(shift: float = 1.0) -> ModelSampling:
    """Stable Cascade, both stages."""
    return ModelSampling(Eps(), Cascade(shift))


def cosmos(sigma_min: float = 0.002, sigma_max: float = 120.0) -> ModelSampling:
    """Cosmos-Predict2: rectified flow over EDM's range."""
    return ModelSampling(CosmosFlow(), Cosmos(sigma_min, sigma_max))
