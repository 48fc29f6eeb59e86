"""The handle: families, clip skip, patches, texts per encoder."""

from __future__ import annotations

import pytest
import torch

from graphcore.errors import ModelError, RunError
from nodes.models.patches import WeightPatch
from nodes.text.clip import Clip, conditioning
from nodes.text.families import FAMILIES, REFINER, SD1, SD2, SD3, SDXL
from tests.nodes.text.small import FC1, Add, small_encoder

PROMPT = "a (red:1.3) cat"
L = small_encoder(16, layers=2)
G = small_encoder(24, layers=3, act="gelu", projection=10)


def sd1(**more):
    return Clip(SD1, {"l": L}, **more)


def sdxl():
    return Clip(SDXL, {"l": L, "g": G})


def equal(left, right):
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


def test_sd1_is_the_whole_output_and_raw_pooled():
    cond, pooled = sd1().encode("a cat")
    [chunk] = sd1().tokenize("a cat")["l"]
    output = L.run([[token for token, _ in chunk]], pad=49407)
    assert equal((cond, pooled), output)


def test_text_and_its_tokens_encode_alike():
    assert equal(sd1().encode(PROMPT), sd1().encode(sd1().tokenize(PROMPT)))


def test_conditioning_has_the_pooled_output_and_given_values():
    [[cond, values]] = conditioning(sd1(), PROMPT, width=8)
    assert equal((cond, values["pooled_output"]), sd1().encode(PROMPT))
    assert values.keys() == {"pooled_output", "width"}


def test_sd2_normalises_the_block_before_the_last_and_projects():
    cond, pooled = Clip(SD2, {"h": G}).encode("a cat")
    [chunk] = Clip(SD2, {"h": G}).tokenize("a cat")["h"]
    output = G.run([[token for token, _ in chunk]], pad=0, layer=-2, normalise=True)
    assert equal((cond, pooled), (output.hidden, G.project(output.pooled)))
    assert [token for token, _ in chunk[-3:]] == [0, 0, 0]


def test_refiner_is_the_g_half_of_sdxl():
    cond, pooled = sdxl().encode(PROMPT)
    assert cond.shape == (1, 77, 40)
    assert pooled.shape == (1, 10)
    assert equal((cond[..., 16:], pooled), Clip(REFINER, {"g": G}).encode(PROMPT))


@pytest.mark.parametrize("layer", [-1, -3, -24])
def test_sd1_last_block_and_beyond_are_the_whole_output(layer):
    assert equal(sd1().with_layer(layer).encode(PROMPT), sd1().encode(PROMPT))


def test_sd1_earlier_blocks_are_normalised_and_leave_pooled_alone():
    cond, pooled = sd1().with_layer(-2).encode("a cat")
    rows = [[token for token, _ in sd1().tokenize("a cat")["l"][0]]]
    assert torch.equal(cond, L.run(rows, pad=49407, layer=-2, normalise=True).hidden)
    assert torch.equal(pooled, sd1().encode("a cat")[1])


def test_sdxl_layers():
    default = sdxl().encode(PROMPT)
    assert equal(sdxl().with_layer(-2).encode(PROMPT), default)
    assert equal(sdxl().with_layer(-2).with_layer(None).encode(PROMPT), default)
    last = sdxl().with_layer(-1).encode("a cat")[0]
    rows = {name: [[token for token, _ in chunk] for chunk in own] for name, own in sdxl().tokenize("a cat").items()}
    assert torch.equal(last[..., :16], L.run(rows["l"], pad=49407, layer=-1, normalise=False).hidden)
    # Deep enough for G but not for L: L gives its whole output, which is always normalised.
    deep = sdxl().with_layer(-3).encode("a cat")[0]
    assert torch.equal(deep[..., :16], L.run(rows["l"], pad=49407).hidden)
    assert torch.equal(deep[..., 16:], G.run(rows["g"], pad=0, layer=-3, normalise=False).hidden)


def test_unprojected_pooled():
    plain = Clip(REFINER, {"g": G})
    _, raw = plain.encode(PROMPT, unprojected=True)
    assert raw.shape == (1, 24)
    assert torch.equal(G.project(raw), plain.encode(PROMPT)[1])


def test_each_encoder_may_get_its_own_text():
    tokens = sdxl().tokenize_each({"g": "very " * 80, "l": "a cat"})
    assert [len(own) for own in tokens.values()] == [2, 2]
    assert tokens["l"] == [*sdxl().tokenize("a cat")["l"], *sdxl().tokenize("")["l"]]
    assert tokens["g"] == sdxl().tokenize("very " * 80)["g"]
    assert sdxl().encode(tokens)[0].shape == (1, 154, 40)


def test_different_lengths_are_cut_to_the_shorter():
    tokens = sdxl().tokenize("a cat") | {"g": sdxl().tokenize("very " * 80)["g"]}
    assert sdxl().encode(tokens)[0].shape == (1, 77, 40)


def test_empty_texts_can_be_dropped_together_only():
    clip = Clip(SD3, {"l": L, "g": G})
    assert clip.tokenize_each({"l": "", "g": ""}, drop_empty=True) == {"l": [], "g": []}
    assert clip.tokenize_each({"l": "", "g": "a"}, drop_empty=True) == clip.tokenize_each({"l": "", "g": "a"})
    cond, pooled = clip.encode({"l": [], "g": []})
    assert not cond.any()
    assert torch.equal(pooled, torch.zeros(1, 2048))


def test_sd3_makes_do_with_one_encoder():
    cond, pooled = Clip(SD3, {"l": small_encoder(768, layers=2)}).encode("a cat")
    assert cond.shape == (1, 77, 4096)
    assert pooled.shape == (1, 2048)
    assert not pooled[:, 768:].any()


def test_a_text_for_an_encoder_that_the_family_lacks_is_refused():
    with pytest.raises(RunError, match="has no text encoder g"):
        sd1().tokenize_each({"g": "a", "l": "b"})


@pytest.mark.parametrize(("family", "encoders"), [(SDXL, {"l": L}), (SD1, {}), (SD3, {})])
def test_a_missing_encoder_is_refused(family, encoders):
    with pytest.raises(ModelError, match=f"of a {family.name} model is missing"):
        Clip(family, encoders)


def test_options_change_the_token_rows():
    clip = sd1().with_options("l", pad=5).with_options("l", max_word=2)
    [chunk] = clip.tokenize("a")["l"]
    assert chunk[-1] == (5, 1.0)
    assert sd1().tokenize("a")["l"][0][-1] == (49407, 1.0)


def test_patched_handles_leave_the_loaded_encoder_alone():
    before = L.weights[FC1].clone()
    patched = sd1().with_patches({"l": {FC1: (WeightPatch(Add(), 0.5),)}})
    assert not torch.equal(patched.encode(PROMPT)[0], sd1().encode(PROMPT)[0])
    assert torch.equal(L.weights[FC1], before)


def test_patches_add_up_in_order_and_are_shared():
    adapter = Add()
    once = sd1().with_patches({"l": {FC1: (WeightPatch(adapter, 0.5),)}})
    twice = once.with_patches({"l": {FC1: (WeightPatch(None, model_strength=2.0),)}})
    assert torch.equal(twice.encoder("l").weights[FC1], ((L.weights[FC1].float() + 0.5) * 2).half())
    again = sd1().with_layer(-2).with_patches(twice.patches)
    assert again.encoder("l") is twice.encoder("l") is twice.with_layer(-1).encoder("l")
    assert adapter.calls == 1


def test_patches_of_one_encoder_leave_the_other():
    patched = sdxl().with_patches({"g": {FC1: (WeightPatch(Add(), 0.5),)}})
    assert patched.encoder("l") is L
    assert patched.encoder("g") is not G


def test_families_by_name():
    assert {name: family.name for name, family in FAMILIES.items()} == {name: name for name in FAMILIES}
