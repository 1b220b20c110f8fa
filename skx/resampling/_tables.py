# SPDX-License-Identifier: BSD-3-Clause
"""The containers that samplers take and give back: numbers in, the same kind out.

A table shows its numbers as one float array or CSR array (``values``) and appends rows
of such numbers to the container it was read from. The rows that were there stay as they
were, to the last bit.
"""

import sys
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array

from skx._backend import is_device_array, like, to_host

# Beyond this, float64 cannot tell neighbouring integers apart.
LARGEST_EXACT_INTEGER = 2**53


class Table(Protocol):
    """Numbers of a container and how to append rows to it."""

    values: Any

    def room(self, n_new: int) -> NDArray[np.floating]:
        """Return an uninitialised float array for ``n_new`` dense rows."""

    def append(self, new: Any) -> Any:
        """Return the container with the rows ``new`` after its own."""


def read_table(X: Any, estimator: Any) -> Table:
    """Open ``X`` and check its numbers; error texts name ``estimator``."""
    if _is_frame_of(X, "pandas"):
        if X.shape[1] and all(hasattr(dtype, "fill_value") for dtype in X.dtypes):
            return _SparsePandas(X, estimator)
        return _Pandas(X, estimator)
    if _is_frame_of(X, "polars"):
        return _Polars(X, estimator)
    if sparse.issparse(X):
        return _Sparse(X, estimator)
    return _Dense(X, estimator)


def _is_frame_of(X: Any, library: str) -> bool:
    module = sys.modules.get(library)
    return module is not None and isinstance(X, module.DataFrame)


def _name(estimator: Any) -> str:
    return type(estimator).__name__


def _not_a_number(where: str, dtype: Any, estimator: Any) -> ValueError:
    return ValueError(
        f"{where} has dtype {dtype}, but {_name(estimator)} computes with numbers. "
        "Convert it to a number, drop it, or use SMOTENC, which samples categories "
        "as they are."
    )


def _check_integers(low: Any, high: Any, where: str) -> None:
    for extreme in (int(low), int(high)):
        if abs(extreme) > LARGEST_EXACT_INTEGER:
            raise ValueError(
                f"{where} holds the integer {extreme}, beyond the 2**53 that float64 "
                "keeps exact. Drop it if it is an identifier, or convert it to float."
            )


class _Dense:
    """ndarray, list of lists, or CuPy array (computed on the host)."""

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
        self._out = array

    def room(self, n_new: int) -> NDArray[np.floating]:
        n_rows, n_columns = self._array.shape
        self._out = np.empty((n_rows + n_new, n_columns), self._array.dtype)
        self._out[:n_rows] = self._array
        if self.values.dtype == self._array.dtype:
            return self._out[n_rows:]
        return np.empty((n_new, n_columns), self.values.dtype)

    def append(self, new: NDArray[np.floating]) -> Any:
        if new.base is not self._out:
            rounded = np.rint(new) if self._array.dtype.kind in "iub" else new
            self._out[self._array.shape[0] :] = rounded
        if isinstance(self._original, list | tuple):
            return self._out.tolist()
        return like(self._original, self._out)


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

    def room(self, n_new: int) -> NDArray[np.floating]:
        raise TypeError(f"{n_new} dense rows have no place in a sparse table")

    def append(self, new: sparse.csr_array) -> Any:
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

    def append(self, new: sparse.csr_array) -> Any:
        import pandas as pd

        block = pd.DataFrame.sparse.from_spmatrix(new)
        for j, dtype in enumerate(self._frame.dtypes):
            column = block[j].array
            values = np.rint(column) if dtype.kind in "iub" else column
            block[j] = values.astype(dtype)
        block.columns = self._frame.columns
        return pd.concat([self._frame, block], ignore_index=True)


class _Frame:
    """What the frames of pandas and polars share: one float array, new columns."""

    def __init__(self, X: Any, columns: list[Any], dtype: type, estimator: Any) -> None:
        self._frame = X
        self.values = np.empty(X.shape, dtype, order="F")
        for j, column in enumerate(columns):
            self.values[:, j] = column
        check_array(self.values, ensure_all_finite="allow-nan", estimator=estimator)

    def room(self, n_new: int) -> NDArray[np.floating]:
        return np.empty((n_new, self.values.shape[1]), self.values.dtype)


class _Pandas(_Frame):
    """pandas frame of numbers: NumPy, nullable, Arrow-backed or partly sparse."""

    def __init__(self, X: Any, estimator: Any) -> None:
        columns = []
        for j, (name, dtype) in enumerate(zip(X.columns, X.dtypes, strict=True)):
            if dtype.kind not in "fiub":
                raise _not_a_number(f"Column {name!r}", dtype, estimator)
            column = X.iloc[:, j]
            present = column.dropna()
            if dtype.kind in "iu" and len(present):
                _check_integers(present.min(), present.max(), f"Column {name!r}")
            columns.append(column.to_numpy(np.float64, na_value=np.nan))
        single = all(_is_single(dtype) for dtype in X.dtypes)
        super().__init__(X, columns, np.float32 if single else np.float64, estimator)

    def append(self, new: NDArray[np.floating]) -> Any:
        import pandas as pd

        block = pd.DataFrame(
            {j: _pandas_column(new[:, j], d) for j, d in enumerate(self._frame.dtypes)},
            index=range(new.shape[0]),
        )
        block.columns = self._frame.columns
        return pd.concat([self._frame, block], ignore_index=True)


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
    """polars frame of numbers."""

    def __init__(self, X: Any, estimator: Any) -> None:
        import polars as pl

        columns = []
        for column in X.iter_columns():
            where = f"Column {column.name!r}"
            if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
                raise _not_a_number(where, column.dtype, estimator)
            if column.dtype.is_integer() and column.count():
                _check_integers(column.min(), column.max(), where)
            columns.append(column.cast(pl.Float64).to_numpy())
        single = all(dtype == pl.Float32 for dtype in X.dtypes)
        super().__init__(X, columns, np.float32 if single else np.float64, estimator)

    def append(self, new: NDArray[np.floating]) -> Any:
        import polars as pl

        block = [
            _polars_column(new[:, j], column)
            for j, column in enumerate(self._frame.iter_columns())
        ]
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
