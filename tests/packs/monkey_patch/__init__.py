import comfy.samplers
import comfy.utils
import latent_preview
import nodes
import torch
from comfy.k_diffusion import sampling as k_diffusion_sampling

original_previewer = latent_preview.get_previewer
latent_preview.get_previewer = lambda device, latent_format: original_previewer(device, latent_format)


@torch.no_grad()
def sample_monkey(model, x, sigmas, extra_args=None, callback=None, disable=None):
    extra_args = {} if extra_args is None else extra_args
    s_in = x.new_ones([x.shape[0]])
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * s_in, **extra_args)
        d = k_diffusion_sampling.to_d(x, sigmas[i] * s_in, denoised)
        if callback is not None:
            callback({"x": x, "i": i, "sigma": sigmas[i], "sigma_hat": sigmas[i], "denoised": denoised})
        x = x + d * (sigmas[i + 1] - sigmas[i])
    return x


if "monkey" not in comfy.samplers.KSampler.SAMPLERS:
    comfy.samplers.KSampler.SAMPLERS.append("monkey")
    k_diffusion_sampling.sample_monkey = sample_monkey


def monkey_scheduler(model_sampling, steps):
    return torch.linspace(float(model_sampling.sigma_max), 0.0, steps + 1)


comfy.samplers.SCHEDULER_HANDLERS["monkey_line"] = comfy.samplers.SchedulerHandler(monkey_scheduler)

original_batch = nodes.NODE_CLASS_MAPPINGS["PrimitiveInt"]


class LoudInt(original_batch):
    FUNCTION = "loud"

    def loud(self, value):
        return (value + 1000,)


nodes.NODE_CLASS_MAPPINGS["PrimitiveInt"] = LoudInt


class MonkeyLists:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"sampler": (comfy.samplers.KSampler.SAMPLERS,)}}

    RETURN_TYPES = (comfy.samplers.KSampler.SAMPLERS,)
    FUNCTION = "same"

    def same(self, sampler):
        return (sampler,)


NODE_CLASS_MAPPINGS = {"MonkeyLists": MonkeyLists}
