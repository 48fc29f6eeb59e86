"""Hooks that packs make work in our nodes and in sampling, and ours can be changed by packs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import Engine
from nodes.compat.handles.boundary import given, taken
from nodes.compat.handles.hooks import HookGroup, HookKeyframe, HookKeyframeGroup
from nodes.guidance import hooks as native
from nodes.guidance.keyframes import Keyframe


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


@pytest.fixture
def engine(base: Callable[..., Any], tiny_models: Path) -> Engine:
    place = base("engine_tools.py")
    shutil.copytree(tiny_models / "models", place.path / "models")
    found: Engine = place.start()[0]
    return found


def test_a_packs_hook_is_what_our_own_nodes_make(engine: Engine, tiny_models: Path) -> None:
    lora = sorted(path.name for path in (tiny_models / "models" / "loras").iterdir())[0]
    prompt = {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors"),
        "theirs": node("ToolHookedPrompt", clip=["ckpt", 1], text="a cat", lora=lora),
        "plain": node("CLIPTextEncode", clip=["ckpt", 1], text="a cat"),
        "hook": node("CreateHookLora", lora_name=lora, strength_model=1.0, strength_clip=0.0),
        "late": node("CreateHookKeyframe", strength_mult=0.5, start_percent=0.5),
        "early": node("CreateHookKeyframe", strength_mult=1.0, start_percent=0.0, prev_hook_kf=["late", 0]),
        "timed": node("SetHookKeyframes", hooks=["hook", 0], hook_kf=["early", 0]),
        "both": node("ToolCombineHooks", hooks_A=["theirs", 1], hooks_B=["timed", 0]),
        "ours": node(
            "ConditioningSetProperties", cond_NEW=["plain", 0], strength=1.0, set_cond_area="default",
            hooks=["timed", 0],
        ),
        "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
    }  # fmt: skip

    def latent(positive: str) -> torch.Tensor:
        sampler = node(
            "KSampler", model=["ckpt", 0], seed=7, steps=4, cfg=1.0, sampler_name="euler", scheduler="normal",
            positive=[positive, 0], negative=["plain", 0], latent_image=["empty", 0], denoise=1.0,
        )  # fmt: skip
        samples: torch.Tensor = engine.run({**prompt, "out": sampler}, keep=["out"]).values["out"][0][0]["samples"]
        return samples

    assert torch.allclose(latent("theirs"), latent("ours"), atol=1e-5)
    assert not torch.allclose(latent("theirs"), latent("plain"), atol=1e-3)
    (group,) = engine.run(prompt, keep=["both"]).values["both"][0]
    assert type(group) is native.HookGroup
    assert len(group.hooks) == 2


def test_changing_a_copy_leaves_our_group_alone() -> None:
    group = native.HookGroup((native.WeightHook("a", 1.0, 1.0),))  # type: ignore[arg-type]
    form = given(group)
    assert isinstance(form, HookGroup)
    assert taken(form) is group
    copy = form.clone()
    copy.add(native.WeightHook("b", 1.0, 1.0))  # type: ignore[arg-type]
    frames = HookKeyframeGroup()
    frames.add(HookKeyframe(0.3, 0.4))
    copy.set_keyframes_on_hooks(frames)
    assert [hook.change for hook in taken(copy).hooks] == ["a", "b"]
    assert taken(copy).hooks[0].keyframes == (Keyframe(0.3, 0.4, 1),)
    assert group.hooks[0].keyframes == ()
    assert HookGroup.combine_all_hooks([None]) is None
    assert HookGroup.combine_all_hooks([group], require_count=2) is None
