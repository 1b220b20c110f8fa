# SPDX-License-Identifier: BSD-3-Clause
"""Which rows to label next, by whom, and what their answers mean together."""

from skx.active._greedy import (
    anchor_subpool,
    badge_greedy,
    batch_bald,
    d_optimal_greedy,
    greedy_distance,
    k_center_greedy,
    leverage,
    prob_cover_greedy,
    ranked_batch,
    stochastic_top_k,
    typicality,
)
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
    "anchor_subpool",
    "badge_greedy",
    "bald",
    "batch_bald",
    "consensus_entropy",
    "cost_margin",
    "d_optimal_greedy",
    "entropy",
    "expected_cost",
    "greedy_distance",
    "k_center_greedy",
    "kl_disagreement",
    "least_confidence",
    "leverage",
    "margin",
    "prob_cover_greedy",
    "ranked_batch",
    "stochastic_top_k",
    "typicality",
    "variation_ratio",
    "vote_entropy",
]
