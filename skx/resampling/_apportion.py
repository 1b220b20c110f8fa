# SPDX-License-Identifier: BSD-3-Clause
"""Whole numbers from fractions: the method of the largest remainder."""

from collections.abc import Sequence
from fractions import Fraction


def apportion(quotas: Sequence[Fraction | int], total: int) -> list[int]:
    """Round quotas down or up to whole numbers that sum to ``total``.

    Quotas are rounded down, and those with the largest remainders then get one more,
    at equal remainders the first. Fractions are exact, so that no platform decides
    otherwise. The quotas must sum to ``total``, or to less than 1 below it.
    """
    floors = [quota.__floor__() for quota in quotas]
    remainders = [quota - floor for quota, floor in zip(quotas, floors, strict=True)]
    ranking = sorted(range(len(quotas)), key=lambda i: -remainders[i])
    for i in ranking[: total - sum(floors)]:
        floors[i] += 1
    return floors
