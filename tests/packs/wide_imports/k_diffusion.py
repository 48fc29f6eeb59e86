import comfy.k_diffusion.sampling as k
from comfy.k_diffusion import sampling as k_diffusion_sampling
import comfy.k_diffusion.utils as utils
from comfy.k_diffusion.sampling import get_ancestral_step, to_d, BrownianTreeNoiseSampler, default_noise_sampler, get_sigmas_karras, PIDStepSizeController, trange, sample_euler, sample_heun, sample_dpmpp_2m, sample_dpmpp_sde, linear_multistep_coeff, DPMSolver, append_zero, sample_dpm_2, deis, BatchedBrownianTree, append_dims, sample_lcm, sample_dpmpp_2m_sde, get_sigmas_exponential, get_sigmas_vp, sample_ddpm, generic_step_sampler, DDPMSampler_step, sample_ipndm, sample_deis
