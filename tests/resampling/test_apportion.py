# SPDX-License-Identifier: BSD-3-Clause
"""Largest remainders, against a search through all ways to round."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skx.resampling._apportion import apportion


def best_rounding(quotas: list[Fraction], total: int) -> list[int]:
    """The rounding of least summed deviation; the first in order among equals."""
    choices = [
        [quota.__floor__() + up for quota, up in zip(quotas, ups, strict=True)]
        for ups in product([1, 0], repeat=len(quotas))
    ]
    return min(
        (counts for counts in choices if sum(counts) == total),
        key=lambda counts: sum(abs(c - q) for c, q in zip(counts, quotas, strict=True)),
    )


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(0, 40))
def test_rounding_is_the_nearest_one(weights: list[int], total: int) -> None:
    weights[0] += 1
    quotas = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert apportion(quotas, total) == best_rounding(quotas, total)


@pytest.mark.parametrize(
    ("quotas", "total", "expected"),
    [
        ([Fraction(1, 2), Fraction(1, 2)], 1, [1, 0]),
        ([Fraction(1, 3)] * 3, 1, [1, 0, 0]),
        ([Fraction(5, 4), Fraction(11, 4)], 4, [1, 3]),
        ([3, 0, 4], 7, [3, 0, 4]),
        ([Fraction(7, 2), 2, Fraction(1, 4)], 6, [4, 2, 0]),  # 5.75 rounded up
        ([0, 0], 0, [0, 0]),
        ([Fraction(10**40, 3), Fraction(2 * 10**40, 3)], 10**40, None),
    ],
)
def test_examples(quotas: list, total: int, expected: list[int] | None) -> None:
    counts = apportion(quotas, total)
    assert sum(counts) == total
    assert expected is None or counts == expected
