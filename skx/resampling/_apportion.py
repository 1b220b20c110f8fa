# SPDX-License-Identifier: BSD-3-Clause
"""Whole numbers from fractions: the method of the largest remainder."""

from collections.abc import Sequence


def apportion(numerators: Sequence[int], denominator: int, total: int) -> list[int]:
    """Round fractions of one denominator to whole numbers that sum to ``total``.

    All are rounded down, and those with the largest remainders then get one more, at
    equal remainders the first. Python's integers are exact, so that no platform decides
    otherwise. The fractions must sum to ``total``, or to less than 1 below it.
    """
    floors = [numerator // denominator for numerator in numerators]
    order = sorted(range(len(floors)), key=lambda i: -(numerators[i] % denominator))
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return floors
