"""The samplers that need no wiring: KSampler and KSampler (Advanced)."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import Conditioning, Latent, Model, Range, Run, Seed
from nodes.builtin.names import SAMPLER, SCHEDULER
from nodes.builtin.pack import pack

Steps = Annotated[int, Range(1, 10000)]
Step = Annotated[int, Range(0, 10000)]
Cfg = Annotated[float, Range(0.0, 100.0, step=0.1, round=0.01)]


@pack.node(id="KSampler", title="KSampler", category="sampling")
def ksampler(
    *,
    model: Model,
    seed: Annotated[int, Seed()] = 0,
    steps: Steps = 20,
    cfg: Cfg = 8.0,
    sampler_name: Annotated[str, SAMPLER],
    scheduler: Annotated[str, SCHEDULER],
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    denoise: Annotated[float, Range(0.0, 1.0, step=0.01)] = 1.0,
    run: Run,
) -> Latent:
    """Denoise a latent by the model, towards the positive and away from the negative conditioning."""
    from nodes.guidance.ksampler import ksampler

    return ksampler(
        model,
        positive,
        negative,
        latent_image,
        seed=seed,
        steps=steps,
        cfg=cfg,
        sampler_name=sampler_name,
        scheduler=scheduler,
        denoise=denoise,
        run=run,
    )


@pack.node(id="KSamplerAdvanced", title="KSampler (Advanced)", category="sampling")
def ksampler_advanced(
    *,
    model: Model,
    add_noise: Literal["enable", "disable"],
    noise_seed: Annotated[int, Seed()] = 0,
    steps: Steps = 20,
    cfg: Cfg = 8.0,
    sampler_name: Annotated[str, SAMPLER],
    scheduler: Annotated[str, SCHEDULER],
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    start_at_step: Step = 0,
    end_at_step: Step = 10000,
    return_with_leftover_noise: Literal["disable", "enable"],
    run: Run,
) -> Latent:
    """KSampler for a part of the steps, so that several can share the work."""
    from nodes.guidance.ksampler import ksampler_advanced

    return ksampler_advanced(
        model,
        positive,
        negative,
        latent_image,
        add_noise=add_noise == "enable",
        seed=noise_seed,
        steps=steps,
        cfg=cfg,
        sampler_name=sampler_name,
        scheduler=scheduler,
        start_at_step=start_at_step,
        end_at_step=end_at_step,
        leftover_noise=return_with_leftover_noise == "enable",
        run=run,
    )
