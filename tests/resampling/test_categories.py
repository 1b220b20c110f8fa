# SPDX-License-Identifier: BSD-3-Clause
"""Categories: which columns hold them, their codes, and their way through a sampler."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal as assert_polars_equal
from scipy import sparse
from sklearn.utils.fixes import parse_version

from skx.resampling import SMOTE, SMOTEN, SMOTENC
from skx.resampling._categories import (
    Categories,
    categorical_columns,
    encode_array,
    encode_pandas,
    encode_polars,
)
from skx.resampling._tables import read_table

N_ROWS, N_NEW = 60, 24
Y = np.random.RandomState(0).permutation(np.repeat([0, 1], [42, 18]))
NUMBERS = np.random.RandomState(1).normal(size=(N_ROWS, 2)) * 3
CODES = np.random.RandomState(2).randint(0, 4, N_ROWS)


def resample(X: Any, **parameters: Any) -> tuple[Any, SMOTENC]:
    sampler = SMOTENC(random_state=0, k_neighbors=3, **parameters)
    return sampler.fit_resample(X, Y)[0], sampler


# Which columns

NAMES = ["age", "job", "city"]


def chosen(choice: Any, names: list[Any] = NAMES) -> list[int]:
    return categorical_columns(choice, names, lambda j: j == 1)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, []),
        ("auto", [1]),
        ("all", [0, 1, 2]),
        ([], []),
        ([2, 0], [0, 2]),
        ((1,), [1]),
        ([-1], [2]),
        ([0, 0, -3], [0]),
        (np.array([2, 1]), [1, 2]),
        ([np.int8(1), np.uint64(2)], [1, 2]),
        (["city"], [2]),
        (np.array(["city", "age"]), [0, 2]),
        (pd.Index(["job"]), [1]),
        (pd.Series(["job"]), [1]),
        (["age", 2], [0, 2]),
        ([True, False, True], [0, 2]),
        (np.array([False, True, False]), [1]),
        ([False, False, False], []),
        ({"job"}, [1]),
    ],
)
def test_columns_are_chosen_by_position_name_or_mask(
    choice: Any, expected: list[int]
) -> None:
    assert chosen(choice) == expected


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (["shop"], "names column 'shop', which X does not have; its columns are"),
        ([3], "holds position 3, but X has 3 columns"),
        ([-4], "holds position -4, but X has 3 columns"),
        ([True, False], "is a mask of 2 entries, but X has 3 columns; give one"),
        ([1.0], "holds 1.0; it takes positions, names of columns, or a mask"),
        ([1, True], "holds True; it takes positions, names of columns, or a mask"),
        ([None], "holds None; it takes positions"),
    ],
)
def test_other_choices_are_refused(choice: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chosen(choice)


def test_a_name_of_two_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="'job', of which X has 2; give the positions"):
        chosen(["job"], ["age", "job", "job"])
    assert chosen(["age"], ["age", "job", "job"]) == [0]


def test_choices_reach_the_sampler() -> None:
    frame = pd.DataFrame(
        {"age": NUMBERS[:, 0], "job": CODES, "city": CODES, "pay": NUMBERS[:, 1]}
    )
    for choice in (["job", "city"], [1, 2], [-3, "city"], [False, True, True, False]):
        out, sampler = resample(frame, categorical_features=choice)
        assert sampler.categorical_features_.tolist() == [1, 2]
        assert sampler.categorical_features_.dtype == np.int64
        assert set(out["job"]) <= {0, 1, 2, 3}
        sampler = SMOTENC(categorical_features=choice).fit(frame, Y)
        assert sampler.categorical_features_.tolist() == [1, 2]


@pytest.mark.parametrize("kind", [np.asarray, list, pl.DataFrame])
def test_a_name_that_is_not_there_is_refused(kind: Callable) -> None:
    with pytest.raises(ValueError, match="names column 'job', which X does not have"):
        resample(kind(NUMBERS), categorical_features=["job"])


@pytest.mark.parametrize("choice", ["all", "job", None, 3, 2.5])
def test_choices_of_another_form_are_refused(choice: Any) -> None:
    with pytest.raises(ValueError, match="'categorical_features' parameter of SMOTENC"):
        resample(NUMBERS, categorical_features=choice)


def test_pandas_columns_that_share_a_name() -> None:
    frame = pd.DataFrame(np.column_stack([NUMBERS, CODES]), columns=["x", "x", "job"])
    if parse_version(sklearn.__version__) >= parse_version("1.9"):
        with pytest.raises(ValueError, match="Expected unique column names"):
            resample(frame, categorical_features=["job"])
    else:
        out, _ = resample(frame, categorical_features=["job"])
        assert list(out.columns) == ["x", "x", "job"]
    with pytest.raises(ValueError, match="names column 'x', of which X has 2"):
        resample(frame, categorical_features=["x"])


# Which columns are categorical by themselves

TEXTS = np.array(["red", "green", "blue", "grey"])[CODES]

PANDAS_CATEGORIES = {
    "object": pd.Series(TEXTS, dtype=object),
    "string": pd.Series(TEXTS, dtype="string"),
    "Arrow string": pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.string())),
    "Arrow large string": pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.large_string())),
    "category": pd.Series(TEXTS, dtype="category"),
    "category of integers": pd.Series(CODES, dtype="category"),
    "category of dates": pd.Series(pd.to_datetime(CODES, unit="D")).astype("category"),
    "Arrow dictionary": pd.Series(TEXTS).astype(
        pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    ),
    "bool": pd.Series(CODES > 1),
    "nullable boolean": pd.Series(CODES > 1, dtype="boolean"),
    "Arrow bool": pd.Series(CODES > 1, dtype=pd.ArrowDtype(pa.bool_())),
    "objects of several types": pd.Series(np.array([1, "a", 2.5, True], object)[CODES]),
}
pandas_categories = pytest.mark.parametrize(
    "column", PANDAS_CATEGORIES.values(), ids=PANDAS_CATEGORIES.keys()
)

PANDAS_OTHERS = {
    "int": pd.Series(CODES),
    "float": pd.Series(CODES / 2),
    "nullable integer": pd.Series(CODES, dtype="Int16"),
    "nullable float": pd.Series(CODES, dtype="Float32"),
    "Arrow integer": pd.Series(CODES, dtype=pd.ArrowDtype(pa.int8())),
    "unsigned": pd.Series(CODES, dtype=np.uint8),
}
PANDAS_NEITHER = {
    "datetime": pd.Series(pd.to_datetime(CODES, unit="D")),
    "datetime with zone": pd.Series(pd.to_datetime(CODES, unit="D", utc=True)),
    "timedelta": pd.Series(pd.to_timedelta(CODES, unit="D")),
    "period": pd.Series(pd.PeriodIndex.from_ordinals(CODES, freq="M")),
    "interval": pd.Series(pd.interval_range(0, 4)[CODES]),
    "Arrow date": pd.Series(pd.to_datetime(CODES, unit="D")).astype(
        pd.ArrowDtype(pa.date32())
    ),
    "Arrow timestamp": pd.Series(pd.to_datetime(CODES, unit="D")).astype(
        pd.ArrowDtype(pa.timestamp("us"))
    ),
    "Arrow decimal": pd.Series(
        [Decimal(int(code)) for code in CODES], dtype=pd.ArrowDtype(pa.decimal128(5, 2))
    ),
    "Arrow binary": pd.Series(
        [bytes([code]) for code in CODES], dtype=pd.ArrowDtype(pa.binary())
    ),
    "complex": pd.Series(CODES * 1j),
}


@pandas_categories
def test_pandas_finds_its_categories(column: pd.Series) -> None:
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "c": column, "y": NUMBERS[:, 1]})
    _, sampler = resample(frame)
    assert sampler.categorical_features_.tolist() == [1]


@pytest.mark.parametrize("column", PANDAS_OTHERS.values(), ids=PANDAS_OTHERS.keys())
def test_pandas_numbers_are_no_categories(column: pd.Series) -> None:
    _, sampler = resample(pd.DataFrame({"x": NUMBERS[:, 0], "c": column}))
    assert sampler.categorical_features_.tolist() == []


@pytest.mark.parametrize("column", PANDAS_NEITHER.values(), ids=PANDAS_NEITHER.keys())
def test_pandas_columns_that_are_neither_must_be_named(column: pd.Series) -> None:
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "c": column})
    message = "Column 'c' has dtype .*, but SMOTENC computes with numbers.* or name it"
    with pytest.raises(ValueError, match=message):
        resample(frame)
    out, sampler = resample(frame, categorical_features=["c"])
    assert sampler.categorical_features_.tolist() == [1]
    pd.testing.assert_series_equal(out["c"][:N_ROWS], frame["c"])
    assert out["c"].dtype == frame["c"].dtype
    assert set(out["c"]) == set(frame["c"])


POLARS_CATEGORIES = {
    "String": pl.Series(TEXTS),
    "Categorical": pl.Series(TEXTS, dtype=pl.Categorical),
    "Enum": pl.Series(TEXTS, dtype=pl.Enum(["pink", *np.unique(TEXTS)])),
    "Boolean": pl.Series(CODES > 1),
    "Object": pl.Series(
        [("a", "b", "c", "d")[code] for code in CODES], dtype=pl.Object
    ),
}
POLARS_NEITHER = {
    "Date": pl.Series(CODES).cast(pl.Date),
    "Datetime": pl.Series(CODES).cast(pl.Datetime),
    "Datetime with zone": pl.Series(CODES).cast(pl.Datetime("ms", "UTC")),
    "Duration": pl.Series(CODES).cast(pl.Duration),
    "Time": pl.Series(CODES).cast(pl.Time),
    "Binary": pl.Series([bytes([code]) for code in CODES]),
    "List": pl.Series([[code] for code in CODES]),
    "Null": pl.Series([None] * N_ROWS),
}


@pytest.mark.parametrize(
    "column", POLARS_CATEGORIES.values(), ids=POLARS_CATEGORIES.keys()
)
def test_polars_finds_its_categories(column: pl.Series) -> None:
    frame = pl.DataFrame({"x": NUMBERS[:, 0], "c": column, "y": NUMBERS[:, 1]})
    _, sampler = resample(frame)
    assert sampler.categorical_features_.tolist() == [1]


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt64, pl.Float32, pl.Decimal(5, 2)])
def test_polars_numbers_are_no_categories(dtype: Any) -> None:
    frame = pl.DataFrame({"x": NUMBERS[:, 0], "c": pl.Series(CODES).cast(dtype)})
    _, sampler = resample(frame)
    assert sampler.categorical_features_.tolist() == []


@pytest.mark.parametrize(
    "name", [name for name in POLARS_NEITHER if name not in ("List",)]
)
def test_polars_columns_that_are_neither_must_be_named(name: str) -> None:
    frame = pl.DataFrame({"x": NUMBERS[:, 0], "c": POLARS_NEITHER[name]})
    message = "Column 'c' has dtype .*, but SMOTENC computes with numbers.* or name it"
    with pytest.raises(ValueError, match=message):
        resample(frame)
    out, sampler = resample(frame, categorical_features=["c"])
    assert sampler.categorical_features_.tolist() == [1]
    assert out.schema == frame.schema
    assert_polars_equal(out[:N_ROWS], frame)
    assert set(out["c"].to_list()) == set(frame["c"].to_list())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (np.column_stack([NUMBERS, CODES]), []),
        (np.column_stack([NUMBERS, CODES]).astype(int), []),
        (np.column_stack([NUMBERS, TEXTS]).astype(object), [0, 1, 2]),
        (np.array([[*a, b] for a, b in zip(NUMBERS, TEXTS, strict=True)], object), [2]),
        (np.array([[*a, b > 1] for a, b in zip(NUMBERS, CODES, strict=True)], object),
         [2]),
        (np.array([[*a, None] for a in NUMBERS], object), []),
        (np.array([[*a, Decimal(1)] for a in NUMBERS], object), []),
        (np.array([[*a, 1j] for a in NUMBERS], object), [2]),
        ([[*a, str(b)] for a, b in zip(NUMBERS, TEXTS, strict=True)], [2]),
        ([[*a, bool(b)] for a, b in zip(NUMBERS, CODES > 1, strict=True)], [2]),
        ([[*a, int(b)] for a, b in zip(NUMBERS, CODES, strict=True)], []),
    ],
    ids=[
        "floats",
        "integers",
        "numbers as text",
        "objects",
        "objects with bools",
        "None",
        "decimals",
        "complex",
        "list",
        "list with bools",
        "list of numbers",
    ],
)  # fmt: skip
def test_arrays_find_categories_among_objects(table: Any, expected: list[int]) -> None:
    table = read_table(table, SMOTENC(), "auto")
    assert table.categorical == expected
    assert table.codes.shape == (N_ROWS, len(expected))
    assert table.values.shape == (N_ROWS, 3 - len(expected))


# Codes


def check_codes(coded: Categories, expected: list[int]) -> None:
    assert coded.codes.dtype == np.int32
    assert coded.codes.tolist() == expected
    # The row where each category first appears, in that order.
    assert coded.first.tolist() == [expected.index(c) for c in range(len(coded.first))]
    assert len(coded.first) == max(expected) + 1


NAN, NAT = np.nan, np.datetime64("NaT")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([7, 3, 7, 5]), [0, 1, 0, 2]),
        (np.array([2.5, NAN, 2.5, -1, NAN]), [0, 1, 0, 2, 1]),
        (np.array([0.0, -0.0, 1.0]), [0, 0, 1]),
        (np.array([np.inf, 1.0, -np.inf, np.inf]), [0, 1, 2, 0]),
        (np.array(["b", "a", "b", ""]), [0, 1, 0, 2]),
        (np.array([b"b", b"a", b"b"]), [0, 1, 0]),
        (np.array([True, False, True]), [0, 1, 0]),
        (np.array(["2020", "NaT", "2020", "NaT"], "M8[D]"), [0, 1, 0, 1]),
        (np.array([2**63 - 1, 2**63 - 2, 2**63 - 1]), [0, 1, 0]),
        (np.array(["a", None, "b", NAN, pd.NA, float("nan"), pd.NaT, NAT], object),
         [0, 1, 2, 1, 1, 1, 1, 1]),
        (np.array([3, "3", 3.0, (1, 2), (1, 2)], object), [0, 1, 0, 2, 2]),
        (np.array([None], object), [0]),
    ],
)  # fmt: skip
def test_codes_of_arrays(values: np.ndarray, expected: list[int]) -> None:
    check_codes(encode_array(values, "Column 0"), expected)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series(["b", None, "a", "b", NAN], dtype=object), [0, 1, 2, 0, 1]),
        (pd.Series(["b", None, "a", "b"], dtype="string"), [0, 1, 2, 0]),
        (pd.Series(["b", None, "b"], dtype=pd.ArrowDtype(pa.string())), [0, 1, 0]),
        (pd.Categorical(["b", None, "a"], categories=["z", "a", "b"]), [0, 1, 2]),
        (pd.Series([None, True, False, None], dtype="boolean"), [0, 1, 2, 0]),
        (pd.Series([3, None, 2**60, 2**60 + 1], dtype="Int64"), [0, 1, 2, 3]),
        (pd.Series([2.5, NAN, 2.5]), [0, 1, 0]),
        (pd.Series([NAN, NAN]), [0, 0]),
        (pd.to_datetime(pd.Series(["2020", None, "2020"])), [0, 1, 0]),
        (pd.arrays.SparseArray([0, 5, 0, 5]), [0, 1, 0, 1]),
        (pd.Series([(1, 2), "x", (1, 2)]), [0, 1, 0]),
    ],
)
def test_codes_of_pandas_columns(column: Any, expected: list[int]) -> None:
    check_codes(encode_pandas(pd.Series(column), "Column 'c'"), expected)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pl.Series(["b", None, "a", "b"]), [0, 1, 2, 0]),
        (pl.Series(["b", None, "a", "b"], dtype=pl.Categorical), [0, 1, 2, 0]),
        (pl.Series(["b", None, "a"], dtype=pl.Enum(["z", "a", "b"])), [0, 1, 2]),
        (pl.Series([None, True, False, None]), [0, 1, 2, 0]),
        (pl.Series([2.5, None, NAN, 2.5, NAN]), [0, 1, 2, 0, 2]),
        (pl.Series([2**60, None, 2**60 + 1, 2**60]), [0, 1, 2, 0]),
        (pl.Series([date(2020, 1, 1), None, date(2020, 1, 1)]), [0, 1, 0]),
        (pl.Series([datetime(2020, 1, 1), datetime(2021, 1, 1)]), [0, 1]),
        (pl.Series([timedelta(1), timedelta(1), None]), [0, 0, 1]),
        (pl.Series([Decimal("1.5"), None, Decimal("1.5")]), [0, 1, 0]),
        (pl.Series([b"b", None, b"a", b"b"]), [0, 1, 2, 0]),
        (pl.Series([None, None]), [0, 0]),
        (pl.Series(["x", None, (1, 2)], dtype=pl.Object), [0, 1, 2]),
    ],
)
def test_codes_of_polars_columns(column: pl.Series, expected: list[int]) -> None:
    check_codes(encode_polars(column, "Column 'c'"), expected)


@pytest.mark.skipif(not hasattr(pl, "Int128"), reason="polars of before 1.18")
def test_codes_of_long_polars_integers() -> None:
    column = pl.Series([2**100, None, 2**100 + 1, 2**100], dtype=pl.Int128)
    check_codes(encode_polars(column, "Column 'c'"), [0, 1, 2, 0])


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"x": NUMBERS[:, 0], "c": [[1]] * N_ROWS}),
        pd.DataFrame({"x": NUMBERS[:, 0], "c": [{"a": 1}] * N_ROWS}),
        pd.DataFrame(
            {
                "x": NUMBERS[:, 0],
                "c": pd.Series(
                    [[1]] * N_ROWS, dtype=pd.ArrowDtype(pa.list_(pa.int8()))
                ),
            }
        ),
        pl.DataFrame({"x": NUMBERS[:, 0], "c": [[1]] * N_ROWS}),
        pl.DataFrame({"x": NUMBERS[:, 0], "c": [{"a": 1}] * N_ROWS}),
    ],
    ids=["pandas lists", "dicts", "Arrow lists", "polars lists", "structs"],
)
def test_values_that_cannot_be_categories_are_refused(table: Any) -> None:
    message = "Column 'c' holds values that cannot be categories.*convert or drop"
    with pytest.raises(TypeError, match=message):
        resample(table, categorical_features=["c"])


def test_objects_that_cannot_be_categories_are_refused() -> None:
    table = np.array([[x, None] for x in NUMBERS[:, 0]], object)
    for row in table:
        row[1] = [1]
    with pytest.raises(TypeError, match="Column 1 holds values that cannot be categ"):
        resample(table)


@given(
    st.lists(st.sampled_from(["a", "b", None, 1.5, NAN, True, (1,)]), min_size=1),
)
def test_any_column_can_be_decoded(values: list[Any]) -> None:
    array = np.empty(len(values), object)
    array[:] = values
    coded = encode_array(array, "Column 0")
    for value, row in zip(values, coded.first[coded.codes], strict=True):
        found = values[row]
        assert found == value or {found, value} <= {None, NAN}
    assert len(set(coded.first.tolist())) == len(coded.first)


# There and back


def with_gaps(column: pd.Series) -> pd.Series:
    """Every fifth value is missing."""
    return column.mask(np.arange(N_ROWS) % 5 == 0)


@pandas_categories
@pytest.mark.parametrize("gaps", [False, True])
def test_pandas_categories_come_back_as_they_were(
    column: pd.Series, gaps: bool
) -> None:
    if gaps:
        column = with_gaps(column)
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "c": column, "y": NUMBERS[:, 1]})
    before = frame.copy()
    out, sampler = resample(frame, categorical_features=["c"])
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(out[:N_ROWS], frame)
    assert list(out.dtypes) == list(frame.dtypes)
    pd.testing.assert_index_equal(out.index, pd.RangeIndex(N_ROWS + N_NEW))
    plain, codes = check_votes(pd.factorize(column)[0], sampler)
    np.testing.assert_array_equal(pd.factorize(out["c"])[0][N_ROWS:], codes)
    np.testing.assert_array_equal(out[["x", "y"]].to_numpy(), plain)


def check_votes(codes: np.ndarray, sampler: SMOTENC) -> tuple[np.ndarray, np.ndarray]:
    """What the same numbers and these codes give as a float array."""
    # In order of first appearance, a missing value one like the others.
    seen = {code: rank for rank, code in enumerate(dict.fromkeys(codes.tolist()))}
    ranks = np.array([seen[code] for code in codes.tolist()])
    plain, reference = resample(
        np.column_stack([NUMBERS[:, 0], ranks, NUMBERS[:, 1]]), categorical_features=[1]
    )
    np.testing.assert_array_equal(sampler.parents_, reference.parents_)
    back = np.array(list(seen))
    return plain[:, [0, 2]], back[plain[N_ROWS:, 1].astype(int)]


@pytest.mark.parametrize("name", POLARS_CATEGORIES)
@pytest.mark.parametrize("gaps", [False, True])
def test_polars_categories_come_back_as_they_were(name: str, gaps: bool) -> None:
    column = POLARS_CATEGORIES[name].alias("c")
    if gaps and name == "Object":
        return  # polars cannot fill those
    if gaps:
        empty = pl.Series([None], dtype=column.dtype)
        column = column.zip_with(pl.Series(np.arange(N_ROWS) % 5 > 0), empty)
    frame = pl.DataFrame({"x": NUMBERS[:, 0], "c": column, "y": NUMBERS[:, 1]})
    out, sampler = resample(frame)
    assert out.schema == frame.schema
    values, found = column.to_list(), out["c"].to_list()
    assert found[:N_ROWS] == values
    kinds = list(dict.fromkeys(values))
    plain, codes = check_votes(np.array([kinds.index(v) for v in values]), sampler)
    assert found[N_ROWS:] == [kinds[code] for code in codes]
    np.testing.assert_array_equal(out.select("x", "y").to_numpy(), plain)


def test_declared_categories_survive_in_their_order() -> None:
    levels = ["XL", "unseen", "S", "M", "never"]
    sizes = np.array(["S", "M", "XL"])[CODES % 3]
    column = pd.Categorical(sizes, categories=levels, ordered=True)
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "size": column})
    out, _ = resample(frame)
    assert out["size"].dtype == pd.CategoricalDtype(levels, ordered=True)
    assert list(out["size"].cat.categories) == levels
    enum = pl.Enum(levels)
    frame = pl.DataFrame({"x": NUMBERS[:, 0], "size": pl.Series(sizes, dtype=enum)})
    out, _ = resample(frame)
    assert out.schema["size"] == enum
    assert out["size"].dtype.categories.to_list() == levels


@pytest.mark.parametrize("dtype", [float, np.float32, int, np.int8, np.uint16, bool])
def test_arrays_come_back_in_their_type(dtype: type) -> None:
    table = np.column_stack([NUMBERS[:, 0] * 5 + 20, CODES % 2, NUMBERS[:, 1] * 5 + 20])
    table = table.astype(dtype)
    out, sampler = resample(table, categorical_features=[1])
    assert type(out) is np.ndarray
    assert out.dtype == dtype
    np.testing.assert_array_equal(out[:N_ROWS], table)
    assert set(out[:, 1]) <= {0, 1}
    if dtype is not bool:
        shares = sampler.parent_weights_[:, :, np.newaxis]
        mixed = (shares * table[sampler.parents_][:, :, [0, 2]]).sum(axis=1)
        if np.issubdtype(dtype, np.integer):
            mixed = np.rint(mixed)
        np.testing.assert_allclose(out[N_ROWS:, [0, 2]], mixed, rtol=1e-6)


def mixed_rows() -> list[list[Any]]:
    """Float, text with gaps, integer, bool, integer with gaps, bools with gaps."""
    rows = []
    for i in range(N_ROWS):
        text = None if i % 7 == 0 else str(TEXTS[i])
        whole = None if i % 5 == 0 else round(float(NUMBERS[i, 1]) * 10)
        flag = (True, False, None)[CODES[i] % 3]
        rows.append(
            [float(NUMBERS[i, 0]), text, i * 3, bool(CODES[i] > 1), whole, flag]
        )
    return rows


@pytest.mark.parametrize("kind", ["list", "tuple", "objects"])
def test_rows_of_objects_keep_the_type_of_each_column(kind: str) -> None:
    rows = mixed_rows()
    table: Any = rows
    if kind == "tuple":
        table = tuple(map(tuple, rows))
    elif kind == "objects":
        table = np.array(rows, object)
    out, sampler = resample(table)
    assert sampler.categorical_features_.tolist() == [1, 3, 5]
    if kind == "objects":
        assert out.dtype == object
        out = out.tolist()
    assert type(out) is list
    assert out[:N_ROWS] == rows
    types = [float, str, int, bool, int, bool]
    for row in out:
        for value, expected in zip(row, types, strict=True):
            assert value is None or type(value) is expected
    new = list(zip(*out[N_ROWS:], strict=True))
    assert None in new[4]
    assert None not in new[0] + new[2] + new[3]
    bases = sampler.parents_[:, 0]
    assert [v is None for v in new[4]] == [rows[base][4] is None for base in bases]


@pytest.mark.parametrize("gap", [np.nan, pd.NA])
def test_rows_of_objects_miss_values_in_their_own_way(gap: Any) -> None:
    table = np.array(
        [[x, c, gap if i % 5 == 0 else 2.5 * i] for i, (x, c) in
         enumerate(zip(NUMBERS[:, 0], TEXTS, strict=True))], object
    )  # fmt: skip
    out, _ = resample(table)
    new = [v for v in out[N_ROWS:, 2] if not isinstance(v, float) or np.isnan(v)]
    assert new
    assert all(v is pd.NA for v in new) == (gap is pd.NA)


def test_arrays_of_text_are_categories_of_all_kinds() -> None:
    table = np.array([TEXTS, TEXTS[::-1]]).T
    out, _ = SMOTEN(random_state=0, k_neighbors=3).fit_resample(table, Y)
    assert out.dtype == table.dtype
    np.testing.assert_array_equal(out[:N_ROWS], table)
    assert set(out.ravel()) <= set(TEXTS)
    message = "Column 0 has dtype <U5, but SMOTENC computes with numbers"
    with pytest.raises(ValueError, match=message):
        resample(table, categorical_features=[1])


def test_frames_may_have_levels_or_numbers_for_names() -> None:
    levels = pd.MultiIndex.from_product([["a"], [0, 1, 2]])
    for columns in (levels, pd.Index([5, 6, 7])):
        frame = pd.DataFrame({"x": NUMBERS[:, 0], "y": NUMBERS[:, 1], "c": TEXTS})
        frame.columns = columns
        out, sampler = resample(frame)
        pd.testing.assert_index_equal(out.columns, columns)
        assert sampler.categorical_features_.tolist() == [2]


@pytest.mark.parametrize("layout_of", ["C", "F", "strided", "read-only"])
def test_layout_changes_nothing(layout_of: str) -> None:
    table = np.column_stack([NUMBERS, CODES]).astype(object)
    table[:, 2] = TEXTS
    wide = np.full((2 * N_ROWS, 6), None)
    wide[::2, ::2] = table
    laid = {"C": table, "F": np.asfortranarray(table), "strided": wide[::2, ::2]}
    laid["read-only"] = table.copy()
    laid["read-only"].flags.writeable = False
    out, _ = resample(laid[layout_of])
    np.testing.assert_array_equal(out, resample(table)[0])


def test_layout_of_numbers_changes_nothing(layout: Callable) -> None:
    table = np.column_stack([NUMBERS, CODES])
    expected, _ = resample(table, categorical_features=[2])
    found, _ = resample(layout(table), categorical_features=[2])
    np.testing.assert_array_equal(found, expected)


def test_frames_and_arrays_give_the_same_rows() -> None:
    table = np.column_stack([NUMBERS, CODES])
    expected, _ = resample(table, categorical_features=[2])
    names = ["x", "y", "c"]
    for frame in (pd.DataFrame(table, columns=names), pl.DataFrame(table, names)):
        out, _ = resample(frame, categorical_features=["c"])
        np.testing.assert_array_equal(out.to_numpy(), expected)


def test_single_precision_is_kept_beside_categories() -> None:
    X = NUMBERS.astype(np.float32)
    expected, _ = resample(
        np.column_stack([X, CODES]).astype(np.float32), categorical_features=[2]
    )
    for frame in (
        pd.DataFrame(X, columns=["x", "y"]).assign(c=TEXTS),
        pl.DataFrame(X, schema=["x", "y"]).with_columns(c=pl.Series(TEXTS)),
    ):
        assert read_table(frame, SMOTENC(), "auto").values.dtype == np.float32
        out, _ = resample(frame)
        assert list(out.dtypes) == list(frame.dtypes)
        numbers = np.column_stack([out["x"], out["y"]])
        np.testing.assert_array_equal(numbers, expected[:, :2])


def test_integers_beyond_float_precision_are_refused_as_numbers_only() -> None:
    large = np.where(CODES > 1, 2**53 + 1, 5)
    message = r"holds the integer 9007199254740993, beyond the 2\*\*53"
    rows = np.array([[a, b, "c"] for a, b in zip(large, CODES, strict=True)], object)
    frame = pd.DataFrame({"id": large, "x": NUMBERS[:, 0], "c": TEXTS})
    for table in (np.column_stack([large, CODES]), rows, rows.tolist()):
        with pytest.raises(ValueError, match=f"Column 0 {message}"):
            resample(table, categorical_features=[1])
    for table in (frame, pl.from_pandas(frame)):
        with pytest.raises(ValueError, match=f"Column 'id' {message}"):
            resample(table)
        out, _ = resample(table, categorical_features=["id", "c"])
        assert set(out["id"]) == {2**53 + 1, 5}


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.asarray, list, pd.DataFrame, pl.DataFrame])
def test_infinity_is_refused_among_numbers(value: float, kind: Callable) -> None:
    table = np.column_stack([NUMBERS, CODES])
    table[3, 1] = value
    with pytest.raises(ValueError, match="infinity"):
        resample(kind(table), categorical_features=[2])
    table[3] = NUMBERS[3, 0], NUMBERS[3, 1], value
    out, _ = resample(np.asarray(table), categorical_features=[2])  # as a category
    np.testing.assert_array_equal(out[:N_ROWS], table)


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="Complex data not supported"):
        resample(NUMBERS + 1j, categorical_features=[1])


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix])
def test_sparse_matrices_have_no_categories(kind: type) -> None:
    table = np.column_stack([NUMBERS, CODES])
    message = "X is a sparse matrix, but SMOTENC takes categories from dense data only"
    with pytest.raises(ValueError, match=message):
        resample(kind(table), categorical_features=[2])
    with pytest.raises(ValueError, match="X is a sparse matrix, but SMOTEN takes"):
        SMOTEN().fit_resample(kind(table), Y)
    out, sampler = resample(kind(table))  # numbers alone, as SMOTE
    assert type(out) is kind
    expected, _ = SMOTE(random_state=0, k_neighbors=3).fit_resample(kind(table), Y)
    np.testing.assert_array_equal(out.toarray(), expected.toarray())
    assert sampler.categorical_features_.tolist() == []


def test_sparse_frames_may_have_categories() -> None:
    frame = pd.DataFrame(
        {
            "x": pd.arrays.SparseArray(np.where(CODES > 1, NUMBERS[:, 0], 0)),
            "c": pd.arrays.SparseArray(CODES, fill_value=0),
        }
    )
    out, _ = resample(frame, categorical_features=["c"])
    assert list(out.dtypes) == list(frame.dtypes)
    pd.testing.assert_frame_equal(out[:N_ROWS], frame)
    expected, _ = resample(frame.sparse.to_dense(), categorical_features=["c"])
    np.testing.assert_array_equal(out.sparse.to_dense(), expected)


def test_device_arrays_may_have_categories(device: Any) -> None:
    table = np.column_stack([NUMBERS, CODES])
    with pytest.warns(UserWarning, match="SMOTENC computes on the host"):
        out, _ = resample(device.put(table), categorical_features=[2])
    expected, _ = resample(table, categorical_features=[2])
    np.testing.assert_array_equal(device.get(out), expected)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": TEXTS, "b": TEXTS}),
        pl.DataFrame({"a": TEXTS, "b": TEXTS}),
        np.array([TEXTS, TEXTS], object).T,
        CODES[:, np.newaxis] > 1,
    ],
    ids=["pandas", "polars", "objects", "bools"],
)
def test_categories_alone_are_referred_to_smoten(table: Any) -> None:
    message = "All . columns of X are categorical, but SMOTENC needs.* use SMOTEN"
    with pytest.raises(ValueError, match=message):
        resample(table)
    with pytest.raises(ValueError, match=message):
        SMOTENC().fit(table, Y)
    out, _ = SMOTEN(random_state=0, k_neighbors=3).fit_resample(table, Y)
    assert out.shape == (N_ROWS + N_NEW, table.shape[1])


def test_methods_for_numbers_refer_to_those_for_categories() -> None:
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "c": TEXTS})
    with pytest.raises(ValueError, match="use SMOTENC, which samples categories"):
        SMOTE().fit_resample(frame, Y)


def test_a_table_keeps_no_second_copy_of_its_numbers() -> None:
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "c": TEXTS})
    table = read_table(frame, SMOTENC(), "auto")
    held = [v for v in vars(table).values() if isinstance(v, np.ndarray)]
    assert sum(v.size for v in held) < 3 * N_ROWS
