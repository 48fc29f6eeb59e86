"""Samplers made from a user's options, where that takes more than `Sampler.with_options`."""

from __future__ import annotations

from typing import Literal

from nodes.sampling.model_sampling import ModelSampling
from nodes.sampling.samplers import SAMPLERS
from nodes.sampling.samplers.consistency import Resize, lcm_upscale
from nodes.sampling.samplers.er_sde import er_sde_noise, reverse_sde_noise
from nodes.sampling.samplers.euler import euler_alternative_cfg_pp
from nodes.sampling.samplers.record import Sampler
from nodes.sampling.samplers.sa_solver import tau_between


def on_device(name: str, noise_device: Literal["gpu", "cpu"]) -> Sampler:
    """The Brownian sampler `name` with its path on the model's device, or on the CPU."""
    return SAMPLERS[name if noise_device == "cpu" else f"{name}_gpu"]


def er_sde_sampler(
    solver_type: Literal["ER-SDE", "Reverse-time SDE", "ODE"] = "ER-SDE",
    max_stage: int = 3,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampler:
    """The SamplerER_SDE node. `eta` is the reverse-time SDE's; ER-SDE has its own amount of noise."""
    if solver_type == "ER-SDE":
        return SAMPLERS["er_sde"].with_options(max_stage=max_stage, s_noise=s_noise, noise_scaler=er_sde_noise)
    if solver_type == "ODE" or eta == 0:
        eta, s_noise = 0.0, 0.0
    return SAMPLERS["er_sde"].with_options(max_stage=max_stage, s_noise=s_noise, noise_scaler=reverse_sde_noise(eta))


def sa_solver_sampler(
    model: ModelSampling,
    eta: float = 1.0,
    sde_start_percent: float = 0.2,
    sde_end_percent: float = 0.8,
    s_noise: float = 1.0,
    predictor_order: int = 3,
    corrector_order: int = 4,
    use_pece: bool = False,
    simple_order_2: bool = False,
) -> Sampler:
    """The SamplerSASolver node: `eta` of stochasticity between two shares of the sampling, none outside."""
    return SAMPLERS["sa_solver"].with_options(
        tau=tau_between(model, sde_start_percent, sde_end_percent, eta),
        s_noise=s_noise,
        predictor_order=predictor_order,
        corrector_order=corrector_order,
        use_pece=use_pece,
        simple_order_2=simple_order_2,
    )


def euler_cfg_pp_sampler(version: Literal["regular", "alternative"] = "regular") -> Sampler:
    """The SamplerEulerCFGpp node."""
    if version == "regular":
        return SAMPLERS["euler_cfg_pp"]
    return Sampler("euler_cfg_pp_alternative", euler_alternative_cfg_pp, needs_uncond=True)


def lcm_upscale_sampler(resize: Resize, scale_ratio: float = 1.0, scale_steps: int = -1) -> Sampler:
    """The SamplerLCMUpscale node: `scale_steps` -1 spreads the growth over half of the steps."""
    steps = None if scale_steps < 0 else scale_steps
    options = {"resize": resize, "total_upscale": scale_ratio, "upscale_steps": steps}
    return Sampler("lcm_upscale", lcm_upscale, options=options)
