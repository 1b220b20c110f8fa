# SPDX-License-Identifier: BSD-3-Clause
"""Are synthetic rows faithful and safe: what is measured, and the report."""

from skx.resampling._diagnosis._diagnose import diagnose
from skx.resampling._diagnosis._report import DiagnosisReport

__all__ = ["DiagnosisReport", "diagnose"]
