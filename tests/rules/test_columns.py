# SPDX-License-Identifier: BSD-3-Clause
"""Tables of all kinds give the rules that their values call for."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skx.rules import FOLDRClassifier, FOLDSEClassifier, _columns
from skx.rules._columns import bin_edges, key_of

RNG = np.random.default_rng(0)
N = 120
LETTERS = RNG.choice(list("abc"), N).tolist()
NUMBERS = RNG.normal(size=N).round(2)
# The rules are b > 0.5, and whatever tells "a" from the rest.
Y = np.array([(a == "a") | (b > 0.5) for a, b in zip(LETTERS, NUMBERS, strict=True)])
LARGEST = NUMBERS[NUMBERS <= 0.5].max()


def day(letter: str) -> datetime.datetime:
    return datetime.datetime(2020, 1, ord(letter) - 96)


def microseconds(letter: str) -> float:
    since = day(letter) - datetime.datetime(1970, 1, 1)
    return since / datetime.timedelta(microseconds=1)


def frame(column: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": column, "b": NUMBERS})


def polars_frame(column: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"a": column, "b": NUMBERS})


def conditions(model: Any) -> list[tuple[int, str, Any]]:
    return [(c.feature, c.op, c.value) for r in model.rules_ for c in r.conditions]


def each(value: Callable[[str], Any]) -> list[Any]:
    return [value(letter) for letter in LETTERS]


def without_b(value: Callable[[str], Any]) -> list[Any]:
    return [None if letter == "b" else value(letter) for letter in LETTERS]


EQUAL_A = ("==", "a")
PANDAS = {
    "object": (pd.Series(LETTERS, dtype=object), EQUAL_A),
    "string": (pd.Series(LETTERS, dtype="string"), EQUAL_A),
    "category": (pd.Series(LETTERS, dtype="category"), EQUAL_A),
    "ordered": (
        pd.Series(pd.Categorical(LETTERS, list("cbaz"), ordered=True)),
        EQUAL_A,
    ),
    "category with missing": (
        pd.Series([None if v == "a" else v for v in LETTERS], dtype="category"),
        ("==", None),
    ),
    "numbers as category": (pd.Series(each(ord), dtype="category"), ("==", 97)),
    "bool": (pd.Series(each("a".__eq__)), ("!=", False)),
    "boolean": (pd.Series(without_b("a".__eq__), dtype="boolean"), ("==", True)),
    "object of bools": (pd.Series(without_b("a".__eq__), dtype=object), ("==", True)),
    "int": (pd.Series(each(ord)), ("<=", 97.0)),
    "uint8": (pd.Series(each(ord), dtype="uint8"), ("<=", 97.0)),
    "Int64": (pd.Series(without_b(ord), dtype="Int64"), ("<=", 97.0)),
    "Float64": (pd.Series(without_b(ord), dtype="Float64"), ("<=", 97.0)),
    "Decimal": (pd.Series(without_b(lambda v: Decimal(ord(v)))), ("<=", 97.0)),
    "datetime": (pd.Series(each(day)), ("<=", microseconds("a"))),
    "time zone": (
        pd.Series(each(day)).dt.tz_localize("UTC"),
        ("<=", microseconds("a")),
    ),
    "timedelta": (
        pd.Series(each(lambda v: datetime.timedelta(ord(v)))),
        ("<=", 97 * 86400e6),
    ),
    "mixed": (
        pd.Series([v if v == "a" else float(ord(v)) for v in LETTERS], dtype=object),
        ("==", "a"),
    ),
    "number among text": (
        pd.Series([v if v != "a" else 3.5 for v in LETTERS], dtype=object),
        ("<=", 3.5),
    ),
}
POLARS = {
    "String": (pl.Series(LETTERS), EQUAL_A),
    "Categorical": (pl.Series(LETTERS, dtype=pl.Categorical), EQUAL_A),
    "Enum": (pl.Series(LETTERS, dtype=pl.Enum(list("cbaz"))), EQUAL_A),
    "Boolean": (pl.Series(without_b("a".__eq__)), ("==", True)),
    "Int64": (pl.Series(without_b(ord)), ("<=", 97.0)),
    "Decimal": (pl.Series(each(lambda v: Decimal(ord(v)))), ("<=", 97.0)),
    "Datetime": (pl.Series(each(day)), ("<=", microseconds("a"))),
    "Date": (pl.Series(each(lambda v: day(v).date())), ("<=", microseconds("a"))),
    "Object": (
        pl.Series([v if v == "a" else 3.5 for v in LETTERS], dtype=pl.Object),
        EQUAL_A,
    ),
}


@pytest.mark.parametrize(("column", "literal"), PANDAS.values(), ids=PANDAS.keys())
def test_pandas_columns(column: pd.Series, literal: tuple[str, Any]) -> None:
    X = frame(column)
    model = FOLDRClassifier(positive_class=True).fit(X, Y)
    assert sorted(conditions(model)) == [(0, *literal), (1, ">", LARGEST)]
    assert_array_equal(model.predict(X), Y)


@pytest.mark.parametrize(("column", "literal"), POLARS.values(), ids=POLARS.keys())
def test_polars_columns(column: pl.Series, literal: tuple[str, Any]) -> None:
    X = polars_frame(column)
    model = FOLDRClassifier(positive_class=True).fit(X, Y)
    assert sorted(conditions(model)) == [(0, *literal), (1, ">", LARGEST)]
    assert_array_equal(model.predict(X), Y)


def test_containers_agree() -> None:
    X = frame(pd.Series(LETTERS))
    model = FOLDRClassifier().fit(X, Y)
    array = X.to_numpy(dtype=object)
    rules = model.rules_
    for other in (array, array.tolist(), np.asfortranarray(array), pl.from_pandas(X)):
        assert FOLDRClassifier().fit(other, Y).rules_ == rules
    assert_array_equal(model.predict(pl.from_pandas(X)), Y)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert_array_equal(model.predict(array), Y)


def test_times_mean_the_same_in_any_unit_and_container() -> None:
    model = FOLDRClassifier().fit(frame(pd.Series(each(day)).astype("M8[s]")), Y)
    for unit in ("s", "ms", "us", "ns"):
        times = pd.Series(each(day)).astype(f"M8[{unit}]")
        assert_array_equal(model.predict(frame(times)), Y)
        assert_array_equal(model.predict(frame(times.dt.tz_localize("UTC"))), Y)
        if unit != "s":
            series = pl.Series(each(day), dtype=pl.Datetime(unit))
            assert_array_equal(model.predict(polars_frame(series)), Y)
    dates = pl.Series(each(lambda v: day(v).date()))
    assert_array_equal(model.predict(polars_frame(dates)), Y)


def test_missing_times_are_missing() -> None:
    times = pd.Series([None if v == "a" else day(v) for v in LETTERS], dtype="M8[us]")
    model = FOLDRClassifier(positive_class=True).fit(frame(times), Y)
    assert (0, "==", None) in conditions(model)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, float("nan")])
def test_all_that_is_missing_is_one_value(missing: Any) -> None:
    X = np.array(
        [
            [missing if v == "a" else v, b]
            for v, b in zip(LETTERS, NUMBERS, strict=True)
        ],
        object,
    )
    model = FOLDRClassifier(positive_class=True).fit(X, Y)
    assert sorted(conditions(model)) == [(0, "==", None), (1, ">", LARGEST)]
    for other in (None, np.nan, pd.NA):
        assert model.predict(np.array([[other, -9.0]], object)).all()


def test_text_nan_is_a_category() -> None:
    X = np.array([["nan" if v == "a" else v] for v in LETTERS], dtype=object)
    y = np.array(LETTERS) == "a"
    model = FOLDRClassifier(positive_class=True).fit(X, y)
    assert conditions(model) == [(0, "==", "nan")]
    assert not model.predict(np.array([[None]], dtype=object))[0]


def test_values_are_equal_by_type_and_value() -> None:
    assert key_of(1) == key_of(1.0)
    assert key_of(1) == key_of(Decimal(1))
    assert len({key_of(v) for v in (1, "1", True, b"1")}) == 4


def test_unseen_categories_equal_none() -> None:
    X = np.array([[v] for v in LETTERS], dtype=object)
    y = np.array(LETTERS) == "a"
    unseen = np.array([["d"], ["A"], [True]], dtype=object)
    is_a = FOLDRClassifier(positive_class=True).fit(X, y)
    assert conditions(is_a) == [(0, "==", "a")]
    assert not is_a.predict(unseen).any()
    not_a = FOLDRClassifier(positive_class=False).fit(X, y)
    assert conditions(not_a) == [(0, "!=", "a")]
    assert not not_a.predict(unseen).any()


@pytest.mark.parametrize("cls", [FOLDRClassifier, FOLDSEClassifier])
def test_numbers_beyond_the_range(cls: type) -> None:
    X = np.arange(20.0).reshape(-1, 1)
    model = cls().fit(X, X[:, 0] >= 10)
    beyond = np.array([[-np.inf], [-1e300], [9.5], [1e300], [np.inf]])
    expected = [False, False, model.predict([[9.5]])[0], True, True]
    assert_array_equal(model.predict(beyond), expected)


def test_comparison_decides_for_missing_values() -> None:
    X = np.arange(20.0).reshape(-1, 1)
    missing = np.array([[np.nan]])
    y = X[:, 0] >= 10
    typed = FOLDRClassifier(positive_class=True).fit(X, y)
    assert conditions(typed) == [(0, ">", 9.0)]
    assert not typed.predict(missing)[0]
    complement = FOLDSEClassifier(positive_class=True).fit(X, y)
    assert conditions(complement) == [(0, ">", 9.0)]
    assert complement.predict(missing)[0]


@pytest.mark.parametrize(
    "chosen", [["n"], [0], [-2], [True, False], np.array([True, False]), ("n",)]
)
def test_numbers_are_categories_where_chosen(chosen: Any) -> None:
    X = pd.DataFrame({"n": each(ord), "b": NUMBERS})
    model = FOLDRClassifier(positive_class=True, categorical_features=chosen).fit(X, Y)
    assert sorted(conditions(model)) == [(0, "==", 97), (1, ">", LARGEST)]
    as_float = X.astype({"n": float})
    assert_array_equal(model.predict(as_float), Y)


def test_numbers_as_category_are_recognised_without_their_dtype() -> None:
    X = frame(pd.Series(each(ord), dtype="category"))
    model = FOLDRClassifier().fit(X, Y)
    assert_array_equal(model.predict(X.astype({"a": "int64"})), Y)
    assert_array_equal(model.predict(X.astype({"a": "float64"})), Y)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (["q"], r"holds 'q', but X has the 2 features \['a', 'b'\]; give names"),
        ([2], "holds 2, but X has the 2 features"),
        ([-3], "holds -3, but"),
        ([1.0], "holds 1.0, but"),
        ([True], "is a mask of 1 entries but X has 2 features"),
    ],
)
def test_wrong_categorical_features(chosen: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FOLDRClassifier(categorical_features=chosen).fit(frame(pd.Series(LETTERS)), Y)


def test_columns_in_another_order_or_of_other_names_are_refused() -> None:
    X = frame(pd.Series(LETTERS))
    model = FOLDRClassifier().fit(X, Y)
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(X[["b", "a"]])
    with pytest.raises(ValueError, match="unseen at fit time:\n- q"):
        model.predict(X.rename(columns={"a": "q"}))
    with pytest.raises(ValueError, match="yet now missing:\n- b"):
        model.predict(X[["a"]])
    with pytest.raises(ValueError, match="1 features, but"):
        FOLDRClassifier().fit(X.to_numpy(object), Y).predict([[1.0]])


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        (NUMBERS, [str(v) for v in NUMBERS], "'x0' holds categories and held none"),
        (LETTERS, each(ord), "'x0' holds numbers and held none"),
    ],
)
def test_a_column_of_another_kind_warns(fitted: Any, given: Any, message: str) -> None:
    X = np.array([[v] for v in fitted], dtype=object)
    model = FOLDRClassifier().fit(X, Y)
    with pytest.warns(UserWarning, match=message):
        model.predict(np.array([[v] for v in given], dtype=object))


@pytest.mark.parametrize("value", [["a"], {"a": 1}, {1}])
def test_values_that_are_no_cells_are_refused(value: Any) -> None:
    X = np.empty((4, 1), dtype=object)
    X[:, 0] = [value] * 4
    y = [0, 1, 0, 1]
    with pytest.raises(TypeError, match=f"a {type(value).__name__}; a cell must be"):
        FOLDRClassifier().fit(X, y)
    with pytest.raises(TypeError, match="a cell must be a number, text, a boolean"):
        FOLDRClassifier().fit(pd.DataFrame({"a": pd.Series([value] * 4)}), y)


def test_complex_numbers_are_refused() -> None:
    X = pd.DataFrame({"a": [1j, 2j]})
    with pytest.raises(ValueError, match="complex numbers, which have no order"):
        FOLDRClassifier().fit(X, [0, 1])


def test_float32_thresholds_are_exact() -> None:
    X = RNG.normal(size=(200, 3)).astype(np.float32)
    y = X[:, 0] > X[57, 0]
    model = FOLDRClassifier().fit(X, y)
    assert len(conditions(model)) == 1
    assert_array_equal(model.predict(X), y)
    assert_array_equal(model.predict(X.astype(float)), y)
    assert FOLDRClassifier().fit(X.astype(float), y).rules_ == model.rules_


def test_layouts_agree(layout: Callable[[np.ndarray], np.ndarray]) -> None:
    X = RNG.normal(size=(150, 4)).round(1)
    y = X[:, 0] * X[:, 1] > 0
    model = FOLDRClassifier().fit(X, y)
    again = FOLDRClassifier().fit(layout(X), y)
    assert again.rules_ == model.rules_
    assert_array_equal(model.predict(layout(X)), model.predict(X))


@pytest.mark.parametrize(
    "form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array]
)
def test_sparse_is_dense(form: Callable) -> None:
    X = RNG.poisson(0.5, size=(150, 5)).astype(float)
    y = X[:, 0] + X[:, 3] > 1
    model = FOLDRClassifier().fit(X, y)
    again = FOLDRClassifier().fit(form(X), y)
    assert again.rules_ == model.rules_
    assert_array_equal(again.predict(form(X)), model.predict(X))


@pytest.mark.filterwarnings("error")
def test_bins_are_observed_and_hold_as_many_rows_each() -> None:
    numbers = RNG.normal(size=5000)
    numbers[:50], numbers[50:90] = np.inf, -np.inf
    edges = bin_edges(numbers, 10)
    assert len(edges) == 10
    assert np.isin(edges, numbers).all()
    assert edges[-1] == np.inf
    counts = np.bincount(np.searchsorted(edges, numbers))
    assert counts.min() >= 400
    assert counts.max() <= 600
    few = np.repeat([-np.inf, 1.0, np.inf], 4)
    assert_array_equal(bin_edges(few, 10), [-np.inf, 1.0, np.inf])


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, object])
def test_integers_are_compared_as_float64(dtype: type) -> None:
    X = (2**53 + np.arange(8)).astype(dtype).reshape(-1, 1)
    y = np.arange(8) >= 4
    model = FOLDRClassifier(positive_class=True).fit(X, y)
    # Odd ones round to a neighbour, 3 to 4.
    assert conditions(model) == [(0, ">", 2.0**53 + 2)]
    assert_array_equal(model.predict(X), np.arange(8) >= 3)
    assert_array_equal(model.predict(X.astype(float)), np.arange(8) >= 3)
    assert len(model.rule_set_.columns[0].numbers) == 5


def test_integers_beyond_all_floats_are_infinite() -> None:
    X = np.array([[-(10**400)], [3], [4], [10**400]], dtype=object)
    model = FOLDRClassifier(positive_class=True).fit(X, [False, False, False, True])
    assert conditions(model) == [(0, ">", 4.0)]
    beyond = np.array([[10**500], [-(10**500)], [np.inf]], dtype=object)
    assert_array_equal(model.predict(beyond), [True, False, True])


def test_decimals_can_be_missing() -> None:
    X = np.array([[Decimal(v)] for v in ["nan", "1", "2"] * 5], dtype=object)
    y = [True, False, False] * 5
    model = FOLDRClassifier(positive_class=True).fit(X, y)
    assert conditions(model) == [(0, "==", None)]
    assert_array_equal(model.predict(X), y)


@pytest.mark.parametrize(
    "dtype", ["<f4", ">f8", "f2", "g", "i1", ">i4", "u8", object, "category", "Int64"]
)
def test_numeric_types_agree(dtype: str) -> None:
    numbers = RNG.integers(0, 90, size=N)
    y = (numbers > 20) & (numbers != 33)
    expected = FOLDRClassifier().fit(numbers.astype(float)[:, None], y).rules_
    given: Any = numbers.reshape(-1, 1)
    given = pd.DataFrame(given) if dtype in ("category", "Int64") else given
    given = given.astype(dtype)
    if dtype == "category":
        model = FOLDRClassifier().fit(numbers[:, None], y)
    else:
        model = FOLDRClassifier().fit(given, y)
    assert model.rules_ == expected
    assert_array_equal(model.predict(given), y)


def test_bins_of_more_rows_than_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_columns, "SAMPLE_FOR_BINS", 200)
    numbers = np.zeros(450)
    numbers[1::3] = 5.0
    numbers[7] = 9.0  # between the rows that are
    X = numbers.reshape(-1, 1)
    y = numbers > 0.0
    model = FOLDRClassifier(positive_class=True, max_bins=4).fit(X, y)
    # The rows at 0, 3, 6, .. hold 0 alone.
    assert conditions(model) == [(0, ">", 0.0)]
    assert_array_equal(model.rule_set_.columns[0].numbers, [0.0, 9.0])
    X[::3] = np.arange(150).reshape(-1, 1) % 3
    X[1] = np.nan
    model = FOLDRClassifier(max_bins=4).fit(X, X[:, 0] == 1.0)
    assert_array_equal(model.rule_set_.columns[0].numbers, [0.0, 1.0, 2.0, 9.0])
    # No row holds more than those that are looked at.
    X[X > 2.0] = 2.0
    model = FOLDRClassifier(max_bins=4).fit(X, np.isnan(X[:, 0]))
    assert_array_equal(model.rule_set_.columns[0].numbers, [0.0, 1.0, 2.0])
    assert model.predict(X).sum() == 1


@pytest.mark.parametrize("n_numbers", [0, 1, 150])
def test_bins_where_the_rows_looked_at_are_missing(
    n_numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_columns, "SAMPLE_FOR_BINS", 200)
    X = np.full((450, 2), np.nan)
    places = np.setdiff1d(np.arange(450), np.arange(0, 450, 3))[:n_numbers]
    X[places, 0] = RNG.normal(size=n_numbers)
    X[:, 1] = np.arange(450) % 7
    model = FOLDRClassifier(positive_class=True, max_bins=50).fit(X, X[:, 1] > 3.0)
    assert conditions(model) == [(1, ">", 3.0)]
    known = model.rule_set_.columns[0].numbers
    assert len(known) == min(n_numbers, 50)
    assert np.isin(known, X[:, 0]).all()
    assert n_numbers == 0 or known[-1] == np.nanmax(X[:, 0])


def test_a_condition_may_have_a_large_integer() -> None:
    data = FOLDRClassifier(positive_class=1).fit([[1.0], [2.0]], [0, 1]).to_dict()
    data["rules"][0]["conditions"][0]["value"] = 10**20
    rules = FOLDRClassifier.from_dict(data)
    assert_array_equal(rules.predict([[1e20], [1.1e20]]), [0, 1])
