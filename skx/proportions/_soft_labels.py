# SPDX-License-Identifier: BSD-3-Clause
"""Fits to probabilities of classes in place of labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

# Rows whose class has less weight than that are left out.
LEAST = 1e-6


def fit_soft(
    estimator: Any,
    X: Any,
    probabilities: NDArray[np.float64],
    weights: NDArray[np.float64],
    classes: NDArray[Any],
) -> Any:
    """Return a clone of a classifier, fitted to (n_samples, n_classes) probabilities.

    Each row stands once for every class that it may have, weighted by how probable the
    class is.
    """
    certain = probabilities.max(axis=1).min() >= 1 - LEAST
    if not certain and not has_fit_parameter(estimator, "sample_weight"):
        raise ValueError(
            f"{type(estimator).__name__} takes no sample_weight, which soft labels need; "
            "pass soft_labels=False or another estimator."
        )
    codes, rows = np.nonzero(probabilities.T >= LEAST)
    mass = (probabilities * weights[:, None])[rows, codes]
    # In the order of rows, as repeated rows would come.
    order = np.lexsort((codes, rows))
    codes, rows, mass = codes[order], rows[order], mass[order]
    model = clone(estimator)
    if certain and (mass == 1).all():
        return model.fit(X[rows], classes[codes])
    if certain:
        mass = weights[rows]
    return model.fit(X[rows], classes[codes], sample_weight=mass)


def predict_all(
    model: Any, X: Any, classes: NDArray[Any]
) -> NDArray[np.float64]:
    """Return probabilities of all classes, also of those that a model never saw."""
    found = model.predict_proba(X)
    if found.shape[1] == len(classes):
        return found
    out = np.zeros((found.shape[0], len(classes)))
    out[:, np.searchsorted(classes, model.classes_)] = found
    return out
