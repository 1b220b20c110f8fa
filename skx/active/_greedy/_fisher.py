# SPDX-License-Identifier: BSD-3-Clause
"""Rows whose labels lower the variance of predictions, or of coefficients, most."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx.active._greedy._reading import Positions

Floats = NDArray[np.float64]

BLOCK_CELLS = 2**21
REFRESH = 32  # picks after which sums of updates are computed again


def fisher_greedy(
    X: NDArray[np.floating],
    curvature: Floats,
    n_picks: int,
    information: Floats,
    target: Floats,
    n_more: int = 0,
) -> tuple[Positions, Floats]:
    """Pick rows that lower ``trace(information^-1 target)`` most, one by one.

    The label of row i adds ``curvature_i kron x_i x_i'`` to the information about the
    coefficients. ``n_more`` rows too many are picked, and then those dropped again, one
    by one, that raise the trace least, the last of equal ones.

    Shapes: X (n, d), curvature (n, K, K), symmetric with no negative eigenvalue;
    information and target (K d, K d). Returns positions in the order of picks, the
    first of equal rows, and by how much each lowered the trace. Raises LinAlgError
    where the information is singular.
    """
    information = information.copy()
    n_first = min(n_picks + n_more, X.shape[0])
    picks, gains = np.empty(n_first, np.int64), np.empty(n_first)
    free = np.ones(X.shape[0], np.bool_)
    for b in range(n_first):
        if b % REFRESH == 0:
            inverse = _invert(information)
            spread, effect = _quadratic_forms(X, inverse, target)
        worth = np.where(free, _gains(spread, effect, curvature), -np.inf)
        # Equal rows must not be told apart by rounding.
        best = worth.max()
        at = int(np.flatnonzero(worth >= best - 1e-9 * abs(best))[0])
        picks[b], gains[b], free[at] = at, worth[at], False
        information += _block(X[at], curvature[at])
        moves = _moves(X[at], inverse)
        weight = _weight(spread[at], curvature[at])
        if b % REFRESH < REFRESH - 1:
            _update(X, moves, inverse, target, weight, spread, effect)
            inverse -= moves @ weight @ moves.T
    kept = np.arange(n_first)
    while len(kept) > n_picks:
        rows = picks[kept]
        spread, effect = _quadratic_forms(X[rows], _invert(information), target)
        worth = _gains(spread, effect, -curvature[rows])
        best = worth.max()
        at = int(np.flatnonzero(worth >= best - 1e-9 * abs(best))[-1])
        information -= _block(X[rows[at]], curvature[rows[at]])
        kept = np.delete(kept, at)
    return picks[kept], gains[kept]


def fisher_gains(
    X: NDArray[np.floating], curvature: Floats, information: Floats, target: Floats
) -> Floats:
    """Return by how much each row alone lowers the trace of `fisher_greedy`, (n,)."""
    spread, effect = _quadratic_forms(X, _invert(information), target)
    return _gains(spread, effect, curvature)


def sum_blocks(X: NDArray[np.floating], curvature: Floats) -> Floats:
    """Return the sum of ``curvature_i kron x_i x_i'``, (K d, K d)."""
    n, d = X.shape
    K = curvature.shape[1]
    total = np.zeros((K, d, K, d))
    size = max(1, BLOCK_CELLS // d)
    for start in range(0, n, size):
        rows = X[start : start + size].astype(np.float64)
        for k in range(K):
            for l in range(k + 1):
                part = curvature[start : start + size, k, l]
                total[k, :, l] += (rows * part[:, None]).T @ rows
    for k in range(K):
        for l in range(k):
            total[l, :, k] = total[k, :, l]
    return total.reshape(K * d, K * d)


def _block(row: NDArray[np.floating], curvature: Floats) -> Floats:
    exact = row.astype(np.float64)
    size = len(curvature) * len(row)
    return np.einsum("kl,i,j->kilj", curvature, exact, exact).reshape(size, size)


def _invert(information: Floats) -> Floats:
    factor = np.linalg.cholesky(information)
    diagonal = np.diag(factor)
    if diagonal.min() <= 1e-7 * diagonal.max():
        raise np.linalg.LinAlgError("singular")
    half = np.linalg.inv(factor)
    return half.T @ half


def _moves(row: NDArray[np.floating], matrix: Floats) -> Floats:
    """Return the matrix times ``I kron x``, (K d, K)."""
    d = row.shape[0]
    return matrix.reshape(len(matrix), -1, d) @ row.astype(np.float64)


def _weight(spread: Floats, curvature: Floats) -> Floats:
    """Return ``(I + curvature spread)^-1 curvature``, (..., K, K)."""
    K = curvature.shape[-1]
    if K == 1:
        return curvature / (1.0 + curvature * spread)
    weight: Any = np.linalg.solve(np.eye(K) + curvature @ spread, curvature)
    return weight


def _gains(spread: Floats, effect: Floats, curvature: Floats) -> Floats:
    """Return by how much each row lowers the trace, (n,)."""
    return np.einsum("ikl,ilk->i", effect, _weight(spread, curvature))


def _quadratic_forms(
    X: NDArray[np.floating], inverse: Floats, target: Floats
) -> tuple[Floats, Floats]:
    """Return x' M x and x' M target M x of the blocks of the inverse M, (n, K, K)."""
    d = X.shape[1]
    K = len(inverse) // d
    found = []
    for matrix in (inverse, inverse @ target @ inverse):
        blocks = matrix.reshape(K, d, K, d).transpose(1, 0, 2, 3).reshape(d, K * K * d)
        forms = np.empty((X.shape[0], K, K))
        size = max(1, BLOCK_CELLS // (K * K * d))
        for start in range(0, X.shape[0], size):
            rows = X[start : start + size].astype(np.float64)
            halves = (rows @ blocks).reshape(len(rows), K * K, d)
            forms[start : start + size] = np.einsum("ikj,ij->ik", halves, rows).reshape(
                -1, K, K
            )
        found.append(forms)
    return found[0], found[1]


def _update(
    X: NDArray[np.floating],
    moves: Floats,
    inverse: Floats,
    target: Floats,
    weight: Floats,
    spread: Floats,
    effect: Floats,
) -> None:
    """Take a pick into spread and effect (n, K, K), in place.

    The inverse M loses ``A weight A'`` with A the moves, M (I kron x) of the pick.
    """
    d, K = X.shape[1], weight.shape[0]
    pulls = inverse @ (target @ moves)
    own = weight @ (moves.T @ target @ moves) @ weight.T
    parts = [
        part.reshape(K, d, K).transpose(1, 0, 2).reshape(d, K * K)
        for part in (moves, pulls)
    ]
    both = np.concatenate(parts, axis=1)
    product = np.multiply if K == 1 else np.matmul
    size = max(1, BLOCK_CELLS // (2 * K * K + d))
    for start in range(0, X.shape[0], size):
        stop = start + size
        products = X[start:stop].astype(np.float64) @ both
        a = products[:, : K * K].reshape(-1, K, K)
        b = products[:, K * K :].reshape(-1, K, K)
        transposed = a.transpose(0, 2, 1)
        spread[start:stop] -= product(product(a, weight), transposed)
        cross = product(product(b, weight), transposed)
        effect[start:stop] -= cross + cross.transpose(0, 2, 1)
        effect[start:stop] += product(product(a, own), transposed)
