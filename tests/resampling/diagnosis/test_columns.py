# SPDX-License-Identifier: BSD-3-Clause
"""Columns of several tables: what is a number, what is a category, and its codes."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from skx.resampling._diagnosis._columns import read_columns

NAN = np.nan
DECIMALS = [Decimal("1.0"), Decimal("2.5"), None]


def read(*tables, categorical_features="auto"):
    names = ["X", "X_resampled", "the hold-out"][: len(tables)]
    return read_columns(
        dict(zip(names, tables, strict=True)), categorical_features, "diagnose"
    )


def pandas_numpy():
    return pd.DataFrame(
        {
            "number": [1.5, None, 2],
            "whole": np.array([3, 4, 5], np.uint8),
            "flag": [True, False, True],
            "object": ["b", None, "a"],
            "level": pd.Categorical(["x", None, "x"], categories=["z", "x"]),
            "numbers": np.array([1, 2.5, None], object),
        }
    )


def pandas_nullable():
    frame = pandas_numpy()
    kinds = {
        "whole": "Int8",
        "flag": "boolean",
        "object": "string",
        "number": "Float32",
    }
    return frame.astype(kinds)


def pandas_arrow():
    pytest.importorskip("pyarrow")
    kinds = {
        "number": "double[pyarrow]",
        "whole": "int64[pyarrow]",
        "flag": "bool[pyarrow]",
        "object": "string[pyarrow]",
    }
    return pandas_numpy().astype(kinds)


def polars():
    return pl.DataFrame(
        {
            "number": [1.5, None, 2.0],
            "whole": pl.Series([3, 4, 5], dtype=pl.UInt8),
            "flag": [True, False, True],
            "object": ["b", None, "a"],
            "level": pl.Series(["x", None, "x"], dtype=pl.Enum(["z", "x"])),
            "numbers": pl.Series(DECIMALS, dtype=pl.Decimal(4, 1)),
        }
    )


def array_of_objects():
    return pandas_numpy().astype(object).to_numpy()


@pytest.mark.parametrize(
    "table", [pandas_numpy, pandas_nullable, pandas_arrow, polars, array_of_objects]
)
def test_numbers_and_categories_of_every_container(table):
    columns = read(table())
    assert_array_equal(columns.is_category, [False, False, True, True, True, False])
    expected = [[1.5, 3, 1, 1, 0, 1], [NAN, 4, 0, NAN, NAN, 2.5], [2, 5, 1, 0, 0, NAN]]
    assert_array_equal(columns.tables[0], expected)
    named = table is not array_of_objects
    assert columns.names == (list(pandas_numpy()) if named else list(range(6)))


@pytest.mark.parametrize("container", [np.array, list, tuple])
def test_rows_of_numbers(container):
    columns = read(container([[1, 2], [3, 4]]))
    assert_array_equal(columns.tables[0], [[1, 2], [3, 4]])
    assert not columns.is_category.any()


@pytest.mark.parametrize("kind", [bool, str])
def test_arrays_of_flags_and_of_strings_are_categories(kind):
    columns = read(np.array([[0, 1], [1, 1]]).astype(kind))
    assert columns.is_category.all()
    assert_array_equal(columns.tables[0], [[0, 0], [1, 0]])


def test_lists_of_numbers_and_strings_keep_the_numbers():
    columns = read([[1, "b"], [2, "a"], [None, None]])
    assert_array_equal(columns.is_category, [False, True])
    assert_array_equal(columns.tables[0], [[1, 1], [2, 0], [NAN, NAN]])


@pytest.mark.parametrize("missing", [None, NAN, pd.NA, pd.NaT, np.float32(NAN)])
def test_what_counts_as_missing_among_objects(missing):
    column = np.array([["a"], [missing], ["b"]], object)
    assert_array_equal(read(column).tables[0], [[0], [NAN], [1]])


def test_codes_are_shared_and_do_not_depend_on_the_order():
    one = np.array([["c"], ["a"]], object)
    two = np.array([["b"], ["a"], ["c"]], object)
    columns = read(one, two)
    assert_array_equal(columns.tables[0], [[2], [0]])
    assert_array_equal(columns.tables[1], [[1], [0], [2]])


def test_equal_values_of_other_types_have_one_code():
    whole = pd.DataFrame({"a": pd.Categorical([2, 10, 1])})
    columns = read(whole, np.array([[10.0], [1.0], [NAN]]))
    assert_array_equal(columns.tables[0], [[1], [2], [0]])
    assert_array_equal(columns.tables[1], [[2], [0], [NAN]])


def test_categories_of_mixed_types_are_kept_apart():
    column = np.array([["1"], [1], [True], [None], ["x"]], object)
    assert_array_equal(read(column).tables[0], [[1], [0], [0], [NAN], [2]])


@pytest.mark.parametrize("features", [["b"], [1], [-1], [False, True], np.array([1])])
def test_columns_of_numbers_can_be_named_as_categories(features):
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [30, 10]})
    columns = read(frame, categorical_features=features)
    assert_array_equal(columns.is_category, [False, True])
    assert_array_equal(columns.tables[0], [[1, 1], [2, 0]])


def test_tables_may_be_on_a_device(device):
    table = np.arange(6.0).reshape(3, 2)
    columns = read(table, device.put(table))
    assert_array_equal(columns.tables[1], table)


def test_missing_column_fits_any_other():
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    columns = read(frame, pd.DataFrame({"a": [None, None]}))
    assert_array_equal(columns.tables[1], [[NAN], [NAN]])


def test_names_come_from_the_table_that_has_them():
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    assert read(frame.to_numpy(), frame).names == ["a", "b"]
    assert read(frame, frame.to_numpy()).names == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (pd.DataFrame({"when": pd.to_datetime(["2020-01-01"])}), "datetime64"),
        (pd.DataFrame({"when": pd.to_datetime(["2020-01-01"], utc=True)}), "UTC"),
        (pl.DataFrame({"when": [[1, 2]]}), "List"),
        (pl.Series("when", [0], pl.Datetime).to_frame(), "Datetime"),
        (np.array([["2020-01-01"]], "M8[D]"), "datetime64"),
        (np.array([[1j]]), "complex"),
    ],
)
def test_other_types_are_refused(table, kind):
    message = rf"Column ('when'|0) of X has dtype .*{kind}.*; diagnose compares numbers"
    with pytest.raises(TypeError, match=message):
        read(table)


def test_values_without_a_hash_are_refused():
    table = np.empty((2, 1), object)
    table[:, 0] = [[1], [2]]
    with pytest.raises(TypeError, match="Column 0 holds values that cannot be told"):
        read(table)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (([[1.0, np.inf]],), "Column 1 of X holds infinity; replace it"),
        ((np.ones(3),), r"X has shape \(3,\); pass a table of two dimensions"),
        ((np.ones((0, 2)),), "X has no rows."),
        ((np.ones((2, 0)),), "X has no columns."),
        ((pd.DataFrame(index=[0]),), "X has no columns."),
        (([[1.0]], [[1.0, 2.0]]), "X_resampled has 2 columns but X has 1; pass tables"),
        (([[1.0]], [["a"]]), "Column 0 holds 'a' in X_resampled but numbers in X"),
        (
            (pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"a": [1], "c": [2]})),
            "Column 1 is 'c' in X_resampled but 'b' in X; pass tables of the same",
        ),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(tables, message):
    with pytest.raises(ValueError, match=message):
        read(*tables)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (["z"], "categorical_features names column 'z', which X does not have"),
        ([2], "categorical_features holds position 2, but X has 2 columns"),
        ([True], "categorical_features is a mask of 1 entries, but X has 2 columns"),
    ],
)
def test_unknown_categorical_features_are_refused(features, message):
    with pytest.raises(ValueError, match=message):
        read(pd.DataFrame({"a": [1.0], "b": [2.0]}), categorical_features=features)
