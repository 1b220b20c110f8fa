# SPDX-License-Identifier: BSD-3-Clause
"""Which rows to label next, by whom, and what their answers mean together."""

from skx.active._crowd import (
    GLAD,
    MACE,
    DawidSkene,
    MajorityVote,
    SoftLabelAverage,
    SoftLabelClassifier,
    Wawa,
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
from skx.active._streams import (
    Adwin,
    BalancedQuantileStream,
    DensityStream,
    FixedUncertaintyStream,
    LeverageStream,
    RandomVariableUncertaintyStream,
    SplitStream,
    VariableUncertaintyStream,
)

__all__ = [
    "GLAD",
    "MACE",
    "Adwin",
    "BalancedQuantileStream",
    "DawidSkene",
    "DensityStream",
    "FixedUncertaintyStream",
    "LeverageStream",
    "MajorityVote",
    "RandomVariableUncertaintyStream",
    "SoftLabelAverage",
    "SoftLabelClassifier",
    "SplitStream",
    "VariableUncertaintyStream",
    "Wawa",
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
