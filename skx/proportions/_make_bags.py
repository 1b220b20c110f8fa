# SPDX-License-Identifier: BSD-3-Clause
"""Bags of rows that have none, for experiments and tests."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array, check_random_state

from skx._backend import on_host
from skx._base.sklearn import Interval, StrOptions, count_rows, validate_params

# Deviation of the logarithm of lognormal sizes.
LOG_DEVIATION = 1.0


@on_host
@validate_params(
    {
        "X": ["array-like", "sparse matrix", None],
        "n_samples": [Interval(Integral, 1, None, closed="left"), None],
        "bag_size": [Interval(Integral, 1, None, closed="left")],
        "strategy": [StrOptions({"random", "sorted", "cluster", "feature"})],
        "by": ["array-like", str, Integral, None],
        "size_distribution": [
            StrOptions({"fixed", "uniform", "poisson", "lognormal"}),
        ],
        "remainder": [StrOptions({"merge", "small", "drop"})],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_bags(
    X: Any = None,
    *,
    n_samples: int | None = None,
    bag_size: int = 32,
    strategy: str = "random",
    by: Any = None,
    size_distribution: str = "fixed",
    remainder: str = "merge",
    random_state: Any = None,
) -> NDArray[np.int64]:
    """Put rows into bags, for experiments with data that have none.

    How rows meet decides how much shares tell. Random bags are the easiest to reason
    about and all have nearly the same share, so that they tell little; bags of like
    rows have shares that differ, but methods that count on chance fail on them. Where
    rows have a natural key, such as a shop or a ward, use its column for bags instead.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features), default=None
        Rows; needed by "cluster" and for columns in ``by``.
    n_samples : int >= 1 or None, default=None
        Number of rows, where there is no ``X``.
    bag_size : int >= 1, default=32
        Rows of a bag, or their mean.
    strategy : {"random", "sorted", "cluster", "feature"}, default="random"
        Which rows share a bag: any; neighbours in the order of ``by``, which for bags
        of one size has the least spread of ``by`` within bags; neighbours in all
        columns, by cutting at a quantile of the column of the largest variance again
        and again; or random ones of those that are equal in the columns ``by``.
    by : array-like of shape (n_samples,), str, int, list of them, or None, default=None
        For "sorted": a number for each row, such as the prediction of an earlier model,
        or the column of X that holds it. For "feature": a key for each row, or columns.
    size_distribution : {"fixed", "uniform", "poisson", "lognormal"}, default="fixed"
        Sizes of bags: all ``bag_size``; uniform from 1 to 2 * bag_size - 1; one more
        than Poisson; or lognormal with a deviation of the logarithm of 1, a few large
        bags and many small ones. The mean is ``bag_size`` in all, up to rounding.
    remainder : {"merge", "small", "drop"}, default="merge"
        What becomes of the rows that do not fill the last bag (of each key, for
        "feature"): they join the one before, make a smaller one, or get the code -1.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    bags : ndarray of shape (n_samples,), int64
        Bag of each row, from 0; -1 for rows to leave out.

    References
    ----------
    A. Javanmard, M. Fahrbach, V. Mirrokni (2024), PriorBoost: An Adaptive Algorithm for
    Learning from Aggregate Responses, ICML.

    A. Brahmbhatt, M. Pokala, R. Saket, A. Raghuveer (2023), LLP-Bench: A Large Scale
    Tabular Benchmark for Learning from Label Proportions, arXiv 2310.10096.

    Examples
    --------
    >>> from skx.proportions import make_bags
    >>> make_bags(n_samples=7, bag_size=3, random_state=0)
    array([1, 0, 0, 1, 1, 1, 0])
    >>> make_bags(bag_size=2, strategy="sorted", by=[0.3, 0.9, 0.1, 0.8], n_samples=4)
    array([0, 1, 0, 1])
    """
    n_rows = n_samples if X is None else count_rows(X)
    if n_rows is None:
        raise ValueError("make_bags was given neither X nor n_samples; pass one.")
    if X is not None and n_samples not in (None, n_rows):
        raise ValueError(
            f"n_samples={n_samples} but X has {n_rows} rows; leave n_samples out."
        )
    if by is not None and strategy in ("random", "cluster"):
        raise ValueError(
            f"by has no meaning for strategy={strategy!r}; use 'sorted' or 'feature'."
        )
    random = check_random_state(random_state)
    starts = np.array([0])
    if strategy == "random":
        order = random.permutation(n_rows)
    elif strategy == "sorted":
        order = np.argsort(_scores(X, by, n_rows), kind="stable")
    elif strategy == "cluster":
        order = _order_of_clusters(X, bag_size)
    else:
        order = random.permutation(n_rows)
        keys = _keys(X, by, n_rows)
        order = order[np.argsort(keys[order], kind="stable")]
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    bags = np.full(n_rows, -1, dtype=np.int64)
    n_bags = 0
    for rows in np.split(order, starts[1:]):
        codes = _cut(len(rows), bag_size, size_distribution, remainder, random)
        bags[rows] = np.where(codes < 0, -1, codes + n_bags)
        n_bags += codes.max() + 1
    return bags


def _cut(n: int, size: int, distribution: str, remainder: str, random: Any) -> Any:
    """Return the bags of n rows that stand in line."""
    if distribution == "fixed":
        codes, whole = np.arange(n) // size, n // size
    else:
        sizes = _draw_sizes(n, size, distribution, random)
        ends = np.cumsum(sizes)
        codes = np.searchsorted(ends, np.arange(n), side="right")
        whole = int((ends <= n).sum())
    if remainder == "drop":
        return np.where(codes < whole, codes, -1)
    return np.minimum(codes, max(0, whole - 1)) if remainder == "merge" else codes


def _draw_sizes(n: int, size: int, distribution: str, random: Any) -> NDArray[np.int64]:
    """Return random sizes whose sum is n at least."""
    sizes = np.zeros(0, dtype=np.int64)
    while sizes.sum() < n:
        many = 10 + n // size
        if distribution == "uniform":
            more = random.randint(1, 2 * size, many)
        elif distribution == "poisson":
            more = 1 + random.poisson(size - 1, many)
        else:
            median = np.log(size) - 0.5 * LOG_DEVIATION**2
            more = np.rint(random.lognormal(median, LOG_DEVIATION, many))
        sizes = np.concatenate([sizes, np.maximum(1, more).astype(np.int64)])
    return sizes


def _scores(X: Any, by: Any, n_rows: int) -> NDArray[np.float64]:
    values = _columns(X, by, n_rows, "sorted")
    if len(values) != 1:
        raise ValueError(f"by names {len(values)} columns; 'sorted' takes one.")
    try:
        scores = np.asarray(values[0], dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("by holds no numbers to sort by; use 'feature'.") from None
    if not np.isfinite(scores).all():
        odd = np.flatnonzero(~np.isfinite(scores))
        raise ValueError(
            f"by holds values that are not finite in {len(odd)} rows, first in row "
            f"{odd[0]}; they have no order. Fill them in first."
        )
    return scores


def _keys(X: Any, by: Any, n_rows: int) -> NDArray[np.int64]:
    keys = np.zeros(n_rows, dtype=np.int64)
    for column in _columns(X, by, n_rows, "feature"):
        if column.dtype.kind == "O":
            column = column.astype(str)
        values, codes = np.unique(column, return_inverse=True)
        keys = np.unique(keys * len(values) + codes, return_inverse=True)[1]
    return keys


def _columns(X: Any, by: Any, n_rows: int, strategy: str) -> list[NDArray[Any]]:
    """Return what ``by`` says: its own values, or columns of X."""
    if by is None:
        raise ValueError(
            f"strategy={strategy!r} needs by=: a value for each row, or columns of X."
        )
    is_name = isinstance(by, str | Integral)
    if not is_name and len(by) == n_rows:
        values = np.asarray(by)
        if values.ndim != 1:
            raise ValueError(
                f"by has shape {values.shape}; give one value for each row. To use "
                "several columns, name columns of X."
            )
        return [values]
    if X is None or sparse.issparse(X):
        raise ValueError("by names columns, but X is missing or sparse; pass values.")
    names = [by] if is_name else list(by)
    if hasattr(X, "columns"):
        known = list(X.columns)
        for i, name in enumerate(names):
            if isinstance(name, Integral) and -len(known) <= int(name) < len(known):
                names[i] = known[int(name)]
            elif name not in known:
                raise ValueError(
                    f"by names {name!r}, which is no column of X; its first columns "
                    f"are {', '.join(map(repr, known[:10]))}."
                )
        return [np.asarray(X[name]) for name in names]
    array = np.asarray(X)
    d = array.shape[1]
    if not all(isinstance(name, Integral) and -d <= name < d for name in names):
        raise ValueError(
            f"by is {by!r}; expected one value for each of the {n_rows} rows, or "
            f"positions among the {d} columns of X."
        )
    return [array[:, name] for name in names]


def _order_of_clusters(X: Any, size: int) -> NDArray[np.intp]:
    """Return an order of rows in which runs of ``size`` rows are near each other."""
    if X is None:
        raise ValueError("strategy='cluster' needs X, the columns of rows; pass it.")
    X = check_array(X, dtype=np.float64, input_name="X")
    done: list[NDArray[np.intp]] = []
    pending = [np.arange(len(X))]
    while pending:
        rows = pending.pop()
        if len(rows) <= size:
            done.append(rows)
            continue
        column = X[rows, X[rows].var(axis=0).argmax()]
        middle = max(1, len(rows) // size // 2) * size
        rows = rows[np.argsort(column, kind="stable")]
        pending += [rows[middle:], rows[:middle]]
    return np.concatenate(done)
