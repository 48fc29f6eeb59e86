"""Hooks: LoRAs and models that apply to some conditionings only, on a schedule."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Clip, ModelFile, Range, Run, Socket
from graphcore.widgets import Widget
from nodes.builtin.pack import pack

Hooks = Annotated[Any, Socket("HOOKS")]
Keyframes = Annotated[Any, Socket("HOOK_KEYFRAMES")]
Floats = Annotated[Any, Socket("FLOATS"), Widget(extra={"default": -1, "min": -1, "step": 0.001, "forceInput": True})]
Strength = Annotated[float, Range(-20.0, 20.0, step=0.01)]
Factor = Annotated[float, Range(0.0, 10.0, step=0.001)]
Percent = Annotated[float, Range(0.0, 1.0, step=0.001)]
LoraName = Annotated[str, ModelFile("loras")]
CheckpointName = Annotated[str, ModelFile("checkpoints")]


class HookKeyframes(NamedTuple):
    """Keyframes, to be set on hooks."""

    HOOK_KF: Keyframes


def _hooks(prev_hooks: Any, change: Any, strength_model: float, strength_clip: float) -> Any:
    from nodes.guidance.hooks import HookGroup, WeightHook

    own = HookGroup((WeightHook(change, strength_model, strength_clip),))
    return own if prev_hooks is None else prev_hooks.combined(own)


def _combined(*groups: Any) -> Any:
    from nodes.guidance.hooks import HookGroup

    together = HookGroup()
    for group in groups:
        together = together if group is None else together.combined(group)
    return together


# -- creating --------------------------------------------------------------------------------------------------------


@pack.node(id="CreateHookLora", title="Create Hook LoRA", category="advanced/hooks/create", experimental=True)
def create_hook_lora(
    lora_name: LoraName,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    prev_hooks: Hooks | None = None,
    *,
    run: Run,
) -> Hooks:
    """A LoRA for the conditionings that carry this hook."""
    from nodes.models.lora import load_lora

    if strength_model == 0 and strength_clip == 0:
        return _combined(prev_hooks)
    return _hooks(prev_hooks, load_lora(run.folders.find("loras", lora_name)), strength_model, strength_clip)


@pack.node(
    id="CreateHookLoraModelOnly",
    title="Create Hook LoRA (MO)",
    category="advanced/hooks/create",
    experimental=True,
)
def create_hook_lora_model_only(
    lora_name: LoraName, strength_model: Strength = 1.0, prev_hooks: Hooks | None = None, *, run: Run
) -> Hooks:
    """A LoRA for the conditionings that carry this hook; text encoders stay as they are."""
    return create_hook_lora(lora_name, strength_model, 0.0, prev_hooks, run=run)


@pack.node(
    id="CreateHookModelAsLora",
    title="Create Hook Model as LoRA",
    category="advanced/hooks/create",
    experimental=True,
)
def create_hook_model_as_lora(
    ckpt_name: CheckpointName,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    prev_hooks: Hooks | None = None,
    *,
    run: Run,
) -> Hooks:
    """Another checkpoint for the conditionings that carry this hook; at strength 1 it takes the model's place."""
    from nodes.guidance.model_as_lora import ModelAsLora
    from nodes.models.checkpoint import load_checkpoint

    other = load_checkpoint(run.folders.find("checkpoints", ckpt_name))
    return _hooks(prev_hooks, ModelAsLora(other.model, other.clip), strength_model, strength_clip)


@pack.node(
    id="CreateHookModelAsLoraModelOnly",
    title="Create Hook Model as LoRA (MO)",
    category="advanced/hooks/create",
    experimental=True,
)
def create_hook_model_as_lora_model_only(
    ckpt_name: CheckpointName, strength_model: Strength = 1.0, prev_hooks: Hooks | None = None, *, run: Run
) -> Hooks:
    """Another checkpoint's model for the conditionings that carry this hook."""
    return create_hook_model_as_lora(ckpt_name, strength_model, 0.0, prev_hooks, run=run)


# -- combining -------------------------------------------------------------------------------------------------------


@pack.node(id="CombineHooks2", title="Combine Hooks [2]", category="advanced/hooks/combine", experimental=True)
def combine_hooks_2(hooks_A: Hooks | None = None, hooks_B: Hooks | None = None) -> Hooks:
    """Hooks that apply together."""
    return _combined(hooks_A, hooks_B)


@pack.node(id="CombineHooks4", title="Combine Hooks [4]", category="advanced/hooks/combine", experimental=True)
def combine_hooks_4(
    hooks_A: Hooks | None = None,
    hooks_B: Hooks | None = None,
    hooks_C: Hooks | None = None,
    hooks_D: Hooks | None = None,
) -> Hooks:
    """Hooks that apply together."""
    return _combined(hooks_A, hooks_B, hooks_C, hooks_D)


@pack.node(id="CombineHooks8", title="Combine Hooks [8]", category="advanced/hooks/combine", experimental=True)
def combine_hooks_8(
    hooks_A: Hooks | None = None,
    hooks_B: Hooks | None = None,
    hooks_C: Hooks | None = None,
    hooks_D: Hooks | None = None,
    hooks_E: Hooks | None = None,
    hooks_F: Hooks | None = None,
    hooks_G: Hooks | None = None,
    hooks_H: Hooks | None = None,
) -> Hooks:
    """Hooks that apply together."""
    return _combined(hooks_A, hooks_B, hooks_C, hooks_D, hooks_E, hooks_F, hooks_G, hooks_H)


@pack.node(id="SetClipHooks", title="Set CLIP Hooks", category="advanced/hooks/clip", experimental=True)
def set_clip_hooks(
    clip: Clip, apply_to_conds: bool = True, schedule_clip: bool = False, hooks: Hooks | None = None
) -> Clip:
    """Encode texts with hooks; `apply_to_conds` carries them on to the model, `schedule_clip` follows keyframes."""
    from nodes.guidance.hooks import set_clip_hooks

    return set_clip_hooks(clip, hooks, apply_to_conds, schedule_clip)


# -- scheduling ------------------------------------------------------------------------------------------------------


@pack.node(
    id="CreateHookKeyframe", title="Create Hook Keyframe", category="advanced/hooks/scheduling", experimental=True
)
def create_hook_keyframe(
    strength_mult: Strength = 1.0, start_percent: Percent = 0.0, prev_hook_kf: Keyframes | None = None
) -> HookKeyframes:
    """How strong a hook is from a share of the sampling on."""
    from nodes.guidance.keyframes import Keyframe, added

    return HookKeyframes(added(prev_hook_kf or (), [Keyframe(strength_mult, start_percent)]))


@pack.node(
    id="CreateHookKeyframesInterpolated",
    title="Create Hook Keyframes Interp.",
    category="advanced/hooks/scheduling",
    experimental=True,
)
def create_hook_keyframes_interpolated(
    *,
    strength_start: Factor = 1.0,
    strength_end: Factor = 1.0,
    interpolation: Literal["linear", "ease_in", "ease_out", "ease_in_out"],
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
    keyframes_count: Annotated[int, Range(2, 100, step=1)] = 5,
    print_keyframes: bool = False,
    prev_hook_kf: Keyframes | None = None,
) -> HookKeyframes:
    """Strengths that follow a curve over a part of the sampling. `print_keyframes` is for old files."""
    from nodes.guidance.keyframes import added, interpolated

    more = interpolated(strength_start, strength_end, interpolation, start_percent, end_percent, keyframes_count)
    return HookKeyframes(added(prev_hook_kf or (), more))


@pack.node(
    id="CreateHookKeyframesFromFloats",
    title="Create Hook Keyframes From Floats",
    category="advanced/hooks/scheduling",
    experimental=True,
)
def create_hook_keyframes_from_floats(
    floats_strength: Floats,
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
    print_keyframes: bool = False,
    prev_hook_kf: Keyframes | None = None,
) -> HookKeyframes:
    """A keyframe for each of a list of strengths, at even distances. `print_keyframes` is for old files."""
    from nodes.guidance.keyframes import added, spread

    strengths = [floats_strength] if isinstance(floats_strength, int | float) else list(floats_strength)
    return HookKeyframes(added(prev_hook_kf or (), spread(strengths, start_percent, end_percent)))


@pack.node(id="SetHookKeyframes", title="Set Hook Keyframes", category="advanced/hooks/scheduling", experimental=True)
def set_hook_keyframes(hooks: Hooks, hook_kf: Keyframes | None = None) -> Hooks:
    """Put hooks on a schedule."""
    return hooks if hook_kf is None else hooks.with_keyframes(hook_kf)
