from __future__ import annotations

import pytest
import torch

from nodes.sampling import model_sampling, sigmas
from nodes.sampling.schedules import schedule_sigmas

MODEL = model_sampling.discrete()
FIVE = torch.tensor([10.0, 6.0, 3.0, 1.0, 0.0])


def test_sigma_nodes_equal_the_reference(reference):
    functions = {"SetFirstSigma": sigmas.set_first, "SplitSigmasDenoise": sigmas.split_denoise}
    cases = [case for case in reference("nodes.json") if case["node"] in functions]
    assert {case["node"] for case in cases} == set(functions)
    for case in cases:
        inputs = {key: torch.tensor(v) if isinstance(v, list) else v for key, v in case["inputs"].items()}
        result = functions[case["node"]](**inputs)
        for part, expected in zip(result if isinstance(result, tuple) else [result], case["outputs"], strict=True):
            torch.testing.assert_close(part, torch.tensor(expected))


def test_denoise_takes_the_end_of_a_longer_schedule():
    expected = schedule_sigmas(MODEL, "normal", 33)[-21:]
    assert torch.equal(sigmas.ksampler_sigmas(MODEL, "normal", 20, 0.6), expected)
    assert torch.equal(sigmas.basic_sigmas(MODEL, "normal", 20, 0.6), expected)


def test_nearly_full_denoise_counts_as_full_for_the_ksampler_alone():
    assert torch.equal(sigmas.ksampler_sigmas(MODEL, "karras", 10, 0.99995), schedule_sigmas(MODEL, "karras", 10))
    assert len(sigmas.basic_sigmas(MODEL, "karras", 10, 0.5)) == 11


@pytest.mark.parametrize("denoise", [0.0, -0.5])
def test_no_denoise_is_empty(denoise):
    assert len(sigmas.ksampler_sigmas(MODEL, "karras", 10, denoise)) == 0
    assert len(sigmas.basic_sigmas(MODEL, "karras", 10, denoise)) == 0


def test_the_penultimate_sigma_is_discarded_from_one_step_more():
    full = schedule_sigmas(MODEL, "karras", 11)
    kept = sigmas.ksampler_sigmas(MODEL, "karras", 10, discard_penultimate=True)
    assert kept.tolist() == [*full[:-2].tolist(), 0.0]


@pytest.mark.parametrize(
    ("start", "end", "leftover", "expected"),
    [
        (0, 10000, False, [10, 6, 3, 1, 0]),
        (0, 2, True, [10, 6, 3]),
        (0, 2, False, [10, 6, 0]),
        (2, 10000, False, [3, 1, 0]),
        (1, 3, True, [6, 3, 1]),
        (4, 10000, True, []),
        (2, 2, True, []),
    ],
)
def test_cutting_steps(start, end, leftover, expected):
    assert sigmas.cut_steps(FIVE, start, end, leftover_noise=leftover).tolist() == expected
    assert FIVE.tolist() == [10, 6, 3, 1, 0]


def test_split_shares_the_sigma_in_the_middle():
    high, low = sigmas.split(FIVE, 2)
    assert high.tolist() == [10, 6, 3]
    assert low.tolist() == [3, 1, 0]


def test_splitting_off_nothing_leaves_the_first_half_empty():
    high, low = sigmas.split_denoise(FIVE, 0.0)
    assert high.tolist() == []
    assert low.tolist() == [0]


def test_flip_makes_a_first_zero_divisible():
    assert sigmas.flip(FIVE).tolist() == pytest.approx([0.0001, 1, 3, 6, 10])
    assert sigmas.flip(torch.empty(0)).tolist() == []
    assert FIVE[-1] == 0


@pytest.mark.parametrize(
    ("spacing", "middle"), [("linear", 8.0), ("cosine", 10 - 4 * 0.5**0.5), ("sine", 10 - 4 * (1 - 0.5**0.5))]
)
def test_extending_between_two_sigmas(spacing, middle):
    extended = sigmas.extend_intermediate(FIVE, 2, -1, 6.5, spacing)
    assert extended.tolist() == pytest.approx([10, middle, 6, 3, 1, 0])


def test_extending_below_a_start():
    assert sigmas.extend_intermediate(FIVE, 3, 3.0, 3.0, "linear").tolist() == pytest.approx(
        [10, 6, 3, 3 - 2 / 3, 3 - 4 / 3, 1, 0]
    )


def test_percent_ends_are_the_models_own_when_asked():
    assert sigmas.percent_to_sigma(MODEL, 0.0, actual=True) == MODEL.sigma_max
    assert sigmas.percent_to_sigma(MODEL, 1.0, actual=True) == MODEL.sigma_min
    assert sigmas.percent_to_sigma(MODEL, 0.0, actual=False) == 999999999.9
    assert sigmas.percent_to_sigma(MODEL, 0.5, actual=True) == MODEL.percent_to_sigma(0.5)
