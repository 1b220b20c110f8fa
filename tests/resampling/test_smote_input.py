# SPDX-License-Identifier: BSD-3-Clause
"""What SMOTE refuses, and how it says so."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from skx.resampling import SMOTE

X = np.random.RandomState(0).normal(size=(40, 3))
Y = np.repeat([0, 1], [28, 12])


def refuse(
    table: Any, labels: Any, message: str, error: type = ValueError, **parameters: Any
) -> None:
    with pytest.raises(error, match=message):
        SMOTE(**parameters).fit_resample(table, labels)


# X


@pytest.mark.parametrize("table", [X[:, 0], X[:, 0].tolist(), pd.Series(X[:, 0])])
def test_one_dimension_is_refused(table: Any) -> None:
    refuse(table, Y, "Expected a? ?2D array|Expected a 2-dimensional container")


def test_three_dimensions_are_refused() -> None:
    refuse(X[:, :, np.newaxis], Y, "dim 3")


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize(
    "kind", [np.asarray, pd.DataFrame, pl.DataFrame, sparse.csr_array, list]
)
def test_infinity_is_refused(value: float, kind: Any) -> None:
    table = X.copy()
    table[3, 1] = value
    refuse(kind(table), Y, "infinity")


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix])
def test_missing_values_in_sparse_rows_are_refused(kind: Any) -> None:
    table = X.copy()
    table[3, 1] = np.nan
    refuse(kind(table), Y, "NaN")


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_complex_numbers_are_refused(kind: Any) -> None:
    refuse(kind(X + 1j), Y, "Complex data not supported")


def test_complex_column_is_named() -> None:
    table = pd.DataFrame({"a": X[:, 0], "wave": X[:, 1] + 1j})
    refuse(table, Y, "Column 'wave' has dtype complex128")


@pytest.mark.parametrize("table", [np.empty((0, 3)), pd.DataFrame({"a": []})])
def test_no_rows_are_refused(table: Any) -> None:
    refuse(table, [], r"0 sample\(s\)")


@pytest.mark.parametrize(
    "table",
    [np.empty((40, 0)), pd.DataFrame(index=range(40)), np.empty((40, 0)).tolist()],
)
def test_no_columns_are_refused(table: Any) -> None:
    refuse(table, Y, r"0 feature\(s\)")


@pytest.mark.parametrize("n_labels", [39, 41])
@pytest.mark.parametrize(
    "kind", [np.asarray, pd.DataFrame, pl.DataFrame, sparse.csr_array, list]
)
def test_unequal_lengths_are_refused(n_labels: int, kind: Any) -> None:
    labels = np.resize(Y, n_labels)
    message = rf"inconsistent numbers of samples: \[40, {n_labels}\]"
    refuse(kind(X), labels, message)


PANDAS_COLUMNS = [
    pd.Series(["a", "b"] * 20),
    pd.Series(["a", "b"] * 20, dtype=object),
    pd.Series(["a", "b"] * 20, dtype="string[pyarrow]"),
    pd.Series(["a", "b"] * 20, dtype="category"),
    pd.Series([1, 2] * 20, dtype="category"),
    pd.Series(pd.date_range("2020", periods=40)),
    pd.Series(pd.date_range("2020", periods=40, tz="UTC")),
    pd.Series(pd.timedelta_range("1h", periods=40)),
    pd.Series(pd.period_range("2020", periods=40, freq="D")),
    pd.Series(pd.interval_range(0, 40)),
]


@pytest.mark.parametrize("column", PANDAS_COLUMNS, ids=lambda column: str(column.dtype))
def test_pandas_column_that_holds_no_numbers_is_named(column: pd.Series) -> None:
    table = pd.DataFrame({"a": X[:, 0], "shop": column})
    refuse(table, Y, "Column 'shop' has dtype .* computes with numbers.* use SMOTENC")


POLARS_COLUMNS = [
    pl.Series(["a", "b"] * 20),
    pl.Series(["a", "b"] * 20, dtype=pl.Categorical),
    pl.Series(["a", "b"] * 20, dtype=pl.Enum(["a", "b"])),
    pl.Series(range(40)).cast(pl.Date),
    pl.Series(range(40)).cast(pl.Datetime),
    pl.Series(range(40)).cast(pl.Duration),
    pl.Series(range(40)).cast(pl.Time),
    pl.Series([None] * 40),
    pl.Series([[1.0]] * 40),
]


@pytest.mark.parametrize("column", POLARS_COLUMNS, ids=lambda column: str(column.dtype))
def test_polars_column_that_holds_no_numbers_is_named(column: pl.Series) -> None:
    table = pl.DataFrame({"a": X[:, 0], "shop": column})
    refuse(table, Y, "Column 'shop' has dtype .* computes with numbers.* use SMOTENC")


def test_column_is_named_as_it_is() -> None:
    table = pd.DataFrame({("shop", 1): ["a"] * 40})
    refuse(table, Y, r"Column \('shop', 1\) has dtype")


@pytest.mark.parametrize("dtype", ["M8[s]", "m8[s]"])
def test_arrays_of_times_are_refused(dtype: str) -> None:
    refuse(np.zeros((40, 2), dtype), Y, "X has dtype .* computes with numbers")


@pytest.mark.parametrize("table", [X.astype(str), [["a", "b"]] * 40])
def test_arrays_of_strings_are_refused(table: Any) -> None:
    refuse(table, Y, "not compatible with arrays of bytes/strings")


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 2**62])
def test_integers_that_float64_cannot_keep_are_refused(value: int) -> None:
    column = np.arange(40)
    column[7] = value
    message = rf"holds the integer {value}, beyond the 2\*\*53"
    refuse(column[:, np.newaxis], Y, f"X {message}")
    refuse(column[:, np.newaxis].tolist(), Y, f"X {message}")
    refuse(sparse.csr_array(column[:, np.newaxis]), Y, f"X {message}")
    message = f"Column 'id' {message}"
    frame = pd.DataFrame({"a": X[:, 0], "id": column})
    refuse(frame, Y, message)
    refuse(frame.astype({"id": "Int64"}), Y, message)
    refuse(frame.astype({"id": "int64[pyarrow]"}), Y, message)
    refuse(frame.assign(id=pd.arrays.SparseArray(column, fill_value=0)), Y, message)
    refuse(
        frame.astype(pd.SparseDtype(float, 0)).assign(
            id=pd.arrays.SparseArray(column, fill_value=0)
        ),
        Y,
        message,
    )
    refuse(pl.DataFrame({"a": X[:, 0], "id": column}), Y, message)


def test_largest_unsigned_integers_are_refused() -> None:
    column = np.full((40, 1), 2**64 - 1, np.uint64)
    refuse(column, Y, r"holds the integer 18446744073709551615, beyond the 2\*\*53")
    refuse(pl.DataFrame(column), Y, "'column_0' holds the integer 18446744073709551615")


def test_sparse_frame_that_is_not_filled_with_zero_names_the_column() -> None:
    column = pd.arrays.SparseArray([1.0] * 20 + [np.nan] * 20)
    table = pd.DataFrame({"gaps": column})
    refuse(table, Y, "Column 'gaps' is sparse with fill_value=nan.*takes fill_value=0")


def test_sparse_frame_of_strings_names_the_column() -> None:
    column = pd.arrays.SparseArray(["a", "b"] * 20, dtype=pd.SparseDtype(object, 0))
    table = pd.DataFrame({"shop": column})
    refuse(table, Y, "Column 'shop' has dtype .* computes with numbers")


def test_column_names_of_two_types_are_refused() -> None:
    table = pd.DataFrame(X, columns=[0, "a", "b"])
    refuse(table, Y, "Feature names are only supported if all", TypeError)


def test_missing_values_need_a_search_that_takes_them() -> None:
    table = X.copy()
    table[30, 1] = np.nan
    search = NearestNeighbors(n_neighbors=3)
    refuse(table, Y, "NaN", k_neighbors=search)


# y


def test_absent_labels_are_refused() -> None:
    refuse(X, None, "requires y to be passed, but the target y is None")


@pytest.mark.parametrize(
    "labels",
    [
        np.where(np.arange(40) == 3, np.nan, Y),
        pd.Series([pd.NA, *Y[1:]], dtype="Int64"),
        pl.Series([None, *Y[1:].tolist()]),
    ],
    ids=["NumPy", "pandas", "polars"],
)
def test_missing_labels_are_refused(labels: Any) -> None:
    refuse(X, labels, "y contains NaN")


@pytest.mark.parametrize("gap", [None, np.nan])
def test_missing_names_are_refused(gap: Any) -> None:
    labels = np.array([gap, *Y[1:].astype(str)], object)
    refuse(X, labels, "y holds missing values; leave those rows out")


def test_infinite_labels_are_refused() -> None:
    refuse(X, np.where(Y == 1, np.inf, 0.5), "y contains infinity")


@pytest.mark.parametrize("labels", [X[:, 0], X[:, :1], X[:, :2], pd.Series(X[:, 0])])
def test_numeric_targets_are_refused_with_a_way_out(labels: Any) -> None:
    refuse(X, labels, "Unknown label type: continuous.* such as SMOTER")


@pytest.mark.parametrize("row", [[1, 1, 0], [0, 0, 0]])
def test_several_or_no_labels_are_refused_with_a_way_out(row: list[int]) -> None:
    labels = np.eye(3, dtype=int)[Y]
    labels[5] = row
    refuse(X, labels, "rows with several labels or none.* such as MLSMOTE")


def test_several_columns_of_labels_are_refused() -> None:
    labels = np.column_stack([Y, Y * 2 + 1])
    refuse(X, labels, r"y has shape \(40, 2\). Pass one column of labels")


# Parameters


@pytest.mark.parametrize("k", [0, -1, "5", 2.0, None, object()])
def test_number_of_neighbours_outside_its_domain_is_refused(k: Any) -> None:
    message = r"'k_neighbors' parameter of SMOTE must be an int in the range \[1, inf\)"
    refuse(X, Y, message, k_neighbors=k)


@pytest.mark.parametrize("value", ["drop", None, True])
def test_unknown_rule_for_small_classes_is_refused(value: Any) -> None:
    message = "'small_class' parameter of SMOTE must be a str among"
    refuse(X, Y, message, small_class=value)


@pytest.mark.parametrize("value", [1.5, "all"])
def test_number_of_jobs_that_is_none_is_refused(value: Any) -> None:
    refuse(X, Y, "'n_jobs' parameter of SMOTE must be", n_jobs=value)


def test_zero_jobs_are_refused() -> None:
    refuse(X, Y, "n_jobs == 0", n_jobs=0)


@pytest.mark.parametrize("value", ["zero", -1, 1.5, np.random.default_rng(0)])
def test_seed_outside_its_domain_is_refused(value: Any) -> None:
    message = "'random_state' parameter of SMOTE must be"
    refuse(X, Y, message, random_state=value)


@pytest.mark.parametrize(
    "names", [["ham", "spam"], [0, 1], [False, True]], ids=["str", "int", "bool"]
)
def test_small_class_is_named_with_the_ways_out(names: list) -> None:
    labels = np.array(names)[np.repeat([0, 1], [36, 4])]
    message = (
        rf"^Class {names[1]!r} has 4 samples, fewer than k_neighbors \+ 1 = 6; lower "
        r"k_neighbors to 3, pass small_class='shrink', or use RandomOverSampler"
    )
    refuse(X, labels, message)
    refuse(X, labels, message, k_neighbors=NearestNeighbors(n_neighbors=6))
    refuse(X, labels, message, sampling_strategy={names[1]: 5})


@pytest.mark.parametrize("rule", ["raise", "shrink"])
def test_class_of_one_row_is_refused(rule: str) -> None:
    labels = np.repeat([0, 1], [39, 1])
    message = "Class 1 has 1 sample.*between two.*use RandomOverSampler"
    refuse(X, labels, message, small_class=rule, k_neighbors=1)


def test_search_without_neighbours_is_refused() -> None:
    search = NearestNeighbors(n_neighbors=1)
    message = "n_neighbors=1, which counts the row itself.*give it 2 or more"
    refuse(X, Y, message, k_neighbors=search)


@pytest.mark.parametrize("table", [X[:, 0], X * np.inf, X[:10], X + 1j])
def test_fit_refuses_the_same_tables(table: np.ndarray) -> None:
    message = "Expected 2D|NaN|infinity|inconsistent|Complex"
    with pytest.raises(ValueError, match=message):
        SMOTE().fit(table, Y)
