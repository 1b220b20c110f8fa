# SPDX-License-Identifier: BSD-3-Clause
"""Samplers: a model, and which rows to label next for it."""

from skx.active._samplers._badge import BadgeSampler
from skx.active._samplers._bait import BaitSampler
from skx.active._samplers._batch_bald import BatchBALDSampler
from skx.active._samplers._centers import KCenterSampler
from skx.active._samplers._committee import CommitteeSampler
from skx.active._samplers._expected_error import ExpectedErrorSampler
from skx.active._samplers._greedy_distance import GreedyDistanceSampler
from skx.active._samplers._optimal_design import OptimalDesignSampler
from skx.active._samplers._random import RandomSampler
from skx.active._samplers._spread import SpreadSampler
from skx.active._samplers._stochastic import StochasticBatchSampler
from skx.active._samplers._uncertainty import UncertaintySampler

__all__ = [
    "BadgeSampler",
    "BaitSampler",
    "BatchBALDSampler",
    "CommitteeSampler",
    "ExpectedErrorSampler",
    "GreedyDistanceSampler",
    "KCenterSampler",
    "OptimalDesignSampler",
    "RandomSampler",
    "SpreadSampler",
    "StochasticBatchSampler",
    "UncertaintySampler",
]
