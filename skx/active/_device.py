# SPDX-License-Identifier: BSD-3-Clause
"""Scores and rows of arrays on a device, in expressions of the array API standard."""

from collections.abc import Callable
from typing import Any

from skx._backend import blocks, is_device_array, like, namespace_of, to_numpy
from skx._base.sklearn import take_rows as take_host_rows
from skx.active import _kernels


def take_rows(X: Any, rows: Any) -> Any:
    """Return some rows, in the container and in the place that they come from."""
    if not is_device_array(X):
        return take_host_rows(X, rows)
    if isinstance(rows, slice):
        return X[rows, ...]
    return namespace_of(X).take(X, like(X, rows), axis=0)


def joined(parts: list[Any]) -> Any:
    """Put arrays of one library together."""
    return parts[0] if len(parts) == 1 else namespace_of(parts[0]).concat(parts)


def best_rows(scores: Any, n_best: int) -> Any:
    """Return the rows of the highest scores as NumPy's, equal ones by position."""
    order = namespace_of(scores).argsort(scores, descending=True, stable=True)
    return to_numpy(order[:n_best])


def two_largest(values: Any) -> tuple[Any, Any]:
    """Return the largest and the second of each row of at least two numbers."""
    xp = namespace_of(values)
    top = xp.argmax(values, axis=1)
    others = xp.where(is_place(values, top), -xp.inf, values)
    return xp.max(values, axis=1), xp.max(others, axis=1)


def margin_of(values: Any) -> Any:
    """Return how close the two largest values of a decision function are, negative."""
    xp = namespace_of(values)
    values = xp.astype(values, xp.float64, copy=False)
    if values.ndim == 1:
        return -xp.abs(values)
    first, second = two_largest(values)
    return second - first


def is_place(values: Any, places: Any) -> Any:
    """Tell for each entry of a matrix whether it is at its row's place."""
    xp = namespace_of(values)
    columns = xp.arange(values.shape[1], device=values.device)
    return columns[None, :] == places[:, None]


def fill_scores(
    score: Callable[[Any, int], Any], proba: Any, measure: int
) -> tuple[Any, int]:
    """Score blocks of rows in double precision; return the first wrong row, or -1."""
    xp = namespace_of(proba)
    parts = []
    for block in blocks(proba.shape[0], 32 * (proba.size // proba.shape[0])):
        p = xp.astype(proba[block, ...], xp.float64, copy=False)
        # NaN compares as false, and so is no distribution either.
        is_right = xp.abs(xp.sum(p, axis=-1) - 1.0) <= _kernels.TOLERANCE
        is_right = is_right & xp.all(p >= 0.0, axis=-1)
        if not bool(xp.all(is_right)):
            wrong = ~is_right if p.ndim == 2 else xp.any(~is_right, axis=1)
            return None, block.start + int(xp.argmax(xp.astype(wrong, xp.uint8)))
        parts.append(score(p, measure))
    return joined(parts), -1


def score_rows(proba: Any, measure: int) -> Any:
    """Return what the kernel of this name writes; CHECK gives zeros."""
    xp = namespace_of(proba)
    if measure == _kernels.ENTROPY:
        return _entropy(proba)
    if measure == _kernels.LEAST_CONFIDENCE:
        return 1.0 - xp.max(proba, axis=1)
    if measure == _kernels.MARGIN and proba.shape[1] > 1:
        first, second = two_largest(proba)
        return 1.0 - (first - second)
    return xp.zeros(proba.shape[0], dtype=xp.float64, device=proba.device)


def score_committees(proba: Any, measure: int) -> Any:
    """Return what the kernel of this name writes."""
    xp = namespace_of(proba)
    n_members = proba.shape[1]
    total = xp.sum(proba, axis=1)
    if measure == _kernels.CONSENSUS:
        return _entropy(total / n_members)
    total = xp.where(total > 0.0, total, 1.0)[:, None, :]
    ratio = xp.where(proba > 0.0, proba, 1.0) * n_members / total
    divergence = xp.sum(proba * xp.log(ratio), axis=2)
    if measure == _kernels.KL_MAX:
        return xp.maximum(xp.max(divergence, axis=1), 0.0)
    return xp.maximum(xp.mean(divergence, axis=1), 0.0)


def _entropy(proba: Any) -> Any:
    xp = namespace_of(proba)
    logs = xp.log(xp.where(proba > 0.0, proba, 1.0))
    return xp.maximum(-xp.sum(proba * logs, axis=1), 0.0)


def draw_row(weights: Any, share: float) -> int:
    """Return the row at ``share`` of the way through the weights, -1 if all are 0."""
    xp = namespace_of(weights)
    totals = xp.cumulative_sum(weights)
    is_left = weights > 0.0
    # A sum of which devices add parts at a time may fall by a rounding error.
    is_reached = is_left & (totals >= share * xp.max(xp.where(is_left, totals, 0.0)))
    row = int(xp.argmax(xp.astype(is_reached, xp.uint8)))
    return row if bool(is_left[row]) else -1
