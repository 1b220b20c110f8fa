# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._clean import (
    AllKNN,
    EditedNearestNeighbours,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from skx.resampling._combined import SMOTEENN, SMOTETomek
from skx.resampling._partitioning import IterativePartitioningFilter
from skx.resampling._resampled import ResampledClassifier
from skx.resampling._smote import SMOTE

__all__ = [
    "SMOTE",
    "SMOTEENN",
    "AllKNN",
    "EditedNearestNeighbours",
    "IterativePartitioningFilter",
    "RepeatedEditedNearestNeighbours",
    "ResampledClassifier",
    "SMOTETomek",
    "TomekLinks",
]
