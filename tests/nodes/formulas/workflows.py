"""The workflows that are compared: a plain text to latent, to be changed, and what it saves."""

from __future__ import annotations

from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from graphcore.engine import Engine
from tests.nodes.formulas import written as f
from tests.nodes.formulas.written import Prediction

TOLERANCE = 2e-5
POSITIVE, NEGATIVE, OTHER = "a red circle", "blurry low quality", "a blue square"
CFG = 4.0

Prompt = dict[str, Any]


def node(type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": type, "inputs": inputs}


def workflow(**changes: Any) -> Prompt:
    """A plain text to latent, with nodes added or exchanged; "ks." begins inputs of its KSampler."""
    prompt = {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors"),
        "pos": node("CLIPTextEncode", text=POSITIVE, clip=["ckpt", 1]),
        "neg": node("CLIPTextEncode", text=NEGATIVE, clip=["ckpt", 1]),
        "p2": node("CLIPTextEncode", text=OTHER, clip=["ckpt", 1]),
        "empty": node("EmptyLatentImage", width=128, height=96, batch_size=1),
        "ks": node(
            "KSampler",
            model=["ckpt", 0],
            seed=5,
            steps=4,
            cfg=CFG,
            sampler_name="euler",
            scheduler="normal",
            positive=["pos", 0],
            negative=["neg", 0],
            latent_image=["empty", 0],
            denoise=1.0,
        ),
        "lat": node("SaveLatent", samples=["ks", 0], filename_prefix="formulas"),
    }
    inputs = {name.removeprefix("ks_"): value for name, value in changes.items() if name.startswith("ks_")}
    prompt["ks"]["inputs"].update(inputs)
    return prompt | {name: value for name, value in changes.items() if not name.startswith("ks_")}


def latent(engine: Engine, prompt: Prompt) -> Tensor:
    """What the workflow saves."""
    result = engine.run(prompt)
    (item,) = result.ui["lat"]["latents"]
    return load_file(engine.folders.output / item["subfolder"] / item["filename"])["latent_tensor"]


def assert_close(found: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> None:
    assert found.shape == expected.shape
    error = float((found - expected).norm() / expected.norm())
    assert error < tolerance, f"off by {error:.2e}"


def plain(D: Prediction, steps: int = 4, seed: int = 5) -> Tensor:
    """Euler over the normal schedule, as stored."""
    sigmas = f.normal_schedule(steps)
    return f.stored(f.euler(D, f.start(seed, sigmas), sigmas))


def picture_latent(engine: Engine) -> tuple[Prompt, Tensor]:
    """Nodes that encode the fixture, and its latent as the VAE writes it."""
    nodes = {
        "load": node("LoadImage", image="fixture.png"),
        "scale": node("ImageScale", image=["load", 0], upscale_method="area", width=128, height=96, crop="disabled"),
        "enc": node("VAEEncode", pixels=["scale", 0], vae=["ckpt", 2]),
    }
    saved = {"lat": node("SaveLatent", samples=["enc", 0], filename_prefix="formulas")}
    return nodes, latent(engine, {**workflow(), **nodes, **saved})
