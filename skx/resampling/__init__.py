# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._gaussian import MultivariateGaussianSMOTE
from skx.resampling._geometric import GeometricSMOTE
from skx.resampling._polynomial import PolynomialFitSMOTE
from skx.resampling._resampled import ResampledClassifier
from skx.resampling._smote import SMOTE

__all__ = [
    "SMOTE",
    "GeometricSMOTE",
    "MultivariateGaussianSMOTE",
    "PolynomialFitSMOTE",
    "ResampledClassifier",
]
