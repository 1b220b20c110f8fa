# SPDX-License-Identifier: BSD-3-Clause
"""Containers in, the same kind out: frames, sparse matrices, lists, devices, labels."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from polars.testing import assert_frame_equal as assert_polars_equal
from scipy import sparse
from sklearn.utils.fixes import parse_version

from skx.resampling import SMOTE

N_ROWS, N_NEW = 60, 24
Y = np.random.RandomState(0).permutation(np.repeat([0, 1], [42, 18]))


def numbers(n_columns: int = 3) -> np.ndarray:
    return np.random.RandomState(1).normal(size=(N_ROWS, n_columns)) * 3


def thin(n_columns: int = 4) -> np.ndarray:
    X = np.round(numbers(n_columns), 1)
    X[np.random.RandomState(2).uniform(size=X.shape) < 0.6] = 0
    return X


def resample(X: Any, y: Any = Y, **parameters: Any) -> tuple[Any, Any, SMOTE]:
    sampler = SMOTE(random_state=0, **parameters)
    return *sampler.fit_resample(X, y), sampler


def mixed(X: np.ndarray, sampler: SMOTE) -> np.ndarray:
    """Rows that the parents and their shares make of the numbers in X."""
    shares = sampler.parent_weights_[:, :, np.newaxis]
    return (shares * X.astype(float)[sampler.parents_]).sum(axis=1)


# Frames


def typed_columns() -> dict[str, np.ndarray]:
    X = numbers(4)
    return {
        "float": X[:, 0],
        "int": np.round(X[:, 1] * 9).astype(np.int64),
        "bool": X[:, 2] > 0,
        "small": np.clip(np.round(X[:, 3] * 50), -128, 127).astype(np.int8),
    }


def plain_table() -> np.ndarray:
    """The same numbers as one float array."""
    return np.column_stack(list(typed_columns().values())).astype(float)


def pandas_numpy() -> pd.DataFrame:
    return pd.DataFrame(typed_columns())


def pandas_nullable() -> pd.DataFrame:
    types = {"float": "Float64", "int": "Int64", "bool": "boolean", "small": "Int8"}
    return pandas_numpy().astype(types)


def pandas_arrow() -> pd.DataFrame:
    frame = pandas_nullable()
    types = [pa.float64(), pa.int64(), pa.bool_(), pa.int8()]
    arrow = dict(zip(frame, map(pd.ArrowDtype, types), strict=True))
    return frame.astype(arrow)


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame(typed_columns())


FRAMES = [pandas_numpy, pandas_nullable, pandas_arrow, polars_frame]
frames = pytest.mark.parametrize("make", FRAMES, ids=lambda make: make.__name__)


@frames
def test_frames_come_back_with_their_columns_types_and_rows(make: Callable) -> None:
    frame = make()
    out, _, sampler = resample(frame)
    assert type(out) is type(frame)
    assert list(out.columns) == list(frame.columns)
    assert list(out.dtypes) == list(frame.dtypes)
    assert out.shape == (N_ROWS + N_NEW, 4)
    assert out[:N_ROWS].equals(frame)
    assert list(sampler.feature_names_in_) == list(frame.columns)


@frames
def test_frames_get_the_rows_of_the_plain_table(make: Callable) -> None:
    expected, _, plain = resample(plain_table())
    out, _, sampler = resample(make())
    np.testing.assert_array_equal(sampler.parents_, plain.parents_)
    new = np.asarray(out[N_ROWS:].to_numpy(), np.float64)
    expected = expected[N_ROWS:]
    expected[:, 1:] = np.rint(expected[:, 1:])
    np.testing.assert_array_equal(new, expected)


@frames
def test_frames_are_not_changed(make: Callable) -> None:
    frame, before = make(), make()
    resample(frame)
    assert frame.equals(before)


@pytest.mark.parametrize("make", FRAMES[1:], ids=lambda make: make.__name__)
def test_missing_values_of_any_type_of_column(make: Callable) -> None:
    frame, X = make(), plain_table()
    holes = np.random.RandomState(3).uniform(size=X.shape) < 0.3
    X[holes] = np.nan
    if isinstance(frame, pl.DataFrame):
        frame = pl.DataFrame(
            [
                column.zip_with(pl.Series(~hole), pl.Series([None], dtype=column.dtype))
                for column, hole in zip(frame.iter_columns(), holes.T, strict=True)
            ]
        )
    else:
        frame = frame.mask(holes)
    out, _, sampler = resample(frame)
    assert list(out.dtypes) == list(frame.dtypes)
    expected, _, plain = resample(X)
    np.testing.assert_array_equal(sampler.parents_, plain.parents_)
    if isinstance(out, pl.DataFrame):
        assert_polars_equal(out[:N_ROWS], frame)
        # New gaps are nulls, as the old ones.
        missing = np.column_stack([c.is_null() for c in out.iter_columns()])
    else:
        pd.testing.assert_frame_equal(out[:N_ROWS], frame)
        missing = out.isna().to_numpy()
    np.testing.assert_array_equal(missing, np.isnan(expected))
    assert missing[N_ROWS:].any(axis=0).all()
    present = ~missing[N_ROWS:, 1]
    np.testing.assert_array_equal(
        np.array(out[N_ROWS:]["int"].to_list(), object)[present].astype(float),
        np.rint(expected[N_ROWS:, 1][present]),
    )


def test_single_precision_frames_are_computed_in_single_precision() -> None:
    X = numbers().astype(np.float32)
    expected, _, _ = resample(X)
    names = ["a", "b", "c"]
    for frame in (
        pd.DataFrame(X, columns=names),
        pd.DataFrame(X, columns=names).astype("Float32"),
        pd.DataFrame(X, columns=names).astype(pd.ArrowDtype(pa.float32())),
        pl.DataFrame(X, schema=names),
    ):
        out, _, _ = resample(frame)
        assert list(out.dtypes) == list(frame.dtypes)
        np.testing.assert_array_equal(out.to_numpy().astype(np.float32), expected)


def test_pandas_index_starts_anew() -> None:
    frame = pandas_numpy()
    frame.index = [f"row {i}" for i in range(N_ROWS)]
    labels = pd.Series(Y, index=frame.index, name="label")
    out, y_out, _ = resample(frame, labels)
    pd.testing.assert_index_equal(out.index, pd.RangeIndex(N_ROWS + N_NEW))
    pd.testing.assert_index_equal(y_out.index, pd.RangeIndex(N_ROWS + N_NEW))
    np.testing.assert_array_equal(out[:N_ROWS], frame)


def test_pandas_columns_that_share_a_name_go_as_far_as_scikit_learn() -> None:
    frame = pandas_numpy().set_axis(["x", "x", "y", "x"], axis=1)
    if parse_version(sklearn.__version__) >= parse_version("1.9"):
        with pytest.raises(ValueError, match="Expected unique column names"):
            resample(frame)
        return
    out, _, _ = resample(frame)
    assert list(out.columns) == ["x", "x", "y", "x"]
    assert list(out.dtypes) == list(frame.dtypes)


def test_pandas_columns_may_have_levels_or_numbers() -> None:
    levels = pd.MultiIndex.from_product([["a", "b"], [0, 1]], names=["k", "n"])
    for columns in (levels, pd.RangeIndex(4), pd.Index([0.5, 1.5, 2.5, 3.5])):
        frame = pandas_numpy().set_axis(columns, axis=1)
        out, _, sampler = resample(frame)
        pd.testing.assert_index_equal(out.columns, columns)
        assert list(out.dtypes) == list(frame.dtypes)
        assert not hasattr(sampler, "feature_names_in_")


def test_pandas_unsigned_and_nullable_types_keep_their_range() -> None:
    X = np.where(numbers(1) > 0, 255, 0)  # neighbours of the same side come first
    for dtype in ("uint8", "UInt8", "uint8[pyarrow]", "uint64", "UInt16"):
        out, _, _ = resample(
            pd.DataFrame(X, columns=["a"]).astype(dtype), k_neighbors=17
        )
        assert out["a"].dtype == dtype
        assert out["a"].between(0, 255).all()
        assert out["a"].nunique() > 4


def test_polars_tells_null_from_nan() -> None:
    values = numbers(1)[:, 0].tolist()
    gaps = [i % 4 == 0 for i in range(N_ROWS)]
    X = pl.DataFrame(
        {
            "null": [None if g else v for v, g in zip(values, gaps, strict=True)],
            "nan": [np.nan if g else v for v, g in zip(values, gaps, strict=True)],
        }
    )
    out, _, _ = resample(X)
    new = out[N_ROWS:]
    assert new["null"].null_count() == new["nan"].is_nan().sum() > 0
    assert new["null"].is_nan().sum() == new["nan"].null_count() == 0
    assert_polars_equal(out[:N_ROWS], X)


@pytest.mark.parametrize(
    "dtype",
    [pl.Int8, pl.Int16, pl.UInt8, pl.UInt64, pl.Int64, pl.Boolean, pl.Float32],
)
def test_polars_types_come_back(dtype: Any) -> None:
    X = pl.DataFrame({"a": np.abs(np.round(numbers(1)[:, 0] * 9))})
    X = X.with_columns(b=pl.col("a") + 1).cast(dtype)
    out, _, _ = resample(X)
    assert out.schema == X.schema
    assert_polars_equal(out[:N_ROWS], X)


def test_polars_decimals_are_interpolated() -> None:
    cents = np.round(numbers(1)[:, 0] * 100).astype(int)
    X = pl.DataFrame({"a": [Decimal(int(c)).scaleb(-2) for c in cents]})
    out, _, sampler = resample(X)
    assert out.schema == X.schema
    expected = mixed(cents[:, np.newaxis], sampler)[:, 0] / 100
    found = out[N_ROWS:]["a"].cast(pl.Float64).to_numpy()
    np.testing.assert_allclose(found, expected, atol=0.0101)


# Sparse frames and matrices


def sparse_frame() -> pd.DataFrame:
    X = thin()
    return pd.DataFrame(
        {
            "float": pd.arrays.SparseArray(X[:, 0], fill_value=0.0),
            "int": pd.arrays.SparseArray((X[:, 1] * 3).astype(int), fill_value=0),
            "bool": pd.arrays.SparseArray(X[:, 2] > 0, fill_value=False),
            "small": pd.arrays.SparseArray(
                X[:, 3].astype(np.float32), fill_value=np.float32(0)
            ),
        }
    )


def dense_values(frame: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.asarray(frame[name], float) for name in frame])


@pytest.mark.parametrize("names", [["float"], ["int"], ["bool"], ["small"], None])
def test_sparse_frames_come_back_sparse(names: list[str] | None) -> None:
    frame = sparse_frame() if names is None else sparse_frame()[names]
    before = frame.copy()
    out, _, sampler = resample(frame)
    pd.testing.assert_frame_equal(out[:N_ROWS], frame)
    pd.testing.assert_frame_equal(frame, before)
    assert list(out.dtypes) == list(frame.dtypes)
    expected = mixed(dense_values(frame), sampler)
    for j, dtype in enumerate(frame.dtypes):
        if dtype.kind in "ib":
            expected[:, j] = np.rint(expected[:, j])
    found = dense_values(out)[N_ROWS:]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_partly_sparse_frames_keep_their_types() -> None:
    frame = sparse_frame()
    frame["dense"] = numbers(1)[:, 0]
    frame["gaps"] = pd.arrays.SparseArray(
        np.where(thin(1)[:, 0] == 0, np.nan, thin(1)[:, 0])
    )
    out, _, sampler = resample(frame)
    pd.testing.assert_frame_equal(out[:N_ROWS], frame)
    assert list(out.dtypes) == list(frame.dtypes)
    gaps = np.isnan(dense_values(frame)[:, -1])
    found = np.isnan(dense_values(out)[N_ROWS:, -1])
    np.testing.assert_array_equal(found, gaps[sampler.parents_[:, 0]])


FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_formats_and_kinds_come_back(form: str, kind: type) -> None:
    X = thin()
    rows = kind(X).asformat(form)
    out, _, _ = resample(rows)
    assert type(out) is type(rows)
    assert out.dtype == rows.dtype
    np.testing.assert_array_equal(out.toarray(), resample(X)[0])
    np.testing.assert_array_equal(rows.toarray(), X)


def test_sparse_rows_store_the_union_of_their_parents_columns() -> None:
    X = sparse.csr_array(thin(12))
    out, _, sampler = resample(X)
    assert out.has_canonical_format
    for row, (base, partner) in enumerate(sampler.parents_, start=N_ROWS):
        stored = out.indices[out.indptr[row] : out.indptr[row + 1]]
        expected = {*X[[base]].indices, *X[[partner]].indices}
        assert stored.tolist() == sorted(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_numbers_may_be_of_any_type(dtype: type, index: type) -> None:
    X = thin().astype(dtype)
    rows = sparse.csr_array(X)
    rows.indices, rows.indptr = rows.indices.astype(index), rows.indptr.astype(index)
    out, _, _ = resample(rows)
    assert out.dtype == dtype
    np.testing.assert_array_equal(out.toarray(), resample(X)[0])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, bool])
def test_sparse_integers_are_rounded(dtype: type) -> None:
    X = np.abs(thin() * 9).astype(dtype)
    out, _, _ = resample(sparse.csr_array(X))
    assert out.dtype == dtype
    np.testing.assert_array_equal(out.toarray(), resample(X)[0])


def test_sparse_rows_may_be_in_any_form() -> None:
    X = thin()
    halves = sparse.csr_array(X / 2)
    # Every entry twice, columns descending, and a stored zero at the end of each row.
    counts = np.diff(halves.indptr)
    parts = np.split(np.arange(halves.nnz), halves.indptr[1:-1])
    data = [[*np.repeat(halves.data[p], 2)[::-1], 0.0] for p in parts]
    columns = [[*np.repeat(halves.indices[p], 2)[::-1], 0] for p in parts]
    starts = np.concatenate([[0], np.cumsum(2 * counts + 1)])
    rows = sparse.csr_array(
        (np.concatenate(data), np.concatenate(columns).astype(np.int32), starts),
        shape=X.shape,
    )
    before = rows.data.copy(), rows.indices.copy(), rows.indptr.copy()
    out, _, _ = resample(rows)
    np.testing.assert_array_equal(out.toarray(), resample(X)[0])
    for old, new in zip(before, (rows.data, rows.indices, rows.indptr), strict=True):
        np.testing.assert_array_equal(old, new)


def test_read_only_sparse_rows() -> None:
    rows = sparse.csr_array(thin())
    for part in (rows.data, rows.indices, rows.indptr):
        part.flags.writeable = False
    np.testing.assert_array_equal(resample(rows)[0].toarray(), resample(thin())[0])


def test_sparse_rows_without_entries() -> None:
    out, y_out, _ = resample(sparse.csr_array((N_ROWS, 3)))
    assert out.shape == (N_ROWS + N_NEW, 3)
    assert out.nnz == 0
    assert np.bincount(y_out).tolist() == [42, 42]


# Lists, other arrays and devices


def test_lists_come_back_as_lists() -> None:
    X = numbers()
    expected, y_expected, _ = resample(X)
    out, y_out, _ = resample(X.tolist(), Y.tolist())
    assert out == expected.tolist()
    assert y_out == y_expected.tolist()
    whole, _, _ = resample(np.round(X).astype(int).tolist())
    assert all(type(value) is int for row in whole for value in row)


def test_objects_that_are_numbers_are_read_as_floats() -> None:
    out, _, _ = resample(numbers().astype(object))
    assert out.dtype == np.float64
    np.testing.assert_array_equal(out, resample(numbers())[0])


def test_device_arrays_with_gaps_are_copied_with_a_warning(device: Any) -> None:
    X = np.repeat(numbers(128), 16, axis=1)
    X[::7, 3] = np.nan
    message = r"SMOTE computes on the host: 0\.9 MiB are copied from the CUDA device"
    with pytest.warns(UserWarning, match=message):
        out, y_out, _ = resample(device.put(X))
    expected, _, _ = resample(X)
    assert type(y_out) is np.ndarray
    np.testing.assert_array_equal(device.get(out), expected)


def test_labels_and_weights_may_be_on_the_device(device: Any) -> None:
    X, weights = numbers(), np.random.RandomState(0).uniform(size=N_ROWS)
    sampler = SMOTE(random_state=0)
    expected = sampler.fit_resample(X, Y, sample_weight=weights)
    there = [device.put(array) for array in (X, Y, weights)]
    for table in (X, there[0]):
        found = sampler.fit_resample(table, there[1], sample_weight=there[2])
        X_out = found[0] if table is X else device.get(found[0])
        np.testing.assert_array_equal(X_out, expected[0])
        np.testing.assert_array_equal(device.get(found[1]), expected[1])
        np.testing.assert_array_equal(device.get(found[2]), expected[2])


# Labels

NAMES = np.array(["ham", "spam"])


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(Y, name="label"),
        pd.Series(Y, dtype="Int8"),
        pd.Series(Y == 1, dtype="boolean"),
        pd.Series(NAMES[Y], dtype="string"),
        pd.Series(NAMES[Y], dtype="category"),
        pd.Series(pd.Categorical(NAMES[Y], ["unseen", "spam", "ham"], ordered=True)),
        pd.Series(Y).astype("int8[pyarrow]"),
        pl.Series("label", Y),
        pl.Series("label", NAMES[Y]),
        pl.Series("label", NAMES[Y]).cast(pl.Categorical),
        pl.Series("label", NAMES[Y]).cast(pl.Enum(["unseen", "spam", "ham"])),
        pl.Series("label", Y == 1),
    ],
    ids=lambda y: f"{type(y).__module__.partition('.')[0]}-{y.dtype}",
)
def test_series_come_back_with_name_and_type(y: Any) -> None:
    _, y_out, _ = resample(numbers(), y)
    assert type(y_out) is type(y)
    assert y_out.dtype == y.dtype
    assert y_out.name == y.name
    assert y_out[:N_ROWS].equals(y)
    assert len(y_out) == N_ROWS + N_NEW
    assert set(y_out.to_list()) == set(y.to_list())
    assert len({y_out.to_list().count(label) for label in set(y.to_list())}) == 1


@pytest.mark.parametrize(
    "y", [Y.astype(np.int8), Y == 1, NAMES[Y], NAMES[Y].astype(object), Y * 1.0]
)
def test_label_arrays_keep_their_type(y: np.ndarray) -> None:
    _, y_out, sampler = resample(numbers(), y)
    assert y_out.dtype == y.dtype
    np.testing.assert_array_equal(y_out[:N_ROWS], y)
    np.testing.assert_array_equal(y_out[N_ROWS:], y[sampler.parents_[:, 0]])


def test_labels_in_a_list_of_strings() -> None:
    _, y_out, _ = resample(numbers(), NAMES[Y].tolist())
    assert isinstance(y_out, list)
    assert [y_out.count(name) for name in NAMES] == [42, 42]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "y",
    [
        Y[:, np.newaxis],
        np.eye(2, dtype=int)[Y],
        np.eye(2, dtype=bool)[Y],
        np.eye(2)[Y],
        pd.DataFrame({"label": Y}, index=range(9, N_ROWS + 9)),
        pd.DataFrame(np.eye(2, dtype=int)[Y], columns=["ham", "spam"]),
        pl.DataFrame({"label": Y}),
        pl.DataFrame({"ham": 1 - Y, "spam": Y}),
    ],
    ids=lambda y: f"{type(y).__module__.partition('.')[0]}-{y.shape[1]}",
)
def test_labels_in_columns_come_back_in_columns(y: Any) -> None:
    X_out, y_out, _ = resample(numbers(), y)
    assert type(y_out) is type(y)
    assert y_out.shape == (N_ROWS + N_NEW, y.shape[1])
    np.testing.assert_array_equal(y_out[:N_ROWS], y)
    assert np.asarray(y_out)[:, -1].sum() == 42
    np.testing.assert_array_equal(X_out, resample(numbers())[0])


def test_one_hot_labels_are_named_by_their_column() -> None:
    y = np.zeros((N_ROWS, 4), int)
    y[np.arange(N_ROWS), np.array([1, 3])[Y]] = 1
    _, _, sampler = resample(numbers(), y)
    assert sampler.sampling_strategy_ == {3: N_NEW}
