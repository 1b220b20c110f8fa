# SPDX-License-Identifier: BSD-3-Clause
"""Labels of rows that agree with counts of bags, and classifiers fitted to them."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from skx._base.sklearn import take_rows
from skx.proportions._bags import Bags
from skx.proportions._base import BagEstimator
from skx.proportions._target import bag_target

# Labels of a smaller probability are left out of a fit.
LEAST_WEIGHT = 1e-6


def counts_of(bags: Bags, *, noisy: bool = False) -> NDArray[np.float64]:
    """Return counts of rows of the second class, or of all; bags may have weights."""
    first = bags.weights[bags.indptr[:-1]][bags.codes]
    odd = ~np.isclose(bags.weights, first, rtol=1e-12, atol=0.0)
    if odd.any():
        row = int(odd.argmax())
        raise ValueError(
            f"sample_weight[{bags.order[row]}] is {bags.weights[row]:g} but other rows "
            f"of bag {bags.ids[bags.codes[row]]} have {first[row]:g}; a count of rows "
            "knows weights of whole bags, and rows of weight 0."
        )
    return replace(bags, weights=np.ones(bags.n_rows)).counts(noisy=noisy)


def top_labels(
    scores: NDArray[np.float64],
    bags: Bags,
    counts: NDArray[np.float64],
    *,
    lowest: bool = False,
) -> NDArray[np.float64]:
    """Return the labels of greatest total score that agree with whole ``counts``.

    Scores, in the order of bags, are (n_rows,) for the second class or (n_rows,
    n_classes); labels are 0 and 1 in the same shape. Of equal rows the first takes the
    label 1. With ``lowest``, the labels of the least total score.
    """
    if lowest:
        scores = -scores
    if scores.ndim == 1:
        codes = bags.codes
        order = np.lexsort((-scores, codes))
        rank = np.arange(bags.n_rows) - bags.indptr[codes]
        labels = np.zeros(bags.n_rows)
        labels[order] = rank < counts[codes]
        return labels
    labels = np.zeros(scores.shape)
    for b, (start, stop) in enumerate(pairwise(bags.indptr)):
        owners = np.repeat(np.arange(scores.shape[1]), counts[b].astype(np.int64))
        rows, places = linear_sum_assignment(scores[start:stop, owners], maximize=True)
        labels[start + rows, owners[places]] = 1.0
    return labels


def last_step(estimator: Any) -> Any:
    """Return the estimator at the end of a pipeline."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def takes_soft_labels(estimator: Any) -> bool:
    """Whether ``fit_labels`` can hand probabilities to it."""
    last = last_step(estimator)
    return isinstance(last, BagEstimator) or has_fit_parameter(last, "sample_weight")


def fit_labels(
    estimator: Any,
    X: Any,
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    classes: NDArray[Any],
) -> Any:
    """Fit a clone of any classifier to probabilities of labels.

    ``labels`` are those of the second class, (n_rows,), or of all, (n_rows, n_classes).
    Estimators of this family take them as shares of bags of one row, others as repeated
    rows with weights. Labels that are 0 or 1 throughout repeat nothing, and weights
    that are all 1 are not passed then.
    """
    estimator = clone(estimator)
    plain = bool((weights == 1.0).all())
    if isinstance(last_step(estimator), BagEstimator):
        rows = np.arange(len(labels))
        target = bag_target(rows, proportions=labels, classes=classes)
        return fit_weighted(estimator, X, target, None if plain else weights)
    table = labels
    if labels.ndim == 1:
        table = np.column_stack([1.0 - labels, labels])
    rows, codes = np.nonzero(table > LEAST_WEIGHT)
    repeated: NDArray[np.float64] | None = table[rows, codes] * weights[rows]
    if len(rows) > len(labels):
        X = take_rows(X, rows)
    elif plain:
        repeated = None
    return fit_weighted(estimator, X, classes[codes], repeated)


def fit_weighted(
    estimator: Any, X: Any, y: NDArray[Any], weights: NDArray[np.float64] | None
) -> Any:
    """Fit it, with weights for the last step of a pipeline."""
    if weights is None:
        return estimator.fit(X, y)
    name = "sample_weight"
    if isinstance(estimator, Pipeline):
        name = f"{estimator.steps[-1][0]}__{name}"
    # Weights are for the last step alone, whatever is requested.
    with config_context(enable_metadata_routing=False):
        return estimator.fit(X, y, **{name: weights})


def scores_of(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    """Return probabilities (n_rows, n_classes), else decisions (n_rows, n_columns)."""
    if not hasattr(estimator, "predict_proba"):
        scores = np.asarray(estimator.decision_function(X), dtype=np.float64)
        return scores.reshape(len(scores), -1)
    found = np.asarray(estimator.predict_proba(X), dtype=np.float64)
    known = estimator.classes_
    if len(known) == len(classes):
        return found
    prob = np.zeros((len(found), len(classes)))
    prob[:, np.isin(classes, known)] = found
    return prob
