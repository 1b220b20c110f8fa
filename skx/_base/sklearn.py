# SPDX-License-Identifier: BSD-3-Clause
"""The one door to names that scikit-learn does not document.

When scikit-learn moves one of them, this file changes and no other.
"""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _BaseScorer as BaseScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._available_if import (
    _AvailableIfDescriptor as MethodIfAvailable,
)
from sklearn.utils._metadata_requests import _routing_enabled as routing_enabled
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_params,
)
from sklearn.utils._repr_html.estimator import _VisualBlock as DiagramBlock
from sklearn.utils.metaestimators import _BaseComposition as NamedParts
from sklearn.utils.metaestimators import _safe_split as take_split
from sklearn.utils.validation import _check_method_params as take_params
from sklearn.utils.validation import _check_monotonic_cst as check_monotonic_cst
from sklearn.utils.validation import _check_pos_label_consistency as check_pos_label
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _check_y as check_y
from sklearn.utils.validation import _num_samples as count_rows

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in where there are no callbacks."""


__all__ = [
    "BaseScorer",
    "BaseSearchCV",
    "CallbackSupportMixin",
    "DiagramBlock",
    "HasMethods",
    "Interval",
    "MethodIfAvailable",
    "NamedParts",
    "StrOptions",
    "check_monotonic_cst",
    "check_parameters",
    "check_pos_label",
    "check_sample_weight",
    "check_y",
    "count_rows",
    "fit_context",
    "open_callbacks",
    "routing_enabled",
    "take_params",
    "take_rows",
    "take_split",
    "validate_params",
]


def check_parameters(estimator: BaseEstimator) -> None:
    """Validate parameters as ``fit`` does, for what happens before any fit."""
    estimator._validate_params()


def open_callbacks(estimator: BaseEstimator, **settings: Any) -> Any:
    """Return the root context of an estimator's callbacks, None if it has none.

    To be called in a method under `fit_context`, which closes it.
    """
    if not hasattr(estimator, "_skl_callbacks"):
        return None
    return estimator._init_callback_context(**settings)
