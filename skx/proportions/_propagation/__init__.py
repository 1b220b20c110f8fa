# SPDX-License-Identifier: BSD-3-Clause
"""Belief propagation between rows that are alike and the counts of their bags."""

from skx.proportions._propagation._affinity import neighbor_affinity
from skx.proportions._propagation._propagate import propagate_labels

__all__ = ["neighbor_affinity", "propagate_labels"]
