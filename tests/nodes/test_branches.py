"""Branches of one workflow with LoRAs of their own on one checkpoint: none sees another, and weights are held once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from graphcore import Folders, Registry
from graphcore.engine import Engine
from nodes.builtin import pack
from nodes.models.memory import unload_all
from nodes.models.model import Model
from tests.nodes.formulas.workflows import node, workflow

FIRST, SECOND = "sd15_tiny_lora.safetensors", "second.safetensors"


@pytest.fixture(scope="module")
def base(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(tiny_models, tmp_path_factory.mktemp("branches") / "base"))
    tensors = load_file(root / "models/loras" / FIRST)
    changed = {name: t if name.endswith("alpha") else -0.7 * t.flip(0) for name, t in tensors.items()}
    save_file({name: t.contiguous() for name, t in changed.items()}, root / "models/loras" / SECOND)
    return root


def fresh(base: Path) -> Engine:
    unload_all()
    return Engine(Registry(pack), Folders(base))


def branch(name: str, lora: str | None) -> dict[str, Any]:
    """Nodes, by names that begin with `name`, that sample with a LoRA on model and text encoder."""
    source = name + "l" if lora else "ckpt"
    plain = workflow()
    nodes = {
        name + "pos": node("CLIPTextEncode", text="a red circle", clip=[source, 1]),
        name + "neg": node("CLIPTextEncode", text="blurry", clip=[source, 1]),
        name + "ks": {**plain["ks"], "inputs": {**plain["ks"]["inputs"], "steps": 2, "model": [source, 0]}},
    }
    nodes[name + "ks"]["inputs"] |= {"positive": [name + "pos", 0], "negative": [name + "neg", 0]}
    if lora:
        nodes[source] = node(
            "LoraLoader",
            model=["ckpt", 0],
            clip=["ckpt", 1],
            lora_name=lora,
            strength_model=0.8,
            strength_clip=0.6,
        )
    return nodes


def run(engine: Engine, *branches: tuple[str, str | None]) -> dict[str, Tensor]:
    """What each branch samples, by its name."""
    prompt = {name: value for name, value in workflow().items() if name in ("ckpt", "empty")}
    for name, lora in branches:
        prompt |= branch(name, lora)
    kept = [name + "ks" for name, _ in branches]
    values = engine.run(prompt, targets=[], keep=kept).values
    return {name: values[name + "ks"][0][0]["samples"] for name, _ in branches}


@pytest.fixture(scope="module")
def alone(base: Path) -> dict[str | None, Tensor]:
    """What each LoRA gives in a workflow, and an engine, of its own."""
    return {lora: run(fresh(base), ("x", lora))["x"] for lora in (FIRST, SECOND, None)}


@pytest.mark.parametrize("order", [(FIRST, SECOND, None), (None, SECOND, FIRST), (SECOND, None, FIRST)])
def test_branches_give_what_each_gives_alone(
    base: Path, alone: dict[str | None, Tensor], order: tuple[str | None, ...]
) -> None:
    engine = fresh(base)
    together = run(engine, *((f"b{i}", lora) for i, lora in enumerate(order)))
    for i, lora in enumerate(order):
        assert torch.equal(together[f"b{i}"], alone[lora])
    assert not torch.allclose(alone[FIRST], alone[SECOND])
    assert not torch.allclose(alone[FIRST], alone[None])


def test_memory_holds_the_weights_of_the_checkpoint_once(base: Path) -> None:
    prompt = {name: value for name, value in workflow().items() if name in ("ckpt", "empty")}
    prompt |= branch("a", FIRST) | branch("b", SECOND) | branch("c", None)
    values = fresh(base).run(prompt, targets=[], keep=["al", "bl", "ckpt", "aks", "bks", "cks"]).values
    models: list[Model] = [values[name][0][0] for name in ("al", "bl", "ckpt")]
    networks = [dict(model.network().module.named_parameters()) for model in models]
    changed = [set(model.patches) for model in models]
    assert changed[0] == changed[1]
    plain = networks[2]
    shared = [name for name in plain if all(network[name].data_ptr() == plain[name].data_ptr() for network in networks)]
    assert len(shared) == len(plain) - len(changed[0])
    places = {weight.data_ptr(): weight.nbytes for network in networks for weight in network.values()}
    extra = 2 * sum(model_weight.numel() * 4 for name, model_weight in plain.items() if name not in shared)
    assert sum(places.values()) == sum(weight.nbytes for weight in plain.values()) + extra


def test_a_lora_alone_loads_no_second_copy_of_what_it_changes(base: Path) -> None:
    """The unpatched weights that a LoRA changes are read from the file, and not kept beside the changed ones."""
    engine = fresh(base)
    prompt = {name: value for name, value in workflow().items() if name in ("ckpt", "empty")} | branch("a", FIRST)
    values = engine.run(prompt, targets=[], keep=["al", "aks"]).values
    model: Model = values["al"][0][0]
    loaded = set(model.weights.weights._loaded)
    assert loaded.isdisjoint(name.removeprefix("diffusion_model.") for name in model.patches)
    assert len(loaded) == len(model.weights.weights.names) - len(model.patches)
