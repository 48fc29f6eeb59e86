import pytest
import torch

from nodes.imaging.statistics import statistics


def test_numbers_and_report() -> None:
    image = torch.zeros(2, 4, 4, 3)
    image[..., 0] = 0.5
    image[0, 0, 0, 1] = 2.0
    image[1, 0, 0, 2] = float("inf")
    finite = statistics(image[:1])
    assert finite.mean == pytest.approx((0.5 * 16 + 2) / 48)
    assert (finite.minimum, finite.maximum) == (0, 2)
    assert finite.contrast == pytest.approx(float(image[:1].std(correction=0)))
    assert "red: mean 0.5000, deviation 0.0000" in finite.report
    assert finite.report.endswith("1 values out of 0..1, 0 not finite")
    assert statistics(image).report.endswith("2 values out of 0..1, 1 not finite")
