# SPDX-License-Identifier: BSD-3-Clause
"""Ordinal regression: ordered classes, with a rare one at the end."""

from skx.ordinal import metrics
from skx.ordinal._presto import PRESTO
from skx.ordinal._regression import OrdinalRegression

__all__ = ["PRESTO", "OrdinalRegression", "metrics"]
