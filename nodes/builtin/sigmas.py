"""Noise schedules, and working on them: cutting, joining, changing single levels."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Latent, Model, Range, Sigmas
from nodes.builtin.pack import pack

Steps = Annotated[int, Range(1, 10000)]
Denoise = Annotated[float, Range(0.0, 1.0, step=0.01)]
Sigma = Annotated[float, Range(0.0, 5000.0, step=0.01, round=False)]
Schedulers = Literal[
    "simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal", "linear_quadratic", "kl_optimal"
]


class Halves(NamedTuple):
    """A schedule in two; both hold the level at which it was cut."""

    high_sigmas: Sigmas
    low_sigmas: Sigmas


class SigmaValue(NamedTuple):
    """One noise level."""

    sigma_value: float


@pack.node(id="BasicScheduler", title="BasicScheduler", category="sampling/custom_sampling/schedulers")
def basic_scheduler(model: Model, scheduler: Schedulers, steps: Steps = 20, denoise: Denoise = 1.0) -> Sigmas:
    """The schedule that KSampler uses."""
    from nodes.sampling.sigmas import basic_sigmas

    return basic_sigmas(model.sampling, scheduler, steps, denoise)


@pack.node(id="KarrasScheduler", title="KarrasScheduler", category="sampling/custom_sampling/schedulers")
def karras_scheduler(
    steps: Steps = 20,
    sigma_max: Sigma = 14.614642,
    sigma_min: Sigma = 0.0291675,
    rho: Annotated[float, Range(0.0, 100.0, step=0.01, round=False)] = 7.0,
) -> Sigmas:
    """Evenly spaced in the rho-th root, after Karras et al. 2022."""
    from nodes.sampling.schedules import karras_sigmas

    return karras_sigmas(steps, sigma_min, sigma_max, rho)


@pack.node(id="ExponentialScheduler", title="ExponentialScheduler", category="sampling/custom_sampling/schedulers")
def exponential_scheduler(steps: Steps = 20, sigma_max: Sigma = 14.614642, sigma_min: Sigma = 0.0291675) -> Sigmas:
    """Evenly spaced in the logarithm."""
    from nodes.sampling.schedules import exponential_sigmas

    return exponential_sigmas(steps, sigma_min, sigma_max)


@pack.node(
    id="PolyexponentialScheduler", title="PolyexponentialScheduler", category="sampling/custom_sampling/schedulers"
)
def polyexponential_scheduler(
    steps: Steps = 20,
    sigma_max: Sigma = 14.614642,
    sigma_min: Sigma = 0.0291675,
    rho: Annotated[float, Range(0.0, 100.0, step=0.01, round=False)] = 1.0,
) -> Sigmas:
    """A power of evenly spaced steps in the logarithm."""
    from nodes.sampling.schedules import polyexponential_sigmas

    return polyexponential_sigmas(steps, sigma_min, sigma_max, rho)


@pack.node(id="LaplaceScheduler", title="LaplaceScheduler", category="sampling/custom_sampling/schedulers")
def laplace_scheduler(
    steps: Steps = 20,
    sigma_max: Sigma = 14.614642,
    sigma_min: Sigma = 0.0291675,
    mu: Annotated[float, Range(-10.0, 10.0, step=0.1, round=False)] = 0.0,
    beta: Annotated[float, Range(0.0, 10.0, step=0.1, round=False)] = 0.5,
) -> Sigmas:
    """Levels in a Laplace distribution of the logarithm; no closing 0 is added."""
    from nodes.sampling.schedules import laplace_sigmas

    return laplace_sigmas(steps, sigma_min, sigma_max, mu, beta)


@pack.node(id="VPScheduler", title="VPScheduler", category="sampling/custom_sampling/schedulers")
def vp_scheduler(
    steps: Steps = 20,
    beta_d: Sigma = 19.9,
    beta_min: Sigma = 0.1,
    eps_s: Annotated[float, Range(0.0, 1.0, step=0.0001, round=False)] = 0.001,
) -> Sigmas:
    """The continuous variance-preserving schedule."""
    from nodes.sampling.schedules import vp_sigmas

    return vp_sigmas(steps, beta_d, beta_min, eps_s)


@pack.node(id="SDTurboScheduler", title="SDTurboScheduler", category="sampling/custom_sampling/schedulers")
def sd_turbo_scheduler(
    model: Model,
    steps: Annotated[int, Range(1, 10)] = 1,
    denoise: Annotated[float, Range(0, 1.0, step=0.01)] = 1.0,
) -> Sigmas:
    """The levels that SD-Turbo was distilled at."""
    from nodes.sampling.published_schedules import sd_turbo

    return sd_turbo(model.sampling, steps, denoise)


@pack.node(id="BetaSamplingScheduler", title="BetaSamplingScheduler", category="sampling/custom_sampling/schedulers")
def beta_sampling_scheduler(
    model: Model,
    steps: Steps = 20,
    alpha: Annotated[float, Range(0.0, 50.0, step=0.01, round=False)] = 0.6,
    beta: Annotated[float, Range(0.0, 50.0, step=0.01, round=False)] = 0.6,
) -> Sigmas:
    """Timesteps in a beta distribution."""
    from nodes.sampling import schedules

    return schedules.beta(model.sampling, steps, alpha, beta)


@pack.node(
    id="AlignYourStepsScheduler", title="Align Your Steps Scheduler", category="sampling/custom_sampling/schedulers"
)
def align_your_steps_scheduler(
    model_type: Literal["SD1", "SDXL", "SVD"], steps: Steps = 10, denoise: Denoise = 1.0
) -> Sigmas:
    """Levels optimised for a model, after Sabour et al. 2024; best at 10 steps."""
    from nodes.sampling.published_schedules import align_your_steps

    return align_your_steps(model_type, steps, denoise)


@pack.node(id="OptimalStepsScheduler", title="Optimal Steps Scheduler", category="sampling/custom_sampling/schedulers")
def optimal_steps_scheduler(
    model_type: Literal["FLUX", "Wan", "Chroma"],
    steps: Annotated[int, Range(3, 1000)] = 20,
    denoise: Denoise = 1.0,
) -> Sigmas:
    """Levels optimised for a flow model, after Pei et al. 2025."""
    from nodes.sampling.published_schedules import optimal_steps

    return optimal_steps(model_type, steps, denoise)


@pack.node(id="LTXVScheduler", title="LTXV Scheduler", category="sampling/custom_sampling/schedulers")
def ltxv_scheduler(
    steps: Steps = 20,
    max_shift: Annotated[float, Range(0.0, 100.0, step=0.01)] = 2.05,
    base_shift: Annotated[float, Range(0.0, 100.0, step=0.01)] = 0.95,
    stretch: bool = True,
    terminal: Annotated[float, Range(0.0, 0.99, step=0.01)] = 0.1,
    latent: Latent | None = None,
) -> Sigmas:
    """LTX-Video's schedule: the larger the latent, the longer it stays noisy."""
    from nodes.sampling.published_schedules import ltxv

    tokens = 4096 if latent is None else latent["samples"].shape[2:].numel()
    return ltxv(steps, max_shift, base_shift, stretch, terminal, tokens)


@pack.node(id="SplitSigmas", title="SplitSigmas", category="sampling/custom_sampling/sigmas")
def split_sigmas(sigmas: Sigmas, step: Annotated[int, Range(0, 10000)] = 0) -> Halves:
    """Cut a schedule at a step."""
    from nodes.sampling.sigmas import split

    return Halves(*split(sigmas, step))


@pack.node(id="SplitSigmasDenoise", title="SplitSigmasDenoise", category="sampling/custom_sampling/sigmas")
def split_sigmas_denoise(sigmas: Sigmas, denoise: Denoise = 1.0) -> Halves:
    """Cut a schedule so that the second part is a share of its steps."""
    from nodes.sampling.sigmas import split_denoise

    return Halves(*split_denoise(sigmas, denoise))


@pack.node(id="FlipSigmas", title="FlipSigmas", category="sampling/custom_sampling/sigmas")
def flip_sigmas(sigmas: Sigmas) -> Sigmas:
    """Reverse a schedule, to add noise step by step."""
    from nodes.sampling.sigmas import flip

    return flip(sigmas)


@pack.node(id="SetFirstSigma", title="SetFirstSigma", category="sampling/custom_sampling/sigmas")
def set_first_sigma(
    sigmas: Sigmas, sigma: Annotated[float, Range(0.0, 20000.0, step=0.001, round=False)] = 136.0
) -> Sigmas:
    """Change the level that a schedule starts at."""
    from nodes.sampling.sigmas import set_first

    return set_first(sigmas, sigma)


@pack.node(id="ExtendIntermediateSigmas", title="ExtendIntermediateSigmas", category="sampling/custom_sampling/sigmas")
def extend_intermediate_sigmas(
    sigmas: Sigmas,
    steps: Annotated[int, Range(1, 100)] = 2,
    start_at_sigma: Annotated[float, Range(-1.0, 20000.0, step=0.01, round=False)] = -1.0,
    end_at_sigma: Annotated[float, Range(0.0, 20000.0, step=0.01, round=False)] = 12.0,
    spacing: Literal["linear", "cosine", "sine"] = "linear",
) -> Sigmas:
    """Make several steps of each step between two levels; -1 is no upper limit."""
    from nodes.sampling.sigmas import extend_intermediate

    return extend_intermediate(sigmas, steps, start_at_sigma, end_at_sigma, spacing)


@pack.node(id="SamplingPercentToSigma", title="SamplingPercentToSigma", category="sampling/custom_sampling/sigmas")
def sampling_percent_to_sigma(
    model: Model,
    sampling_percent: Annotated[float, Range(0.0, 1.0, step=0.0001)] = 0.0,
    return_actual_sigma: bool = False,
) -> SigmaValue:
    """The noise level at a share of the sampling."""
    from nodes.sampling.sigmas import percent_to_sigma

    return SigmaValue(percent_to_sigma(model.sampling, sampling_percent, actual=return_actual_sigma))
