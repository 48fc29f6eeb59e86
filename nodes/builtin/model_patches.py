"""Model patches: models that sample differently. Every node hands out another model and leaves the given one alone."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Clip, Conditioning, LatentOperation, Model, Range, Text
from nodes.builtin.pack import pack

Factor = Annotated[float, Range(0.0, 10.0, step=0.01)]
Hundred = Annotated[float, Range(0.0, 100.0, step=0.01)]
Percent = Annotated[float, Range(0.0, 1.0, step=0.001)]
MinCfg = Annotated[float, Range(0.0, 100.0, step=0.5, round=0.01)]
Layers = Annotated[str, Text()]
Methods = Literal["bicubic", "nearest-exact", "bilinear", "area", "bislerp"]


class Patched(NamedTuple):
    """The model with the patch."""

    patched_model: Model


# -- how predictions are combined ------------------------------------------------------------------------------------


@pack.node(id="RescaleCFG", title="RescaleCFG", category="advanced/model")
def rescale_cfg(model: Model, multiplier: Annotated[float, Range(0.0, 1.0, step=0.01)] = 0.7) -> Model:
    """Keep strong guidance from washing out contrast."""
    from nodes.guidance.patches.rescale_cfg import rescale_cfg

    return rescale_cfg(model, multiplier)


@pack.node(id="RenormCFG", title="RenormCFG", category="advanced/model")
def renorm_cfg(model: Model, cfg_trunc: Hundred = 100, renorm_cfg: Hundred = 1.0) -> Model:
    """Guide below a noise level only, and to at most so many times the conditional prediction's strength."""
    from nodes.guidance.patches.renorm_cfg import renorm_cfg as renormalised

    return renormalised(model, cfg_trunc, renorm_cfg)


@pack.node(id="CFGZeroStar", title="CFGZeroStar", category="advanced/guidance")
def cfg_zero_star(model: Model) -> Patched:
    """Scale the unconditional prediction to fit the conditional one before guiding."""
    from nodes.guidance.patches.cfg_zero_star import cfg_zero_star

    return Patched(cfg_zero_star(model))


@pack.node(id="CFGNorm", title="CFGNorm", category="advanced/guidance", experimental=True)
def cfg_norm(model: Model, strength: Hundred = 1.0) -> Patched:
    """Keep guidance from making any place stronger than the conditional prediction is there."""
    from nodes.guidance.patches.cfg_norm import cfg_norm

    return Patched(cfg_norm(model, strength))


@pack.node(id="TCFG", title="Tangential Damping CFG", category="advanced/guidance")
def tangential_damping(model: Model) -> Patched:
    """Keep of the unconditional prediction what points the same way as the conditional one."""
    from nodes.guidance.patches.tangential_damping import tangential_damping

    return Patched(tangential_damping(model))


@pack.node(id="APG", title="Adaptive Projected Guidance", category="sampling/custom_sampling")
def adaptive_projection(
    model: Model,
    eta: Annotated[float, Range(-10.0, 10.0, step=0.01)] = 1.0,
    norm_threshold: Annotated[float, Range(0.0, 50.0, step=0.1)] = 5.0,
    momentum: Annotated[float, Range(-5.0, 1.0, step=0.01)] = 0.0,
) -> Model:
    """Guide mostly across the prediction, where it changes the picture, and less along it, where it saturates it."""
    from nodes.guidance.patches.adaptive_projection import adaptive_projection

    return adaptive_projection(model, eta, norm_threshold, momentum)


@pack.node(
    id="Mahiro",
    title="Mahiro is so cute that she deserves a better guidance function!! (。・ω・。)",
    category="_for_testing",
    experimental=True,
)
def mahiro(model: Model) -> Patched:
    """Lean on the positive prompt as far as it differs from the negative one."""
    from nodes.guidance.patches.mahiro import mahiro

    return Patched(mahiro(model))


@pack.node(id="FreSca", title="FreSca", category="_for_testing", experimental=True)
def fresca(
    model: Model,
    scale_low: Annotated[float, Range(0, 10, step=0.01)] = 1.0,
    scale_high: Annotated[float, Range(0, 10, step=0.01)] = 1.25,
    freq_cutoff: Annotated[int, Range(1, 10000, step=1)] = 20,
) -> Model:
    """Guide coarse shapes and fine detail with scales of their own."""
    from nodes.guidance.patches.fresca import fresca

    return fresca(model, scale_low, scale_high, freq_cutoff)


@pack.node(id="Epsilon Scaling", title="Epsilon Scaling", category="model_patches/unet")
def epsilon_scaling(
    model: Model, scaling_factor: Annotated[float, Range(0.5, 1.5, step=0.001, display="number")] = 1.005
) -> Model:
    """Shrink the predicted noise a little, against errors that add up over the steps."""
    from nodes.guidance.patches.epsilon_scaling import epsilon_scaling

    return epsilon_scaling(model, scaling_factor)


@pack.node(id="VideoLinearCFGGuidance", title="VideoLinearCFGGuidance", category="sampling/video_models")
def video_linear_cfg(model: Model, min_cfg: MinCfg = 1.0) -> Model:
    """Guidance that grows from the first frame to the last."""
    from nodes.guidance.patches.video_cfg import video_cfg

    return video_cfg(model, min_cfg)


@pack.node(id="VideoTriangleCFGGuidance", title="VideoTriangleCFGGuidance", category="sampling/video_models")
def video_triangle_cfg(model: Model, min_cfg: MinCfg = 1.0) -> Model:
    """Guidance that grows to the middle frame and falls again."""
    from nodes.guidance.patches.video_cfg import triangle_scales, video_cfg

    return video_cfg(model, min_cfg, triangle_scales)


@pack.node(
    id="PerpNeg",
    title="Perp-Neg (DEPRECATED by PerpNegGuider)",
    category="_for_testing",
    deprecated=True,
    experimental=True,
)
def perp_neg(model: Model, empty_conditioning: Conditioning, neg_scale: Hundred = 1.0) -> Model:
    """Away from the negative only as far as it does not weaken the positive."""
    from nodes.guidance.patches.perp_neg import perp_neg

    return perp_neg(model, empty_conditioning, neg_scale)


@pack.node(
    id="LatentApplyOperationCFG",
    title="LatentApplyOperationCFG",
    category="latent/advanced/operations",
    experimental=True,
)
def latent_apply_operation_cfg(model: Model, operation: LatentOperation) -> Model:
    """Apply a latent operation to the guidance at every step."""
    from nodes.guidance.patches.latent_operation import apply_operation

    return apply_operation(model, operation)


# -- further predictions ---------------------------------------------------------------------------------------------


@pack.node(id="PerturbedAttentionGuidance", title="PerturbedAttentionGuidance", category="model_patches/unet")
def perturbed_attention(model: Model, scale: Annotated[float, Range(0.0, 100.0, step=0.01, round=0.01)] = 3.0) -> Model:
    """Guide away from what the model makes with part of its attention switched off. One more prediction a step."""
    from nodes.guidance.patches.perturbed_attention import perturbed_attention

    return perturbed_attention(model, scale)


@pack.node(id="SelfAttentionGuidance", title="Self-Attention Guidance", category="_for_testing", experimental=True)
def self_attention(
    model: Model,
    scale: Annotated[float, Range(-2.0, 5.0, step=0.01)] = 0.5,
    blur_sigma: Annotated[float, Range(0.0, 10.0, step=0.1)] = 2.0,
) -> Model:
    """Guide away from a blur of what the model attends to. One more prediction a step."""
    from nodes.guidance.patches.self_attention import self_attention_guidance

    return self_attention_guidance(model, scale, blur_sigma)


@pack.node(id="SkipLayerGuidanceDiT", title="SkipLayerGuidanceDiT", category="advanced/guidance", experimental=True)
def skip_layer_guidance(
    model: Model,
    double_layers: Layers = "7, 8, 9",
    single_layers: Layers = "7, 8, 9",
    scale: Annotated[float, Range(0.0, 10.0, step=0.1)] = 3.0,
    start_percent: Percent = 0.01,
    end_percent: Percent = 0.15,
    rescaling_scale: Factor = 0.0,
) -> Model:
    """Guide away from what a transformer makes with some of its blocks skipped."""
    from nodes.guidance.patches.skip_layer import layer_numbers, skip_layer_guidance

    double, single = layer_numbers(double_layers), layer_numbers(single_layers)
    return skip_layer_guidance(model, double, single, scale, start_percent, end_percent, rescaling_scale)


@pack.node(id="SkipLayerGuidanceSD3", title="SkipLayerGuidanceSD3", category="advanced/guidance", experimental=True)
def skip_layer_guidance_sd3(
    model: Model,
    layers: Layers = "7, 8, 9",
    scale: Annotated[float, Range(0.0, 10.0, step=0.1)] = 3.0,
    start_percent: Percent = 0.01,
    end_percent: Percent = 0.15,
) -> Model:
    """Guide away from what SD3 makes with some of its blocks skipped."""
    from nodes.guidance.patches.skip_layer import layer_numbers, skip_layer_guidance

    return skip_layer_guidance(model, layer_numbers(layers), [], scale, start_percent, end_percent)


@pack.node(
    id="SkipLayerGuidanceDiTSimple",
    title="SkipLayerGuidanceDiTSimple",
    category="advanced/guidance",
    experimental=True,
)
def skip_layer_uncond(
    model: Model,
    double_layers: Layers = "7, 8, 9",
    single_layers: Layers = "7, 8, 9",
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
) -> Model:
    """Make the unconditional prediction with some blocks skipped. Costs no further prediction."""
    from nodes.guidance.patches.skip_layer import layer_numbers, skip_layer_uncond

    return skip_layer_uncond(
        model, layer_numbers(double_layers), layer_numbers(single_layers), start_percent, end_percent
    )


# -- inside the network ----------------------------------------------------------------------------------------------


@pack.node(id="FreeU", title="FreeU", category="model_patches/unet")
def free_u(model: Model, b1: Factor = 1.1, b2: Factor = 1.2, s1: Factor = 0.9, s2: Factor = 0.2) -> Model:
    """Strengthen the UNet's backbone (b) and damp its skip connections (s)."""
    from nodes.guidance.patches.free_u import free_u

    return free_u(model, b1, b2, s1, s2, version=1)


@pack.node(id="FreeU_V2", title="FreeU_V2", category="model_patches/unet")
def free_u_v2(model: Model, b1: Factor = 1.3, b2: Factor = 1.4, s1: Factor = 0.9, s2: Factor = 0.2) -> Model:
    """FreeU that strengthens each place by how active it is."""
    from nodes.guidance.patches.free_u import free_u

    return free_u(model, b1, b2, s1, s2)


@pack.node(id="HyperTile", title="HyperTile", category="model_patches/unet")
def hypertile(
    model: Model,
    tile_size: Annotated[int, Range(1, 2048)] = 256,
    swap_size: Annotated[int, Range(1, 128)] = 2,
    max_depth: Annotated[int, Range(0, 10)] = 0,
    scale_depth: bool = False,
) -> Model:
    """Attention within tiles: large pictures get faster, and a little less coherent."""
    from nodes.guidance.patches.hypertile import hypertile

    return hypertile(model, tile_size, swap_size, max_depth, scale_depth)


@pack.node(
    id="PatchModelAddDownscale",
    title="PatchModelAddDownscale (Kohya Deep Shrink)",
    category="model_patches/unet",
)
def add_downscale(
    *,
    model: Model,
    block_number: Annotated[int, Range(1, 32, step=1)] = 3,
    downscale_factor: Annotated[float, Range(0.1, 9.0, step=0.001)] = 2.0,
    start_percent: Percent = 0.0,
    end_percent: Percent = 0.35,
    downscale_after_skip: bool = True,
    downscale_method: Methods,
    upscale_method: Methods,
) -> Model:
    """Work on a smaller picture early on, so that pictures larger than the model's own size stay coherent."""
    from nodes.guidance.patches.downscale import add_downscale

    return add_downscale(
        model,
        block_number,
        downscale_factor,
        start_percent,
        end_percent,
        downscale_after_skip,
        downscale_method,
        upscale_method,
    )


@pack.node(
    id="UNetSelfAttentionMultiply",
    title="UNetSelfAttentionMultiply",
    category="_for_testing/attention_experiments",
    experimental=True,
)
def unet_self_attention_multiply(
    model: Model, q: Factor = 1.0, k: Factor = 1.0, v: Factor = 1.0, out: Factor = 1.0
) -> Model:
    """Make the UNet's attention to itself stronger or weaker."""
    from nodes.guidance.patches.attention_multiply import multiply_attention

    return multiply_attention(model, "attn1", (q, k, v, out))


@pack.node(
    id="UNetCrossAttentionMultiply",
    title="UNetCrossAttentionMultiply",
    category="_for_testing/attention_experiments",
    experimental=True,
)
def unet_cross_attention_multiply(
    model: Model, q: Factor = 1.0, k: Factor = 1.0, v: Factor = 1.0, out: Factor = 1.0
) -> Model:
    """Make the UNet's attention to the text stronger or weaker."""
    from nodes.guidance.patches.attention_multiply import multiply_attention

    return multiply_attention(model, "attn2", (q, k, v, out))


@pack.node(
    id="UNetTemporalAttentionMultiply",
    title="UNetTemporalAttentionMultiply",
    category="_for_testing/attention_experiments",
    experimental=True,
)
def unet_temporal_attention_multiply(
    model: Model,
    self_structural: Factor = 1.0,
    self_temporal: Factor = 1.0,
    cross_structural: Factor = 1.0,
    cross_temporal: Factor = 1.0,
) -> Model:
    """Make a video model's attention within frames and over time stronger or weaker."""
    from nodes.guidance.patches.attention_multiply import multiply_temporal_attention

    return multiply_temporal_attention(model, self_structural, self_temporal, cross_structural, cross_temporal)


@pack.node(
    id="CLIPAttentionMultiply",
    title="CLIPAttentionMultiply",
    category="_for_testing/attention_experiments",
    experimental=True,
)
def clip_attention_multiply(clip: Clip, q: Factor = 1.0, k: Factor = 1.0, v: Factor = 1.0, out: Factor = 1.0) -> Clip:
    """Make the text encoder's attention stronger or weaker."""
    from nodes.guidance.patches.attention_multiply import multiply_clip_attention

    return multiply_clip_attention(clip, (q, k, v, out))


@pack.node(id="DifferentialDiffusion", title="Differential Diffusion", category="_for_testing", experimental=True)
def differential_diffusion(model: Model, strength: Annotated[float | None, Range(0.0, 1.0, step=0.01)] = 1.0) -> Model:
    """Let the grey values of a noise mask say how much each place may change."""
    from nodes.guidance.options import with_option
    from nodes.sampling.inpaint import DifferentialDiffusion

    return with_option(model, "denoise_mask_function", DifferentialDiffusion(1.0 if strength is None else strength))
