from __future__ import annotations

import pytest
import torch

from nodes.models.adapters import Boft, Difference, Glora, LoHa, LoKr, Lora, Oft, Replacement
from nodes.models.lora_parts import change_of, grouped

UP, DOWN = torch.ones(4, 2), torch.ones(2, 3)


@pytest.mark.parametrize(
    ("up", "down"),
    [
        (".lora_up.weight", ".lora_down.weight"),
        ("_lora.up.weight", "_lora.down.weight"),
        (".lora_B.weight", ".lora_A.weight"),
        (".lora.up.weight", ".lora.down.weight"),
        (".lora_B", ".lora_A"),
        (".lora_linear_layer.up.weight", ".lora_linear_layer.down.weight"),
        (".lora_B.default.weight", ".lora_A.default.weight"),
    ],
)
def test_every_naming_of_a_lora(up: str, down: str) -> None:
    parts = grouped({f"layer.x{up}": UP, f"layer.x{down}": DOWN, "layer.x.alpha": torch.tensor(3.0)})
    assert set(parts) == {"layer.x"}
    change = change_of(parts["layer.x"])
    assert change is not None
    assert isinstance(change.weight, Lora)
    assert change.weight.alpha == 3.0
    assert change.weight.up is UP
    assert change.weight.down is DOWN
    assert change.bias is None


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"), LoHa),
        (("lokr_w1", "lokr_w2"), LoKr),
        (("lokr_w1_a", "lokr_w1_b", "lokr_w2"), LoKr),
        (("lokr_w1", "lokr_w2_a", "lokr_w2_b", "lokr_t2"), LoKr),
        (("a1.weight", "a2.weight", "b1.weight", "b2.weight"), Glora),
        (("set_weight",), Replacement),
        (("diff",), Difference),
        (("w_norm",), Difference),
    ],
)
def test_every_kind(names: tuple[str, ...], kind: type) -> None:
    parts = grouped({f"x.{name}": UP for name in names})
    change = change_of(parts["x"])
    assert change is not None
    assert isinstance(change.weight, kind)


def test_rotations_by_their_dimensions() -> None:
    three, four = change_of({"oft_blocks": torch.ones(2, 3, 3)}), change_of({"oft_blocks": torch.ones(1, 2, 3, 3)})
    assert three is not None
    assert four is not None
    assert isinstance(three.weight, Oft)
    assert isinstance(four.weight, Boft)


@pytest.mark.parametrize("name", ["diff_b", "b_norm"])
def test_biases(name: str) -> None:
    change = change_of({name: UP})
    assert change is not None
    assert change.weight is None
    assert isinstance(change.bias, Difference)


def test_a_lora_with_a_bias_changes_both() -> None:
    change = change_of({"up": UP, "down": DOWN, "diff_b": torch.ones(4), "dora_scale": torch.ones(4, 1)})
    assert change is not None
    assert isinstance(change.weight, Lora)
    assert change.weight.dora_scale is not None
    assert isinstance(change.bias, Difference)


def test_plain_forms_come_before_factored_ones() -> None:
    change = change_of({"up": UP, "down": DOWN, "diff": torch.ones(4, 3)})
    assert change is not None
    assert isinstance(change.weight, Difference)


def test_a_shape_to_pad_to() -> None:
    change = change_of({"up": UP, "down": DOWN, "reshape": torch.tensor([4, 3])})
    assert change is not None
    assert isinstance(change.weight, Lora)
    assert change.weight.reshape == (4, 3)


def test_incomplete_and_unknown_tensors_are_left_out() -> None:
    assert grouped({"some.weight": UP}) == {}
    assert change_of({"up": UP}) is None
    assert change_of({"hada_w1_a": UP, "hada_w1_b": UP}) is None
    assert change_of({"alpha": torch.tensor(1.0)}) is None
    assert change_of({"oft_blocks": torch.ones(3)}) is None
