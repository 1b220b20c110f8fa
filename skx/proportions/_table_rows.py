# SPDX-License-Identifier: BSD-3-Clause
"""Rows that stand for those behind the tables: drawn from them, weighted to fit them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree

from skx.proportions._table_columns import Codes
from skx.proportions._tables import AggregateTables, Key

Array = NDArray[np.float64]


def draw_rows(tables: AggregateTables, n_rows: int, rng: Any) -> Codes:
    """Draw codes (n_rows, n_columns) from a tree of the tables of pairs.

    The tree of Chow and Liu: columns joined so that the mutual information of the joined
    pairs is greatest. Margins are shrunken as their noise asks for; pairs that do not
    rise above it are independent.
    """
    n_columns = len(tables.columns)
    margins = [margin(tables, j) for j in range(n_columns)]
    joints = {key: joint(tables, key, margins) for key in tables.pairs}
    gain = np.zeros((n_columns, n_columns))
    for (j, k), share in joints.items():
        gain[j, k] = mutual_information(share)
    gain[gain <= 1e-12] = 0.0
    tree = minimum_spanning_tree(-gain).tocoo()  # a forest, where pairs tell nothing
    neighbours: dict[int, list[int]] = {j: [] for j in range(n_columns)}
    for j, k in zip(tree.row.tolist(), tree.col.tolist(), strict=True):
        neighbours[j].append(k)
        neighbours[k].append(j)
    codes = np.full((n_rows, n_columns), -1, dtype=np.int32)
    for root in range(n_columns):
        if codes[0, root] >= 0:
            continue
        codes[:, root] = _draw(np.cumsum(margins[root]), rng.random_sample(n_rows))
        reached = [root]
        while reached:
            j = reached.pop()
            for k in sorted(neighbours[j]):
                if codes[0, k] >= 0:
                    continue
                share = joints[j, k] if j < k else joints[k, j].T
                u = rng.random_sample(n_rows)
                for code in range(share.shape[0]):
                    here = codes[:, j] == code
                    p = share[code] if share[code].sum() > 0.0 else margins[k]
                    codes[here, k] = _draw(np.cumsum(p), u[here])
                reached.append(k)
    return codes


def _draw(cumulative: Array, u: Array) -> NDArray[np.int64]:
    return np.searchsorted(cumulative, u * cumulative[-1], side="right").clip(
        0, len(cumulative) - 1
    )


def margin(tables: AggregateTables, j: int) -> Array:
    """Shares of the keys of one column."""
    count = np.nan_to_num(tables.counts[(j,)]).clip(0.0, None)
    if not count.sum() > 0.0:
        count = np.ones_like(count)
    return count / count.sum()


def joint(tables: AggregateTables, key: Key, margins: list[Array]) -> Array:
    """Shares of pairs of keys: between those of the table and independence.

    The difference of a count from independence, of expectation e, has the variance
    t e^2 + (noise), with t by moments; the prediction keeps t e^2 of that.
    """
    expected = tables.n_rows * np.outer(margins[key[0]], margins[key[1]])
    count = tables.counts[key]
    given = ~np.isnan(count)
    noise = tables.noise.count_sd**2
    difference = np.where(given, count - expected, 0.0)
    t = 1.0
    if noise:
        # Weights of the moments as if effects were as large as expectations.
        weight = given / (expected**2 + noise)
        size = (weight * expected**2).sum()
        t = (weight * (difference**2 - noise)).sum() / size if size > 0.0 else 0.0
    if t <= 0.0:
        return expected / expected.sum()
    kept = difference
    if noise:
        kept = difference * t * expected**2 / (t * expected**2 + noise)
    share = (expected + kept).clip(0.0, None)
    return share / share.sum()


def mutual_information(share: Array) -> float:
    """Mutual information of a table of shares."""
    product = share.sum(axis=1, keepdims=True) * share.sum(axis=0, keepdims=True)
    here = share > 0.0
    return float(np.sum(share[here] * np.log(share[here] / product[here])))


def rake(
    tables: AggregateTables,
    keys: list[Key],
    codes: Codes,
    weights: Array,
    *,
    max_iter: int = 50,
    tol: float = 1e-3,
) -> Array:
    """Weights near the given ones whose sums by cell agree with the counts.

    Minimises sum v log(v / weights) - v plus, over cells, (sum of v - count)^2 /
    (2 noise variance), by turns over the tables; without noise this is iterative
    proportional fitting. Cells that no row is in, or that are not given, are left out.
    The weights are scaled to ``n_rows`` in the end.
    """
    noise = tables.noise.count_sd**2
    v = weights.copy()
    cells, targets, duals, free = [], [], [], []
    for key in keys:
        count = tables.counts[key].ravel()
        own = tables.cell_codes(codes, key)
        last = len(count)  # rows in no cell of the table
        cells.append(np.where(own < 0, last, own))
        targets.append(np.append(np.nan_to_num(count), 0.0))
        free.append(np.append(np.isnan(count), True))
        duals.append(np.zeros(last + 1))
    for _ in range(max_iter):
        largest = 0.0
        for own, target, dual, left in zip(cells, targets, duals, free, strict=True):
            current = np.bincount(own, weights=v, minlength=len(target))
            fixed = left | (current <= 0.0)
            if noise:
                step = _noisy_step(current, target, dual, noise, fixed)
                dual += step
                factor = np.exp(step)
            else:
                factor = np.where(
                    fixed, 1.0, target / np.where(fixed, 1.0, current)
                ).clip(0.0, None)
            largest = max(largest, float(np.abs((factor - 1.0) * current).max()))
            v *= factor[own]
        if largest <= tol * tables.n_rows / 1000.0:
            break
    total = v.sum()
    if not total > 0.0:
        return weights * (tables.n_rows / weights.sum())
    return v * (tables.n_rows / total)


def _noisy_step(
    current: Array, target: Array, dual: Array, noise: float, fixed: NDArray[np.bool_]
) -> Array:
    """Root of current * exp(step) + noise * (dual + step) = target, by Newton."""
    step = np.zeros_like(current)
    for _ in range(25):
        grown = current * np.exp(step)
        move = (target - noise * (dual + step) - grown) / (grown + noise)
        move = np.where(fixed, 0.0, move.clip(-2.0, 2.0))
        step += move
        if np.abs(move).max(initial=0.0) < 1e-8:
            break
    return step
