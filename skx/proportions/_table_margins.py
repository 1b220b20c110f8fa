# SPDX-License-Identifier: BSD-3-Clause
"""What tables say of a logistic model: its likelihood, and how far to trust it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, special
from scipy.sparse.linalg import LinearOperator, cg

from skx.proportions._table_columns import Codes
from skx.proportions._table_rates import cell_rates
from skx.proportions._tables import (
    AggregateTables,
    Cells,
    cell_codes,
    noise_of_total,
    variance_of_excess,
)

Array = NDArray[np.float64]
Loss = Callable[[Array], tuple[float, Array]]
# Of the variance of a label, the share that the other columns of a row explain; it sets
# how far a sum over drawn rows may be off.
EXPLAINED = 0.2
# Coefficients of which the tables say less than this are held at 0.
LEAST_TRUST = 1e-9
N_PROBES = 4  # random targets that estimate a trace
LEAST_VARIANCE = 0.1  # of log odds


def one_hot(tables: AggregateTables, codes: Codes) -> Any:
    """Return the design (n_rows, 1 + n_cells): 1, then the cells of table after table.

    A row has no cell in a table that does not know its key.
    """
    columns = np.full((len(codes), len(tables.counts) + 1), -1, dtype=np.int32)
    columns[:, 0] = 0
    start = 1
    for t, (key, count) in enumerate(tables.counts.items(), start=1):
        cells = cell_codes(tables, codes, key)
        columns[:, t] = np.where(cells >= 0, cells + start, -1)
        start += count.size
    known = columns >= 0
    starts = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    at = columns[known]
    return sparse.csr_array((np.ones(len(at)), at, starts), shape=(len(codes), start))


def flatten(cells: Cells, intercept: float) -> Array:
    """Join tables in the order of the columns of the design."""
    return np.concatenate([[intercept], *(table.ravel() for table in cells.values())])


@dataclass(frozen=True)
class Margins:
    """What is known of the sums over rows, one number for each column of the design."""

    target: Array  # sum over the rows of the column times the label
    information: Array  # variance of the target, were it not for noise
    trust: Array  # information / (information + variance of the noise)

    @classmethod
    def of(
        cls, tables: AggregateTables, design: Any, weights: Array, drawn: float
    ) -> "Margins":
        """Compare tables with weighted rows, of whose weight a share was drawn.

        Where rows lack weight in a cell, or have too much, the positives are moved by
        the cell's rate times the difference: then rates are matched. The noise of a
        target is that of the tables, and what sums over few drawn rows are off by.
        """
        rate = flatten(cell_rates(tables, list(tables.counts)), tables.prevalence)
        count = flatten(tables.counts, tables.n_rows)
        positives = flatten(tables.positives, tables.n_rows * tables.prevalence)
        size = np.asarray(design.T @ weights).ravel()
        squares = np.asarray(design.T @ weights**2).ravel()
        spread = rate * (1.0 - rate)
        information = size * spread
        noise = variance_of_excess(tables.noise, rate)
        noise[0] = noise_of_total(tables, rate[0])
        information[np.isnan(count)] = 0.0
        known = information > 0.0
        target = np.where(known, positives - rate * (count - size), 0.0)
        noise += drawn * EXPLAINED * spread * squares
        total = np.where(known, information + noise, 1.0)
        trust = np.where(known, information, 0.0) / total
        return cls(target, information, trust)

    def penalty(self, alpha: float) -> Array:
        """Penalty of half the squared coefficient, infinite where nothing is known.

        With a prior of variance 1 / alpha and one coefficient, the best prediction from
        a target with noise is the penalised fit with alpha / trust.
        """
        trust = self.trust
        with np.errstate(divide="ignore"):
            penalty = np.where(trust > LEAST_TRUST, alpha / trust, np.inf)
        penalty[0] = 0.0
        return penalty


def table_loss(design: Any, weights: Array, target: Array, penalty: Array) -> Loss:
    """Negative log-likelihood of the tables with penalty, and its gradient.

    sum_i v_i log(1 + exp(x_i'w)) - target'w + sum_j penalty_j w_j^2 / 2: labels enter
    the likelihood of a logistic model by the sums that tables hold, and by them alone.
    """
    turned = design.T.tocsr()

    def loss(w: Array) -> tuple[float, Array]:
        scores = design @ w
        pull = penalty * w
        value = weights @ np.logaddexp(0.0, scores) - target @ w + 0.5 * pull @ w
        gradient = turned @ (weights * special.expit(scores)) - target + pull
        return float(value), gradient

    return loss


def update_loss(
    design: Any,
    weights: Array,
    labels: Array,
    centre: Array,
    table_rows: Any,
    penalty: Array,
) -> Loss:
    """Negative log-likelihood of labelled rows, about what the tables say.

    sum_i v_i log(1 + exp(x_i'w)) - v_i y_i x_i'w + d'(table_rows' table_rows +
    diag(penalty)) d / 2 with d = w - centre.
    """
    turned, table_turned = design.T.tocsr(), table_rows.T.tocsr()
    target = turned @ (weights * labels)

    def loss(w: Array) -> tuple[float, Array]:
        scores, moved = design @ w, w - centre
        spread = table_rows @ moved
        value = weights @ np.logaddexp(0.0, scores) - target @ w
        value += 0.5 * (spread @ spread + (penalty * moved) @ moved)
        gradient = turned @ (weights * special.expit(scores)) - target
        return float(value), gradient + table_turned @ spread + penalty * moved

    return loss


def plausible_penalty(tables: AggregateTables) -> float:
    """Penalty under which the log odds of rows vary as much as tables say.

    With effects of variance 1 / alpha the log odds vary by the number of tables over
    alpha. That of the rates of one table is less than all; the largest is taken.
    """
    largest = LEAST_VARIANCE
    for key, rates in cell_rates(tables, list(tables.counts)).items():
        count = np.nan_to_num(tables.counts[key]).clip(0.0, None).ravel()
        if count.sum() > 0.0:
            scores = special.logit(rates).ravel()
            away = scores - np.average(scores, weights=count)
            largest = max(largest, float(np.average(away**2, weights=count)))
    return len(tables.counts) / largest


def optimism(
    rows: Any,
    weights: Array,
    extra: Callable[[Array], Array],
    diagonal: Array,
    rng: Any,
) -> float:
    """How much better a penalised fit looks on its own labels than on others.

    The sum of the covariances of labels and fitted log odds: the trace of H^-1 C with
    C = rows' diag(weights) rows, the covariance of the targets and part of the
    curvature H = C + ``extra``, a function to multiply with. It is estimated with
    random targets; ``diagonal`` is that of H.
    """
    turned = rows.T.tocsr()
    p = rows.shape[1]
    hessian = LinearOperator(
        (p, p), matvec=lambda w: turned @ (weights * (rows @ w)) + extra(w)
    )
    scale = LinearOperator((p, p), matvec=lambda w: w / diagonal)
    total = 0.0
    for _ in range(N_PROBES):
        probe = turned @ (np.sqrt(weights) * rng.normal(size=len(weights)))
        total += probe @ cg(hessian, probe, rtol=1e-2, maxiter=100, M=scale)[0]
    return float(total) / N_PROBES


def minimise(
    loss: Loss, start: Array, curvature: Array, tol: float, max_iter: int
) -> tuple[Array, int, bool]:
    """Return the minimum, the iterations, and whether L-BFGS got there.

    Coordinates are divided by their standard errors, 1 / sqrt(curvature), the scale of
    ``tol``, too.
    """
    scale = 1.0 / np.sqrt(curvature)

    def scaled(u: Array) -> tuple[float, Array]:
        value, gradient = loss(u * scale)
        return value, gradient * scale

    found = optimize.minimize(
        scaled,
        start / scale,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iter, "maxcor": 20, "gtol": tol, "ftol": 1e-12},
    )
    return found.x * scale, max(int(found.nit), 1), found.nit < max_iter
