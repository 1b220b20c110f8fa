# SPDX-License-Identifier: BSD-3-Clause
"""What a model would predict after one more label, where a formula tells."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import DistanceMetric, pairwise_distances
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import compute_sample_weight

Floats = NDArray[np.float64]
# Takes rows (n, d) and rows to predict for (m, d); yields for each of the former the
# probabilities (C, m, C) that the latter would have after each of its labels.
LookAhead = Callable[[Floats, Floats], Iterator[Floats]]


def look_ahead(
    model: Any, X: Floats, y: NDArray[Any], weights: Floats
) -> LookAhead | None:
    """Return what predicts as the model fitted again; None if there is no formula.

    The fitted model is that of rows X (l, d), labels y and weights (l,); a further row
    has the weight 1.
    """
    if type(model) is GaussianNB:
        return _GaussianNB(model, X, y, weights)
    if type(model) is KNeighborsClassifier and model.metric != "precomputed":
        return _Neighbors(model, y)
    if type(model) is RidgeClassifier and not model.positive:
        return _Ridge(model, X, y, weights)
    return None


def proba_of(model: Any, X: Any) -> Floats:
    """Return probabilities of classes, those of a ridge included.

    Least squares on targets of 1 and -1 estimate ``2 p - 1``.
    """
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X), np.float64)
    return _as_proba(np.asarray(model.decision_function(X), np.float64))


def _as_proba(scores: Floats) -> Floats:
    """Return probabilities of least-squares scores, of one for two classes."""
    if scores.ndim == 1:
        scores = scores[:, None]
    if scores.shape[-1] == 1:
        scores = np.concatenate([-scores, scores], axis=-1)
    proba = np.clip(0.5 * (scores + 1.0), 0.0, 1.0)
    total = proba.sum(axis=-1, keepdims=True)
    alike = np.full_like(proba, 1.0 / proba.shape[-1])
    return np.divide(proba, total, out=alike, where=total > 0.0)


class _GaussianNB:
    """One class has another mean and variance, all another least variance."""

    def __init__(
        self, model: GaussianNB, X: Floats, y: NDArray[Any], weights: Floats
    ) -> None:
        self._priors = model.priors
        self._smoothing = model.var_smoothing
        of_class = (y == model.classes_[:, None]) * weights
        self._counts = of_class.sum(axis=1)
        divisor = np.where(self._counts > 0.0, self._counts, 1.0)[:, None]
        self._means = of_class @ X / divisor
        gaps = X - self._means[:, None, :]
        self._vars = np.einsum("cl,cld->cd", of_class, gaps * gaps) / divisor
        self._n, self._mean, self._var = len(X), X.mean(axis=0), X.var(axis=0)

    def __call__(self, X: Floats, X_eval: Floats) -> Iterator[Floats]:
        squares = [(X_eval - mean) ** 2 for mean in self._means]
        for x in X:
            yield self._after(x, X_eval, squares)

    def _after(self, x: Floats, X_eval: Floats, squares: list[Floats]) -> Floats:
        n = self._n
        spread = (n * self._var + n / (n + 1) * (x - self._mean) ** 2) / (n + 1)
        least = self._smoothing * spread.max()
        counts = self._counts[:, None]
        gaps = x - self._means
        means = self._means + gaps / (counts + 1.0)
        variances = (counts * self._vars + counts / (counts + 1.0) * gaps**2) / (
            counts + 1.0
        )
        old = _log_density(squares, self._vars + least)
        new = _log_density([(X_eval - mean) ** 2 for mean in means], variances + least)
        n_classes = len(self._counts)
        own = np.eye(n_classes, dtype=bool)
        joint = np.where(own[:, None, :], new, old)
        priors: Any = self._priors
        if priors is None:
            priors = (self._counts + own) / (self._counts.sum() + 1.0)
            priors = priors[:, None, :]
        with np.errstate(divide="ignore"):  # of a class of weight 0
            joint = joint + np.log(priors)
        joint -= joint.max(axis=-1, keepdims=True)
        proba = np.exp(joint)
        return np.asarray(proba / proba.sum(axis=-1, keepdims=True))


def _log_density(squares: list[Floats], variances: Floats) -> Floats:
    """Return logarithms of densities (m, C) by squared distances (m, d) from means."""
    found = np.empty((len(squares[0]), len(squares)))
    for c, variance in enumerate(variances):
        found[:, c] = squares[c] @ (1.0 / variance)
        found[:, c] += np.log(2.0 * np.pi * variance).sum()
    return -0.5 * found


class _Neighbors:
    """A row that is nearer than the last neighbour takes its place."""

    def __init__(self, model: KNeighborsClassifier, y: NDArray[Any]) -> None:
        self._model = model
        self._votes = (y[:, None] == model.classes_).astype(np.float64)

    def __call__(self, X: Floats, X_eval: Floats) -> Iterator[Floats]:
        distances, near = self._model.kneighbors(X_eval)
        k = distances.shape[1]
        votes = np.concatenate(
            [self._votes[near], np.zeros((len(X_eval), 1, self._votes.shape[1]))],
            axis=1,
        )
        labels = np.eye(self._votes.shape[1])[:, None, :]
        for i in range(len(X)):
            own = _distances(self._model, X_eval, X[i : i + 1])
            # The last of equals, as the last row of those that it was added to.
            every = np.concatenate([distances, own], axis=1)
            order = np.argsort(every, axis=1, kind="stable")[:, :k]
            weights = _weigh(
                self._model.weights, np.take_along_axis(every, order, axis=1)
            )
            kept = np.take_along_axis(votes, order[:, :, None], axis=1)
            counts = np.einsum("mk,mkc->mc", weights, kept)
            mine = (weights * (order == k)).sum(axis=1)
            after = counts + mine[:, None] * labels
            total = after.sum(axis=-1, keepdims=True)
            yield after / np.where(total == 0.0, 1.0, total)


def _distances(model: KNeighborsClassifier, X: Floats, Z: Floats) -> Floats:
    """Return distances between rows of X and Z by the metric of a fitted model."""
    metric, params = model.effective_metric_, model.effective_metric_params_
    try:
        measure = DistanceMetric.get_metric(metric, **params)
    except ValueError:  # one of scikit-learn's other metrics, such as cosine
        return np.asarray(pairwise_distances(X, Z, metric=metric, **params))
    return np.asarray(measure.pairwise(X, Z))


def _weigh(weights: Any, distances: Floats) -> Floats:
    """Return the weights of neighbours, as KNeighborsClassifier does."""
    if callable(weights):
        return np.asarray(weights(distances), np.float64)
    if weights != "distance":
        return np.ones_like(distances)
    same = distances == 0.0
    with np.errstate(divide="ignore"):
        found = np.where(same.any(axis=1, keepdims=True), same, 1.0 / distances)
    return found


class _Ridge:
    """Coefficients by one more equation, of rank one."""

    def __init__(
        self, model: RidgeClassifier, X: Floats, y: NDArray[Any], weights: Floats
    ) -> None:
        self._model, self._y, self._weights = model, y, weights
        self._mean = np.zeros(X.shape[1])
        if model.fit_intercept:
            # Another origin moves the intercept only, and keeps products small.
            self._mean = X.mean(axis=0)
        self._rows = self._design(X)
        n_classes = len(model.classes_)
        targets = 2.0 * np.eye(n_classes) - 1.0
        self._targets = targets[:, 1:] if n_classes == 2 else targets
        self._known = self._targets[np.searchsorted(model.classes_, y)]

    def _design(self, X: Floats) -> Floats:
        rows = X - self._mean
        if self._model.fit_intercept:
            rows = np.column_stack([rows, np.ones(len(rows))])
        return rows

    def __call__(self, X: Floats, X_eval: Floats) -> Iterator[Floats]:
        rows, others = self._design(X), self._design(X_eval)
        parts = [
            self._predict(label, target, rows, others)
            for label, target in zip(self._model.classes_, self._targets, strict=True)
        ]
        for of_row in zip(*parts, strict=True):
            yield _as_proba(np.stack(of_row))

    def _predict(
        self, label: Any, target: Floats, rows: Floats, others: Floats
    ) -> Iterator[Floats]:
        """Yield scores of the others after each of the rows has this label."""
        of_class = compute_sample_weight(
            self._model.class_weight, np.append(self._y, label)
        )
        weights, weight = self._weights * of_class[:-1], of_class[-1]
        penalty = np.zeros(self._rows.shape[1])
        penalty[: len(self._mean)] = self._model.alpha
        product = (self._rows * weights[:, None]).T @ self._rows + np.diag(penalty)
        factor = cho_factor(product, lower=True)
        if np.diag(factor[0]).min() <= 1e-7 * np.diag(factor[0]).max():
            raise np.linalg.LinAlgError("singular")
        coef = cho_solve(factor, (self._rows * weights[:, None]).T @ self._known)
        before, own = others @ coef, rows @ coef
        moves = cho_solve(factor, rows.T)  # (d, n)
        pull = np.einsum("nd,dn->n", rows, moves)
        for i in range(len(rows)):
            step = weight * (target - own[i]) / (1.0 + weight * pull[i])
            yield before + (others @ moves[:, i])[:, None] * step


def closed_form_errors(
    after: LookAhead,
    X: Floats,
    proba: Floats,
    X_eval: Floats,
    loss: Callable[[Floats], Floats],
) -> Floats:
    """Return the expected error on X_eval after a label of each row of X.

    Labels have the probabilities proba (n, C), and errors those that come after.
    """
    errors = np.empty(len(X))
    for i, predicted in enumerate(after(X, X_eval)):
        errors[i] = proba[i] @ loss(predicted).mean(axis=-1)
    return errors
