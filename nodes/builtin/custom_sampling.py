"""Sampling taken apart: noise, guider, sampler and schedule as values of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Conditioning, Guider, Latent, Model, Noise, Range, Run, Sampler, Seed, Sigmas
from nodes.builtin.names import SAMPLER
from nodes.builtin.pack import pack

Cfg = Annotated[float, Range(0.0, 100.0, step=0.1, round=0.01)]
Option = Annotated[float, Range(0.0, 100.0, step=0.01, round=False)]
Percent = Annotated[float, Range(0.0, 1.0, step=0.001)]
NoiseDevice = Literal["gpu", "cpu"]


class Sampled(NamedTuple):
    """The result, and the last prediction of the clean latent on the way to it."""

    output: Latent
    denoised_output: Latent


# -- running ---------------------------------------------------------------------------------------------------------


@pack.node(id="SamplerCustom", title="SamplerCustom", category="sampling/custom_sampling")
def sampler_custom(
    *,
    model: Model,
    add_noise: bool = True,
    noise_seed: Annotated[int, Seed()] = 0,
    cfg: Cfg = 8.0,
    positive: Conditioning,
    negative: Conditioning,
    sampler: Sampler,
    sigmas: Sigmas,
    latent_image: Latent,
    run: Run,
) -> Sampled:
    """Sample with classifier-free guidance and any sampler and schedule."""
    from nodes.guidance.guiders import CFGGuider
    from nodes.guidance.ksampler import sample
    from nodes.guidance.start_noise import NoNoise, RandomNoise

    noise = RandomNoise(noise_seed) if add_noise else NoNoise(noise_seed)
    return Sampled(*sample(CFGGuider(model, positive, negative, cfg), noise, sampler, sigmas, latent_image, run))


@pack.node(id="SamplerCustomAdvanced", title="SamplerCustomAdvanced", category="sampling/custom_sampling")
def sampler_custom_advanced(
    noise: Noise, guider: Guider, sampler: Sampler, sigmas: Sigmas, latent_image: Latent, *, run: Run
) -> Sampled:
    """Sample with any noise, guider, sampler and schedule."""
    from nodes.guidance.ksampler import sample

    return Sampled(*sample(guider, noise, sampler, sigmas, latent_image, run))


@pack.node(id="AddNoise", title="AddNoise", category="_for_testing/custom_sampling/noise")
def add_noise(model: Model, noise: Noise, sigmas: Sigmas, latent_image: Latent) -> Latent:
    """Noise a latent by what a schedule takes off."""
    from nodes.guidance.ksampler import noised

    return noised(model, noise, sigmas, latent_image)


# -- noise -----------------------------------------------------------------------------------------------------------


@pack.node(id="RandomNoise", title="RandomNoise", category="sampling/custom_sampling/noise")
def random_noise(noise_seed: Annotated[int, Seed()] = 0) -> Noise:
    """Noise from a seed."""
    from nodes.guidance.start_noise import RandomNoise

    return RandomNoise(noise_seed)


@pack.node(id="DisableNoise", title="DisableNoise", category="sampling/custom_sampling/noise")
def disable_noise() -> Noise:
    """No noise: the latent has its own already."""
    from nodes.guidance.start_noise import NoNoise

    return NoNoise()


# -- guiders ---------------------------------------------------------------------------------------------------------


@pack.node(id="BasicGuider", title="BasicGuider", category="sampling/custom_sampling/guiders")
def basic_guider(model: Model, conditioning: Conditioning) -> Guider:
    """Follow one conditioning, without guidance: for models that need none."""
    from nodes.guidance.guiders import BasicGuider

    return BasicGuider(model, conditioning)


@pack.node(id="CFGGuider", title="CFGGuider", category="sampling/custom_sampling/guiders")
def cfg_guider(model: Model, positive: Conditioning, negative: Conditioning, cfg: Cfg = 8.0) -> Guider:
    """Towards one conditioning, away from another."""
    from nodes.guidance.guiders import CFGGuider

    return CFGGuider(model, positive, negative, cfg)


@pack.node(id="DualCFGGuider", title="DualCFGGuider", category="sampling/custom_sampling/guiders")
def dual_cfg_guider(
    *,
    model: Model,
    cond1: Conditioning,
    cond2: Conditioning,
    negative: Conditioning,
    cfg_conds: Cfg = 8.0,
    cfg_cond2_negative: Cfg = 8.0,
    style: Literal["regular", "nested"],
) -> Guider:
    """Two conditionings, each with a guidance scale of its own."""
    from nodes.guidance.guiders import DualCFGGuider

    return DualCFGGuider(model, cond1, cond2, negative, cfg_conds, cfg_cond2_negative, nested=style == "nested")


@pack.node(id="PerpNegGuider", title="PerpNegGuider", category="_for_testing", experimental=True)
def perp_neg_guider(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    empty_conditioning: Conditioning,
    cfg: Cfg = 8.0,
    neg_scale: Annotated[float, Range(0.0, 100.0, step=0.01)] = 1.0,
) -> Guider:
    """Away from the negative only as far as it does not weaken the positive. Connect an empty text as the third."""
    from nodes.guidance.guiders import PerpNegGuider

    return PerpNegGuider(model, positive, negative, empty_conditioning, cfg, neg_scale)


# -- samplers --------------------------------------------------------------------------------------------------------


def _sampler(name: str, **options: Any) -> Sampler:
    from nodes.sampling.samplers import find_sampler

    return find_sampler(name).with_options(**options)


def _on(name: str, noise_device: NoiseDevice, **options: Any) -> Sampler:
    """The sampler with its noise made on that device."""
    from nodes.sampling.samplers.options import on_device

    return on_device(name, noise_device).with_options(**options)


@pack.node(id="KSamplerSelect", title="KSamplerSelect", category="sampling/custom_sampling/samplers")
def ksampler_select(sampler_name: Annotated[str, SAMPLER]) -> Sampler:
    """A sampler by name."""
    return _sampler(sampler_name)


@pack.node(id="SamplerEulerAncestral", title="SamplerEulerAncestral", category="sampling/custom_sampling/samplers")
def sampler_euler_ancestral(eta: Option = 1.0, s_noise: Option = 1.0) -> Sampler:
    """Euler with noise added back: eta is how much, s_noise its strength."""
    return _sampler("euler_ancestral", eta=eta, s_noise=s_noise)


@pack.node(
    id="SamplerEulerAncestralCFGPP",
    title="SamplerEulerAncestralCFG++",
    category="sampling/custom_sampling/samplers",
)
def sampler_euler_ancestral_cfg_pp(
    eta: Annotated[float, Range(0.0, 1.0, step=0.01, round=False)] = 1.0,
    s_noise: Annotated[float, Range(0.0, 10.0, step=0.01, round=False)] = 1.0,
) -> Sampler:
    """Euler ancestral for CFG++: use guidance scales of about 1."""
    return _sampler("euler_ancestral_cfg_pp", eta=eta, s_noise=s_noise)


@pack.node(id="SamplerEulerCFGpp", title="SamplerEulerCFG++", category="_for_testing", experimental=True)
def sampler_euler_cfg_pp(version: Literal["regular", "alternative"]) -> Sampler:
    """Euler for CFG++: use guidance scales of about 1."""
    from nodes.sampling.samplers.options import euler_cfg_pp_sampler

    return euler_cfg_pp_sampler(version)


@pack.node(id="SamplerLMS", title="SamplerLMS", category="sampling/custom_sampling/samplers")
def sampler_lms(order: Annotated[int, Range(1, 100)] = 4) -> Sampler:
    """Linear multistep: `order` is how many steps back it looks."""
    return _sampler("lms", order=order)


@pack.node(
    id="SamplerDPMPP_2S_Ancestral", title="SamplerDPMPP_2S_Ancestral", category="sampling/custom_sampling/samplers"
)
def sampler_dpmpp_2s_ancestral(eta: Option = 1.0, s_noise: Option = 1.0) -> Sampler:
    """DPM-Solver++ (2S) with noise added back."""
    return _sampler("dpmpp_2s_ancestral", eta=eta, s_noise=s_noise)


@pack.node(id="SamplerDPMPP_SDE", title="SamplerDPMPP_SDE", category="sampling/custom_sampling/samplers")
def sampler_dpmpp_sde(
    *, eta: Option = 1.0, s_noise: Option = 1.0, r: Option = 0.5, noise_device: NoiseDevice
) -> Sampler:
    """DPM-Solver++ for the stochastic equation; r places the step in between."""
    return _on("dpmpp_sde", noise_device, eta=eta, s_noise=s_noise, r=r)


@pack.node(id="SamplerDPMPP_2M_SDE", title="SamplerDPMPP_2M_SDE", category="sampling/custom_sampling/samplers")
def sampler_dpmpp_2m_sde(
    *,
    solver_type: Literal["midpoint", "heun"],
    eta: Option = 1.0,
    s_noise: Option = 1.0,
    noise_device: NoiseDevice,
) -> Sampler:
    """DPM-Solver++ (2M) for the stochastic equation."""
    return _on("dpmpp_2m_sde", noise_device, eta=eta, s_noise=s_noise, solver_type=solver_type)


@pack.node(id="SamplerDPMPP_3M_SDE", title="SamplerDPMPP_3M_SDE", category="sampling/custom_sampling/samplers")
def sampler_dpmpp_3m_sde(*, eta: Option = 1.0, s_noise: Option = 1.0, noise_device: NoiseDevice) -> Sampler:
    """DPM-Solver++ (3M) for the stochastic equation."""
    return _on("dpmpp_3m_sde", noise_device, eta=eta, s_noise=s_noise)


@pack.node(id="SamplerDPMAdaptative", title="SamplerDPMAdaptative", category="sampling/custom_sampling/samplers")
def sampler_dpm_adaptive(
    order: Annotated[int, Range(2, 3)] = 3,
    rtol: Option = 0.05,
    atol: Option = 0.0078,
    h_init: Option = 0.05,
    pcoeff: Option = 0.0,
    icoeff: Option = 1.0,
    dcoeff: Option = 0.0,
    accept_safety: Option = 0.81,
    eta: Option = 0.0,
    s_noise: Option = 1.0,
) -> Sampler:
    """DPM-Solver with steps as long as the error allows; the schedule gives only the ends."""
    return _sampler(
        "dpm_adaptive",
        order=order,
        rtol=rtol,
        atol=atol,
        h_init=h_init,
        pcoeff=pcoeff,
        icoeff=icoeff,
        dcoeff=dcoeff,
        accept_safety=accept_safety,
        eta=eta,
        s_noise=s_noise,
    )


@pack.node(id="SamplerER_SDE", title="SamplerER_SDE", category="sampling/custom_sampling/samplers")
def sampler_er_sde(
    *,
    solver_type: Literal["ER-SDE", "Reverse-time SDE", "ODE"],
    max_stage: Annotated[int, Range(1, 3)] = 3,
    eta: Option = 1.0,
    s_noise: Option = 1.0,
) -> Sampler:
    """Extended reverse-time SDE solvers; with eta 0 or "ODE" no noise is added."""
    from nodes.sampling.samplers.options import er_sde_sampler

    return er_sde_sampler(solver_type, max_stage, eta, s_noise)


@pack.node(id="SamplerSASolver", title="SamplerSASolver", category="sampling/custom_sampling/samplers")
def sampler_sa_solver(
    *,
    model: Model,
    eta: Annotated[float, Range(0.0, 10.0, step=0.01, round=False)] = 1.0,
    sde_start_percent: Percent = 0.2,
    sde_end_percent: Percent = 0.8,
    s_noise: Option = 1.0,
    predictor_order: Annotated[int, Range(1, 6)] = 3,
    corrector_order: Annotated[int, Range(0, 6)] = 4,
    use_pece: bool,
    simple_order_2: bool,
) -> Sampler:
    """Stochastic Adams; noise is added between two shares of the sampling."""
    from nodes.sampling.samplers.options import sa_solver_sampler

    return sa_solver_sampler(
        model.sampling,
        eta,
        sde_start_percent,
        sde_end_percent,
        s_noise,
        predictor_order,
        corrector_order,
        use_pece,
        simple_order_2,
    )


@pack.node(id="SamplerLCMUpscale", title="SamplerLCMUpscale", category="sampling/custom_sampling/samplers")
def sampler_lcm_upscale(
    *,
    scale_ratio: Annotated[float, Range(0.1, 20.0, step=0.01)] = 1.0,
    scale_steps: Annotated[int, Range(-1, 1000, step=1)] = -1,
    upscale_method: Literal["bislerp", "nearest-exact", "bilinear", "area", "bicubic"],
) -> Sampler:
    """LCM that enlarges the latent by `scale_ratio` on the way, over `scale_steps` steps (-1: half of them)."""
    from nodes.imaging.resize import common_upscale
    from nodes.sampling.samplers.options import lcm_upscale_sampler

    def resize(x: Any, width: int, height: int) -> Any:
        return common_upscale(x, width, height, upscale_method)

    return lcm_upscale_sampler(resize, scale_ratio, scale_steps)
