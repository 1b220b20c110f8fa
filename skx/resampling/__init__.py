# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._categorical import SMOTEN, SMOTENC
from skx.resampling._resampled import ResampledClassifier
from skx.resampling._smote import SMOTE

__all__ = ["SMOTE", "SMOTEN", "SMOTENC", "ResampledClassifier"]
