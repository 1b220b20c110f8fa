# SPDX-License-Identifier: BSD-3-Clause
"""Model selection: whether estimators differ, how good they are, which one to take."""

from skx.model_selection._bootstrap import (
    BootstrapError,
    bootstrap_632plus,
    combine_632plus,
)
from skx.model_selection._compare import compare_estimators, compare_on_datasets
from skx.model_selection._comparison import DatasetComparison, EstimatorComparison
from skx.model_selection._desirability import Desirability, Goal
from skx.model_selection._nested import NestedScores, nested_cross_validate
from skx.model_selection._statistics import (
    cochrans_q_test,
    combined_ftest_5x2cv,
    corrected_resampled_ttest,
    holm_correction,
    mcnemar_test,
)

__all__ = [
    "BootstrapError",
    "DatasetComparison",
    "Desirability",
    "EstimatorComparison",
    "Goal",
    "NestedScores",
    "bootstrap_632plus",
    "cochrans_q_test",
    "combine_632plus",
    "combined_ftest_5x2cv",
    "compare_estimators",
    "compare_on_datasets",
    "corrected_resampled_ttest",
    "holm_correction",
    "mcnemar_test",
    "nested_cross_validate",
]
