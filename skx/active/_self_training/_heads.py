# SPDX-License-Identifier: BSD-3-Clause
"""Linear heads that agree where there are labels, and disagree where they may.

Coefficients are arrays of shape (n_heads, n_classes, n_features + 1), intercepts last,
and probabilities of shape (n_heads, n_classes, n_rows).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

# The loss has no single minimum that would be worth more steps.
MAX_STEPS = 100


def t_similarity(proba: Floats) -> Floats:
    """Return the mean inner product of the probabilities of two heads, per row."""
    return class_similarity(proba).sum(axis=0)


def class_similarity(proba: Floats) -> Floats:
    """Return what each class adds to the T-similarity, (n_classes, n_rows)."""
    n_heads = len(proba)
    pairs = proba.sum(axis=0) ** 2
    for head in proba:
        pairs -= head**2
    return np.maximum(pairs, 0.0) / (n_heads * (n_heads - 1))


def predict_heads(coef: Floats, X: Floats) -> Floats:
    """Return the probabilities of classes by each head."""
    proba = np.exp(_centred_scores(coef, X))
    proba /= proba.sum(axis=1, keepdims=True)
    return proba


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
    mean T-similarity of the other rows. Both weights add up to 1.
    """
    n_heads = len(coef)
    rows = np.arange(len(codes))

    scores = _centred_scores(coef, X)
    slope = np.exp(scores)
    sums = slope.sum(axis=1, keepdims=True)
    log_proba = scores[:, codes, rows] - np.log(sums[:, 0])
    loss = -float((log_proba @ weights).sum()) / n_heads
    slope /= sums
    slope[:, codes, rows] -= 1.0
    slope *= weights / n_heads
    gradient = _pull_back(slope, X)

    if diversity and len(others):
        proba = predict_heads(coef, others)
        loss += diversity * float(t_similarity(proba) @ other_weights)
        slope = proba.sum(axis=0) - proba
        slope -= (proba * slope).sum(axis=1, keepdims=True)
        slope *= proba
        slope *= other_weights * (2.0 * diversity / (n_heads * (n_heads - 1)))
        gradient += _pull_back(slope, others)

    shrunk = coef[:, :, :-1]
    loss += alpha / (2.0 * n_heads) * float((shrunk**2).sum())
    gradient[:, :, :-1] += alpha / n_heads * shrunk
    return loss, gradient


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
    shape = (n_heads, n_classes, X.shape[1] + 1)
    start = rng.normal(scale=0.1 / np.sqrt(shape[2]), size=shape)
    weights = weights / weights.sum()
    other_weights = other_weights / other_weights.sum()

    def objective(flat: Floats) -> tuple[float, Floats]:
        coef = flat.reshape(shape)
        loss, gradient = heads_loss(
            coef, X, codes, weights, others, other_weights, diversity, alpha
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


def _centred_scores(coef: Floats, X: Floats) -> Floats:
    flat = coef.reshape(-1, coef.shape[2])
    scores = (flat[:, :-1] @ X.T + flat[:, -1:]).reshape(*coef.shape[:2], len(X))
    scores -= scores.max(axis=1, keepdims=True)
    return scores


def _pull_back(slope: Floats, X: Floats) -> Floats:
    """Return the gradient by coefficients of a function with that slope by scores."""
    flat = slope.reshape(-1, len(X))
    gradient = np.empty((*slope.shape[:2], X.shape[1] + 1))
    gradient[:, :, :-1] = (flat @ X).reshape(*slope.shape[:2], -1)
    gradient[:, :, -1] = slope.sum(axis=2)
    return gradient
