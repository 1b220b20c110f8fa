# SPDX-License-Identifier: BSD-3-Clause
"""Losses of bags for trees: gradients of rows, and curvatures that bound the loss.

The loss of a bag is not a sum over its rows, but trees want one second derivative for
each row. Those of the rows alone are too small: all rows of a bag move together, and
steps would be as many times too long as the bag has rows. What stands here instead is
a diagonal matrix D for which D - H is positive semidefinite, where H is the expected
Hessian (the Gauss-Newton matrix) of the bag; a step that is right for D is not too
long for H.

Scores are in the order of bags. Nothing is divided by the weight of all rows.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skx.proportions._bags import Bags
from skx.proportions._counts import infer_labels
from skx.proportions._scoring import log_losses, squared_errors

Array = NDArray[np.float64]

# Means below have infinite logarithms for all that float64 can tell.
TINY = 1e-300


class Objective(Protocol):
    """What boosting needs of a loss."""

    def __call__(self, scores: Array) -> tuple[Array, Array]:
        """Return gradients and curvatures of rows."""

    def losses(self, scores: Array) -> Array:
        """Return by bag the loss that rounds are chosen by, per unit of weight."""


class ShareObjective:
    """Cross-entropy of the mean probability of each bag, times the bag's weight.

    Two classes, weights w of sum W, u_i = w_i p_i (1 - p_i), mean probability m: H is
    u u' / (W m (1 - m)), so D is diag(u) times its row sums over u,
    sum(u) / (W m (1 - m)).

    More classes: labels tell more than their sum, so H is at most what it would be for
    rows with labels, blocks w_i (diag(p_i) - p_i p_i'); of these the sums of absolute
    values of rows are 2 w_i p_i (1 - p_i).
    """

    def __init__(self, bags: Bags) -> None:
        self.bags = bags
        self.codes = bags.codes
        self.totals = bags.totals

    def __call__(self, scores: Array) -> tuple[Array, Array]:
        """Return gradients and curvatures."""
        if scores.ndim > 1:
            return self._many(scores)
        a, weights = self.bags.values, self.bags.weights
        # Both tails come from expit, so that neither loses digits near 0.
        p, q = special.expit(scores), special.expit(-scores)
        mean_p = np.maximum(self.bags.means(p), TINY)
        mean_q = np.maximum(self.bags.means(q), TINY)
        u = weights * p * q
        slope = (1.0 - a) / mean_q - a / mean_p
        factor = self.bags.sums(u) / self.totals / mean_p / mean_q
        return slope[self.codes] * u, factor[self.codes] * u

    def _many(self, scores: Array) -> tuple[Array, Array]:
        weights = self.bags.weights[:, None]
        p = special.softmax(scores, axis=1)
        means = np.maximum(self.bags.means(p), TINY)
        slope = (-self.bags.values / means)[self.codes]
        gradient = weights * p * (slope - (slope * p).sum(axis=1, keepdims=True))
        return gradient, 2.0 * weights * p * (1.0 - p)

    def losses(self, scores: Array) -> Array:
        """Return cross-entropies of bags."""
        return log_losses(self.bags, probabilities(scores))


class CountObjective(ShareObjective):
    """Minus the log-likelihood of the number of rows of the second class in each bag.

    With q the probabilities of labels given the counts, the gradient is p - q and H is
    diag(p (1 - p)) less a covariance, so D is p (1 - p).
    """

    def __init__(self, bags: Bags) -> None:
        super().__init__(bags)
        self.counts = bags.counts()
        self.tilts = np.full(bags.n_bags, np.nan)

    def __call__(self, scores: Array) -> tuple[Array, Array]:
        """Return gradients and curvatures."""
        scores = np.ascontiguousarray(scores)
        posterior, _ = infer_labels(
            scores, self.bags.indptr, self.counts, tilts=self.tilts
        )
        p = special.expit(scores)
        return p - posterior, p * special.expit(-scores)


class MeanObjective:
    """Half the squared error of the mean score of each bag, times the bag's weight.

    H is w w' / W, whose row sums are w.
    """

    def __init__(self, bags: Bags) -> None:
        self.bags = bags
        self.codes = bags.codes

    def __call__(self, scores: Array) -> tuple[Array, Array]:
        """Return gradients and curvatures."""
        gaps = self.bags.means(scores) - self.bags.values
        return self.bags.weights * gaps[self.codes], self.bags.weights

    def losses(self, scores: Array) -> Array:
        """Return squared errors of bags."""
        return squared_errors(self.bags, scores)


def probabilities(scores: Array) -> Array:
    """Return those of the second of two classes, or of all."""
    return (
        special.expit(scores) if scores.ndim == 1 else special.softmax(scores, axis=1)
    )


OBJECTIVES: dict[str, Any] = {
    "bag": ShareObjective,
    "count": CountObjective,
    "mean": MeanObjective,
}
