"""Published key layouts, brought to one."""

from __future__ import annotations

import pytest
import torch

from graphcore.errors import ModelError
from nodes.text.layouts import checkpoint_encoders, kind, to_transformers
from tests.nodes.text.small import small_tensors


def open_clip(tensors):
    """The open_clip form of `tensors`, as LDM checkpoints of SD 2 and SDXL have it."""
    renamed = {
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.final_layer_norm": "ln_final",
        "text_model.encoder.layers": "transformer.resblocks",
        "layer_norm": "ln_",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
        "self_attn.out_proj": "attn.out_proj",
    }
    result = {}
    for name, tensor in tensors.items():
        for old, new in renamed.items():
            name = name.replace(old, new)
        result[name] = tensor
    for n in range(3):
        for end in ("weight", "bias"):
            thirds = [result.pop(f"transformer.resblocks.{n}.self_attn.{part}_proj.{end}") for part in "qkv"]
            result[f"transformer.resblocks.{n}.attn.in_proj_{end}"] = torch.cat(thirds)
    result["text_projection"] = result.pop("text_projection.weight").T.contiguous()
    return result


def prefixed(prefix, tensors):
    return {prefix + name: tensor for name, tensor in tensors.items()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


TENSORS = small_tensors(projection=12)
EXTRA = {"logit_scale": torch.tensor(4.6)}


def test_open_clip_is_converted():
    buffers = {"attn_mask": torch.zeros(77, 77)}
    assert same(to_transformers(open_clip(TENSORS) | EXTRA | buffers), TENSORS | EXTRA)


def test_conversion_copies_nothing():
    converted = to_transformers(fused := open_clip(TENSORS))
    storages = {tensor.untyped_storage().data_ptr() for tensor in fused.values()}
    assert all(tensor.untyped_storage().data_ptr() in storages for tensor in converted.values())


def test_transformers_layout_stays_but_for_position_ids():
    ids = {"text_model.embeddings.position_ids": torch.arange(77)}
    assert same(to_transformers(TENSORS | EXTRA | ids), TENSORS | EXTRA)


def test_the_text_model_level_may_be_missing():
    bare = {name.removeprefix("text_model."): tensor for name, tensor in TENSORS.items()}
    assert same(to_transformers(bare), TENSORS)


def test_a_bare_text_projection_is_transposed():
    bare = {name: tensor for name, tensor in TENSORS.items() if name != "text_projection.weight"}
    assert same(to_transformers(bare | {"text_projection": TENSORS["text_projection.weight"].T}), TENSORS)


@pytest.mark.parametrize(
    ("family", "tensors", "names"),
    [
        ("sd1", prefixed("cond_stage_model.transformer.", TENSORS), ["l"]),
        ("sd2", prefixed("cond_stage_model.model.", open_clip(TENSORS)), ["h"]),
        ("sd2", prefixed("conditioner.embedders.0.model.", open_clip(TENSORS)), ["h"]),
        ("refiner", prefixed("conditioner.embedders.0.model.", open_clip(TENSORS)), ["g"]),
        (
            "sdxl",
            prefixed("conditioner.embedders.0.transformer.", TENSORS)
            | prefixed("conditioner.embedders.1.model.", open_clip(TENSORS)),
            ["g", "l"],
        ),
        (
            "sd3",
            prefixed("text_encoders.clip_l.transformer.", TENSORS)
            | prefixed("text_encoders.clip_g.transformer.", TENSORS),
            ["g", "l"],
        ),
    ],
)
def test_encoders_are_found_in_checkpoints(family, tensors, names):
    found = checkpoint_encoders(tensors | {"model.diffusion_model.out.2.weight": torch.zeros(1)}, family)
    assert sorted(found) == names
    assert all(same(own, TENSORS) for own in found.values())


def test_a_checkpoint_without_text_encoders_has_none():
    assert checkpoint_encoders({"model.diffusion_model.out.2.weight": torch.zeros(1)}, "sdxl") == {}


@pytest.mark.parametrize(("layers", "name"), [(12, "l"), (24, "h"), (32, "g")])
def test_depth_tells_the_encoder(layers, name):
    assert kind({f"text_model.encoder.layers.{n}.mlp.fc1.weight": torch.zeros(1) for n in range(layers)}) == name


def test_other_files_are_refused_by_name():
    t5 = to_transformers({"encoder.block.0.layer.0.SelfAttention.k.weight": torch.zeros(1)})
    with pytest.raises(ModelError, match="T5 text encoder, which is not supported"):
        kind(t5)
    with pytest.raises(ModelError, match="no text encoder that is known"):
        kind({"x": torch.zeros(1)})
