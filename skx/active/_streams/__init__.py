# SPDX-License-Identifier: BSD-3-Clause
"""Rules that decide row by row of a stream what to ask for, within a budget."""

from skx.active._streams._adwin import Adwin
from skx.active._streams._quantile import BalancedQuantileStream, LeverageStream
from skx.active._streams._uncertainty import (
    DensityStream,
    FixedUncertaintyStream,
    RandomVariableUncertaintyStream,
    SplitStream,
    VariableUncertaintyStream,
)

__all__ = [
    "Adwin",
    "BalancedQuantileStream",
    "DensityStream",
    "FixedUncertaintyStream",
    "LeverageStream",
    "RandomVariableUncertaintyStream",
    "SplitStream",
    "VariableUncertaintyStream",
]
