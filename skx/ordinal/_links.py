# SPDX-License-Identifier: BSD-3-Clause
"""Families and links: their names, and the likelihood they make together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skx.ordinal import _kernels

LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")
FAMILIES = ("cumulative", "sratio", "cratio", "acat")

# Boundaries closer than this count as this far apart where only a metric is wanted.
GAP_FLOOR = 1e-8


def inverse_link_quantile(link: str, probability: NDArray[np.floating]) -> NDArray:
    """Return t with F(t) = probability."""
    p = np.asarray(probability, dtype=float)
    with np.errstate(divide="ignore"):
        if link == "logit":
            return special.logit(p)
        if link == "probit":
            return special.ndtri(p)
        if link == "cloglog":
            return np.log(-np.log1p(-p))
        if link == "loglog":
            return -np.log(-np.log(p))
        near = np.pi * np.minimum(p, 1.0 - p)
        return np.sign(p - 0.5) / np.tan(near)


class Pair(NamedTuple):
    """Second derivatives by the predictors of two boundaries, of a slice of rows."""

    first: int
    second: int
    rows: slice
    values: NDArray[np.float64]


class Likelihood:
    """Log-likelihood of rows that are sorted by class, given their predictors.

    Continuation ratios are stopping ratios with the mirrored link, since
    P(Y > k | Y >= k) = F(-eta) is 1 minus P(Y = k | Y >= k); likewise adjacent
    categories are coded by the probability of the lower class.

    Parameters
    ----------
    family : one of FAMILIES
    link : one of LINKS
    """

    def __init__(self, family: str, link: str) -> None:
        self.family = family
        self.link = link
        code = LINKS.index(link)
        if family in ("cratio", "acat"):
            code = int(_kernels.mirrored(code))
        self.code = code
        self.kind = {"cumulative": 0, "sratio": 1, "cratio": 1, "acat": 2}[family]
        # Where minus the log-likelihood is not convex, its mean over the classes is.
        self.is_convex = link != "cauchit" and (family != "acat" or link == "logit")
        self.may_cross = family == "cumulative"
        # Beyond this predictor a probability may differ from 0 or 1 by less than 1e-7.
        self.sure = float(
            np.abs(inverse_link_quantile(link, np.array([1e-7, 1.0 - 1e-7]))).min()
        )

    def start(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the thresholds (n_classes - 1,) that fit class frequencies alone."""
        below = np.cumsum(frequencies)[:-1]
        if self.kind == 0:
            share = below
        elif self.kind == 1:
            share = frequencies[:-1] / (1.0 - below + frequencies[:-1])
        else:
            share = frequencies[:-1] / (frequencies[:-1] + frequencies[1:])
        return inverse_link_quantile(LINKS[self.code], share).clip(-100.0, 100.0)

    def touched(self, starts: NDArray[np.int64], k: int) -> slice:
        """Rows whose likelihood depends on boundary k."""
        if self.kind == 0:
            return slice(int(starts[k]), int(starts[k + 2]))
        if self.kind == 1:
            return slice(int(starts[k]), int(starts[-1]))
        return slice(0, int(starts[-1]))

    def rows(
        self,
        eta: NDArray[np.float64],
        starts: NDArray[np.int64],
        weights: NDArray[np.float64],
        order: int,
        expected: bool = False,
    ) -> tuple[float, NDArray[np.float64], list[Pair]]:
        """Return minus the log-likelihood and its derivatives by ``eta``.

        Parameters
        ----------
        eta : (n_boundaries, n_rows); where a row is not touched it is not read, unless
            ``expected``
        starts, weights : first row of each class and one past the last; (n_rows,)
        order : highest derivative wanted, 0, 1 or 2
        expected : whether the second derivatives are averaged over the classes

        Returns
        -------
        loss : float, inf where a row's class has no probability
        scores : (n_boundaries, n_rows), set where touched
        pairs : list of Pair, first <= second
        """
        q, n = eta.shape
        nothing = np.empty((1, 1))
        scores = np.empty((q, n)) if order > 0 else nothing
        if self.kind == 2:
            table = np.empty((q, q, n)) if order > 1 else np.empty((1, 1, 1))
            total = _kernels.adjacent_rows(
                eta, starts, weights, self.code, scores, table, order, expected
            )
            pairs = [
                Pair(k, l, slice(0, n), table[k, l])
                for k in range(q if order > 1 else 0)
                for l in range(k, q)
            ]
            return -total, scores, pairs
        diagonal = np.empty((q, n)) if order > 1 else nothing
        above = np.empty((q, n)) if order > 1 and self.kind == 0 else nothing
        observed = min(order, 1) if expected else order
        if self.kind == 0:
            total = _kernels.cumulative_rows(
                eta, starts, weights, self.code, scores, diagonal, above, observed
            )
        else:
            total = _kernels.stopping_rows(
                eta, starts, weights, self.code, scores, diagonal, observed
            )
        if order < 2 or not np.isfinite(total):
            return -total, scores, []
        everyone = slice(0, n)
        if expected:
            if self.kind == 0:
                _kernels.cumulative_expected(
                    eta, weights, self.code, GAP_FLOOR, diagonal, above
                )
            else:
                _kernels.stopping_expected(eta, weights, self.code, diagonal)
        pairs = []
        for k in range(q):
            rows = everyone if expected else self.touched(starts, k)
            pairs.append(Pair(k, k, rows, diagonal[k, rows]))
            if self.kind == 0 and k + 1 < q:
                rows = (
                    everyone
                    if expected
                    else slice(int(starts[k + 1]), int(starts[k + 2]))
                )
                pairs.append(Pair(k, k + 1, rows, above[k, rows]))
        return -total, scores, pairs

    def log_probabilities(self, eta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log P (n_rows, n_classes) for eta (n_boundaries, n_rows)."""
        out = np.empty((eta.shape[1], eta.shape[0] + 1))
        eta = np.clip(eta, -1e100, 1e100, order="C")  # squares are taken of them
        _kernels.log_probabilities(eta, self.kind, self.code, out)
        return out
