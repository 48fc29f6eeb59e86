"""Arithmetic on conditionings."""

from __future__ import annotations

import pytest
import torch

from graphcore.errors import RunError
from nodes.text.conditioning import average, combine, concat, with_values, zero_out


def entry(tokens=3, width=4, value=1.0, **values):
    return [torch.full((1, tokens, width), value), values]


def pooled(value):
    return torch.full((1, 5), value)


def test_combine_lists_both():
    a, b = entry(), entry()
    assert combine([a], [b]) == [a, b]


def test_with_values_changes_copies():
    original = [entry(area=1), entry()]
    changed = with_values(original, strength=2.0, area=3)
    assert [own for _, own in changed] == [{"area": 3, "strength": 2.0}, {"area": 3, "strength": 2.0}]
    assert [own for _, own in original] == [{"area": 1}, {}]


def test_concat_appends_tokens_of_the_first_source_entry():
    to = [entry(2, value=1.0, area=1), entry(3, value=2.0)]
    joined = concat(to, [entry(1, value=5.0, area=9), entry(7)])
    assert [cond[0, :, 0].tolist() for cond, _ in joined] == [[1, 1, 5], [2, 2, 2, 5]]
    assert [own for _, own in joined] == [{"area": 1}, {}]


def test_average_mixes_sequence_and_pooled():
    [[cond, own]] = average(
        [entry(value=1.0, pooled_output=pooled(1.0), a=1)], [entry(value=3.0, pooled_output=pooled(5.0))], 0.75
    )
    assert torch.equal(cond, torch.full((1, 3, 4), 1.5))
    assert torch.equal(own["pooled_output"], pooled(2.0))
    assert own["a"] == 1


def test_average_cuts_or_fills_the_source_with_zeros():
    [[short, _]] = average([entry(2, value=1.0)], [entry(3, value=3.0)], 0.5)
    [[long, _]] = average([entry(3, value=1.0)], [entry(2, value=3.0)], 0.5)
    assert short[0, :, 0].tolist() == [2.0, 2.0]
    assert long[0, :, 0].tolist() == [2.0, 2.0, 0.5]


@pytest.mark.parametrize(
    ("mine", "other", "mixed"),
    [(None, pooled(2.0), pooled(2.0)), (pooled(3.0), None, pooled(3.0)), (None, None, None)],
)
def test_average_with_a_pooled_vector_missing(mine, other, mixed):
    [[_, own]] = average([entry(pooled_output=mine)], [entry(pooled_output=other)], 0.5)
    assert own["pooled_output"] is mixed if mixed is None else torch.equal(own["pooled_output"], mixed)


def test_average_takes_the_first_source_for_every_entry():
    mixed = average([entry(value=0.0), entry(value=2.0)], [entry(value=1.0), entry(value=9.0)], 0.0)
    assert [cond[0, 0, 0].item() for cond, _ in mixed] == [1.0, 1.0]


def test_zero_out_keeps_other_values():
    original = [entry(pooled_output=pooled(1.0), area=1), entry(pooled_output=None)]
    [[cond, own], [_, other]] = zero_out(original)
    assert not cond.any()
    assert not own["pooled_output"].any()
    assert own["area"] == 1
    assert other == {"pooled_output": None}
    assert original[0][1]["pooled_output"].all()


@pytest.mark.parametrize("change", [concat, lambda to, source: average(to, source, 0.5)])
def test_texts_that_do_not_go_together_are_refused(change):
    with pytest.raises(RunError, match="widths 4 and 6"):
        change([entry(width=4)], [entry(width=6)])
    with pytest.raises(RunError, match="empty"):
        change([entry()], [])
