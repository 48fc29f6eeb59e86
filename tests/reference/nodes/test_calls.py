"""Every recorded call of the reference implementation gives the same values here."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graphcore.testing import call
from tests.reference.nodes.recorded import PACK, cases, restored, tensors

CASES = [case for case in cases() if case["node"] in PACK.nodes]


def same(got: Any, wanted: Any, place: str) -> None:
    """Equal within 1e-4, whole numbers and 0/1 masks exactly; `wanted` is in stored form."""
    if isinstance(wanted, dict) and "$tensor" in wanted:
        same_tensor(got, tensors()[wanted["$tensor"]], wanted, place)
    elif isinstance(wanted, dict):
        assert set(got) == set(wanted), place
        for key, value in wanted.items():
            same(got[key], value, f"{place}.{key}")
    elif isinstance(wanted, list):
        assert len(got) == len(wanted), place
        for index, value in enumerate(wanted):
            same(got[index], value, f"{place}[{index}]")
    else:
        assert type(got) is type(wanted), place
        assert got == wanted, place


def same_tensor(got: torch.Tensor, wanted: torch.Tensor, stored: dict[str, Any], place: str) -> None:
    assert list(got.shape) == stored["shape"], place
    if stored.get("part") == "last":  # of a large batch only the last item is kept
        got = got[-1:]
    exact = bool(((wanted == 0) | (wanted == 1)).all())
    torch.testing.assert_close(got, wanted, rtol=0, atol=0 if exact else 1e-4, msg=lambda text: f"{place}: {text}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_gives_the_recorded_outputs(case: dict[str, Any]) -> None:
    inputs = {name: restored(value) for name, value in case["inputs"].items()}
    same(call(case["node"], **inputs), case["outputs"], case["id"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_leaves_its_inputs_as_they_were(case: dict[str, Any]) -> None:
    """Inputs are shared with every other node that the same output feeds."""
    inputs = {name: restored(value) for name, value in case["inputs"].items()}
    before = {name: tensor.clone() for name, tensor in flat(inputs)}
    call(case["node"], **inputs)
    for name, tensor in flat(inputs):
        assert torch.equal(tensor, before[name]), name


def flat(value: Any, place: str = "") -> list[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        return [(place, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in flat(item, f"{place}.{key}")]
