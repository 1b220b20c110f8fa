# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._boundary import ADASYN, BorderlineSMOTE
from skx.resampling._prowsyn import ProWSyn
from skx.resampling._resampled import ResampledClassifier
from skx.resampling._smote import SMOTE

__all__ = ["ADASYN", "SMOTE", "BorderlineSMOTE", "ProWSyn", "ResampledClassifier"]
