"""What sampling costs over the bare calls of the network, and beside a diffusers pipeline; on the same weights.

usage: python -m benchmarks.sampling [tiny|full] [--size PIXELS] [--steps N] [--rounds N]

Candidates take turns in random order, Euler steps with guidance (two conds a call): a loop that calls diffusers' UNet
and does the arithmetic of a step; the same loop around our walk of the network; our KSampler; diffusers'
StableDiffusionPipeline. Weights are random and shared. On the CPU one thread computes and processor time counts, which
a machine that others use disturbs least; on a GPU the clock counts. Printed are medians, each over that of the bare
loop, and the memory that each candidate's first run needed beyond the weights.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from graphcore import Run
from nodes.guidance.ksampler import ksampler
from nodes.models.checkpoint import load_checkpoint
from nodes.models.device import compute_device, diffusion_dtype
from nodes.models.family import default_heads, detect
from nodes.models.model import Model
from nodes.models.unet import UNet
from nodes.models.unet_keys import to_ldm
from nodes.models.unet_shape import UNetShape
from nodes.models.weights import Weights
from nodes.sampling.sigmas import ksampler_sigmas
from tests.tiny_models import write_tiny_models

CFG, TOKENS = 7.5, 77
FULL = UNetShape(
    in_channels=4,
    out_channels=4,
    channels=(320, 640, 1280, 1280),
    depths=((1, 1), (1, 1), (1, 1), (0, 0)),
    up_depths=((0, 0, 0), (1, 1, 1), (1, 1, 1), (1, 1, 1)),
    middle=True,
    middle_depth=1,
    context=768,
    linear_projection=False,
    adm=None,
)
Candidate = Callable[[], Any]


def tiny() -> Model:
    """The tests' model: 1/10 of the width."""
    with tempfile.TemporaryDirectory() as folder:
        write_tiny_models(folder, ["sd15_tiny.safetensors"])
        model = load_checkpoint(Path(folder) / "sd15_tiny.safetensors").model
        model.network()
    return model


def full() -> Model:
    """Stable Diffusion 1.5's UNet, random."""
    device = compute_device()
    with torch.device("meta"):
        module = UNet2DConditionModel(**FULL.diffusers_config(default_heads(FULL)))
    names = to_ldm(module.state_dict(), FULL)
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for name, parameter in module.state_dict().items():
        spread = 0.5 / max(1.0, float(parameter[0].numel())) ** 0.5 if parameter.dim() > 1 else 0.02
        drawn = torch.randn(parameter.shape, generator=generator) * spread
        weights[names[name]] = drawn.to(diffusion_dtype(device))
    own = {name: name for name in weights}
    return Model.of(detect(weights, "", weights), Weights(weights, own, diffusion_dtype(device), device))


def candidates(model: Model, size: int, steps: int) -> dict[str, Candidate]:
    """Name -> one sampling of one picture of `size` pixels."""
    network = model.network()
    width = model.family.shape.context or 0
    generator = torch.Generator().manual_seed(1)
    positive, negative = (torch.randn(1, TOKENS, width, generator=generator) for _ in range(2))
    latent = torch.zeros(1, 4, size // 8, size // 8)
    noise = torch.randn(latent.shape, generator=generator)
    sigmas = ksampler_sigmas(model.sampling, "normal", steps)
    context = torch.cat((positive, negative)).to(network.device, network.dtype)

    theirs = _diffusers_unet(model, network)

    def diffusers_network(x: Tensor, t: Tensor) -> Tensor:
        output: Tensor = theirs(x, t, context, return_dict=False)[0]
        return output

    pipeline = _pipeline(theirs)
    return {
        "bare loop": lambda: _loop(diffusers_network, model, network, noise, sigmas),
        "bare loop, our walk": lambda: _loop(lambda x, t: network(x, t, context), model, network, noise, sigmas),
        "KSampler": lambda: ksampler(
            model,
            [[positive, {}]],
            [[negative, {}]],
            {"samples": latent},
            seed=1,
            steps=steps,
            cfg=CFG,
            sampler_name="euler",
            scheduler="normal",
            denoise=1.0,
            run=Run.silent(),
        ),
        "diffusers pipeline": lambda: pipeline(
            prompt_embeds=positive.to(context),
            negative_prompt_embeds=negative.to(context),
            latents=noise.to(context),
            height=size,
            width=size,
            num_inference_steps=steps,
            guidance_scale=CFG,
            output_type="latent",
        ),
    }


def _diffusers_unet(model: Model, network: UNet) -> Any:
    """diffusers' UNet around the very same weights."""
    family = model.family
    with torch.device("meta"):
        unet = UNet2DConditionModel(**family.shape.diffusers_config(family.heads, family.upcast_attention))
    unet.load_state_dict(network.module.state_dict(), assign=True)
    return unet.eval().requires_grad_(False)


def _pipeline(unet: Any) -> Any:
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="linspace", steps_offset=1
    )
    pipeline = StableDiffusionPipeline(
        vae=None,
        text_encoder=None,
        tokenizer=None,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@torch.no_grad()
def _loop(
    call: Callable[[Tensor, Tensor], Tensor], model: Model, network: UNet, noise: Tensor, sigmas: Tensor
) -> Tensor:
    """Euler's method with guidance, nothing around it."""
    timesteps = model.sampling.timestep(sigmas[:-1]).float().to(network.device)
    x = noise.to(network.device) * sigmas[0]
    for step, timestep in enumerate(timesteps):
        sigma = float(sigmas[step])
        scaled = (x / (sigma**2 + 1) ** 0.5).to(network.dtype)
        cond, uncond = call(torch.cat((scaled, scaled)), timestep.expand(2)).float().chunk(2)
        x = x + (uncond + CFG * (cond - uncond)) * (float(sigmas[step + 1]) - sigma)
    return x.cpu()


def measure(found: dict[str, Candidate], rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """(seconds of every round, bytes beyond the weights) by name."""
    cuda = compute_device().type == "cuda"
    memory = {name: (_cuda_peak if cuda else _host_peak)(run) for name, run in found.items()}
    clock = time.perf_counter if cuda else time.process_time
    seconds: dict[str, list[float]] = {name: [] for name in found}
    shuffled = random.Random(0)
    for _ in range(rounds):
        for name in shuffled.sample(list(found), len(found)):
            gc.collect()
            started = clock()
            found[name]()
            seconds[name].append(clock() - started)
    return seconds, memory


def _cuda_peak(run: Candidate) -> float:
    run()  # kernels are chosen, and workspaces made, once
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run()
    return float(torch.cuda.max_memory_allocated() - before)


def _host_peak(run: Candidate) -> float:
    """How far a run lifts the resident memory; Linux's own peak, started again before it."""
    run()  # code is read, and buffers made, once
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    run()
    return _status("VmHWM") - before


def _status(name: str) -> float:
    match = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert match is not None
    return int(match[1]) * 1024.0


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", choices=("tiny", "full"), default="tiny")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = tiny() if options.model == "tiny" else full()
    seconds, memory = measure(candidates(model, options.size, options.steps), options.rounds)
    print(f"{options.model}, {options.size} px, {options.steps} steps, medians of {options.rounds} rounds")
    print("| | seconds | over the bare loop | memory beyond the weights |\n|---|--:|--:|--:|")
    bare = statistics.median(seconds["bare loop"])
    for name, times in seconds.items():
        middle = statistics.median(times)
        print(f"| {name} | {middle:.3f} | {middle / bare:.3f} | {memory[name] / 2**20:.0f} MiB |")


if __name__ == "__main__":
    main()
