# SPDX-License-Identifier: BSD-3-Clause
"""Batches of rows, picked one after the other."""

from skx.active._greedy._badge import badge_greedy
from skx.active._greedy._centers import greedy_distance, k_center_greedy

__all__ = [
    "badge_greedy",
    "greedy_distance",
    "k_center_greedy",
]
