# SPDX-License-Identifier: BSD-3-Clause
"""Linear heads that agree where there are labels, and disagree where they may.

Probabilities of heads are arrays of shape (n_rows, n_heads, n_classes).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

Floats = NDArray[np.float64]

# The loss has no single minimum that would be worth more steps.
MAX_STEPS = 100


def t_similarity(proba: Floats) -> Floats:
    """Return the mean inner product of the probabilities of two heads, per row."""
    return class_similarity(proba).sum(axis=1)


def class_similarity(proba: Floats) -> Floats:
    """Return what each class adds to the T-similarity, (n_rows, n_classes)."""
    n_heads = proba.shape[1]
    pairs = proba.sum(axis=1) ** 2 - (proba**2).sum(axis=1)
    return np.maximum(pairs, 0.0) / (n_heads * (n_heads - 1))


def predict_heads(coef: Floats, X: Floats) -> Floats:
    """Return probabilities of heads; ``coef`` as `fit_heads` returns it."""
    n_columns, n_heads, n_classes = coef.shape
    flat = coef.reshape(n_columns, -1)
    scores = X @ flat[:-1] + flat[-1]
    return softmax(scores.reshape(-1, n_heads, n_classes), axis=2)


def heads_loss(
    coef: Floats,
    X: Floats,
    codes: NDArray[np.int64],
    weights: Floats,
    others: Floats,
    other_weights: Floats,
    diversity: float,
    alpha: float,
) -> tuple[float, Floats]:
    """Return the loss of all heads, and its gradient.

    The loss is the mean over heads of the cross-entropy on rows with a label and of
    ``alpha / 2`` times the squares of the coefficients, and ``diversity`` times the
    mean T-similarity of the other rows. ``coef`` has the shape (n_features + 1,
    n_heads, n_classes), intercepts last; both weights add up to 1.
    """
    n_columns, n_heads, n_classes = coef.shape
    flat = coef.reshape(n_columns, -1)
    gradient = np.zeros_like(flat)

    scores = (X @ flat[:-1] + flat[-1]).reshape(-1, n_heads, n_classes)
    log_proba = log_softmax(scores, axis=2)
    rows = np.arange(len(codes))
    loss = -(weights @ log_proba[rows, :, codes].sum(axis=1)) / n_heads
    slope = np.exp(log_proba)
    slope[rows, :, codes] -= 1.0
    slope *= (weights / n_heads)[:, None, None]
    _add_slope(gradient, X, slope)

    if diversity and len(others):
        proba = predict_heads(coef, others)
        loss += diversity * (other_weights @ t_similarity(proba))
        pull = proba.sum(axis=1, keepdims=True) - proba
        pull -= (proba * pull).sum(axis=2, keepdims=True)
        proba *= pull
        scale = 2.0 * diversity / (n_heads * (n_heads - 1))
        proba *= (scale * other_weights)[:, None, None]
        _add_slope(gradient, others, proba)

    shrunk = flat[:-1]
    loss += alpha / (2.0 * n_heads) * float((shrunk**2).sum())
    gradient[:-1] += alpha / n_heads * shrunk
    return float(loss), gradient.reshape(coef.shape)


def fit_heads(
    X: Floats,
    codes: NDArray[np.int64],
    weights: Floats,
    others: Floats,
    other_weights: Floats,
    *,
    n_heads: int,
    n_classes: int,
    diversity: float,
    alpha: float,
    rng: np.random.Generator,
) -> Floats:
    """Return heads that minimise `heads_loss`, from a random start near zero."""
    shape = (X.shape[1] + 1, n_heads, n_classes)
    start = rng.normal(scale=0.1 / np.sqrt(shape[0]), size=shape)
    weights = weights / weights.sum()
    if len(others):
        other_weights = other_weights / other_weights.sum()

    def objective(flat: Floats) -> tuple[float, Floats]:
        loss, gradient = heads_loss(
            flat.reshape(shape),
            X,
            codes,
            weights,
            others,
            other_weights,
            diversity,
            alpha,
        )
        return loss, gradient.ravel()

    found = minimize(
        objective,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_STEPS},
    )
    return found.x.reshape(shape)


def _add_slope(gradient: Floats, X: Floats, slope: Floats) -> None:
    flat = slope.reshape(len(slope), -1)
    gradient[:-1] += X.T @ flat
    gradient[-1] += flat.sum(axis=0)
