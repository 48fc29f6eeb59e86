from __future__ import annotations

import pytest

from nodes.models.lora_targets import clip_targets, model_targets
from tests.nodes.models.layouts import SHAPES, ldm_tensors

Q = "input_blocks.4.1.transformer_blocks.0.attn1.to_q"
OUT = "output_blocks.3.1.transformer_blocks.0.attn2.to_out.0"


@pytest.mark.parametrize(
    ("target", "module"),
    [
        ("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q", Q),
        (f"diffusion_model.{Q}", Q),
        ("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q", Q),
        ("lycoris_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q", Q),
        ("down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q", Q),
        ("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q", Q),
        ("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q", Q),
        ("unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.processor.to_out", OUT),
        ("unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0", OUT),
        ("lora_unet_conv_in", "input_blocks.0.0"),
        ("lora_unet_time_embedding_linear_1", "time_embed.0"),
    ],
)
def test_every_naming_of_a_unets_weights(target: str, module: str) -> None:
    shape = SHAPES["sd1"]
    names = [f"diffusion_model.{name}" for name in ldm_tensors(shape)]
    assert model_targets(names, shape)[target] == f"diffusion_model.{module}.weight"


def test_other_parameters_go_by_their_whole_name() -> None:
    shape = SHAPES["sd1"]
    bias = "diffusion_model.input_blocks.0.0.bias"
    assert model_targets([f"diffusion_model.{name}" for name in ldm_tensors(shape)], shape)[bias] == bias


FC1 = "text_model.encoder.layers.3.mlp.fc1"
TEXT = [f"{FC1}.weight", f"{FC1}.bias", "text_projection.weight", "text_model.encoder.layers.3.layer_norm1.weight"]
FLAT = "text_model_encoder_layers_3_mlp_fc1"


@pytest.mark.parametrize(
    ("encoder", "has_l", "target"),
    [
        ("l", True, f"lora_te_{FLAT}"),
        ("l", True, f"lora_te1_{FLAT}"),
        ("l", True, f"text_encoder.{FC1}"),
        ("l", True, f"text_encoders.clip_l.transformer.{FC1}"),
        ("g", True, f"lora_te2_{FLAT}"),
        ("g", True, f"text_encoder_2.{FC1}"),
        ("g", False, f"lora_te_{FLAT}"),
        ("g", False, f"lora_prior_te_{FLAT}"),
        ("g", False, f"text_encoder.{FC1}"),
        ("h", False, f"lora_te_{FLAT}"),
        ("h", False, f"lora_te1_{FLAT}"),
    ],
)
def test_every_naming_of_a_text_encoders_weights(encoder: str, has_l: bool, target: str) -> None:
    assert clip_targets(encoder, TEXT, has_l)[target] == f"{FC1}.weight"


def test_encoders_do_not_answer_to_each_others_names() -> None:
    assert f"lora_te_{FLAT}" not in clip_targets("g", TEXT, True)
    assert f"lora_te2_{FLAT}" not in clip_targets("l", TEXT, True)


def test_the_projection_of_the_second_encoder() -> None:
    assert clip_targets("g", TEXT, True)["lora_te2_text_projection"] == "text_projection.weight"
    assert "lora_te2_text_projection" not in clip_targets("l", TEXT, True)
