# SPDX-License-Identifier: BSD-3-Clause
"""Learning curves of samplers, how they compare, and when to stop."""

from skx.active._loop._compare import CurveComparison, compare
from skx.active._loop._curve import LearningCurve
from skx.active._loop._simulate import simulate
from skx.active._loop._stopping import (
    BudgetStop,
    ConfidenceStop,
    StablePredictionsStop,
)

__all__ = [
    "BudgetStop",
    "ConfidenceStop",
    "CurveComparison",
    "LearningCurve",
    "StablePredictionsStop",
    "compare",
    "simulate",
]
