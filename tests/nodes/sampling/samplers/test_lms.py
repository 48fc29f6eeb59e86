from __future__ import annotations

import numpy as np
import pytest

from nodes.sampling.samplers.lms import lagrange_integrals


def test_integrals_are_exact_for_polynomials():
    points = np.array([2.0, 3.5, 4.0, 7.0])
    weights = lagrange_integrals(points, 2.0, 0.5)
    for power in range(4):
        exact = (0.5 ** (power + 1) - 2.0 ** (power + 1)) / (power + 1)
        assert np.dot(weights, points**power) == pytest.approx(exact)


def test_one_point_is_eulers_method():
    assert lagrange_integrals(np.array([5.0]), 5.0, 3.0) == pytest.approx([-2.0])


def test_even_steps_give_adams_bashforth():
    assert lagrange_integrals(np.array([3.0, 4.0, 5.0]), 3.0, 2.0) == pytest.approx([-23 / 12, 16 / 12, -5 / 12])
