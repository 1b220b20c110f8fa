# SPDX-License-Identifier: BSD-3-Clause
"""Ordinal regression: ordered classes, with a rare one at the end."""

from skx.ordinal import metrics
from skx.ordinal._calibration import OrdinalCalibrator
from skx.ordinal._display import PathDisplay
from skx.ordinal._meta import OrdinalMetaClassifier
from skx.ordinal._presto import PRESTO, presto_path
from skx.ordinal._presto_cv import PRESTOCV
from skx.ordinal._regression import OrdinalRegression
from skx.ordinal._regression_cv import OrdinalRegressionCV

__all__ = [
    "PRESTO",
    "PRESTOCV",
    "OrdinalCalibrator",
    "OrdinalMetaClassifier",
    "OrdinalRegression",
    "OrdinalRegressionCV",
    "PathDisplay",
    "metrics",
    "presto_path",
]
