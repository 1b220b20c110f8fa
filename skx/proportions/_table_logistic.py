# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression from tables of counts and positives."""

from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse, special
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, check_sample_weight, fit_context
from skx.proportions._table_columns import Codes, open_rows
from skx.proportions._table_rates import cell_rates
from skx.proportions._table_rows import draw_rows, rake
from skx.proportions._tables import (
    AggregateTables,
    Key,
    count_tables,
    encode_labels,
)

Array = NDArray[np.float64]


class Margins(NamedTuple):
    """What is known of the sums over rows, by coefficient; the intercept is first."""

    target: Array  # weight of positives
    penalty: Array  # of half the squared coefficient
    trust: Array  # share of the information about it that the noise leaves


def table_loss(
    w: Array, design: Any, weights: Array, margins: Margins
) -> tuple[float, Array]:
    """Negative log-likelihood of the tables, with penalty, and its gradient.

    sum_i v_i log(1 + exp(x_i'w)) - target'w + sum_j penalty_j w_j^2 / 2: the labels
    enter the logistic likelihood by x'y alone, which tables hold.
    """
    scores = design @ w
    loss = weights @ np.logaddexp(0.0, scores) - margins.target @ w
    gradient = design.T @ (weights * special.expit(scores)) - margins.target
    pull = margins.penalty * w
    return float(loss + 0.5 * pull @ w), gradient + pull


class AggregateTableLogisticRegression(ClassifierMixin, SkxEstimator):
    def __init__(
        self,
        *,
        tables: AggregateTables | None = None,
        alpha: float = 1.0,
        bins: Any = 10,
        n_drawn: int = 20_000,
        tol: float = 1e-6,
        max_iter: int = 500,
        random_state: Any = None,
    ) -> None:
        self.tables = tables
        self.alpha = alpha
        self.bins = bins
        self.n_drawn = n_drawn
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X=None, y=None, sample_weight=None):
        tables = self.tables
        rows = open_rows(self, X, reset=True)
        codes = tables.encode(rows)
        weights = np.ones(len(codes))
        rng = check_random_state(self.random_state)
        keys = list(tables.counts)
        points, v, share = self._population(tables, keys, codes, weights, rng)
        self._layout(tables, keys)
        design = self._design(tables, points)
        margins = self._margins(tables, keys, design, points, v, share)
        w = self._minimise(lambda w: table_loss(w, design, v, margins), np.r_[special.logit(tables.prevalence), np.zeros(design.shape[1]-1)], self._curv(tables, design, v, margins))
        self.stage1_ = w.copy()
        if y is not None:
            y01 = np.searchsorted(tables.classes, y).astype(float)
            small = self._design(tables, codes)
            p = special.expit(design @ w)
            root = np.sqrt(v * p * (1 - p))
            S = sparse.diags(np.sqrt(margins.trust))
            Q = sparse.diags(root) @ design @ S
            w0 = w
            prior = np.r_[0, np.full(len(w) - 1, self.alpha)]
            def loss(w):
                s = small @ w
                d = w - w0
                Qd = Q @ d
                val = weights @ np.logaddexp(0, s) - weights * y01 @ s + .5 * Qd @ Qd + .5 * (prior * d) @ d
                g = small.T @ (weights * (special.expit(s) - y01)) + Q.T @ Qd + prior * d
                return val, g
            h = np.asarray(Q.power(2).sum(axis=0)).ravel() + prior + np.asarray(small.sum(axis=0)).ravel() * .2 + 1e-9
            w = self._minimise(loss, w0, h)
        self.w = w
        self.classes_ = tables.classes
        return self

    def _curv(self, tables, design, v, margins):
        m = tables.prevalence
        return np.asarray(design.T @ v).ravel() * m * (1 - m) + margins.penalty + 1e-9

    def _minimise(self, loss, start, h):
        r = np.sqrt(h)
        n = self.tables.n_rows
        def f(u):
            val, g = loss(u / r)
            return val / n, g / r / n
        res = optimize.minimize(f, start * r, jac=True, method="L-BFGS-B", options=dict(maxiter=self.max_iter, maxcor=20, gtol=1e-7, ftol=1e-10))
        self.n_iter_ = res.nit
        return res.x / r

    def _population(self, tables, keys, codes, weights, rng):
        n = tables.n_rows
        n_s = weights.sum()
        rest = max(0, n - n_s)
        if rest <= 1e-9 * n:
            return codes, rake(tables, keys, codes, weights), 1.0
        drawn = draw_rows(tables, self.n_drawn, rng)
        share = n_s / n
        noise = tables.noise.count_sd**2
        pk = [k for k in keys if len(k) == max(map(len, keys))]
        q = len(pk) / sum(tables.counts[k].size for k in pk)
        if noise and n_s:
            own = n * n * q / n_s
            share = max(share, noise / (noise + own))
        self.share = share
        points = np.vstack([codes, drawn])
        base = np.r_[weights * (share * n / n_s), np.full(len(drawn), (1 - share) * n / len(drawn))]
        v = rake(tables, keys, points, base)
        return points, v, n_s / n

    def _layout(self, tables, keys):
        sizes = [tables.counts[k].size for k in keys]
        self.starts = np.concatenate([[1], 1 + np.cumsum(sizes)])
        self.keys = keys

    def _design(self, tables, codes):
        cols, indptr_rows = [], None
        n = len(codes)
        out = np.full((n, len(self.keys) + 1), -1, dtype=np.int64)
        out[:, 0] = 0
        for t, key in enumerate(self.keys):
            c = tables.cell_codes(codes, key)
            out[:, t + 1] = np.where(c >= 0, c + self.starts[t], -1)
        known = out >= 0
        indptr = np.r_[0, np.cumsum(known.sum(axis=1))]
        idx = out[known]
        return sparse.csr_matrix((np.ones(len(idx)), idx, indptr), shape=(n, self.starts[-1]))

    def _margins(self, tables, keys, design, points, v, fraction):
        rates = cell_rates(tables, keys)
        p = design.shape[1]
        weight = np.asarray(design.T @ v).ravel()
        v2 = np.asarray(design.T @ (v * v)).ravel()
        rate = np.r_[tables.prevalence, np.concatenate([rates[k].ravel() for k in keys])]
        count = np.r_[tables.n_rows, np.concatenate([tables.counts[k].ravel() for k in keys])]
        pos = np.r_[tables.prevalence * tables.n_rows, np.concatenate([tables.positives[k].ravel() for k in keys])]
        given = ~np.isnan(count)
        target = np.where(given, pos - rate * (count - weight), rate * weight)
        info = weight * rate * (1 - rate)
        s2 = tables.noise.variance_of_excess(rate) + (1 - fraction) * .2 * rate * (1 - rate) * v2 * self.c2
        ok = given & (info > 1e-9)
        trust = np.where(ok, info / (info + s2), 0.0)
        trust[0] = 1
        penalty = np.where(trust > 1e-12, self.alpha / np.maximum(trust, 1e-12), 1e12)
        penalty[0] = 0
        target[weight <= 0] = 0
        return Margins(target, penalty, trust)

    c2 = 1.0

    def predict_proba(self, X):
        rows = open_rows(self, X, reset=False)
        p = special.expit(self._design(self.tables, self.tables.encode(rows)) @ self.w)
        return np.column_stack([1 - p, p])
