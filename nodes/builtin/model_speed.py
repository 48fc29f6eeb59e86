"""Models that compute differently for speed or precision: other number formats, compiled, merged, reused."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import Model, Range
from nodes.builtin.pack import pack

Threshold = Annotated[float, Range(0.0, 3.0, step=0.01)]
Percent = Annotated[float, Range(0.0, 1.0, step=0.01)]


@pack.node(id="ModelComputeDtype", title="ModelComputeDtype", category="advanced/debug/model")
def model_compute_dtype(model: Model, dtype: Literal["default", "fp32", "fp16", "bf16"]) -> Model:
    """Compute in another number format than the device's usual one."""
    import dataclasses

    import torch

    formats = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    return dataclasses.replace(model, dtype=formats.get(dtype))


@pack.node(id="TorchCompileModel", title="TorchCompileModel", category="_for_testing", experimental=True)
def torch_compile_model(model: Model, backend: Literal["inductor", "cudagraphs"]) -> Model:
    """Compile the network for this device: a slow first step, faster ones after it."""
    from nodes.guidance.patches.compiled import compiled

    return compiled(model, backend)


@pack.node(id="TomePatchModel", title="TomePatchModel", category="model_patches/unet")
def tome_patch_model(model: Model, ratio: Annotated[float, Range(0.0, 1.0, step=0.01)] = 0.3) -> Model:
    """Merge tokens that are alike: large pictures get faster, and lose a little detail."""
    from nodes.guidance.patches.token_merging import merge_tokens

    return merge_tokens(model, ratio)


@pack.node(id="EasyCache", title="EasyCache", category="advanced/debug/model", experimental=True)
def easy_cache(
    model: Model,
    reuse_threshold: Threshold = 0.2,
    start_percent: Percent = 0.15,
    end_percent: Percent = 0.95,
    verbose: bool = False,
) -> Model:
    """Skip the network in steps that change little; higher thresholds skip more."""
    from nodes.guidance.patches.step_reuse import easy_cache

    return easy_cache(model, reuse_threshold, start_percent, end_percent, verbose)


@pack.node(id="LazyCache", title="LazyCache", category="advanced/debug/model", experimental=True)
def lazy_cache(
    model: Model,
    reuse_threshold: Threshold = 0.2,
    start_percent: Percent = 0.15,
    end_percent: Percent = 0.95,
    verbose: bool = False,
) -> Model:
    """Skip whole predictions, guidance included, in steps that change little."""
    from nodes.guidance.patches.step_reuse import lazy_cache

    return lazy_cache(model, reuse_threshold, start_percent, end_percent, verbose)
