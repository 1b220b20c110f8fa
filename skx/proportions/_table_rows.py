# SPDX-License-Identifier: BSD-3-Clause
"""Rows that stand for those behind the tables: drawn from them, weighted to fit them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree

from skx.proportions._table_columns import Codes
from skx.proportions._tables import AggregateTables, Key

Array = NDArray[np.float64]
N_TREES = 8


def draw_rows(
    tables: AggregateTables, n_rows: int, rng: Any, *, n_trees: int = N_TREES
) -> Codes:
    """Draw codes (n_rows, n_columns) from trees of the tables of pairs.

    The first tree is that of Chow and Liu: columns joined so that the mutual
    information of the joined pairs is greatest. The others are those of information
    times random factors, so that rows with pairs that the first one misses occur.
    Margins are shrunken as their noise asks for; pairs that do not rise above it are
    independent.
    """
    n_columns = len(tables.columns)
    margins = [margin(tables, j) for j in range(n_columns)]
    joints = {key: joint(tables, key, margins) for key in tables.pairs}
    gain = np.zeros((n_columns, n_columns))
    for (j, k), share in joints.items():
        gain[j, k] = mutual_information(share)
    gain[gain <= 1e-12] = 0.0
    n_trees = min(n_trees, n_rows) if gain.any() else 1
    parts = []
    for tree in range(n_trees):
        size = (n_rows + tree) // n_trees
        factors = rng.standard_exponential(gain.shape) ** 2 if tree else 1.0
        links = minimum_spanning_tree(-gain * factors)  # a forest, if few pairs tell
        parts.append(_draw_from(links.tocoo(), margins, joints, size, rng))
    return np.concatenate(parts)


def _draw_from(
    links: Any, margins: list[Array], joints: dict[Key, Array], n_rows: int, rng: Any
) -> Codes:
    """Draw from one forest, from its roots outwards."""
    n_columns = len(margins)
    neighbours: dict[int, list[int]] = {j: [] for j in range(n_columns)}
    for j, k in zip(links.row.tolist(), links.col.tolist(), strict=True):
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
                for code in np.unique(codes[:, j]):
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
    codes: Codes,
    weights: Array,
    *,
    max_iter: int = 50,
    tol: float = 1e-6,
) -> Array:
    """Weights near the given ones whose sums by cell agree with the counts.

    Minimises sum v log(v / weights) - v plus, over cells, (sum of v - count)^2 /
    (2 noise variance), by turns over the tables; without noise this is iterative
    proportional fitting. Cells that no row is in, or that are not given, are left out.
    The result is scaled to ``n_rows``.
    """
    v = weights.copy()
    tasks = []
    for key, table in tables.counts.items():
        count = np.append(table.ravel(), np.nan)  # the last: rows in no cell
        own = tables.cell_codes(codes, key)
        own = np.where(own < 0, len(count) - 1, own)
        variance = np.full(len(count), tables.noise.count_sd**2)
        tasks.append((own, count, variance, np.zeros(len(count))))
    for _ in range(max_iter):
        change = 0.0
        for own, count, variance, dual in tasks:
            current = np.bincount(own, weights=v, minlength=len(count))
            step = _step(current, count, variance, dual)
            dual += step
            factor = np.exp(step)
            change = max(change, float(np.abs((factor - 1.0) * current).max()))
            v *= factor[own]
        if change <= tol * tables.n_rows:
            break
    return v * (tables.n_rows / v.sum())


def _step(current: Array, count: Array, variance: Array, dual: Array) -> Array:
    """Root of current * exp(step) + variance * (dual + step) = count, by Newton."""
    left = np.isnan(count) | (current <= 0.0)
    here = ~left
    step = np.zeros_like(current)
    exact = here & (variance == 0.0)
    # A cell without a row in the tables: weights next to nothing, but no logarithm of 0.
    step[exact] = np.log(np.maximum(count[exact], 1e-9 * current[exact]))
    step[exact] -= np.log(current[exact])
    soft = here & (variance > 0.0)
    c, n, s2, d = current[soft], count[soft], variance[soft], dual[soft]
    x = np.zeros(len(c))
    for _ in range(25):
        grown = c * np.exp(x)
        move = ((n - s2 * (d + x) - grown) / (grown + s2)).clip(-2.0, 2.0)
        x += move
        if np.abs(move).max(initial=0.0) < 1e-8:
            break
    step[soft] = x
    return step
