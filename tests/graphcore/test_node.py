"""What a spec answers about itself."""

from __future__ import annotations

import pytest

from graphcore.node import NodeSpec, Validator
from tests.graphcore.kit import Bench


@pytest.fixture
def spec() -> NodeSpec:
    return Bench().registry["sum_all"]


def test_a_growing_input_answers_for_its_numbered_ones(spec: NodeSpec) -> None:
    assert spec.port("items.3") is spec.inputs["items"]
    assert spec.port("other.3") is None
    assert spec.port("other") is None


def test_output_types_are_asked_by_index(spec: NodeSpec) -> None:
    assert spec.type_of(0) == "INT"
    assert spec.many == (False,)
    for index in (-1, 1):
        with pytest.raises(IndexError):
            spec.type_of(index)


def test_which_inputs_are_lazy_or_files() -> None:
    registry = Bench().registry
    assert [name for name in ("first", "a", "b") if name in registry["choose"].lazy] == ["a", "b"]
    assert registry["choose"].file_ports == ()


def test_a_validator_covers_the_inputs_it_names() -> None:
    assert Validator(len, frozenset({"a"})).covers("a")
    assert not Validator(len, frozenset({"a"})).covers("b")
    assert Validator(len, everything=True).covers("b")
