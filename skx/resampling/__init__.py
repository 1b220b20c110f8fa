# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._resampled import ResampledClassifier
from skx.resampling._roc_hull import ROCConvexHullClassifier, roc_convex_hull
from skx.resampling._smote import SMOTE

__all__ = [
    "SMOTE",
    "ROCConvexHullClassifier",
    "ResampledClassifier",
    "roc_convex_hull",
]
