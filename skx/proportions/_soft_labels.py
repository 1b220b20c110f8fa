# SPDX-License-Identifier: BSD-3-Clause
"""Fits to probabilities of classes in place of labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

# Rows whose class has less weight than that are left out.
LEAST = 1e-6


def fit_soft(
    estimator: Any,
    X: Any,
    probabilities: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Any:
    """Return a clone of a classifier, fitted to (n_samples, n_classes) probabilities.

    Each row stands once for every class that it may have, weighted by how probable the
    class is. Classes are 0, 1, ...
    """
    certain = probabilities.max(axis=1).min() >= 1 - LEAST
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not certain and not has_fit_parameter(last, "sample_weight"):
        raise ValueError(
            f"{type(last).__name__} takes no sample_weight, which soft labels "
            "need; pass soft_labels=False or another estimator."
        )
    # In the order of rows, as repeated rows would come.
    rows, codes = np.nonzero(probabilities >= LEAST)
    model = clone(estimator)
    if certain and (weights == 1).all():
        return model.fit(X[rows], codes)
    mass = weights[rows] if certain else weights[rows] * probabilities[rows, codes]
    name = "sample_weight"
    if last is not estimator and not get_config()["enable_metadata_routing"]:
        name = f"{estimator.steps[-1][0]}__sample_weight"
    return model.fit(X[rows], codes, **{name: mass})


def predict_all(model: Any, X: Any, n_classes: int) -> NDArray[np.float64]:
    """Return probabilities of all classes, also of those that a model never saw."""
    found = model.predict_proba(X)
    if found.shape[1] == n_classes:
        return found
    out = np.zeros((found.shape[0], n_classes))
    out[:, model.classes_] = found
    return out
