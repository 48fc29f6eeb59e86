"""A text transformer, against the field's own implementation of it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest
import torch

from graphcore.errors import ModelError
from nodes.text.encoder import TextEncoder
from nodes.text.tokenizer import END, START

WIDTH, LAYERS, HEADS, PAD = 16, 3, 2, 0
ROWS = [[START, 5, 6, 7, END, 0, 0], [START, 9, END, 8, END, 0, 0]]


@cache
def published(act="gelu"):
    """The field's model with random weights that float16 holds exactly."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    torch.manual_seed(0)
    sizes = {"hidden_size": WIDTH, "intermediate_size": 40, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    config = CLIPTextConfig(**sizes, projection_dim=12, hidden_act=act, eos_token_id=END, vocab_size=49408)
    model = CLIPTextModelWithProjection(config).eval()
    for name, weight in model.named_parameters():
        noise = torch.randn_like(weight) * 0.3
        weight.data = (1 + noise if "norm" in name and "weight" in name else noise).half().float()
    return model


def tensors(act="gelu"):
    return {name: weight.data for name, weight in published(act).named_parameters()}


def encoder(act="gelu", **changed):
    return TextEncoder({**tensors(act), **changed}, act, {"num_attention_heads": HEADS})


def close(left, right):
    return torch.allclose(left, right, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def expected():
    with torch.no_grad():
        return published()(torch.tensor(ROWS), output_hidden_states=True)


@pytest.mark.parametrize("act", ["gelu", "quick_gelu"])
def test_equals_the_published_model(act):
    with torch.no_grad():
        expected = published(act)(torch.tensor(ROWS))
    output = encoder(act).run(ROWS, pad=PAD)
    assert close(output.hidden, expected.last_hidden_state)
    assert close(encoder(act).project(output.pooled), expected.text_embeds)


@pytest.mark.parametrize("layer", [-1, -2, -3])
@pytest.mark.parametrize("normalise", [True, False])
def test_a_block_before_the_last(layer, normalise, expected):
    output = encoder().run(ROWS, pad=PAD, layer=layer, normalise=normalise)
    block = expected.hidden_states[layer]
    norm = published().text_model.final_layer_norm
    assert close(output.hidden, norm(block).detach() if normalise else block)
    assert torch.equal(output.pooled, encoder().run(ROWS, pad=PAD).pooled)


def test_more_blocks_than_there_are_means_the_whole_output():
    whole = encoder().run(ROWS, pad=PAD).hidden
    assert torch.equal(encoder().run(ROWS, pad=PAD, layer=-4, normalise=False).hidden, whole)
    assert torch.equal(encoder().run(ROWS, pad=PAD, layer=-1, normalise=True).hidden, whole)


def test_pooling_takes_the_first_end_token():
    output = encoder().run(ROWS, pad=PAD)
    assert torch.equal(output.pooled, torch.stack([output.hidden[0, 4], output.hidden[1, 2]]))


def test_without_pooling_the_sequence_is_the_same():
    for layer in (None, -2):
        output = encoder().run(ROWS, pad=PAD, layer=layer, pool=False)
        assert output.pooled is None
        assert torch.equal(output.hidden, encoder().run(ROWS, pad=PAD, layer=layer).hidden)


def test_an_injected_vector_takes_the_place_of_a_token():
    table = tensors()["text_model.embeddings.token_embedding.weight"]
    rows = [[START, table[5], 6, table[7], END, 0, 0], ROWS[1]]
    injected, plain = encoder().run(rows, pad=PAD), encoder().run(ROWS, pad=PAD)
    assert torch.equal(injected.hidden, plain.hidden)
    assert torch.equal(injected.pooled, plain.pooled)


def test_a_vector_of_another_width_is_left_out_and_the_tail_padded(caplog):
    odd = torch.zeros(WIDTH + 1)
    injected = encoder().run([[START, odd, 6, odd, END, 3, 3]], pad=PAD)
    assert torch.equal(injected.hidden, encoder().run([[START, 6, END, 3, 3, PAD, PAD]], pad=PAD).hidden)
    assert f"2 embedding vectors were left out: this text encoder takes vectors of {WIDTH}" in caplog.text


def test_masking_hides_what_follows_the_end():
    masked = [encoder().run([[START, 5, END, *tail]], pad=PAD, masked=True).hidden for tail in ([1, 2], [3, 4])]
    assert torch.equal(masked[0][:, :3], masked[1][:, :3])
    # Later positions see only what lies up to the end, and themselves through the residual path.
    repeated = encoder().run([[START, 5, END, END, END]], pad=PAD, masked=True).hidden
    unmasked = encoder().run([[START, 5, END, END, END]], pad=PAD).hidden
    assert torch.equal(repeated[:, :3], unmasked[:, :3])
    assert not close(repeated[:, 3:], unmasked[:, 3:])


def test_weights_are_rounded_to_float16_and_results_are_float32():
    name = "text_model.final_layer_norm.bias"
    changed = encoder(**{name: torch.full((WIDTH,), 1.0001)})
    assert changed.weights[name].dtype == torch.float16
    rounded = encoder(**{name: torch.full((WIDTH,), 1.0)})
    output = changed.run(ROWS, pad=PAD)
    assert output.hidden.dtype == output.pooled.dtype == torch.float32
    assert torch.equal(output.hidden, rounded.run(ROWS, pad=PAD).hidden)


def test_float16_weights_are_held_without_a_copy():
    halves = {name: weight.half() for name, weight in tensors().items()}
    held = TextEncoder(halves, "gelu", {"num_attention_heads": HEADS})
    assert all(held.weights[name].data_ptr() == weight.data_ptr() for name, weight in halves.items())


def test_replaced_weights_make_another_encoder():
    base = encoder()
    name = "text_model.encoder.layers.0.mlp.fc1.weight"
    other = base.replaced({name: torch.zeros(40, WIDTH)})
    assert not torch.equal(base.run(ROWS, pad=PAD).hidden, other.run(ROWS, pad=PAD).hidden)
    assert torch.equal(base.weights[name].float(), tensors()[name])
    assert other.config == base.config
    kept = "text_model.encoder.layers.0.mlp.fc2.weight"
    assert other.weights[kept] is base.weights[kept]


def test_heads_are_64_wide_unless_stated():
    wide = {
        name: torch.zeros([8 * size if size == WIDTH else size for size in w.shape]) for name, w in tensors().items()
    }
    assert TextEncoder(wide, "gelu").config.num_attention_heads == 2


@pytest.mark.parametrize("overrides", [{}, {"num_attention_heads": 3}, {"num_attention_heads": 0}])
def test_impossible_head_counts_are_refused(overrides):
    with pytest.raises(ModelError, match="state the right 'num_attention_heads'"):
        TextEncoder(tensors(), "gelu", overrides)


@pytest.mark.parametrize(
    "missing",
    [
        "text_model.embeddings.token_embedding.weight",
        "text_model.final_layer_norm.bias",
        "text_model.encoder.layers.1.mlp.fc2.bias",
    ],
)
def test_missing_weights_are_named(missing):
    partial = {name: weight for name, weight in tensors().items() if name != missing}
    with pytest.raises(ModelError, match=f"1 of its tensors are missing, first '{missing}'"):
        TextEncoder(partial, "gelu", {"num_attention_heads": HEADS})


def test_no_weights_at_all_are_refused():
    with pytest.raises(ModelError, match="incomplete"):
        TextEncoder({}, "gelu")


def test_without_projection_pooled_states_pass():
    plain = TextEncoder(
        {n: w for n, w in tensors().items() if "projection" not in n}, "gelu", {"num_attention_heads": 2}
    )
    pooled = plain.run(ROWS, pad=PAD).pooled
    assert plain.project(pooled) is pooled


def test_nothing_changes_the_loaded_weights():
    base = encoder()
    before = {name: weight.clone() for name, weight in base.weights.items()}
    base.run([[START, torch.ones(WIDTH), END]], pad=PAD)
    assert all(torch.equal(weight, before[name]) for name, weight in base.weights.items())


def test_loading_a_text_encoder_does_not_import_transformers():
    code = "import sys, nodes.text.loading; print('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
