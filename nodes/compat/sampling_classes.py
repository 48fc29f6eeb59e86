"""`KSampler` and `KSamplerAdvanced` as classes that packs call, derive from and change the insides of.

They go by way of `nodes.common_ksampler`, `comfy.sample.sample` and what that calls, so that a pack which puts a
function of its own in the place of one of these changes what they do. Our own nodes run as they were written until one
does (see `ClassTable.untouched`).
"""

from __future__ import annotations

import importlib
from typing import Any

from nodes.compat.native_class import NativeNode

CHAIN = frozenset({
    "nodes.common_ksampler", "comfy.sample.sample", "comfy.sample.sample_custom", "comfy.sample.prepare_noise",
    "comfy.sample.fix_empty_latent_channels", "comfy.samplers.KSampler", "comfy.samplers.calculate_sigmas",
    "comfy.samplers.sampler_object", "comfy.samplers.ksampler", "latent_preview.prepare_callback",
})  # fmt: skip


def _common(*args: Any, **kwargs: Any) -> Any:
    return importlib.import_module("nodes").common_ksampler(*args, **kwargs)


class KSampler(NativeNode):
    """Samples with one seed, one model and all steps."""

    NATIVE_ID = "KSampler"
    FUNCTION = "sample"

    def sample(
        self, model: Any, seed: int, steps: int, cfg: float, sampler_name: str, scheduler: str, positive: Any,
        negative: Any, latent_image: dict[str, Any], denoise: float = 1.0,
    ) -> Any:  # fmt: skip
        """The sampled latent, in a tuple."""
        return _common(
            model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise=denoise
        )


class KSamplerAdvanced(NativeNode):
    """Samples a part of the steps."""

    NATIVE_ID = "KSamplerAdvanced"
    FUNCTION = "sample"

    def sample(
        self, model: Any, add_noise: str, noise_seed: int, steps: int, cfg: float, sampler_name: str, scheduler: str,
        positive: Any, negative: Any, latent_image: dict[str, Any], start_at_step: int, end_at_step: int,
        return_with_leftover_noise: str, denoise: float = 1.0,
    ) -> Any:  # fmt: skip
        """The sampled latent, in a tuple."""
        return _common(
            model, noise_seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise=denoise,
            disable_noise=add_noise == "disable", start_step=start_at_step, last_step=end_at_step,
            force_full_denoise=return_with_leftover_noise != "enable",
        )  # fmt: skip


CLASSES: dict[str, type[NativeNode]] = {"KSampler": KSampler, "KSamplerAdvanced": KSamplerAdvanced}
