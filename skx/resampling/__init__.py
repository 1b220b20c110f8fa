# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._batches import iter_subsets, temperature_batches
from skx.resampling._boundary import ADASYN, BorderlineSMOTE
from skx.resampling._categorical import SMOTEN, SMOTENC
from skx.resampling._clean import (
    AllKNN,
    EditedNearestNeighbours,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from skx.resampling._combined import SMOTEENN, SMOTETomek
from skx.resampling._diagnosis import DiagnosisReport, diagnose
from skx.resampling._gaussian import MultivariateGaussianSMOTE
from skx.resampling._geometric import GeometricSMOTE
from skx.resampling._mlsmote import MLSMOTE
from skx.resampling._partitioning import IterativePartitioningFilter
from skx.resampling._partitions import resample_partitions
from skx.resampling._polynomial import PolynomialFitSMOTE
from skx.resampling._prowsyn import ProWSyn
from skx.resampling._random_over import RandomOverSampler
from skx.resampling._relevance import dense_weight, relevance
from skx.resampling._resampled import ResampledClassifier, ResampledRegressor
from skx.resampling._roc_hull import ROCConvexHullClassifier, roc_convex_hull
from skx.resampling._smote import SMOTE
from skx.resampling._smoter import SMOTER
from skx.resampling._temperature import (
    TemperatureSampler,
    temperature_class_weight,
    temperature_weights,
)

__all__ = [
    "ADASYN",
    "MLSMOTE",
    "SMOTE",
    "SMOTEENN",
    "SMOTEN",
    "SMOTENC",
    "SMOTER",
    "AllKNN",
    "BorderlineSMOTE",
    "DiagnosisReport",
    "EditedNearestNeighbours",
    "GeometricSMOTE",
    "IterativePartitioningFilter",
    "MultivariateGaussianSMOTE",
    "PolynomialFitSMOTE",
    "ProWSyn",
    "ROCConvexHullClassifier",
    "RandomOverSampler",
    "RepeatedEditedNearestNeighbours",
    "ResampledClassifier",
    "ResampledRegressor",
    "SMOTETomek",
    "TemperatureSampler",
    "TomekLinks",
    "dense_weight",
    "diagnose",
    "iter_subsets",
    "relevance",
    "resample_partitions",
    "roc_convex_hull",
    "temperature_batches",
    "temperature_class_weight",
    "temperature_weights",
]
