# SPDX-License-Identifier: BSD-3-Clause
"""The one door to names that scikit-learn does not document.

When scikit-learn moves one of them, this file changes and no other.
"""

from sklearn.base import BaseEstimator
from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _BaseScorer as BaseScorer
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._metadata_requests import _routing_enabled as routing_enabled
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_params,
)
from sklearn.utils._repr_html.estimator import _VisualBlock as DiagramBlock
from sklearn.utils.metaestimators import _BaseComposition as NamedParts
from sklearn.utils.validation import _check_method_params as take_params
from sklearn.utils.validation import _check_pos_label_consistency as check_pos_label
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as count_rows

__all__ = [
    "BaseScorer",
    "DiagramBlock",
    "HasMethods",
    "Interval",
    "NamedParts",
    "StrOptions",
    "check_parameters",
    "check_pos_label",
    "check_sample_weight",
    "count_rows",
    "fit_context",
    "routing_enabled",
    "take_params",
    "take_rows",
    "validate_params",
]


def check_parameters(estimator: BaseEstimator) -> None:
    """Validate parameters as ``fit`` does, for what happens before any fit."""
    estimator._validate_params()
