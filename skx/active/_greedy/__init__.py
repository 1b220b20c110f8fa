# SPDX-License-Identifier: BSD-3-Clause
"""Batches of rows, picked one after the other."""

from skx.active._greedy._anchors import anchor_subpool
from skx.active._greedy._badge import badge_greedy
from skx.active._greedy._batch_bald import batch_bald
from skx.active._greedy._centers import greedy_distance, k_center_greedy
from skx.active._greedy._cover import prob_cover_greedy, typicality
from skx.active._greedy._design import d_optimal_greedy, leverage
from skx.active._greedy._draws import stochastic_top_k
from skx.active._greedy._ranked import ranked_batch

__all__ = [
    "anchor_subpool",
    "badge_greedy",
    "batch_bald",
    "d_optimal_greedy",
    "greedy_distance",
    "k_center_greedy",
    "leverage",
    "prob_cover_greedy",
    "ranked_batch",
    "stochastic_top_k",
    "typicality",
]
