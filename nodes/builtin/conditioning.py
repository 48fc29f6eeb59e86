"""Conditioning: how encoded texts combine, and where, when and how strongly they apply."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Conditioning, Mask, Range, Socket
from nodes.builtin.pack import pack

Pixels = Annotated[int, Range(64, 16384, step=8)]
Place = Annotated[int, Range(0, 16384, step=8)]
Share = Annotated[float, Range(0, 1.0, step=0.01)]
Percent = Annotated[float, Range(0.0, 1.0, step=0.001)]
Strength = Annotated[float, Range(0.0, 10.0, step=0.01)]
AreaRule = Literal["default", "mask bounds"]
TimestepsRange = Annotated[tuple[float, float], Socket("TIMESTEPS_RANGE")]
Hooks = Annotated[Any, Socket("HOOKS")]


class Pair(NamedTuple):
    """What is wanted and what is not."""

    positive: Conditioning
    negative: Conditioning


class Ranges(NamedTuple):
    """A part of the sampling, what comes before it and what comes after it."""

    TIMESTEPS_RANGE: TimestepsRange
    BEFORE_RANGE: TimestepsRange
    AFTER_RANGE: TimestepsRange


# -- arithmetic ------------------------------------------------------------------------------------------------------


@pack.node(id="ConditioningCombine", title="Conditioning (Combine)", category="conditioning")
def conditioning_combine(conditioning_1: Conditioning, conditioning_2: Conditioning) -> Conditioning:
    """Follow both: each is predicted by itself, the predictions are averaged."""
    from nodes.text.conditioning import combine

    return combine(conditioning_1, conditioning_2)


@pack.node(id="ConditioningConcat", title="Conditioning (Concat)", category="conditioning")
def conditioning_concat(conditioning_to: Conditioning, conditioning_from: Conditioning) -> Conditioning:
    """Join two texts into one longer one."""
    from nodes.text.conditioning import concat

    return concat(conditioning_to, conditioning_from)


@pack.node(id="ConditioningAverage", title="ConditioningAverage", category="conditioning")
def conditioning_average(
    conditioning_to: Conditioning, conditioning_from: Conditioning, conditioning_to_strength: Share = 1.0
) -> Conditioning:
    """Mix two encoded texts; at 1 only `conditioning_to` counts."""
    from nodes.text.conditioning import average

    return average(conditioning_to, conditioning_from, conditioning_to_strength)


@pack.node(id="ConditioningZeroOut", title="ConditioningZeroOut", category="advanced/conditioning")
def conditioning_zero_out(conditioning: Conditioning) -> Conditioning:
    """Replace the encoded text by zeros; area, mask and other settings stay."""
    from nodes.text.conditioning import zero_out

    return zero_out(conditioning)


# -- where and when --------------------------------------------------------------------------------------------------


@pack.node(id="ConditioningSetArea", title="Conditioning (Set Area)", category="conditioning")
def conditioning_set_area(
    conditioning: Conditioning,
    width: Pixels = 64,
    height: Pixels = 64,
    x: Place = 0,
    y: Place = 0,
    strength: Strength = 1.0,
) -> Conditioning:
    """Apply inside a rectangle of the picture only. Strength counts where areas overlap."""
    from nodes.guidance.conditioning import set_area

    return set_area(conditioning, width, height, x, y, strength)


@pack.node(id="ConditioningSetAreaPercentage", title="Conditioning (Set Area with Percentage)", category="conditioning")
def conditioning_set_area_percentage(
    conditioning: Conditioning,
    width: Share = 1.0,
    height: Share = 1.0,
    x: Share = 0,
    y: Share = 0,
    strength: Strength = 1.0,
) -> Conditioning:
    """Apply inside a rectangle given in shares of the picture."""
    from nodes.guidance.conditioning import set_area_percentage

    return set_area_percentage(conditioning, (height, width), (y, x), strength)


@pack.node(id="ConditioningSetAreaPercentageVideo", title="ConditioningSetAreaPercentageVideo", category="conditioning")
def conditioning_set_area_percentage_video(
    conditioning: Conditioning,
    width: Share = 1.0,
    height: Share = 1.0,
    temporal: Share = 1.0,
    x: Share = 0,
    y: Share = 0,
    z: Share = 0,
    strength: Strength = 1.0,
) -> Conditioning:
    """Apply inside a box given in shares of a video; `temporal` and `z` are its extent and place in time."""
    from nodes.guidance.conditioning import set_area_percentage

    return set_area_percentage(conditioning, (temporal, height, width), (z, y, x), strength)


@pack.node(id="ConditioningSetAreaStrength", title="ConditioningSetAreaStrength", category="conditioning")
def conditioning_set_area_strength(conditioning: Conditioning, strength: Strength = 1.0) -> Conditioning:
    """How much a conditioning counts where it overlaps with others."""
    from nodes.guidance.conditioning import set_values

    return set_values(conditioning, {"strength": strength})


@pack.node(id="ConditioningSetMask", title="Conditioning (Set Mask)", category="conditioning")
def conditioning_set_mask(
    *, conditioning: Conditioning, mask: Mask, strength: Strength = 1.0, set_cond_area: AreaRule
) -> Conditioning:
    """Apply where a mask is white; with "mask bounds", only the mask's box is predicted."""
    from nodes.guidance.conditioning import set_mask

    return set_mask(conditioning, mask, strength, bounds=set_cond_area != "default")


@pack.node(id="ConditioningSetTimestepRange", title="ConditioningSetTimestepRange", category="advanced/conditioning")
def conditioning_set_timestep_range(
    conditioning: Conditioning, start: Percent = 0.0, end: Percent = 1.0
) -> Conditioning:
    """Apply during a part of the sampling only."""
    from nodes.guidance.conditioning import set_timestep_range

    return set_timestep_range(conditioning, start, end)


@pack.node(id="ConditioningTimestepsRange", title="Timesteps Range", category="advanced/hooks", experimental=True)
def conditioning_timesteps_range(start_percent: Percent = 0.0, end_percent: Percent = 1.0) -> Ranges:
    """A part of the sampling, what comes before it and what comes after it."""
    from nodes.guidance.conditioning import timestep_ranges

    return Ranges(*timestep_ranges(start_percent, end_percent))


# -- several settings at once ----------------------------------------------------------------------------------------


@pack.node(
    id="ConditioningSetProperties",
    title="Cond Set Props",
    category="advanced/hooks/cond single",
    experimental=True,
)
def conditioning_set_properties(
    *,
    cond_NEW: Conditioning,
    strength: Strength = 1.0,
    set_cond_area: AreaRule,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: TimestepsRange | None = None,
) -> Conditioning:
    """Set mask, hooks and part of the sampling in one node. Without a mask, strength has no effect."""
    from nodes.guidance.conditioning import set_properties

    bounds = set_cond_area != "default"
    return set_properties(cond_NEW, mask=mask, strength=strength, bounds=bounds, hooks=hooks, timesteps=timesteps)


@pack.node(
    id="ConditioningSetPropertiesAndCombine",
    title="Cond Set Props Combine",
    category="advanced/hooks/cond single",
    experimental=True,
)
def conditioning_set_properties_and_combine(
    *,
    cond: Conditioning,
    cond_NEW: Conditioning,
    strength: Strength = 1.0,
    set_cond_area: AreaRule,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: TimestepsRange | None = None,
) -> Conditioning:
    """Set properties of `cond_NEW` and add it to `cond`."""
    return cond + conditioning_set_properties(
        cond_NEW=cond_NEW, strength=strength, set_cond_area=set_cond_area, mask=mask, hooks=hooks, timesteps=timesteps
    )


@pack.node(
    id="ConditioningSetDefaultCombine",
    title="Cond Set Default Combine",
    category="advanced/hooks/cond single",
    experimental=True,
)
def conditioning_set_default_combine(
    cond: Conditioning, cond_DEFAULT: Conditioning, hooks: Hooks | None = None
) -> Conditioning:
    """Add a conditioning that applies where no other of this wire does."""
    from nodes.guidance.conditioning import combine_default

    return combine_default(cond, cond_DEFAULT, hooks)


@pack.node(
    id="PairConditioningCombine",
    title="Cond Pair Combine",
    category="advanced/hooks/cond pair",
    experimental=True,
)
def pair_conditioning_combine(
    positive_A: Conditioning, negative_A: Conditioning, positive_B: Conditioning, negative_B: Conditioning
) -> Pair:
    """Combine two pairs."""
    return Pair(positive_A + positive_B, negative_A + negative_B)


@pack.node(
    id="PairConditioningSetDefaultCombine",
    title="Cond Pair Set Default Combine",
    category="advanced/hooks/cond pair",
    experimental=True,
)
def pair_conditioning_set_default_combine(
    positive: Conditioning,
    negative: Conditioning,
    positive_DEFAULT: Conditioning,
    negative_DEFAULT: Conditioning,
    hooks: Hooks | None = None,
) -> Pair:
    """Add a pair that applies where no other of these wires does."""
    from nodes.guidance.conditioning import combine_default

    return Pair(combine_default(positive, positive_DEFAULT, hooks), combine_default(negative, negative_DEFAULT, hooks))


@pack.node(
    id="PairConditioningSetProperties",
    title="Cond Pair Set Props",
    category="advanced/hooks/cond pair",
    experimental=True,
)
def pair_conditioning_set_properties(
    *,
    positive_NEW: Conditioning,
    negative_NEW: Conditioning,
    strength: Strength = 1.0,
    set_cond_area: AreaRule,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: TimestepsRange | None = None,
) -> Pair:
    """Set mask, hooks and part of the sampling of a pair."""
    from nodes.guidance.conditioning import set_properties

    bounds = set_cond_area != "default"
    return Pair(
        *(
            set_properties(new, mask=mask, strength=strength, bounds=bounds, hooks=hooks, timesteps=timesteps)
            for new in (positive_NEW, negative_NEW)
        )
    )


@pack.node(
    id="PairConditioningSetPropertiesAndCombine",
    title="Cond Pair Set Props Combine",
    category="advanced/hooks/cond pair",
    experimental=True,
)
def pair_conditioning_set_properties_and_combine(
    *,
    positive: Conditioning,
    negative: Conditioning,
    positive_NEW: Conditioning,
    negative_NEW: Conditioning,
    strength: Strength = 1.0,
    set_cond_area: AreaRule,
    mask: Mask | None = None,
    hooks: Hooks | None = None,
    timesteps: TimestepsRange | None = None,
) -> Pair:
    """Set properties of a new pair and add it to another."""
    new = pair_conditioning_set_properties(
        positive_NEW=positive_NEW,
        negative_NEW=negative_NEW,
        strength=strength,
        set_cond_area=set_cond_area,
        mask=mask,
        hooks=hooks,
        timesteps=timesteps,
    )
    return Pair(positive + new.positive, negative + new.negative)
