# SPDX-License-Identifier: BSD-3-Clause
"""Tables as numbers: categories become codes, and a column of task ids is taken out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OrdinalEncoder
from sklearn.utils import check_array

from skx._backend import is_device_array
from skx._base.sklearn import count_rows
from skx.multitask._device import take_numbers
from skx.multitask._device_rows import store_of
from skx.multitask._rows import Store
from skx.multitask._tasks import is_missing

# Codes of a category fit in a byte beside that of a missing value.
MOST_CATEGORIES = 255
# How the names of types of dates and times begin, in pandas and polars.
TIMES = ("date", "time", "duration", "period")


def is_frame(X: Any) -> bool:
    """Whether X is a data frame of pandas or polars."""
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def check_collected(X: Any) -> None:
    """Refuse a lazy frame of polars, which has no rows yet."""
    if type(X).__name__ == "LazyFrame":
        raise TypeError("X is a LazyFrame and holds no rows yet; pass X.collect().")


def column_names(X: Any) -> list[Any]:
    """Return the names of the columns of a frame, or their positions."""
    if is_frame(X):
        return list(X.columns)
    return list(range(X.shape[1] if is_device_array(X) else np.shape(X)[1]))


def take_columns(X: Any, positions: list[int]) -> Any:
    """Return some columns of a frame or an array."""
    if hasattr(X, "iloc"):
        return X.iloc[:, positions]
    if is_frame(X):
        return X[[X.columns[j] for j in positions]]
    return np.asarray(X)[:, positions]


def take_column(X: Any, position: int) -> Any:
    """Return one column of a frame or an array."""
    if hasattr(X, "iloc"):
        return X.iloc[:, position]
    if is_frame(X):
        return X[X.columns[position]]
    return X[:, position] if is_device_array(X) else np.asarray(X)[:, position]


def find_column(X: Any, column: Any, parameter: str) -> int:
    """Return the position of a column that is named or counted."""
    return place_of(column_names(X), column, parameter)


def place_of(names: list[Any], column: Any, parameter: str) -> int:
    """Do the same for columns of these names."""
    if isinstance(column, str):
        if column not in names:
            raise ValueError(
                f"{parameter}={column!r} is no column of X, whose first columns are "
                f"{', '.join(map(repr, names[:10]))}."
            )
        return names.index(column)
    if not -len(names) <= column < len(names):
        raise ValueError(f"{parameter}={column} but X has {len(names)} columns.")
    return int(column) % len(names)


def find_categorical(X: Any, chosen: Any, left_out: int | None) -> NDArray[np.bool_]:
    """Return which columns hold categories: those named, or a frame's by their type."""
    names = column_names(X)
    out = np.zeros(len(names), dtype=bool)
    if isinstance(chosen, str) and chosen == "from_dtype":
        if is_frame(X):
            out[:] = [_is_category(take_column(X, j)) for j in range(len(names))]
    elif chosen is not None:
        chosen = np.asarray(chosen)
        if chosen.dtype.kind == "b":
            if chosen.shape != out.shape:
                raise ValueError(
                    f"categorical_features is a mask of shape {chosen.shape} but X "
                    f"has {len(names)} columns."
                )
            out[:] = chosen
        else:
            for column in np.atleast_1d(chosen).tolist():
                out[find_column(X, column, "categorical_features")] = True
    if left_out is not None:
        out[left_out] = False
    return out


def _is_category(column: Any) -> bool:
    name = str(column.dtype).lower()
    return name.startswith(("category", "categorical", "enum"))


@dataclass
class Reader:
    """What turns tables like the one of the fit into numbers."""

    columns: list[int]  # without that of the tasks
    is_categorical: NDArray[np.bool_]  # of these columns
    encoder: OrdinalEncoder | None

    @classmethod
    def of(
        cls, X: Any, is_categorical: NDArray[np.bool_], left_out: int | None
    ) -> "Reader":
        """Learn the categories of a table."""
        return cls.of_values(
            category_values(X, is_categorical), is_categorical, left_out
        )

    @classmethod
    def of_values(
        cls,
        values: NDArray[Any],
        is_categorical: NDArray[np.bool_],
        left_out: int | None,
    ) -> "Reader":
        """Learn categories from the values (any, n_categorical) of their columns."""
        columns = [j for j in range(len(is_categorical)) if j != left_out]
        encoder = None
        if is_categorical.any():
            encoder = OrdinalEncoder(
                handle_unknown="use_encoded_value",
                unknown_value=np.nan,
                encoded_missing_value=np.nan,
                max_categories=MOST_CATEGORIES,
            )
            encoder.set_output(transform="default")
            encoder.fit(values)
        return cls(columns, is_categorical[columns], encoder)

    def numbers(self, X: Any, owner: Any) -> NDArray[np.floating]:
        """Return the columns (n_rows, n_columns) as numbers, in C order."""
        if is_frame(X):
            _check_no_times(X, np.asarray(self.columns)[~self.is_categorical])
        if is_device_array(X):
            return take_numbers(X, self.columns)
        if self.encoder is None and len(self.columns) == len(column_names(X)):
            return _numbers(X, owner)
        out = np.empty((count_rows(X), len(self.columns)))
        plain = np.flatnonzero(~self.is_categorical)
        if len(plain):
            part = take_columns(X, [self.columns[j] for j in plain])
            out[:, plain] = _numbers(part, owner)
        if self.encoder is not None:
            coded = np.flatnonzero(self.is_categorical)
            part = _objects(X, [self.columns[j] for j in coded])
            out[:, coded] = self.encoder.transform(part)
        return out

    @property
    def n_categories(self) -> NDArray[np.int64]:
        """Number of codes of each column, 0 for numbers."""
        out = np.zeros(len(self.columns), dtype=np.int64)
        if self.encoder is not None:
            places = np.flatnonzero(self.is_categorical)
            lists = zip(
                places,
                self.encoder.categories_,
                self.encoder.infrequent_categories_,
                strict=True,
            )
            for j, categories, rare in lists:
                known = sum(
                    value is not None and value == value for value in categories
                )
                out[j] = known if rare is None else known - len(rare) + 1
        return np.where(self.is_categorical, np.maximum(out, 1), out)


class Given:
    """A table that was given to a fit, or to a prediction."""

    def __init__(self, X: Any) -> None:
        self.X = X

    def __len__(self) -> int:
        return count_rows(self.X)

    @property
    def names(self) -> list[Any]:
        """Names of the columns, or their positions."""
        return column_names(self.X)

    def column(self, position: int) -> Any:
        """Return one column."""
        return take_column(self.X, position)

    def reader(self, chosen: Any, left_out: int | None) -> Reader:
        """Learn what turns the table into numbers; see `find_categorical`."""
        return Reader.of(self.X, find_categorical(self.X, chosen, left_out), left_out)

    def store(self, reader: Reader, owner: Any) -> Store:
        """Return the table as numbers."""
        return store_of(reader.numbers(self.X, owner))


def _check_no_times(X: Any, positions: NDArray[np.integer]) -> None:
    """Refuse columns of a frame that hold dates, spans or times of day."""
    dtypes = list(X.dtypes)
    for j in positions.tolist():
        if str(dtypes[j]).lower().startswith(TIMES):
            raise ValueError(
                f"Column {list(X.columns)[j]!r} has dtype {dtypes[j]}, but trees split "
                "numbers; make a number of it, such as the days since a date, or drop "
                "it."
            )


def _numbers(X: Any, owner: Any) -> NDArray[np.floating]:
    try:
        return check_array(
            X,
            dtype=[np.float64, np.float32],
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


def category_values(X: Any, is_categorical: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the columns of categories as objects, missing values as NaN."""
    return _objects(X, np.flatnonzero(is_categorical).tolist())


def _objects(X: Any, columns: list[int]) -> NDArray[Any]:
    """Return columns as objects, missing values as NaN."""
    out = np.empty((count_rows(X), len(columns)), dtype=object)
    for k, j in enumerate(columns):
        values = np.asarray(take_column(X, j), dtype=object)
        missing = [is_missing(value) for value in values]
        out[:, k] = np.where(missing, np.nan, values)
    return out
