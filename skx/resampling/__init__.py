# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""

from skx.resampling._diagnose import diagnose
from skx.resampling._diagnosis_report import DiagnosisReport
from skx.resampling._resampled import ResampledClassifier
from skx.resampling._smote import SMOTE

__all__ = ["SMOTE", "DiagnosisReport", "ResampledClassifier", "diagnose"]
