# SPDX-License-Identifier: BSD-3-Clause
"""Rows that stand for those behind the tables: drawn from them, weighted to fit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree

from skx.proportions._table_columns import Codes
from skx.proportions._tables import AggregateTables, Key, cell_codes

Array = NDArray[np.float64]

N_ROUNDS = 4
LEAST = 1e-12  # of shares, for their logarithm
HIGHEST = 30.0  # potential


def draw_rows(
    tables: AggregateTables, n_rows: int, rng: Any, *, n_rounds: int = N_ROUNDS
) -> Codes:
    """Draw codes (n_rows, n_columns) from a log-linear model of the tables' counts.

    The model has a potential for each cell of each table. It begins as the tree of Chow
    and Liu: columns joined so that the mutual information of the joined pairs is
    greatest. Each round rakes rows to the counts, adds the duals of that to the
    potentials, which is where the weights come from, draws rows by the weights and
    moves them by Gibbs steps of the model, so that they are different rows again. It
    does not rake closer than the sums of drawn rows vary by chance.
    Margins are shrunken as their noise asks for; pairs that do not rise above it are
    independent.
    """
    margins = [margin(tables, j) for j in range(len(tables.columns))]
    joints = {key: joint(tables, key, margins) for key in tables.pairs}
    gain = np.zeros((len(margins), len(margins)))
    for (j, k), share in joints.items():
        gain[j, k] = mutual_information(share)
    gain[gain <= 1e-12] = 0.0
    links = minimum_spanning_tree(-gain).tocoo()  # a forest, if few pairs tell
    codes = _draw_from(links, margins, joints, n_rows, rng)
    if not joints:
        return codes
    potentials: dict[Key, Array] = {}
    for j, share in enumerate(margins):
        potentials[(j,)] = np.log(share.clip(LEAST))
    potentials.update({key: np.zeros(share.shape) for key, share in joints.items()})
    for j, k in zip(links.row.tolist(), links.col.tolist(), strict=True):
        share, independent = joints[j, k], np.outer(margins[j], margins[k])
        potentials[j, k] = np.log(share.clip(LEAST) / independent.clip(LEAST))
    base = np.full(n_rows, tables.n_rows / n_rows)
    for _ in range(n_rounds):
        v, duals = rake(tables, codes, base, slack=tables.n_rows / n_rows)
        for key, dual in duals.items():
            potentials[key] = (potentials[key] + dual).clip(-HIGHEST, HIGHEST)
            if not tables.noise.count_sd:  # also where no row was to show it
                potentials[key][tables.counts[key] <= 0.0] = -HIGHEST
        steps = (np.arange(n_rows) + rng.random_sample()) / n_rows
        codes = codes[_draw(np.cumsum(v), steps)]
        _move(codes, potentials, rng)
    return codes


def _move(codes: Codes, potentials: dict[Key, Array], rng: Any) -> None:
    """Draw each column anew given the others, in place."""
    n_rows, n_columns = codes.shape
    for j in range(n_columns):
        scores = np.tile(potentials[(j,)], (n_rows, 1))
        for key, table in potentials.items():
            if len(key) == 2 and j in key:
                other = key[1] if key[0] == j else key[0]
                by_other = table.T if key[0] == j else table
                scores += np.ascontiguousarray(by_other)[codes[:, other]]
        scores -= scores.max(axis=1, keepdims=True)
        below = np.cumsum(np.exp(scores), axis=1)
        u = rng.random_sample(n_rows) * below[:, -1]
        drawn = (below <= u[:, None]).sum(axis=1)
        codes[:, j] = drawn.clip(0, scores.shape[1] - 1)


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
    slack: float = 0.0,
    max_iter: int = 50,
    tol: float = 1e-6,
) -> tuple[Array, dict[Key, Array]]:
    """Weights near the given ones whose sums by cell agree with the counts.

    Minimises sum v log(v / weights) - v plus, over cells, (sum of v - count)^2 /
    (2 variance), by turns over the tables; where the variance is 0 this is iterative
    proportional fitting. It is that of the noise and ``slack`` times the count. Cells
    that no row is in, or that are not given, are left out. The result is scaled to
    ``n_rows``. The second value is the logarithm of the factors
    by cell: v is proportional to weights times the factors of the row's cells.
    """
    v = weights.copy()
    tasks = []
    for key, table in tables.counts.items():
        count = np.append(table.ravel(), np.nan)  # the last: rows in no cell
        own = cell_codes(tables, codes, key)
        own = np.where(own < 0, len(count) - 1, own)
        variance = tables.noise.count_sd**2 + slack * np.nan_to_num(count).clip(0, None)
        tasks.append((own, count, variance, np.zeros(len(count))))
    for _ in range(max_iter):
        change = 0.0
        for own, count, variance, dual in tasks:
            current = np.bincount(own, v, len(count)).astype(np.float64)
            step = _step(current, count, variance, dual)
            dual += step
            factor = np.exp(step)
            change = max(change, float(np.abs((factor - 1.0) * current).max()))
            v *= factor[own]
        if change <= tol * tables.n_rows:
            break
    duals = {
        key: dual[:-1].reshape(table.shape)
        for (key, table), (*_, dual) in zip(tables.counts.items(), tasks, strict=True)
    }
    return v * (tables.n_rows / v.sum()), duals


def _step(current: Array, count: Array, variance: Array, dual: Array) -> Array:
    """Root of current * exp(step) + variance * (dual + step) = count, by Newton."""
    left = np.isnan(count) | (current <= 0.0)
    here = ~left
    step = np.zeros_like(current)
    exact = here & (variance == 0.0)
    # A cell that is empty in the tables: next to no weight, but no logarithm of 0.
    step[exact] = np.log((count[exact] / current[exact]).clip(1e-9, None))
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
