# SPDX-License-Identifier: BSD-3-Clause
"""Columns of numbers and categories as codes of one byte."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx.multitask._trees import _kernels

# Rows, drawn at random, that decide where bins end; more change nothing to speak of.
SAMPLE = 200_000
# Codes of a column: missing, and up to 255 bins.
N_CODES = 256


class Bins(NamedTuple):
    """Where the bins of columns begin among all bins, and what values they hold.

    starts (n_features + 1,); lowest and highest (n_bins of all,) are the values on both
    ends of a bin, of the rows that were binned; the first bin of a column is that of
    missing values, and bin 1 + c of a column of categories that of category c.
    """

    starts: NDArray[np.uint64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    is_categorical: NDArray[np.bool_]


def bin_columns(
    X: NDArray[np.floating],
    weights: NDArray[np.float64],
    n_categories: NDArray[np.int64],
    max_bins: int,
) -> tuple[NDArray[np.uint8], Bins]:
    """Return codes (n_rows, n_features), in C order, and what they stand for.

    n_categories (n_features,) is 0 for a column of numbers; categories are numbers from
    0 on, at most 255.
    """
    codes = np.empty(X.shape, dtype=np.uint8)
    drawn = draw_sample(len(X))
    spreads = []
    for j, n_levels in enumerate(n_categories.tolist()):
        values = np.ascontiguousarray(X[:, j], dtype=np.float64)
        ends = None
        if not n_levels:
            ends = ends_of_bins(values[drawn], weights[drawn], max_bins)
        spreads.append(code_column(values, n_levels, ends, codes[:, j]))
    return codes, join_bins(spreads, n_categories)


def draw_sample(n_rows: int) -> Any:
    """Return the rows that decide where bins end, as an index."""
    if n_rows <= SAMPLE:
        return slice(None)
    # Not every k-th row: rows may repeat themselves by the hour or the day.
    return np.random.default_rng(0).choice(n_rows, SAMPLE, replace=False)


def code_column(
    values: NDArray[np.float64],
    n_levels: int,
    ends: NDArray[np.float64] | None,
    out: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Write the codes of a column, and return the least and largest value of each.

    Of categories, n_levels, or of numbers, whose bins have ends.
    """
    if ends is None:
        out[:] = np.where(np.isnan(values), 0.0, values + 1.0)
        levels = np.arange(-1.0, n_levels)
        return levels, levels
    _kernels.code_numbers(values, padded(ends), out)
    low, high = np.empty(N_CODES), np.empty(N_CODES)
    _kernels.spread_of_bins(values, out, low, high)
    return low[: len(ends) + 1], high[: len(ends) + 1]


def join_bins(
    spreads: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    n_categories: NDArray[np.int64],
) -> Bins:
    """Put the least and largest values of the bins of all columns together."""
    starts = np.cumsum([0, *(len(low) for low, _ in spreads)]).astype(np.uint64)
    lowest, highest = map(np.concatenate, zip(*spreads, strict=True))
    return Bins(starts, lowest, highest, n_categories > 0)


def ends_of_bins(
    values: NDArray[np.float64], weights: NDArray[np.float64], max_bins: int
) -> NDArray[np.float64]:
    """Return the largest value of each bin, ascending; of none there is one bin."""
    n_known = len(values) - int(np.isnan(values).sum())
    if (weights == weights[0]).all():
        known, heavy = np.sort(values)[:n_known], weights[:n_known]
    else:
        order = np.argsort(values, kind="stable")[:n_known]
        known, heavy = values[order], weights[order]
    return cut_ends(known, heavy, max_bins)


def cut_ends(
    known: NDArray[np.float64], weights: NDArray[np.float64], max_bins: int
) -> NDArray[np.float64]:
    """Do the same for ascending values without missing ones."""
    ends = np.empty(max_bins)
    n_bins = _kernels.cut_bins(known, weights, max_bins, ends)
    return ends[: max(n_bins, 1)]


def padded(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ends of all bins but the last, and infinity (255,)."""
    out = np.full(N_CODES - 1, np.inf)
    out[: len(ends) - 1] = ends[:-1]
    return out
