"""Sigma parameterisations: what a model predicts over which noise levels, where its file does not say."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import Latent, Model, Range
from nodes.builtin.pack import pack

Shift = Annotated[float, Range(0.0, 100.0, step=0.01)]
SigmaLimit = Annotated[float, Range(0.0, 1000.0, step=0.001, round=False)]


@pack.node(id="ModelSamplingDiscrete", title="ModelSamplingDiscrete", category="advanced/model")
def model_sampling_discrete(
    model: Model, sampling: Literal["eps", "v_prediction", "lcm", "x0", "img_to_img"], zsnr: bool = False
) -> Model:
    """What the model predicts, where its file does not say; zsnr for models trained to start from pure noise."""
    from nodes.guidance.patches.model_sampling import sampling_discrete

    return sampling_discrete(model, sampling, zsnr)


@pack.node(id="ModelSamplingContinuousEDM", title="ModelSamplingContinuousEDM", category="advanced/model")
def model_sampling_continuous_edm(
    model: Model,
    sampling: Literal["v_prediction", "edm", "edm_playground_v2.5", "eps", "cosmos_rflow"],
    sigma_max: SigmaLimit = 120.0,
    sigma_min: SigmaLimit = 0.002,
) -> Model:
    """A continuous range of noise levels."""
    from nodes.guidance.patches.model_sampling import sampling_continuous_edm

    return sampling_continuous_edm(model, sampling, sigma_max, sigma_min)


@pack.node(id="ModelSamplingContinuousV", title="ModelSamplingContinuousV", category="advanced/model")
def model_sampling_continuous_v(
    model: Model, sampling: Literal["v_prediction"], sigma_max: SigmaLimit = 500.0, sigma_min: SigmaLimit = 0.03
) -> Model:
    """A continuous range of noise levels told to the model as an angle."""
    from nodes.guidance.patches.model_sampling import sampling_continuous_v

    return sampling_continuous_v(model, sampling, sigma_max, sigma_min)


@pack.node(id="ModelSamplingSD3", title="ModelSamplingSD3", category="advanced/model")
def model_sampling_sd3(model: Model, shift: Shift = 3.0) -> Model:
    """The time shift of SD3: larger values spend more steps on the composition."""
    from nodes.guidance.patches.model_sampling import sampling_flow

    return sampling_flow(model, shift, 1000.0)


@pack.node(id="ModelSamplingAuraFlow", title="ModelSamplingAuraFlow", category="advanced/model")
def model_sampling_aura_flow(model: Model, shift: Shift = 1.73) -> Model:
    """The time shift of AuraFlow."""
    from nodes.guidance.patches.model_sampling import sampling_flow

    return sampling_flow(model, shift, 1.0)


@pack.node(id="ModelSamplingStableCascade", title="ModelSamplingStableCascade", category="advanced/model")
def model_sampling_cascade(model: Model, shift: Shift = 2.0) -> Model:
    """The noise shift of Stable Cascade."""
    from nodes.guidance.patches.model_sampling import sampling_cascade

    return sampling_cascade(model, shift)


@pack.node(id="ModelSamplingFlux", title="ModelSamplingFlux", category="advanced/model")
def model_sampling_flux(
    model: Model,
    max_shift: Shift = 1.15,
    base_shift: Shift = 0.5,
    width: Annotated[int, Range(16, 16384, step=8)] = 1024,
    height: Annotated[int, Range(16, 16384, step=8)] = 1024,
) -> Model:
    """The time shift of Flux for a picture of that size."""
    from nodes.guidance.patches.model_sampling import sampling_flux

    return sampling_flux(model, max_shift, base_shift, width, height)


@pack.node(id="ModelSamplingLTXV", title="ModelSamplingLTXV", category="advanced/model")
def model_sampling_ltxv(
    model: Model, max_shift: Shift = 2.05, base_shift: Shift = 0.95, latent: Latent | None = None
) -> Model:
    """The time shift of LTX-Video for a video of the latent's size."""
    from nodes.guidance.patches.model_sampling import LTXV_TOKENS, sampling_ltxv

    tokens = LTXV_TOKENS[1] if latent is None else latent["samples"].shape[2:].numel()
    return sampling_ltxv(model, max_shift, base_shift, tokens)
