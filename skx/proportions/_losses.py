# SPDX-License-Identifier: BSD-3-Clause
"""Losses of scores of rows where labels are known by bag: values and gradients.

A loss is called with scores in the order of bags, of shape (n_rows,) for the log-odds
of the second of two classes or (n_rows, n_classes) for logits, and returns its value
and the gradient, both divided by the weight of all rows. Scores live where the bags do
that the loss was made of, and so does the gradient.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from skx._backend import is_device_array
from skx.proportions._bags import Bags
from skx.proportions._counts import DeviceCounts
from skx.proportions._counts._posterior import infer_classes, infer_labels, read_noise
from skx.proportions._device import DeviceBags, clip, functions_of, put

# Of arrays of NumPy or of a device.
Loss = Callable[[Any], tuple[float, Any]]
# A mean below this has an infinite logarithm for all that float64 can tell.
TINY = 1e-300


class BagLoss:
    """Cross-entropy of the mean probability of each bag, or its squared error.

    With ``interpolation`` rho, it is (1 - rho) times that plus rho times the mean of
    the same loss of the bag's rows, each with the share of the bag for its target.
    """

    def __init__(
        self,
        bags: Bags | DeviceBags,
        *,
        interpolation: float = 0.0,
        squared: bool = False,
    ) -> None:
        self.bags = bags
        self.rho = interpolation
        self.squared = squared
        self.totals = bags.totals
        self.codes = bags.codes
        self.share = self.values = bags.values
        self.xp, self.special = functions_of(bags.values)
        if not squared:
            self.share = clip(self.values, 0.0, 1.0)
            if self.share.ndim > 1:
                self.share /= self.xp.sum(self.share, axis=1, keepdims=True)
        self.uniform = bool(self.xp.all(bags.weights == 1.0))
        self.total = float(self.xp.sum(self.totals))

    def __call__(self, scores: Any) -> tuple[float, Any]:
        """Return value and gradient."""
        if scores.ndim == 1:
            value, gradient = self._two(scores)
        else:
            value, gradient = self._many(scores)
        return float(value / self.total), gradient / self.total

    def _means(self, rows: Any) -> Any:
        totals = self.totals if rows.ndim == 1 else self.totals[:, None]
        return self.bags.sums(self._weighted(rows)) / totals

    def _weighted(self, rows: Any) -> Any:
        if self.uniform:
            return rows
        weights = self.bags.weights
        return rows * (weights if rows.ndim == 1 else weights[:, None])

    def _two(self, scores: Any) -> tuple[Any, Any]:
        xp, a, n, rho = self.xp, self.share, self.totals, self.rho
        # Both tails come from expit, so neither loses digits near 0.
        p, q = self.special.expit(scores), self.special.expit(-scores)
        value: Any = 0.0
        gradient: Any = 0.0
        if rho < 1.0:
            mean_p, mean_q = self._means(p), self._means(q)
            if self.squared:
                losses = (mean_p - a) ** 2
                slope = 2.0 * (mean_p - a)
            else:
                mean_p, mean_q = xp.maximum(mean_p, TINY), xp.maximum(mean_q, TINY)
                losses = -a * xp.log(mean_p) - (1.0 - a) * xp.log(mean_q)
                slope = (1.0 - a) / mean_q - a / mean_p
            value = (1.0 - rho) * (n @ losses)
            gradient = xp.take((1.0 - rho) * slope, self.codes, axis=0) * (p * q)
        if rho > 0.0:
            target = xp.take(a, self.codes, axis=0)
            if self.squared:
                rows, inner = (p - target) ** 2, 2.0 * (p - target) * p * q
            else:
                rows, inner = xp.logaddexp(0.0, scores) - target * scores, p - target
            value = value + rho * (self.bags.weights @ rows)
            gradient = gradient + rho * inner
        return value, self._weighted(gradient)

    def _many(self, scores: Any) -> tuple[Any, Any]:
        xp, a, n, rho = self.xp, self.share, self.totals, self.rho
        p = self.special.softmax(scores, axis=1)
        value: Any = 0.0
        slope = xp.zeros_like(p)
        if rho < 1.0:
            mean = self._means(p)
            if self.squared:
                losses = 0.5 * xp.sum((mean - a) ** 2, axis=1)
                inner = mean - a
            else:
                mean = xp.maximum(mean, TINY)
                losses = -xp.sum(a * xp.log(mean), axis=1)
                inner = -a / mean
            value = (1.0 - rho) * (n @ losses)
            slope = xp.take((1.0 - rho) * inner, self.codes, axis=0)
        if rho > 0.0 and self.squared:
            gap = p - xp.take(a, self.codes, axis=0)
            value += rho * 0.5 * (self.bags.weights @ xp.sum(gap**2, axis=1))
            slope = slope + rho * gap
        gradient = p * (slope - xp.sum(slope * p, axis=1, keepdims=True))
        if rho > 0.0 and not self.squared:
            target = xp.take(a, self.codes, axis=0)
            logs = self.special.log_softmax(scores, axis=1)
            value -= rho * (self.bags.weights @ xp.sum(target * logs, axis=1))
            gradient += rho * (p - target)
        return value, self._weighted(gradient)


class SoftLoss:
    """Cross-entropy of rows with numbers for targets, which may leave [0, 1]."""

    def __init__(self, targets: Any, weights: Any) -> None:
        self.xp, self.special = functions_of(targets)
        self.targets = targets
        self.weights = weights / self.xp.sum(weights)

    def __call__(self, scores: Any) -> tuple[float, Any]:
        """Return value and gradient."""
        xp = self.xp
        if scores.ndim == 1:
            p = self.special.expit(scores)
            losses = xp.logaddexp(0.0, scores) - self.targets * scores
            return float(self.weights @ losses), self.weights * (p - self.targets)
        total = self.special.logsumexp(scores, axis=1)
        p = xp.exp(scores - total[:, None])
        losses = total - xp.sum(self.targets * scores, axis=1)
        gradient = self.weights[:, None] * (p - self.targets)
        return float(self.weights @ losses), gradient


def easy_loss(bags: Bags, prior: Any, reference: Any = None) -> SoftLoss:
    """Return the loss whose targets are unbiased where rows met at random.

    The share of a bag moves by w_i / W with the label of row i, W the sum of weights,
    so P0 + (W / w_i) (share - P0) has the expectation of the label. ``prior`` is P0;
    scores will live where ``reference`` does.
    """
    gain = bags.totals[bags.codes] / bags.weights
    if bags.values.ndim > 1:
        gain = gain[:, None]
    targets = prior + gain * (bags.values[bags.codes] - prior)
    if is_device_array(reference):
        return SoftLoss(put(reference, targets), put(reference, bags.weights))
    return SoftLoss(targets, bags.weights)


class CountLoss:
    """Minus the log-likelihood of the numbers of rows of the classes in each bag.

    Labels of rows are independent given the scores, so the count of one class has a
    Poisson-binomial law; its gradient is the probability of each row less the one that
    knows the count. With three classes or more both are
    approximations in bags of more than 32 rows or 4096 joint counts. Scores will live
    where ``reference`` does, which is on the host for those.
    """

    def __init__(
        self, bags: Bags, *, count_noise: Any = None, reference: Any = None
    ) -> None:
        self.indptr = bags.indptr
        self.noise = read_noise(count_noise)
        self.counts = bags.counts(noisy=count_noise is not None)
        several = self.counts.ndim > 1
        self.infer = infer_classes if several else infer_labels
        # Where the search for the tilt of each bag ended, to begin the next one.
        self.tilts = np.full(self.counts.shape, 0.0 if several else np.nan)
        self.there: DeviceCounts | None = None
        if is_device_array(reference):
            known = self.indptr, self.counts
            self.there = DeviceCounts(reference, *known, noise=self.noise)

    def __call__(self, scores: Any) -> tuple[float, Any]:
        """Return value and gradient."""
        posterior, likelihood = self._infer(scores)
        n = scores.shape[0]
        xp, special = functions_of(scores)
        if scores.ndim == 1:
            prior = special.expit(scores)
        else:
            prior = special.softmax(scores, axis=1)
        return -float(xp.sum(likelihood)) / n, (prior - posterior) / n

    def _infer(self, scores: Any) -> tuple[Any, Any]:
        if self.there is not None:
            return self.there.infer(scores, return_log_likelihood=True)
        return self.infer(
            np.ascontiguousarray(scores),
            self.indptr,
            self.counts,
            noise=self.noise,
            tilts=self.tilts,
            return_log_likelihood=True,
        )
