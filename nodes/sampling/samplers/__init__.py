"""The samplers by the field's names. Each is a plain function on one convention; see `record.SamplerFunction`."""

from __future__ import annotations

from nodes.sampling.names import lookup
from nodes.sampling.samplers import (
    ancestral,
    consistency,
    ddpm,
    deis,
    dpm,
    dpm_solver,
    dpmpp,
    dpmpp_sde,
    er_sde,
    euler,
    gradient_estimation,
    heun,
    ipndm,
    lms,
    res_multistep,
    sa_solver,
    seeds,
    uni_pc,
)
from nodes.sampling.samplers.record import Sampler, SamplerFunction

__all__ = ["SAMPLERS", "Sampler", "SamplerFunction", "find_sampler"]

_ALL = [
    Sampler("euler", euler.euler),
    Sampler("euler_cfg_pp", ancestral.euler_ancestral_cfg_pp, needs_uncond=True, options={"eta": 0.0, "s_noise": 0.0}),
    Sampler("euler_ancestral", ancestral.euler_ancestral, "gaussian"),
    Sampler("euler_ancestral_cfg_pp", ancestral.euler_ancestral_cfg_pp, "gaussian", needs_uncond=True),
    Sampler("heun", heun.heun),
    Sampler("heunpp2", heun.heunpp2),
    Sampler("dpm_2", dpm.dpm_2, discard_penultimate=True),
    Sampler("dpm_2_ancestral", dpm.dpm_2_ancestral, "gaussian", discard_penultimate=True),
    Sampler("lms", lms.lms),
    Sampler("dpm_fast", dpm_solver.dpm_fast, "gaussian"),
    Sampler("dpm_adaptive", dpm_solver.dpm_adaptive, "gaussian"),
    Sampler("dpmpp_2s_ancestral", dpmpp.dpmpp_2s_ancestral, "gaussian"),
    Sampler("dpmpp_2s_ancestral_cfg_pp", dpmpp.dpmpp_2s_ancestral_cfg_pp, "gaussian", needs_uncond=True),
    Sampler("dpmpp_sde", dpmpp_sde.dpmpp_sde, "brownian"),
    Sampler("dpmpp_sde_gpu", dpmpp_sde.dpmpp_sde, "brownian_on_device"),
    Sampler("dpmpp_2m", dpmpp.dpmpp_2m),
    Sampler("dpmpp_2m_cfg_pp", dpmpp.dpmpp_2m_cfg_pp, needs_uncond=True),
    Sampler("dpmpp_2m_sde", dpmpp_sde.dpmpp_2m_sde, "brownian"),
    Sampler("dpmpp_2m_sde_gpu", dpmpp_sde.dpmpp_2m_sde, "brownian_on_device"),
    Sampler("dpmpp_2m_sde_heun", dpmpp_sde.dpmpp_2m_sde, "brownian", options={"solver_type": "heun"}),
    Sampler("dpmpp_2m_sde_heun_gpu", dpmpp_sde.dpmpp_2m_sde, "brownian_on_device", options={"solver_type": "heun"}),
    Sampler("dpmpp_3m_sde", dpmpp_sde.dpmpp_3m_sde, "brownian"),
    Sampler("dpmpp_3m_sde_gpu", dpmpp_sde.dpmpp_3m_sde, "brownian_on_device"),
    Sampler("ddpm", ddpm.ddpm, "gaussian"),
    Sampler("lcm", consistency.lcm, "gaussian"),
    Sampler("ipndm", ipndm.ipndm),
    Sampler("ipndm_v", ipndm.ipndm_v),
    Sampler("deis", deis.deis),
    Sampler("res_multistep", res_multistep.res_multistep, "gaussian", options={"eta": 0.0}),
    Sampler(
        "res_multistep_cfg_pp",
        res_multistep.res_multistep,
        "gaussian",
        needs_uncond=True,
        options={"eta": 0.0, "cfg_pp": True},
    ),
    Sampler("res_multistep_ancestral", res_multistep.res_multistep, "gaussian"),
    Sampler(
        "res_multistep_ancestral_cfg_pp",
        res_multistep.res_multistep,
        "gaussian",
        needs_uncond=True,
        options={"cfg_pp": True},
    ),
    Sampler("gradient_estimation", gradient_estimation.gradient_estimation),
    Sampler(
        "gradient_estimation_cfg_pp",
        gradient_estimation.gradient_estimation,
        needs_uncond=True,
        options={"cfg_pp": True},
    ),
    Sampler("er_sde", er_sde.er_sde, "gaussian"),
    Sampler("seeds_2", seeds.seeds_2, "gaussian"),
    Sampler("seeds_3", seeds.seeds_3, "gaussian"),
    Sampler("sa_solver", sa_solver.sa_solver, "gaussian"),
    Sampler("sa_solver_pece", sa_solver.sa_solver, "gaussian", options={"use_pece": True}),
    Sampler("ddim", euler.euler, own_inpaint_noise=True),
    Sampler("uni_pc", uni_pc.uni_pc, discard_penultimate=True, prepare=uni_pc.above_zero),
    Sampler(
        "uni_pc_bh2",
        uni_pc.uni_pc,
        discard_penultimate=True,
        prepare=uni_pc.above_zero,
        options={"variant": "bh2"},
    ),
]

SAMPLERS: dict[str, Sampler] = {sampler.name: sampler for sampler in _ALL}
"""In the order that users see. Mutable on purpose: packs add their own."""


def find_sampler(name: str) -> Sampler:
    """Raises UserError for an unknown name."""
    return lookup("sampler", name, SAMPLERS)
