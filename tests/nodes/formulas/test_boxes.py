"""GLIGEN's boxes in a whole workflow, around diffusers' own layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from graphcore.engine import Engine
from graphcore.errors import NodeFailed
from nodes.models.checkpoint import load_checkpoint
from nodes.models.unet_keys import to_diffusers
from nodes.text.tokenizer import clip_token_ids
from tests.nodes.formulas import written as f
from tests.nodes.formulas.workflows import CFG, NEGATIVE, POSITIVE, assert_close, latent, node, plain, workflow
from tests.nodes.formulas.written import Net, Text
from tests.nodes.models.test_gligen import modules, projected, write


@pytest.fixture(scope="module")
def layers(base: Path, checkpoint: Path) -> dict[str, Any]:
    """A GLIGEN for the tiny model, written to its folder; its fusers by diffusers' names of their blocks."""
    model = load_checkpoint(checkpoint).model
    end = ".norm1.weight"
    blocks = {
        name.removesuffix(end): shape[0]
        for name, shape in model.shapes().items()
        if "transformer_blocks" in name and name.endswith(end)
    }
    made = modules(blocks)
    (base / "models/gligen").mkdir(exist_ok=True)
    write(base / "models/gligen/tiny.safetensors", made)
    names = to_diffusers([f"{block}.fuser.alpha_attn" for block in blocks], model.family.shape)
    renamed = {
        there.removesuffix(".alpha_attn"): made[here.removesuffix(".alpha_attn")] for here, there in names.items()
    }
    return {"position_net": made["position_net"], **renamed}


def test_two_boxes(engine: Engine, net: Net, checkpoint: Path, text: Any, layers: dict[str, Any]) -> None:
    """Both sides of the guidance see the boxes of the positive side, as with a ControlNet."""
    encoder = Text(checkpoint)

    def vector(prompt: str) -> Tensor:
        """The last state at the end token, not projected."""
        ids = clip_token_ids(prompt)
        return encoder(ids)[:, len(ids) + 1]

    boxes = [(48 / 128, 32 / 96, 112 / 128, 96 / 96), (0.0, 0.0, 16 / 128, 24 / 96)]
    things = projected(layers["position_net"], boxes, [vector("a dog"), vector("the sun")])
    changed = net.copy()
    changed.unet.position_net = lambda objs: objs  # they are projected already
    for name, block in list(changed.unet.named_modules()):
        if f"{name}.fuser" in layers:
            block.fuser = layers[f"{name}.fuser"]
    boxed = {"cross_attention_kwargs": {"gligen": {"objs": things}}}
    D = f.guided(changed.eps(text(POSITIVE), **boxed), changed.eps(text(NEGATIVE), **boxed), CFG)
    box = {"clip": ["ckpt", 1], "gligen_textbox_model": ["gl", 0]}
    prompt = workflow(
        gl=node("GLIGENLoader", gligen_name="tiny.safetensors"),
        b1=node("GLIGENTextBoxApply", conditioning_to=["pos", 0], text="a dog", width=64, height=64, x=48, y=32, **box),
        b2=node("GLIGENTextBoxApply", conditioning_to=["b1", 0], text="the sun", width=16, height=24, x=0, y=0, **box),
        ks_positive=["b2", 0],
    )
    assert_close(latent(engine, prompt), plain(D), 5e-5)


def test_a_gligen_for_another_family(engine: Engine, layers: dict[str, Any]) -> None:
    prompt = workflow(
        ckpt=node("CheckpointLoaderSimple", ckpt_name="sdxl_tiny.safetensors"),
        gl=node("GLIGENLoader", gligen_name="tiny.safetensors"),
        b=node(
            "GLIGENTextBoxApply",
            conditioning_to=["pos", 0],
            clip=["ckpt", 1],
            gligen_textbox_model=["gl", 0],
            text="a dog",
            width=64,
            height=64,
            x=0,
            y=0,
        ),
        ks_positive=["b", 0],
    )
    with pytest.raises(NodeFailed, match="use the CLIP of the family that it was made for"):
        engine.run(prompt)
