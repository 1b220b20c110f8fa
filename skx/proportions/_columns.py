# SPDX-License-Identifier: BSD-3-Clause
"""Tables for trees, and the same columns for a linear model."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils import check_array

from skx._base.sklearn import count_rows
from skx.proportions._bags import find_missing


def is_frame(X: Any) -> bool:
    """Whether X is a data frame of pandas or polars."""
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def sort_values(values: Iterable[Any]) -> list[Any]:
    """Sort categories or keys; of several types by type first."""
    values = list(values)
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: (type(value).__name__, str(value)))


class Columns:
    """Columns of a table as numbers: categories become codes, missing values NaN."""

    def __init__(self, X: Any, categorical: Any) -> None:
        names = list(X.columns) if is_frame(X) else list(range(X.shape[1]))
        self.is_categorical = _find_categorical(X, names, categorical)
        self.places = {
            j: _number_categories(_column(X, j))
            for j in np.flatnonzero(self.is_categorical).tolist()
        }

    def numbers(self, X: Any, owner: Any) -> NDArray[np.float64]:
        """Return the columns (n_rows, n_columns) in C order; ``owner`` for messages."""
        if not self.places:
            return _numbers(X, owner)
        out = np.empty((count_rows(X), len(self.is_categorical)))
        plain = ~self.is_categorical
        if plain.any():
            out[:, plain] = _numbers(_take_columns(X, plain), owner)
        for j, place in self.places.items():
            out[:, j] = [place.get(value, np.nan) for value in _column(X, j)]
        return out


class Design:
    """Columns for a linear model: standardised numbers, indicators of categories.

    Missing numbers become the mean, with an indicator; unknown categories zeros.
    """

    def __init__(
        self,
        numbers: NDArray[np.float64],
        weights: NDArray[np.float64],
        is_categorical: NDArray[np.bool_],
    ) -> None:
        self.plain = np.flatnonzero(~is_categorical)
        self.coded = np.flatnonzero(is_categorical)
        values = numbers[:, self.plain]
        missing = np.isnan(values)
        present = np.where(missing, 0.0, weights[:, None])
        total = np.maximum(present.sum(axis=0), 1e-300)
        values[missing] = 0.0
        self.mean = (present * values).sum(axis=0) / total
        spread = (present * (values - self.mean) ** 2).sum(axis=0) / total
        spread[spread <= 1e-24 * self.mean**2] = 1.0
        self.scale = np.sqrt(spread)
        self.flagged = np.flatnonzero(missing.any(axis=0))
        self.encoder: OneHotEncoder | None = None
        if len(self.coded):
            self.encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=True)
            self.encoder.set_output(transform="default")
            self.encoder.fit(numbers[:, self.coded])

    def __call__(self, numbers: NDArray[np.float64]) -> Any:
        """Return the columns, as a sparse array where there are categories."""
        values = numbers[:, self.plain]
        missing = np.isnan(values)
        values = (values - self.mean) / self.scale
        values[missing] = 0.0
        dense = np.column_stack([values, missing[:, self.flagged]])
        if self.encoder is None:
            return dense
        coded = self.encoder.transform(numbers[:, self.coded])
        return sparse.hstack([sparse.csr_array(dense), coded], format="csr")


def _find_categorical(X: Any, names: list[Any], chosen: Any) -> NDArray[np.bool_]:
    out = np.zeros(len(names), dtype=bool)
    if chosen is None:
        return out
    if isinstance(chosen, str):  # "from_dtype"
        if is_frame(X):
            out[:] = [_is_category(X[name].dtype) for name in names]
        return out
    array = np.asarray(chosen)
    if array.dtype.kind == "b":
        if array.shape != out.shape:
            raise ValueError(
                f"categorical_features is a mask of shape {array.shape} but X has "
                f"{len(names)} columns; give one entry for each."
            )
        return array.copy()
    for column in np.atleast_1d(array).tolist():
        if isinstance(column, str):
            if column not in names:
                raise ValueError(
                    f"categorical_features names {column!r}, which is no column of X; "
                    f"its first columns are {', '.join(map(repr, names[:10]))}."
                )
            column = names.index(column)
        if not -len(names) <= column < len(names):
            raise ValueError(
                f"categorical_features names column {column} but X has {len(names)}."
            )
        out[column] = True
    return out


def _is_category(dtype: Any) -> bool:
    return str(dtype).lower().startswith(("category", "categorical", "enum"))


def _take_columns(X: Any, mask: NDArray[np.bool_]) -> Any:
    if hasattr(X, "iloc"):
        return X.loc[:, mask]
    if is_frame(X):
        return X[[name for name, taken in zip(X.columns, mask, strict=True) if taken]]
    return X[:, mask]


def _numbers(X: Any, owner: Any) -> NDArray[np.float64]:
    try:
        return check_array(
            X,
            dtype=np.float64,
            order="C",
            ensure_all_finite="allow-nan",
            estimator=owner,
            input_name="X",
        )
    except ValueError as error:
        if "could not convert string" not in str(error):
            raise
        raise ValueError(
            f"{error}. A column of text is taken for categories if its type is "
            "categorical or categorical_features names it."
        ) from error


def _column(X: Any, position: int) -> NDArray[Any]:
    """Return a column as objects."""
    if hasattr(X, "iloc"):
        return np.array(X.iloc[:, position], dtype=object)
    if is_frame(X):
        return np.array(X[X.columns[position]], dtype=object)
    return X[:, position].astype(object)


def _number_categories(column: NDArray[Any]) -> dict[Any, float]:
    """Return a code for each category; missing values have none."""
    found = np.empty(len(set(column)), dtype=object)
    found[:] = list(set(column))
    known = sort_values(found[~find_missing(found)].tolist())
    return {value: float(code) for code, value in enumerate(known)}
