# SPDX-License-Identifier: BSD-3-Clause
"""The containers that samplers take and give back: numbers in, the same kind out.

A table shows its numbers as one float array or CSR array (``values``), its categories
as codes, and appends rows of such numbers and codes to the container it was read from.
The rows that were there stay as they were, to the last bit.
"""

import sys
from collections.abc import Iterator
from numbers import Integral, Number
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array

from skx._backend import (
    check_device_array,
    in_c_order,
    is_device_array,
    like,
    namespace_of,
    to_host,
)
from skx.resampling._categories import (
    Categories,
    categorical_columns,
    encode_array,
    encode_pandas,
    encode_polars,
    is_missing_kind,
)
from skx.resampling._device import has_missing
from skx.resampling._rows import check_collected

# Beyond this, float64 cannot tell neighbouring integers apart.
LARGEST_EXACT_INTEGER = 2**53


class Table(Protocol):
    """Numbers and categories of a container, and how to append rows to it.

    values (n, n_numeric): C- or F-ordered array, CSR, or C-ordered array of a device;
    whole (n_numeric,) bool: which of them are integers or booleans, so that new numbers
    are rounded; codes (n, n_categorical) int32 and ``categorical``, their positions in
    the container.
    """

    values: Any
    whole: NDArray[np.bool_]
    codes: NDArray[np.int32]
    categorical: list[int]

    def room(self, n_new: int) -> NDArray[Any]:
        """Return an uninitialised array, like the values, for ``n_new`` dense rows."""

    def append(self, new: Any, new_codes: NDArray[np.int32]) -> Any:
        """Return the container with rows of these numbers and codes after its own."""


def read_table(
    X: Any, estimator: Any, categorical_features: Any = None, *, dense: bool = False
) -> Table:
    """Open ``X`` and check its numbers; error texts name ``estimator``.

    ``categorical_features`` is as :func:`categorical_columns` takes it; by default
    every column must hold numbers. With ``dense`` the values are an array also where
    all columns of a pandas frame are sparse; a sparse matrix is refused.
    """
    check_collected(X)
    if dense and sparse.issparse(X):
        raise ValueError(
            f"X is sparse, but the new rows of {_name(estimator)} have no zeros to "
            "leave out. Convert X with toarray() if it fits into memory, or use SMOTE, "
            "which keeps it sparse."
        )
    if _is_frame_of(X, "pandas"):
        dtypes = list(X.dtypes)
        chosen = categorical_columns(
            categorical_features,
            X.columns.tolist(),
            lambda j: _is_pandas_category(dtypes[j]),
        )
        is_sparse = [hasattr(dtype, "fill_value") for dtype in dtypes]
        if dtypes and all(is_sparse) and not chosen and not dense:
            return _SparsePandas(X, estimator)
        return _Pandas(X, chosen, estimator)
    if _is_frame_of(X, "polars"):
        chosen = categorical_columns(
            categorical_features, X.columns, lambda j: _is_polars_category(X.dtypes[j])
        )
        return _Polars(X, chosen, estimator)
    if sparse.issparse(X):
        if categorical_columns(
            categorical_features, list(range(X.shape[1])), lambda j: False
        ):
            raise ValueError(
                f"X is a sparse matrix, but {_name(estimator)} takes categories from "
                "dense data only; convert it with toarray()."
            )
        return _Sparse(X, estimator)
    if is_device_array(X) and not has_missing(X):
        return _OnDevice(X)
    if categorical_features is None:
        return _Dense(X, estimator)
    array = _as_objects(X, estimator)
    chosen = categorical_columns(
        categorical_features,
        list(range(array.shape[1])),
        lambda j: _is_array_category(array[:, j]),
    )
    return _MixedDense(X, array, chosen, estimator) if chosen else _Dense(X, estimator)


def _is_pandas_category(dtype: Any) -> bool:
    import pandas as pd

    texts = (str, np.object_, pd.CategoricalDtype.type)
    return dtype.kind == "b" or dtype.type in texts


def _is_polars_category(dtype: Any) -> bool:
    import polars as pl

    return dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Object)


def _as_objects(X: Any, estimator: Any) -> NDArray[Any]:
    """Two-dimensional array of X, of dtype object where it holds more than numbers."""
    if not hasattr(X, "dtype"):
        # Numbers beside strings and bools beside numbers stay what they are.
        objects = np.array(X, dtype=object)
        is_plain = all(type(value) in (int, float) for value in objects.flat)
        X = np.asarray(X) if is_plain else objects
    return check_array(X, dtype=None, ensure_all_finite=False, estimator=estimator)


def _is_array_category(column: NDArray[Any]) -> bool:
    if column.dtype.kind != "O":
        return column.dtype.kind not in "fiu"
    return not all(map(_is_number_kind, set(map(type, column))))


def _is_number_kind(kind: type) -> bool:
    if is_missing_kind(kind):
        return True
    return issubclass(kind, Number) and not issubclass(kind, bool | complex)


def _is_frame_of(X: Any, library: str) -> bool:
    module = sys.modules.get(library)
    return module is not None and isinstance(X, module.DataFrame)


def _name(estimator: Any) -> str:
    return type(estimator).__name__


def _not_a_number(where: str, dtype: Any, estimator: Any) -> ValueError:
    if hasattr(estimator, "categorical_features"):
        remedy = "or name it in categorical_features"
    elif hasattr(estimator, "shrinkage"):
        remedy = "or pass shrinkage=None, which copies rows as they are"
    elif getattr(estimator, "_sampling_type", None) == "clean-sampling":
        remedy = "or clean the rows by their other columns and take sample_indices_"
    else:
        remedy = "or, with class labels, use SMOTENC, which samples categories"
    return ValueError(
        f"{where} has dtype {dtype}, but {_name(estimator)} computes with numbers. "
        f"Convert it to a number, drop it, {remedy}."
    )


def _check_integers(low: Any, high: Any, where: str) -> None:
    for extreme in (int(low), int(high)):
        if abs(extreme) > LARGEST_EXACT_INTEGER:
            raise ValueError(
                f"{where} holds the integer {extreme}, beyond the 2**53 that float64 "
                "keeps exact. Drop it if it is an identifier, or convert it to float."
            )


def _no_codes(n_rows: int) -> NDArray[np.int32]:
    return np.empty((n_rows, 0), np.int32)


class _Dense:
    """ndarray, list of lists, or device array with gaps (computed on the host)."""

    def __init__(self, X: Any, estimator: Any) -> None:
        self._original = X
        array = to_host(X, _name(estimator)) if is_device_array(X) else X
        array = check_array(
            array, dtype="numeric", ensure_all_finite="allow-nan", estimator=estimator
        )
        if array.dtype.kind not in "fiub":
            raise _not_a_number("X", array.dtype, estimator)
        if array.dtype.kind in "iu":
            _check_integers(array.min(), array.max(), "X")
        self._array = array
        dtype = np.float32 if array.dtype == np.float32 else np.float64
        self.values = array.astype(dtype, copy=False)
        self.whole = np.full(array.shape[1], array.dtype.kind in "iub")
        self.codes, self.categorical = _no_codes(array.shape[0]), list[int]()
        self._out = array

    def room(self, n_new: int) -> NDArray[np.floating]:
        n_rows, n_columns = self._array.shape
        self._out = np.empty((n_rows + n_new, n_columns), self._array.dtype)
        self._out[:n_rows] = self._array
        if self.values.dtype == self._array.dtype:
            return self._out[n_rows:]
        return np.empty((n_new, n_columns), self.values.dtype)

    def append(self, new: NDArray[np.floating], new_codes: Any) -> Any:
        if new.base is not self._out:
            rounded = np.rint(new) if self._array.dtype.kind in "iub" else new
            self._out[self._array.shape[0] :] = rounded
        return _as_given(self._original, self._out)


def _as_given(original: Any, out: NDArray[Any]) -> Any:
    if isinstance(original, list | tuple):
        return out.tolist()
    return like(original, out)


class _OnDevice:
    """Array of a device without missing values, whose rows stay there."""

    def __init__(self, X: Any) -> None:
        self._xp, self._array = namespace_of(X), X
        self.values = in_c_order(check_device_array(X))
        if self._xp.isdtype(X.dtype, "integral"):
            _check_integers(self._xp.min(X), self._xp.max(X), "X")
        n_rows, n_columns = X.shape
        is_whole = self._xp.isdtype(X.dtype, ("bool", "integral"))
        self.whole = np.full(n_columns, is_whole)
        self.codes, self.categorical = _no_codes(n_rows), list[int]()
        self._out = X

    def room(self, n_new: int) -> Any:
        xp, X = self._xp, self._array
        n_rows, n_columns = X.shape
        shape = (n_rows + n_new, n_columns)
        self._out = xp.empty(shape, dtype=X.dtype, device=X.device)
        self._out[:n_rows, :] = X
        if self.values.dtype == X.dtype:
            return self._out[n_rows:, :]
        return xp.empty((n_new, n_columns), dtype=self.values.dtype, device=X.device)

    def append(self, new: Any, new_codes: Any) -> Any:
        if self.values.dtype != self._array.dtype:
            new = self._xp.round(new) if self.whole.any() else new
            new = self._xp.astype(new, self._array.dtype)
            self._out[self._array.shape[0] :, :] = new
        return self._out


class _MixedDense:
    """ndarray or list of lists with columns of categories."""

    def __init__(
        self, X: Any, array: NDArray[Any], categorical: list[int], estimator: Any
    ) -> None:
        self._original, self._array, self.categorical = X, array, categorical
        self._numeric = [j for j in range(array.shape[1]) if j not in categorical]
        coded = [encode_array(array[:, j], f"Column {j}") for j in categorical]
        self._first = [column.first for column in coded]
        self.codes = np.column_stack([column.codes for column in coded])
        dtype = np.float32 if array.dtype == np.float32 else np.float64
        self.values = np.empty((array.shape[0], len(self._numeric)), dtype)
        self.whole = np.full(len(self._numeric), array.dtype.kind in "iub")
        self._gap: list[Any] = [np.nan] * len(self._numeric)
        for place, j in enumerate(self._numeric):
            column, where = array[:, j], f"Column {j}"
            if array.dtype.kind == "O":
                column, self.whole[place], self._gap[place] = _read_objects(
                    column, where, estimator
                )
            elif array.dtype.kind not in "fiub":
                raise _not_a_number(where, array.dtype, estimator)
            elif array.dtype.kind in "iu":
                _check_integers(column.min(), column.max(), where)
            self.values[:, place] = column
        if self._numeric:
            check_array(self.values, ensure_all_finite="allow-nan", estimator=estimator)

    def room(self, n_new: int) -> NDArray[np.floating]:
        return np.empty((n_new, self.values.shape[1]), self.values.dtype)

    def append(self, new: NDArray[np.floating], new_codes: NDArray[np.int32]) -> Any:
        n_rows, n_columns = self._array.shape
        out = np.empty((n_rows + new.shape[0], n_columns), self._array.dtype)
        out[:n_rows] = self._array
        for place, j in enumerate(self._numeric):
            block, known = out[n_rows:, j], ~np.isnan(new[:, place])
            numbers = new[known, place]
            block[known] = (
                np.rint(numbers).astype(np.int64) if self.whole[place] else numbers
            )
            if not known.all():
                block[~known] = self._gap[place]
        for first, j, codes in zip(
            self._first, self.categorical, new_codes.T, strict=True
        ):
            out[n_rows:, j] = self._array[first[codes], j]
        return _as_given(self._original, out)


def _read_objects(
    column: NDArray[Any], where: str, estimator: Any
) -> tuple[NDArray[np.float64], bool, Any]:
    """Return the numbers of objects, if they are integers, and what is missing there.

    Integers may have missing values among them, as None or pandas' NA.
    """
    if _is_array_category(column):
        raise _not_a_number(where, column.dtype, estimator)
    kinds = set(map(type, column))
    gaps = {kind for kind in kinds if is_missing_kind(kind)}
    whole = {kind for kind in kinds if issubclass(kind, Integral)}
    integers = [value for value in column if type(value) in whole]
    if integers:
        _check_integers(min(integers), max(integers), where)
    gap = next((value for value in column if type(value) in gaps), np.nan)
    numbers = [np.nan if type(value) in gaps else value for value in column]
    return np.array(numbers, np.float64), bool(whole) and kinds == whole | gaps, gap


class _Sparse:
    """scipy.sparse array or matrix; its format and kind come back."""

    def __init__(self, X: Any, estimator: Any) -> None:
        self._format = X.format
        rows = check_array(
            X.tocsr(), accept_sparse="csr", dtype="numeric", estimator=estimator
        )
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        if rows.dtype.kind in "iu" and rows.nnz:
            _check_integers(rows.data.min(), rows.data.max(), "X")
        self._rows = rows
        dtype = np.float32 if rows.dtype == np.float32 else np.float64
        self.values = sparse.csr_array(rows).astype(dtype, copy=False)
        self.whole = np.full(rows.shape[1], rows.dtype.kind in "iub")
        self.codes, self.categorical = _no_codes(rows.shape[0]), list[int]()

    def room(self, n_new: int) -> NDArray[np.floating]:
        raise TypeError(f"{n_new} dense rows have no place in a sparse table")

    def append(self, new: sparse.csr_array, new_codes: Any) -> Any:
        data = np.rint(new.data) if self._rows.dtype.kind in "iub" else new.data
        block = type(self._rows)(
            (data.astype(self._rows.dtype, copy=False), new.indices, new.indptr),
            shape=new.shape,
        )
        return sparse.vstack([self._rows, block], format=self._format)


class _SparsePandas(_Sparse):
    """pandas frame of which every column is sparse."""

    def __init__(self, X: Any, estimator: Any) -> None:
        import pandas as pd

        for j, (name, dtype) in enumerate(zip(X.columns, X.dtypes, strict=True)):
            where = f"Column {name!r}"
            if dtype.kind not in "fiub":
                raise _not_a_number(where, dtype, estimator)
            if dtype.fill_value != 0:
                raise ValueError(
                    f"{where} is sparse with fill_value={dtype.fill_value!r}, "
                    f"but {_name(estimator)} takes fill_value=0. Convert it with "
                    "astype(pandas.SparseDtype(float, 0)) or make it dense."
                )
            if dtype.kind in "iu":
                stored = X.iloc[:, j].array.sp_values
                _check_integers(stored.min(initial=0), stored.max(initial=0), where)
        self._frame = X
        # Columns of one type make one matrix; the frame keeps theirs.
        single = all(_is_single(dtype) for dtype in X.dtypes)
        common = pd.SparseDtype(np.float32 if single else np.float64, 0)
        super().__init__(X.astype(common).sparse.to_coo(), estimator)
        self.whole = np.array([dtype.kind in "iub" for dtype in X.dtypes])

    def append(self, new: sparse.csr_array, new_codes: Any) -> Any:
        import pandas as pd

        block = pd.DataFrame.sparse.from_spmatrix(new)
        for j, dtype in enumerate(self._frame.dtypes):
            column = block[j].array
            values = np.rint(column) if dtype.kind in "iub" else column
            block[j] = values.astype(dtype)
        block.columns = self._frame.columns
        return pd.concat([self._frame, block], ignore_index=True)


class _Frame:
    """What the frames of pandas and polars share: one float array, codes, new columns.

    ``columns`` holds the numbers of numeric columns and the ``Categories`` of others.
    """

    def __init__(self, X: Any, columns: list[Any], dtype: type, estimator: Any) -> None:
        self._frame = X
        is_coded = [isinstance(column, Categories) for column in columns]
        self.categorical = np.flatnonzero(is_coded).tolist()
        self._first = [columns[j].first for j in self.categorical]
        n_numeric = len(columns) - len(self.categorical)
        self.values = np.empty((X.shape[0], n_numeric), dtype, order="F")
        self.codes = np.empty((X.shape[0], len(self.categorical)), np.int32)
        numbers, codes = iter(self.values.T), iter(self.codes.T)
        for column in columns:
            if isinstance(column, Categories):
                next(codes)[:] = column.codes
            else:
                next(numbers)[:] = column
        if not self.categorical or n_numeric:
            check_array(self.values, ensure_all_finite="allow-nan", estimator=estimator)

    def room(self, n_new: int) -> NDArray[np.floating]:
        return np.empty((n_new, self.values.shape[1]), self.values.dtype)

    def _new_columns(
        self, new: NDArray[np.floating], new_codes: NDArray[np.int32]
    ) -> Iterator[tuple[bool, NDArray[Any]]]:
        """For each column: is it categorical, and the rows to copy or the numbers."""
        numbers = iter(new.T)
        rows = (
            first[codes] for first, codes in zip(self._first, new_codes.T, strict=True)
        )
        for j in range(self._frame.shape[1]):
            is_coded = j in self.categorical
            yield is_coded, next(rows if is_coded else numbers)


class _Pandas(_Frame):
    """pandas frame: NumPy, nullable, Arrow-backed or partly sparse columns."""

    def __init__(self, X: Any, categorical: list[int], estimator: Any) -> None:
        columns: list[Any] = []
        numeric = []
        for j, (name, dtype) in enumerate(zip(X.columns, X.dtypes, strict=True)):
            column, where = X.iloc[:, j], f"Column {name!r}"
            if j in categorical:
                columns.append(encode_pandas(column, where))
                continue
            if dtype.kind not in "fiub":
                raise _not_a_number(where, dtype, estimator)
            present = column.dropna()
            if dtype.kind in "iu" and len(present):
                _check_integers(present.min(), present.max(), where)
            columns.append(column.to_numpy(np.float64, na_value=np.nan))
            numeric.append(dtype)
        self.whole = np.array([dtype.kind in "iub" for dtype in numeric], np.bool_)
        single = all(_is_single(dtype) for dtype in numeric)
        super().__init__(X, columns, np.float32 if single else np.float64, estimator)

    def append(self, new: NDArray[np.floating], new_codes: NDArray[np.int32]) -> Any:
        import pandas as pd

        block = {}
        for j, (copied, values) in enumerate(self._new_columns(new, new_codes)):
            column = self._frame.iloc[:, j].array
            block[j] = (
                column.take(values) if copied else _pandas_column(values, column.dtype)
            )
        frame = pd.DataFrame(block, index=range(new.shape[0]))
        frame.columns = self._frame.columns
        return pd.concat([self._frame, frame], ignore_index=True)


def _is_single(dtype: Any) -> bool:
    dtype = getattr(dtype, "subtype", dtype)  # of a sparse column
    return dtype.kind == "f" and dtype.itemsize == 4


def _pandas_column(values: NDArray[np.floating], dtype: Any) -> Any:
    import pandas as pd

    if dtype.kind in "iub":
        values = np.rint(values)
    if isinstance(dtype, np.dtype):
        return values.astype(dtype)
    missing = np.isnan(values)
    nullable = pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)
    return pd.Series(nullable).astype(dtype)


class _Polars(_Frame):
    """polars frame."""

    def __init__(self, X: Any, categorical: list[int], estimator: Any) -> None:
        import polars as pl

        columns: list[Any] = []
        numeric = []
        for j, column in enumerate(X.iter_columns()):
            where = f"Column {column.name!r}"
            if j in categorical:
                columns.append(encode_polars(column, where))
                continue
            if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
                raise _not_a_number(where, column.dtype, estimator)
            if column.dtype.is_integer() and column.count():
                _check_integers(column.min(), column.max(), where)
            columns.append(column.cast(pl.Float64).to_numpy())
            numeric.append(column.dtype)
        self.whole = np.array(
            [dtype.is_integer() or dtype == pl.Boolean for dtype in numeric], np.bool_
        )
        single = all(dtype == pl.Float32 for dtype in numeric)
        super().__init__(X, columns, np.float32 if single else np.float64, estimator)

    def append(self, new: NDArray[np.floating], new_codes: NDArray[np.int32]) -> Any:
        import polars as pl

        block = []
        for j, (copied, values) in enumerate(self._new_columns(new, new_codes)):
            column = self._frame.to_series(j)
            block.append(
                column.gather(values) if copied else _polars_column(values, column)
            )
        return pl.concat([self._frame, pl.DataFrame(block)])


def _polars_column(values: NDArray[np.floating], column: Any) -> Any:
    import polars as pl

    if column.dtype.is_integer() or column.dtype == pl.Boolean:
        values = np.rint(values)
    new = pl.Series(column.name, np.ascontiguousarray(values))
    # A float column keeps NaN apart from null; new rows use what the column uses.
    if column.null_count():
        new = new.fill_nan(None)
    return new.cast(column.dtype)
