# SPDX-License-Identifier: BSD-3-Clause
"""Columns of several tables read alike: numbers, and categories as common codes.

A column is one of numbers or of categories, as the first table has it. Unlike the
tables of ``_tables``, nothing is written back, so containers may differ.
"""

import sys
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx._backend import to_numpy
from skx.resampling._categories import categorical_columns

Column = NDArray[Any]  # float64 with NaN, or object with None for a missing value


class Columns(NamedTuple):
    """Tables of equal columns: float64, NaN for missing, codes for categories."""

    names: list[Any]
    is_category: NDArray[np.bool_]
    tables: list[NDArray[np.float64]]


def read_columns(
    tables: dict[str, Any], categorical_features: Any, owner: str
) -> Columns:
    """Read tables, of which the first says what the columns are.

    Parameters
    ----------
    tables : dict of str to {array-like, dataframe}
        The name that error texts give a table, and the table.
    categorical_features : "auto", "all", or array-like of str, int or bool
        Columns of numbers to take for categories; with "auto" none.
    owner : str
        Who asks, for warnings and error texts.

    Returns
    -------
    columns : Columns
        Codes of a category are shared by the tables and do not depend on their order.
    """
    names, first = None, ""
    split: dict[str, list[Column]] = {}
    for table, X in tables.items():
        its_names, columns = _split(X, table, owner)
        first = first or table
        if len(columns) != len(split.get(first, columns)):
            raise ValueError(
                f"{table} has {len(columns)} columns but {first} has "
                f"{len(split[first])}; pass tables of the same columns."
            )
        if names is not None and its_names is not None and its_names != names:
            j = next(j for j, name in enumerate(names) if name != its_names[j])
            raise ValueError(
                f"Column {j} is {its_names[j]!r} in {table} but {names[j]!r} in "
                f"{first}; pass tables of the same columns in the same order."
            )
        names = its_names if names is None else names
        split[table] = columns
    names = list(range(len(split[first]))) if names is None else names
    is_category = np.array([column.dtype == object for column in split[first]])
    named = categorical_columns(categorical_features, names, is_category.__getitem__)
    is_category[named] = True
    arrays = [np.empty((len(c[0]), len(names)), np.float64) for c in split.values()]
    for j, name in enumerate(names):
        pieces = [columns[j] for columns in split.values()]
        if is_category[j]:
            try:
                pieces = _encode(pieces)
            except TypeError as error:
                raise TypeError(
                    f"Column {name!r} holds values that cannot be told apart as "
                    f"categories ({error}); convert them to strings or drop it."
                ) from error
        for array, piece, table in zip(arrays, pieces, split, strict=True):
            if piece.dtype == object:
                raise ValueError(
                    f"Column {name!r} holds {_first_word(piece)!r} in {table} but "
                    f"numbers in {first}; pass tables of the same columns."
                )
            if np.isinf(piece).any():
                raise ValueError(
                    f"Column {name!r} of {table} holds infinity; replace it by a "
                    "number or mark it as missing (NaN)."
                )
            array[:, j] = piece
    return Columns(names, is_category, arrays)


def _split(X: Any, table: str, owner: str) -> tuple[list[Any] | None, list[Column]]:
    """Take a table apart into names, if it has any, and columns."""
    if sparse.issparse(X):
        raise TypeError(
            f"{table} is sparse, but {owner} takes dense tables; pass "
            f"{table}.toarray(), with fewer columns if that is too large."
        )
    names: list[Any] | None = None
    if _is_frame_of("pandas", X):
        names = X.columns.tolist()
        raw = [X.iloc[:, j] for j in range(X.shape[1])]
        found = [_read_pandas(column) for column in raw]
    elif _is_frame_of("polars", X):
        names, raw = X.columns, X.get_columns()
        found = [_read_polars(column) for column in raw]
    else:
        array = to_numpy(X)  # a hold-out may still be on a device
        if array.dtype.kind in "US" and not hasattr(X, "dtype"):
            array = np.array(X, dtype=object)  # lists of numbers and strings
        if array.ndim != 2:
            raise ValueError(
                f"{table} has shape {array.shape}; pass a table of two dimensions, "
                "rows and columns."
            )
        raw = list(array.T)
        found = [_read_array(column) for column in raw]
    if not found or not len(raw[0]):
        raise ValueError(f"{table} has no {'rows' if found else 'columns'}.")
    for j, column in enumerate(found):
        if column is None:
            name = j if names is None else names[j]
            raise TypeError(
                f"Column {name!r} of {table} has dtype {raw[j].dtype}; {owner} "
                "compares numbers and categories. Convert it or drop it."
            )
    return names, [column for column in found if column is not None]


def _is_frame_of(library: str, X: Any) -> bool:
    module = sys.modules.get(library)
    return module is not None and isinstance(X, module.DataFrame)


def _read_pandas(column: Any) -> Column | None:
    kind = column.dtype.kind
    if kind in "fiu":
        return column.to_numpy(np.float64, na_value=np.nan)
    if kind in "mMc":
        return None
    present = column.notna().to_numpy()
    values = np.full(len(column), None, object)
    values[present] = column[present].tolist()
    return _read_objects(values) if column.dtype == object else values


def _read_polars(column: Any) -> Column | None:
    if column.dtype.is_numeric():
        import polars as pl

        return column.cast(pl.Float64).to_numpy()
    if column.dtype.is_temporal() or column.dtype.is_nested():
        return None
    values = np.empty(len(column), object)
    values[:] = column.to_list()
    return values


def _read_array(column: NDArray[Any]) -> Column | None:
    if column.dtype.kind in "fiu":
        return column.astype(np.float64)
    if column.dtype.kind in "bUS":
        return column.astype(object)
    return _read_objects(column) if column.dtype == object else None


def _read_objects(values: NDArray[Any]) -> Column:
    """Read what is present as numbers if that is what it is, else as categories."""
    missing = np.array([_is_missing(value) for value in values])
    if all(_is_number(value) for value in values[~missing]):
        return np.where(missing, np.nan, values).astype(np.float64)
    return _with_none(values, missing)


def _with_none(values: NDArray[Any], missing: NDArray[np.bool_]) -> Column:
    objects = values.astype(object)
    objects[missing] = None
    return objects


def _is_missing(value: Any) -> bool:
    if isinstance(value, Real):
        return value != value
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _encode(pieces: list[Column]) -> list[Column]:
    """Replace categories by codes in the order of their values, missing ones by NaN."""
    objects = [
        (p if p.dtype == object else _with_none(p, np.isnan(p))).tolist()
        for p in pieces
    ]
    found = {value for piece in objects for value in piece} - {None}
    codes: dict[Any, float] = {None: np.nan}
    codes |= {value: code for code, value in enumerate(sorted(found, key=_sort_key))}
    return [np.array([codes[value] for value in piece]) for piece in objects]


def _sort_key(value: Any) -> tuple[bool, float, str]:
    # Equal values of different types (1, 1.0 and True) have one key.
    if isinstance(value, Real):
        return False, float(value), ""
    return True, 0.0, f"{type(value).__name__} {value}"


def _first_word(column: NDArray[Any]) -> Any:
    return next(v for v in column.tolist() if v is not None and not _is_number(v))
