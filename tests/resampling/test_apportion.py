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
    numerators, denominator = [total * weight for weight in weights], sum(weights)
    quotas = [Fraction(numerator, denominator) for numerator in numerators]
    assert apportion(numerators, denominator, total) == best_rounding(quotas, total)


@pytest.mark.parametrize(
    ("numerators", "denominator", "total", "expected"),
    [
        ([1, 1], 2, 1, [1, 0]),
        ([1, 1, 1], 3, 1, [1, 0, 0]),
        ([5, 11], 4, 4, [1, 3]),
        ([3, 0, 4], 1, 7, [3, 0, 4]),
        ([14, 8, 1], 4, 6, [4, 2, 0]),  # 5.75 rounded up
        ([0, 0], 5, 0, [0, 0]),
        ([10**40, 2 * 10**40], 3, 10**40, [(10**40 - 1) // 3, (2 * 10**40 + 1) // 3]),
    ],
)
def test_examples(
    numerators: list, denominator: int, total: int, expected: list
) -> None:
    assert apportion(numerators, denominator, total) == expected
