# SPDX-License-Identifier: BSD-3-Clause
"""Which columns hold categories, and their codes.

The categories of a column are numbered in order of first appearance; a missing value is
a category of its own. New values are copies of the row where a category first appears,
so they have the column's own type, whatever that is.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class Categories(NamedTuple):
    """One column: codes (n,) int32 and the row (n_levels,) where each first appears."""

    codes: NDArray[np.int32]
    first: Rows


def categorical_columns(
    choice: Any,
    names: list[Any],
    is_categorical: Callable[[int], bool],
) -> list[int]:
    """Positions of the columns that ``categorical_features`` chooses, ascending.

    ``choice`` is "auto", "all", None, or a collection of positions, of names or of one
    bool for each column; ``is_categorical(position)`` decides for "auto".
    """
    n_columns = len(names)
    if choice is None:
        return []
    if isinstance(choice, str):
        every = choice == "all"
        return [j for j in range(n_columns) if every or is_categorical(j)]
    chosen = [item.item() if isinstance(item, np.generic) else item for item in choice]
    if all(isinstance(item, bool) for item in chosen):
        if chosen and len(chosen) != n_columns:
            raise ValueError(
                f"categorical_features is a mask of {len(chosen)} entries, but X has "
                f"{n_columns} columns; give one for each."
            )
        return [j for j, item in enumerate(chosen) if item]
    return sorted({_position(item, names) for item in chosen})


def _position(item: Any, names: list[Any]) -> int:
    if isinstance(item, str):
        if item not in names:
            raise ValueError(
                f"categorical_features names column {item!r}, which X does not have; "
                f"its columns are {names}."
            )
        if names.count(item) > 1:
            raise ValueError(
                f"categorical_features names column {item!r}, of which X has "
                f"{names.count(item)}; give the positions of those that are meant."
            )
        return names.index(item)
    if isinstance(item, bool) or not isinstance(item, int):
        raise ValueError(
            f"categorical_features holds {item!r}; it takes positions, names of "
            "columns, or a mask of bools."
        )
    if not -len(names) <= item < len(names):
        raise ValueError(
            f"categorical_features holds position {item}, but X has {len(names)} "
            "columns."
        )
    return item % len(names)


def encode_array(values: NDArray[Any], where: str) -> Categories:
    """Code a NumPy column; NaN and None are missing."""
    if values.dtype.kind != "O":
        return _in_order(np.unique(values, return_inverse=True)[1])
    return _in_order(_number_objects(values.tolist(), where))


def encode_pandas(column: Any, where: str) -> Categories:
    """Code a pandas column."""
    import pandas as pd

    try:
        codes, levels = pd.factorize(column)
    except (TypeError, NotImplementedError):  # the latter for nested Arrow types
        return _in_order(_number_objects(column.tolist(), where))
    return _in_order(np.where(codes < 0, len(levels), codes))


def encode_polars(column: Any, where: str) -> Categories:
    """Code a polars column; null and NaN are two categories."""
    import polars as pl

    if column.dtype == pl.String:
        column = column.cast(pl.Categorical)
    kind = column.dtype
    if not (
        kind in (pl.Categorical, pl.Enum, pl.Boolean)
        or kind.is_temporal()
        or kind.is_float()
        or (kind.is_integer() and "128" not in str(kind))  # which NumPy does not have
    ):
        return _in_order(_number_objects(column.to_list(), where))
    present = column.is_not_null().to_numpy()
    numbers = np.zeros(present.shape[0], np.int64)
    values = column.drop_nulls().to_physical().to_numpy()
    numbers[present] = 1 + np.unique(values, return_inverse=True)[1]
    return _in_order(numbers)


def is_missing_kind(kind: type) -> bool:
    """Tell the types of None and of pandas' NA."""
    return kind in (type(None), type(_pandas_na()))


def _pandas_na() -> Any:
    return getattr(sys.modules.get("pandas"), "NA", None)


def _number_objects(values: Iterable[Any], where: str) -> Rows:
    seen: dict[Any, int] = {}
    try:
        numbers = np.array([seen.setdefault(value, len(seen)) for value in values])
    except TypeError as error:
        raise TypeError(
            f"{where} holds values that cannot be categories: {error}. Each argument "
            "must be a string, a number or of another hashable type; convert or drop "
            "the column."
        ) from error
    na = _pandas_na()
    missing = [value is None or value is na or value != value for value in seen]
    return np.where(missing, len(seen), np.arange(len(seen)))[numbers]


def _in_order(numbers: NDArray[Any]) -> Categories:
    """Renumber integers of 0 or more in order of first appearance."""
    n_rows = numbers.shape[0]
    first = np.full(int(numbers.max()) + 1, n_rows)
    # Of several assignments to one place the last one stays.
    first[numbers[::-1]] = np.arange(n_rows)[::-1]
    order = np.argsort(first, kind="stable")
    order = order[first[order] < n_rows]
    rank = np.empty(first.shape[0], np.int32)
    rank[order] = np.arange(order.shape[0])
    return Categories(rank[numbers], first[order])
