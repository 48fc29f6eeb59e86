"""Names that users choose from: samplers and schedulers. Listed here, so that declaring nodes needs no torch."""

from __future__ import annotations

import sys
from collections.abc import Callable

from graphcore import Choice, Folders

CLASS_PACKS = "nodes.compat.modules.comfy.samplers"  # where packs written for the reference add theirs

SAMPLERS = (
    "euler",
    "euler_cfg_pp",
    "euler_ancestral",
    "euler_ancestral_cfg_pp",
    "heun",
    "heunpp2",
    "dpm_2",
    "dpm_2_ancestral",
    "lms",
    "dpm_fast",
    "dpm_adaptive",
    "dpmpp_2s_ancestral",
    "dpmpp_2s_ancestral_cfg_pp",
    "dpmpp_sde",
    "dpmpp_sde_gpu",
    "dpmpp_2m",
    "dpmpp_2m_cfg_pp",
    "dpmpp_2m_sde",
    "dpmpp_2m_sde_gpu",
    "dpmpp_2m_sde_heun",
    "dpmpp_2m_sde_heun_gpu",
    "dpmpp_3m_sde",
    "dpmpp_3m_sde_gpu",
    "ddpm",
    "lcm",
    "ipndm",
    "ipndm_v",
    "deis",
    "res_multistep",
    "res_multistep_cfg_pp",
    "res_multistep_ancestral",
    "res_multistep_ancestral_cfg_pp",
    "gradient_estimation",
    "gradient_estimation_cfg_pp",
    "er_sde",
    "seeds_2",
    "seeds_3",
    "sa_solver",
    "sa_solver_pece",
    "ddim",
    "uni_pc",
    "uni_pc_bh2",
)
SCHEDULERS = (
    "simple",
    "sgm_uniform",
    "karras",
    "exponential",
    "ddim_uniform",
    "beta",
    "normal",
    "linear_quadratic",
    "kl_optimal",
)


before_listing: Callable[[], object] | None = None
"""Called before names are listed: it may import packs that add some."""


def sampler_names(folders: Folders) -> list[str]:
    """Our samplers, then those that packs have added."""
    return _listed(SAMPLERS, ("nodes.sampling.samplers", "SAMPLERS"), (CLASS_PACKS, "SAMPLER_NAMES"))


def scheduler_names(folders: Folders) -> list[str]:
    """Our schedulers, then those that packs have added."""
    return _listed(SCHEDULERS, ("nodes.sampling.schedules", "SCHEDULES"), (CLASS_PACKS, "SCHEDULER_NAMES"))


def _listed(own: tuple[str, ...], *tables: tuple[str, str]) -> list[str]:
    if before_listing is not None:
        before_listing()
    # A pack that adds one has imported the table; where nobody has, there is nothing to add.
    known = [name for module, table in tables for name in getattr(sys.modules.get(module), table, ())]
    return list(dict.fromkeys([*own, *known]))


SAMPLER = Choice(sampler_names)
SCHEDULER = Choice(scheduler_names)
