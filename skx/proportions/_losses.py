# SPDX-License-Identifier: BSD-3-Clause
"""Losses of scores of rows where labels are known by bag: values and gradients.

A loss is called with scores in the order of bags, of shape (n_rows,) for the log-odds
of the second of two classes or (n_rows, n_classes) for logits, and returns its value
and the gradient, both divided by the weight of all rows.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skx.proportions._bags import Bags
from skx.proportions._counts._posterior import infer_classes, infer_labels, read_noise

Loss = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]
# A mean below this has an infinite logarithm for all that float64 can tell.
TINY = 1e-300


class BagLoss:
    """Cross-entropy of the mean probability of each bag, or its squared error.

    With ``interpolation`` rho, it is (1 - rho) times that plus rho times the mean of
    the same loss of the bag's rows, each with the share of the bag for its target.
    """

    def __init__(
        self, bags: Bags, *, interpolation: float = 0.0, squared: bool = False
    ) -> None:
        self.bags = bags
        self.rho = interpolation
        self.squared = squared
        self.totals = bags.totals
        self.codes = bags.codes
        self.share = self.values = bags.values
        if not squared:
            self.share = np.clip(self.values, 0.0, 1.0)
            if self.share.ndim > 1:
                self.share /= self.share.sum(axis=1, keepdims=True)
        self.uniform = bool((bags.weights == 1.0).all())

    def __call__(
        self, scores: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return value and gradient."""
        if scores.ndim == 1:
            value, gradient = self._two(scores)
        else:
            value, gradient = self._many(scores)
        total = self.totals.sum()
        return float(value / total), gradient / total

    def _means(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        totals = self.totals if rows.ndim == 1 else self.totals[:, None]
        return self.bags.sums(self._weighted(rows)) / totals

    def _weighted(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.uniform:
            return rows
        weights = self.bags.weights
        return rows * (weights if rows.ndim == 1 else weights[:, None])

    def _two(self, scores: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, n, rho = self.share, self.totals, self.rho
        # Both tails come from expit, so neither loses digits near 0.
        p, q = special.expit(scores), special.expit(-scores)
        value: Any = 0.0
        gradient: Any = 0.0
        if rho < 1.0:
            mean_p, mean_q = self._means(p), self._means(q)
            if self.squared:
                losses = (mean_p - a) ** 2
                slope = 2.0 * (mean_p - a)
            else:
                mean_p, mean_q = np.maximum(mean_p, TINY), np.maximum(mean_q, TINY)
                losses = -a * np.log(mean_p) - (1.0 - a) * np.log(mean_q)
                slope = (1.0 - a) / mean_q - a / mean_p
            value = (1.0 - rho) * (n @ losses)
            gradient = ((1.0 - rho) * slope)[self.codes] * (p * q)
        if rho > 0.0:
            target = a[self.codes]
            if self.squared:
                rows, inner = (p - target) ** 2, 2.0 * (p - target) * p * q
            else:
                rows, inner = np.logaddexp(0.0, scores) - target * scores, p - target
            value = value + rho * (self.bags.weights @ rows)
            gradient = gradient + rho * inner
        return value, self._weighted(gradient)

    def _many(self, scores: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, n, rho = self.share, self.totals, self.rho
        p = special.softmax(scores, axis=1)
        value, slope = 0.0, np.zeros_like(p)
        if rho < 1.0:
            mean = self._means(p)
            if self.squared:
                losses = 0.5 * ((mean - a) ** 2).sum(axis=1)
                inner = mean - a
            else:
                mean = np.maximum(mean, TINY)
                losses = -(a * np.log(mean)).sum(axis=1)
                inner = -a / mean
            value = (1.0 - rho) * (n @ losses)
            slope = ((1.0 - rho) * inner)[self.codes]
        if rho > 0.0 and self.squared:
            gap = p - a[self.codes]
            value += rho * 0.5 * (self.bags.weights @ (gap**2).sum(axis=1))
            slope = slope + rho * gap
        gradient = p * (slope - (slope * p).sum(axis=1, keepdims=True))
        if rho > 0.0 and not self.squared:
            target = a[self.codes]
            logs = special.log_softmax(scores, axis=1)
            value -= rho * (self.bags.weights @ (target * logs).sum(axis=1))
            gradient += rho * (p - target)
        return value, self._weighted(gradient)


class SoftLoss:
    """Cross-entropy of rows with numbers for targets, which may leave [0, 1]."""

    def __init__(
        self, targets: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> None:
        self.targets = targets
        self.weights = weights / weights.sum()

    def __call__(
        self, scores: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return value and gradient."""
        if scores.ndim == 1:
            p = special.expit(scores)
            losses = np.logaddexp(0.0, scores) - self.targets * scores
            return float(self.weights @ losses), self.weights * (p - self.targets)
        total = special.logsumexp(scores, axis=1)
        p = np.exp(scores - total[:, None])
        losses = total - (self.targets * scores).sum(axis=1)
        gradient = self.weights[:, None] * (p - self.targets)
        return float(self.weights @ losses), gradient


def easy_loss(bags: Bags, prior: Any) -> SoftLoss:
    """Return the loss whose targets are unbiased where rows met at random.

    The share of a bag moves by w_i / W with the label of row i, W the sum of weights,
    so P0 + (W / w_i) (share - P0) has the expectation of the label. ``prior`` is P0.
    """
    gain = bags.totals[bags.codes] / bags.weights
    if bags.values.ndim > 1:
        gain = gain[:, None]
    targets = prior + gain * (bags.values[bags.codes] - prior)
    return SoftLoss(targets, bags.weights)


class CountLoss:
    """Minus the log-likelihood of the numbers of rows of the classes in each bag.

    Labels of rows are independent given the scores, so the count of one class has a
    Poisson-binomial law; its gradient is the probability of each row less the one that
    knows the count. With three classes or more both are
    approximations in bags of more than 32 rows or 4096 joint counts.
    """

    def __init__(self, bags: Bags, *, count_noise: Any = None) -> None:
        self.bags = bags
        self.noise = read_noise(count_noise)
        self.counts = bags.counts(noisy=count_noise is not None)
        several = self.counts.ndim > 1
        self.infer = infer_classes if several else infer_labels
        # Where the search for the tilt of each bag ended, to begin the next one.
        self.tilts = np.full(self.counts.shape, 0.0 if several else np.nan)

    def __call__(
        self, scores: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return value and gradient."""
        posterior, likelihood = self.infer(
            np.ascontiguousarray(scores),
            self.bags.indptr,
            self.counts,
            noise=self.noise,
            tilts=self.tilts,
            return_log_likelihood=True,
        )
        n = len(scores)
        if scores.ndim == 1:
            prior = special.expit(scores)
        else:
            prior = special.softmax(scores, axis=1)
        return -float(likelihood.sum()) / n, (prior - posterior) / n
