# SPDX-License-Identifier: BSD-3-Clause
"""How often a model would be wrong if it had one more label."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import entr, softmax

Floats = NDArray[np.float64]
Loss = Callable[[Floats], Floats]

BLOCK_CELLS = 2**22  # probabilities held at once
N_STEPS = 3  # with the Hessian of the fitted model
N_ROW_STEPS = 10  # within each, for the row that is added


def zero_one_loss(proba: Floats) -> Floats:
    """Return the expected share of mistakes, over the last axis."""
    return 1.0 - proba.max(axis=-1)


def log_loss(proba: Floats) -> Floats:
    """Return the expected log loss, which is the entropy, over the last axis."""
    return entr(proba).sum(axis=-1)


LOSSES: dict[str, Loss] = {"zero_one": zero_one_loss, "log": log_loss}


def newton_errors(
    X: Floats,
    X_labeled: Floats,
    X_eval: Floats,
    coef: Floats,
    penalty: Floats,
    weights: Floats,
    new_weights: Floats,
    loss: Loss,
) -> Floats:
    """Return the expected error of a linear softmax model after a label of each row.

    The model minimises ``sum_i weights_i log_loss_i + sum_kj penalty_j coef_kj^2 / 2``
    over the labelled rows. A further row of class c has the weight new_weights_c. Some
    Newton steps with the Hessian at ``coef`` lead to about where it moves the minimum;
    its own loss, whose curvature changes most on the way, is not approximated. The
    error is that of the probabilities there, over the rows of X_eval, in expectation
    over the classes that ``coef`` predicts.

    Shapes: X (n, d), X_labeled (l, d), X_eval (m, d), penalty (d,), weights (l,),
    new_weights (C,); coef (C, d), or (1, d) for the second of two classes. Raises
    LinAlgError where the labelled rows and the penalty do not determine ``coef``.
    """
    n_logits, d = coef.shape
    proba = _probabilities(X @ coef.T)
    n_classes = proba.shape[1]
    targets = np.eye(n_classes)[:, -n_logits:]
    fitted = _probabilities(X_labeled @ coef.T)[:, None, None, -n_logits:]
    factor = cho_factor(_hessian(X_labeled, coef, penalty, weights), lower=True)
    diagonal = np.diag(factor[0])
    if diagonal.min() <= 1e-7 * diagonal.max():
        raise np.linalg.LinAlgError("singular")
    errors = np.empty(len(X))
    n_rows = max(len(X_eval), len(X_labeled), d)
    size = max(1, BLOCK_CELLS // (n_classes**2 * n_rows))
    for start in range(0, len(X), size):
        rows, p = X[start : start + size], proba[start : start + size]
        # How coefficients, and with them the row's logits, follow the slope of a logit.
        moves = np.einsum("kl,bj->kjbl", np.eye(n_logits), rows)
        moves = cho_solve(factor, moves.reshape(n_logits * d, -1))
        moves = moves.reshape(n_logits, d, len(rows), n_logits)
        pull = np.einsum("kjbl,bj->bkl", moves, rows)
        before = (rows @ coef.T)[:, None, :]
        change = np.zeros((d, len(rows), n_classes, n_logits))
        for step in range(N_STEPS):
            if step:
                after = _probabilities(_logits(X_labeled, coef, change))
                after = (after[..., -n_logits:] - fitted) * weights[:, None, None, None]
                slope = X_labeled.T @ after.reshape(len(after), -1)
                slope = slope.reshape(change.shape)
                slope += penalty[:, None, None, None] * change
                slope = slope.transpose(3, 0, 1, 2).reshape(n_logits * d, -1)
                back = cho_solve(factor, slope).reshape(n_logits, *change.shape[:3])
                change -= back.transpose(1, 2, 3, 0)
            own = before + np.einsum("bj,jbck->bck", rows, change)
            slopes = _row_slopes(own, pull, targets, new_weights)
            change -= np.einsum("kjbl,bcl->jbck", moves, slopes)
        expected = loss(_probabilities(_logits(X_eval, coef, change))).mean(axis=0)
        errors[start : start + size] = (p * expected).sum(axis=1)
    return errors


def _row_slopes(
    logits: Floats, pull: Floats, targets: Floats, weights: Floats
) -> Floats:
    """Return slopes of the loss of rows where they and their pull balance (b, C, K).

    Logits z (b, C, K) of rows of each class move to ``z - pull slope(z)``. Steps use
    the largest curvature that there can be, and so never go too far.
    """
    n_logits = logits.shape[-1]
    bound = 0.25 if n_logits == 1 else 0.5
    weights, pull = weights[:, None], pull[:, None]
    short = np.linalg.inv(np.eye(n_logits) + bound * weights[..., None] * pull)

    def slopes(own: Floats) -> Floats:
        return weights * (_probabilities(own)[..., -n_logits:] - targets)

    own = logits
    for _ in range(N_ROW_STEPS):
        gaps = own - logits + (pull @ slopes(own)[..., None])[..., 0]
        own = own - (short @ gaps[..., None])[..., 0]
    return slopes(own)


def _logits(X: Floats, coef: Floats, change: Floats) -> Floats:
    """Return logits (n, ...) by coefficients that are changed by (d, ..., K)."""
    shifted = (X @ change.reshape(len(change), -1)).reshape(len(X), *change.shape[1:])
    shifted += (X @ coef.T)[:, None, None, :]
    return shifted


def _probabilities(logits: Floats) -> Floats:
    """Return probabilities of classes; those of two from one logit."""
    if logits.shape[-1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
    return softmax(logits, axis=-1)


def _hessian(X: Floats, coef: Floats, penalty: Floats, weights: Floats) -> Floats:
    """Return the Hessian of the penalised loss in the coefficients (K, d), raveled."""
    n_logits, d = coef.shape
    q = _probabilities(X @ coef.T)[:, -n_logits:]
    hessian = np.zeros((n_logits, d, n_logits, d))
    for k in range(n_logits):
        for l in range(k + 1):
            curvature = weights * q[:, k] * ((k == l) - q[:, l])
            hessian[k, :, l] = (X * curvature[:, None]).T @ X
            hessian[l, :, k] = hessian[k, :, l]
        hessian[k, :, k] += np.diag(penalty)
    if n_logits > 1:
        # The same added to all classes changes no probability. No gradient leads there,
        # so any curvature will do, and it must not be 0.
        scale = np.einsum("kjkj->", hessian) / (n_logits * d)
        hessian += scale * np.eye(d)[None, :, None, :]
    return hessian.reshape(n_logits * d, n_logits * d)
