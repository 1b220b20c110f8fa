# SPDX-License-Identifier: BSD-3-Clause
"""Which rows to label next, by whom, and what their answers mean together."""

from skx.active._scores import (
    bald,
    consensus_entropy,
    cost_margin,
    entropy,
    expected_cost,
    kl_disagreement,
    least_confidence,
    margin,
    variation_ratio,
    vote_entropy,
)

__all__ = [
    "bald",
    "consensus_entropy",
    "cost_margin",
    "entropy",
    "expected_cost",
    "kl_disagreement",
    "least_confidence",
    "margin",
    "variation_ratio",
    "vote_entropy",
]
