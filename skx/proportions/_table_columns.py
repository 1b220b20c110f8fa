# SPDX-License-Identifier: BSD-3-Clause
"""Columns of raw rows as codes of the keys that tables are kept by."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import validate_data

from skx.proportions._bags import is_missing
from skx.proportions._columns import is_frame, sort_values

Codes = NDArray[np.int32]
UNKNOWN = -1


@dataclass(frozen=True)
class Column:
    """A column of the tables: its name and its keys, or the edges of its intervals."""

    name: Any
    values: tuple[Any, ...]  # None stands for a missing value, and is the last one
    edges: NDArray[np.float64] | None = None  # interval i is [edges[i-1], edges[i])

    def encode(self, data: Any) -> Codes:
        """Return the position of each entry in ``values``, or UNKNOWN."""
        if self.edges is not None:
            numbers = as_numbers(data, self.name)
            codes = np.searchsorted(self.edges, numbers, side="right")
            codes[np.isnan(numbers)] = (
                len(self.values) - 1 if self.has_missing else UNKNOWN
            )
            return codes.astype(np.int32)
        index = {value: code for code, value in enumerate(self.values)}
        missing = index.get(None, UNKNOWN)
        try:
            found = [
                index.get(value, missing if is_missing(value) else UNKNOWN)
                for value in as_objects(data)
            ]
        except TypeError as error:
            raise _unhashable(self.name, error) from error
        return np.array(found, dtype=np.int32)

    @property
    def has_missing(self) -> bool:
        """Whether missing values have a key."""
        return bool(self.values) and self.values[-1] is None


def open_rows(estimator: Any, X: Any, *, reset: bool) -> list[tuple[Any, Any]]:
    """Check a table as scikit-learn does; return names and columns."""
    if is_frame(X):
        X = validate_data(estimator, X, skip_check_array=True, reset=reset)
        _refuse_empty(X)
    else:
        X = validate_data(
            estimator, X, dtype=None, ensure_all_finite="allow-nan", reset=reset
        )
    return split_columns(X)


def split_columns(X: Any) -> list[tuple[Any, Any]]:
    """Return names (or positions) and columns of a frame or an array."""
    if is_frame(X):
        return [(name, X[name]) for name in X.columns]
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed for X, but tables count the keys of dense columns. "
            "Use X.toarray(), or pass a data frame."
        )
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(f"X has {X.ndim} dimensions; give a table of 2.")
    _refuse_empty(X)
    return [(j, X[:, j]) for j in range(X.shape[1])]


def _refuse_empty(X: Any) -> None:
    n_rows, n_columns = X.shape
    if n_rows == 0 or n_columns == 0:
        raise ValueError(
            f"Found array with {'0 sample(s)' if n_rows == 0 else '0 feature(s)'} "
            f"(shape={(n_rows, n_columns)}) while a minimum of 1 is required."
        )


def as_objects(data: Any) -> list[Any]:
    """Return the entries of a column as Python objects."""
    return data.to_list() if hasattr(data, "to_list") else np.asarray(data).tolist()


def as_numbers(data: Any, name: Any) -> NDArray[np.float64]:
    """Return the entries of a column as floats, missing ones as NaN."""
    array = data.to_numpy() if hasattr(data, "to_numpy") else np.asarray(data)
    if array.dtype.kind not in "iufb":
        try:
            entries = as_objects(data)
            array = np.array([np.nan if is_missing(v) else float(v) for v in entries])
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Column {name!r} is kept by intervals but holds something that is no "
                f"number ({error})."
            ) from error
    numbers = array.astype(np.float64)
    if np.isinf(numbers).any():
        raise ValueError(
            f"Column {name!r} of X contains infinity; give finite numbers, or NaN for "
            "missing ones."
        )
    return numbers


def is_numeric(data: Any) -> bool:
    """Whether a column holds numbers and is not declared categorical."""
    kind = str(data.dtype).lower()
    if kind.startswith(("category", "categorical", "enum", "bool", "str")):
        return False
    if kind.startswith(("int", "uint", "float", "decimal")):
        return True
    entries = [value for value in as_objects(data) if not is_missing(value)]
    return bool(entries) and all(
        isinstance(v, Real) and not isinstance(v, bool) for v in entries
    )


def learn_columns(
    X: list[tuple[Any, Any]], bins: Any, weights: NDArray[np.float64]
) -> tuple[list[Column], list[Any]]:
    """Choose the keys of each column; say which columns were read to do so."""
    names = [name for name, _ in X]
    chosen = _check_bins(bins, names)
    columns, read = [], []
    for name, data in X:
        column, is_public = _learn(name, data, chosen[name], name in chosen, weights)
        columns.append(column)
        if not is_public:
            read.append(name)
    return columns, read


def _check_bins(bins: Any, names: list[Any]) -> "_Bins":
    if not isinstance(bins, Mapping):
        return _Bins(default=_check_count(bins, "bins"))
    found = _Bins(default=10)
    for name, value in bins.items():
        if name not in names:
            raise ValueError(
                f"bins names column {name!r}, which X does not have; its columns are "
                f"{names}."
            )
        if value is None or isinstance(value, Integral):
            found[name] = _check_count(value, f"bins[{name!r}]")
            continue
        edges = np.asarray(value, dtype=np.float64)
        if edges.ndim != 1 or not edges.size or not np.isfinite(edges).all():
            raise ValueError(f"bins[{name!r}] must list finite edges; got {value!r}.")
        if (np.diff(edges) <= 0).any():
            raise ValueError(f"bins[{name!r}] must increase; got {value!r}.")
        found[name] = edges
    return found


class _Bins(dict):
    """What is asked of each column, and of those that are not named."""

    def __init__(self, default: int | None) -> None:
        super().__init__()
        self.default = default

    def __missing__(self, name: Any) -> int | None:
        return self.default


def _check_count(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 2:
        raise ValueError(f"{where}={value!r}; give at least 2 intervals, or None.")
    return int(value)


def _learn(
    name: Any, data: Any, wanted: Any, is_named: bool, weights: NDArray[np.float64]
) -> tuple[Column, bool]:
    """Return a column, and whether its keys were known without its entries."""
    if isinstance(wanted, np.ndarray):
        missing = bool(np.isnan(as_numbers(data, name)).any())
        return Column(name, interval_labels(wanted, missing), wanted), True
    if is_numeric(data) and wanted is not None:
        numbers = as_numbers(data, name)
        here = ~np.isnan(numbers) & (weights > 0.0)
        edges = weighted_edges(numbers[here], weights[here], wanted)
        missing = bool(np.isnan(numbers[weights > 0.0]).any())
        return Column(name, interval_labels(edges, missing), edges), False
    if is_named and wanted is not None:
        raise ValueError(f"bins names column {name!r}, which holds no numbers.")
    entries = [v for v, w in zip(as_objects(data), weights, strict=True) if w > 0.0]
    try:
        found = set(entries)
    except TypeError as error:
        raise _unhashable(name, error) from error
    missing = any(map(is_missing, found))
    found = {value for value in found if not is_missing(value)}
    declared = declared_categories(data)
    values = sort_values(found) if declared is None else declared
    return Column(name, (*values, *[None] * missing)), declared is not None


def declared_categories(data: Any) -> list[Any] | None:
    """Categories that the type of a column lists: pandas' categorical, polars' Enum."""
    kind = str(data.dtype).lower()
    if kind == "category":
        return list(data.cat.categories.tolist())
    if kind.startswith("enum"):
        return list(data.dtype.categories.to_list())
    return None


def weighted_edges(
    numbers: NDArray[np.float64], weights: NDArray[np.float64], n_bins: int
) -> NDArray[np.float64]:
    """Edges, half-way between neighbouring numbers, of about equal weight between."""
    if not numbers.size:
        return np.empty(0)
    distinct, inverse = np.unique(numbers, return_inverse=True)
    middles = distinct[:-1] + (distinct[1:] - distinct[:-1]) / 2
    if len(distinct) <= n_bins:
        return np.unique(middles)
    below = np.cumsum(np.bincount(inverse, weights=weights))
    wanted = below[-1] * np.arange(1, n_bins) / n_bins
    # Nearest cut; sums of weights that should be equal differ in the last digits.
    right = np.searchsorted(below, wanted * (1 - 1e-12)).clip(1, len(middles) - 1)
    left = right - 1
    nearest = np.where(wanted - below[left] <= below[right] - wanted, left, right)
    return np.unique(middles[nearest])


def interval_labels(edges: NDArray[np.float64], missing: bool) -> tuple[Any, ...]:
    """Name the intervals between edges."""
    texts = [f"{edge:g}" for edge in edges]
    if len(set(texts)) < len(texts):
        texts = [repr(float(edge)) for edge in edges]
    labels = [
        f"{'(-inf' if low == '-inf' else '[' + low}, {high})"
        for low, high in zip(["-inf", *texts], [*texts, "inf"], strict=True)
    ]
    return (*labels, *[None] * bool(missing))


def _unhashable(name: Any, error: TypeError) -> TypeError:
    return TypeError(
        f"Column {name!r} holds values that cannot be keys: {error}. Each argument "
        "must be a string, a number or of another hashable type; convert or drop the "
        "column."
    )
