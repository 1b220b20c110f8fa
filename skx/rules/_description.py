# SPDX-License-Identifier: BSD-3-Clause
"""Description length: bits to write rules down, and the rows that they get wrong."""

import math


def subset_bits(n: float, k: float, p: float) -> float:
    """Bits that say which k of n there are, if each is expected with probability p.

    Infinite where that probability rules the subset out.
    """
    bits = 0.0
    if k > 0.0:
        bits -= k * math.log2(p) if p > 0.0 else -math.inf
    if n > k:
        bits -= (n - k) * math.log2(1.0 - p) if p < 1.0 else -math.inf
    return bits


def rule_bits(n_conditions: int, n_candidates: int) -> float:
    """Bits of a rule with some of the candidate conditions.

    Half of what its number of conditions (log2 + log2 log2 + ..., as far as these are
    positive) and their choice take: conditions of a rule are redundant, not free.
    """
    if n_conditions == 0:
        return 0.0
    bits = 0.0
    size = math.log2(n_conditions)
    while size > 0.0:
        bits += size
        size = math.log2(size)
    bits += subset_bits(n_candidates, n_conditions, n_conditions / n_candidates)
    return 0.5 * bits


def exception_bits(
    covered: float,
    uncovered: float,
    false_positives: float,
    false_negatives: float,
    share: float = 0.5,
) -> float:
    """Bits that say which covered rows and which uncovered ones are errors.

    ``share`` of the errors are expected among the covered. The errors of the larger
    side are coded as expected, those of the smaller one as they are.
    """
    errors = false_positives + false_negatives
    bits = math.log2(covered + uncovered + 1.0)
    if covered > uncovered:
        rates = share * errors / covered, _rate(false_negatives, uncovered)
    else:
        rates = _rate(false_positives, covered), (1.0 - share) * errors / uncovered
    return (
        bits
        + subset_bits(covered, false_positives, rates[0])
        + subset_bits(uncovered, false_negatives, rates[1])
    )


def _rate(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
