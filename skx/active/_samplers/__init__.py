# SPDX-License-Identifier: BSD-3-Clause
"""Samplers: a model, and which rows to label next for it."""

from skx.active._samplers._annotators import AnnotatorSampler
from skx.active._samplers._badge import BadgeSampler
from skx.active._samplers._centers import KCenterSampler
from skx.active._samplers._committee import CommitteeSampler
from skx.active._samplers._random import RandomSampler
from skx.active._samplers._stochastic import StochasticBatchSampler
from skx.active._samplers._uncertainty import UncertaintySampler

__all__ = [
    "AnnotatorSampler",
    "BadgeSampler",
    "CommitteeSampler",
    "KCenterSampler",
    "RandomSampler",
    "StochasticBatchSampler",
    "UncertaintySampler",
]
