# SPDX-License-Identifier: BSD-3-Clause
"""Input that is wrong, or looks it: a message that helps, or a result that is right."""

import datetime as dt
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone

from skx.rules import FOLDRClassifier, FOLDSEClassifier, RIPPERClassifier, RuleSet

N = 60
RNG = np.random.default_rng(0)
AGE = RNG.integers(20, 70, N)
CITY = RNG.choice(["Bonn", "Oslo", "Rome"], N)
FRAME = pd.DataFrame({"age": AGE, "city": CITY})
Y = np.where((AGE > 45) & (CITY != "Oslo"), "yes", "no")

every = pytest.mark.parametrize(
    "model",
    [FOLDRClassifier(), FOLDSEClassifier(), RIPPERClassifier(random_state=0)],
    ids=["FOLDR", "FOLDSE", "RIPPER"],
)


@pytest.fixture(autouse=True)
def strict():
    """Let no warning pass that a test does not ask for."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


# Tables that are none


@every
@pytest.mark.parametrize(
    ("X", "match"),
    [
        (FRAME[:0], r"0 sample\(s\) and 2 feature\(s\)"),
        (FRAME[[]], r"60 sample\(s\) and 0 feature\(s\)"),
        (pl.DataFrame(), r"0 sample\(s\) and 0 feature\(s\)"),
        (np.empty((0, 2)), r"0 sample\(s\)"),
        (np.empty((N, 0)), r"0 feature\(s\)"),
        (FRAME["age"], "Pass a DataFrame"),
        (AGE, "Expected 2D array, got 1D array"),
        (np.ones((N, 2, 2)), "dim 3, while dim <= 2 is required"),
        ([[[1], [2]]] * N, "dim 3, while dim <= 2 is required"),
        ("age", "Expected 2D array, got scalar array"),
        ([[1, 2], [3]] * 30, "X is a list of rows of 1 to 2 values; give each row one"),
        ([[1, 2], 3] * 30, "X is a list of rows of 1 to 2 values"),
        (np.full((N, 1), 1j), "Complex data not supported"),
    ],
)
def test_what_is_no_table_is_refused(model, X, match):
    with pytest.raises(ValueError, match=match):
        model.fit(X, Y[: len(X)] if len(X) else [])


@every
@pytest.mark.parametrize(
    ("X", "match"),
    [
        (
            FRAME.to_dict("list"),
            r"X is a dict and no table; pass pandas.DataFrame\(X\)",
        ),
        (FRAME.to_dict("records"), r"X is a list of dicts and no table; pass pandas"),
        (
            pl.from_pandas(FRAME).lazy(),
            r"X is a LazyFrame and no table; pass X.collect",
        ),
    ],
)
def test_what_becomes_a_table_is_told_how(model, X, match):
    with pytest.raises(TypeError, match=match):
        model.fit(X, Y)
    with pytest.raises(TypeError, match=match):
        model.fit(FRAME, Y).predict(X)


@every
def test_columns_of_one_name_are_refused(model):
    twice = pd.concat([FRAME, FRAME[["age"]]], axis=1)
    match = r"several columns named 'age', and .*; rename them, or pass X.to_numpy\(\)"
    with pytest.raises(ValueError, match=match):
        model.fit(twice, Y)
    with pytest.raises(ValueError, match=match):
        model.fit(FRAME, Y).predict(twice)
    model.fit(twice.to_numpy(), Y)
    with pytest.raises(ValueError, match="X has no column 'age', or several"):
        model.fit(FRAME, Y).rule_set_.predict(twice)


@every
def test_columns_need_text_for_names(model):
    with pytest.raises(
        TypeError, match="only supported if all input features have str"
    ):
        model.fit(FRAME.set_axis([0, "a"], axis=1), Y)
    assert (
        model.fit(FRAME.set_axis([0, 1], axis=1), Y).rule_set_.columns[1].name == "x1"
    )


# Cells


@every
@pytest.mark.parametrize("value", [[1], {"a": 1}, {1}])
def test_containers_in_cells_are_refused(model, value):
    cells = pd.DataFrame({"a": pd.Series([value] * N)})
    with pytest.raises(
        TypeError, match=f"a {type(value).__name__}; a cell must be a num"
    ):
        model.fit(cells, Y)


@every
def test_columns_of_lists_are_refused(model):
    with pytest.raises(TypeError, match="; a cell must be a number, text"):
        model.fit(pl.DataFrame({"a": [[1, 2]] * N}), Y)
    with pytest.raises(TypeError, match="a dict; a cell must be a number, text"):
        model.fit(pl.DataFrame({"a": [{"b": 1}] * N}), Y)


@every
def test_integers_too_large_for_floating_point_are_infinite(model):
    X = np.array([[10**400 if old else -(10**400)] for old in AGE > 45], dtype=object)
    model.fit(X, AGE > 45)
    assert model.score(X, AGE > 45) == 1.0
    model.fit(AGE.reshape(-1, 1), AGE > 45)
    np.testing.assert_array_equal(model.predict(X), AGE > 45)
    scope = {}
    exec(model.export("python"), scope)
    assert [scope["predict_one"]({"x0": v}) for v in X[:, 0]] == (AGE > 45).tolist()


@every
@pytest.mark.parametrize(
    "number", [int, np.int8, np.float32, Fraction, Decimal, lambda v: 2**70 * int(v)]
)
def test_numbers_of_any_type_are_numbers(model, number):
    X = np.array([[number(int(v))] for v in AGE], dtype=object)
    (column,) = model.fit(X, AGE > 45).rule_set_.columns
    assert column.kind == "number"
    assert model.score(X, AGE > 45) == 1.0


@every
def test_cells_of_many_types_keep_apart(model):
    values = [1, "1", 1.5, True, None, b"1", (1, 2), dt.date(2020, 1, 1), pd.NaT, 2]
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = values * 6
    y = np.array(
        ["one", "text", "more", "yes", "gap", "b", "pair", "day", "gap", "two"]
    )
    model.fit(X, np.tile(y, 6))
    (column,) = model.rule_set_.columns
    assert column.kind == "mixed"
    assert column.numbers.tolist() == [1, 1.5, 2]
    assert len(column.levels) == 5
    assert model.score(X, np.tile(y, 6)) == 1.0


@every
def test_masked_cells_are_missing(model):
    masked = np.ma.masked_array(AGE.reshape(-1, 1), mask=np.arange(N)[:, None] % 3 == 0)
    plain = np.where(masked.mask, np.nan, AGE.reshape(-1, 1))
    model.fit(masked, Y)
    learned = model.export()
    np.testing.assert_array_equal(model.predict(masked), model.predict(plain))
    assert model.fit(plain, Y).export() == learned
    text = np.ma.masked_array(CITY.astype(object).reshape(-1, 1), mask=masked.mask)
    assert None not in model.fit(text, Y).rule_set_.columns[0].levels
    assert len(model.rule_set_.columns[0].levels) == 3


@every
def test_infinite_values_are_numbers(model):
    X = np.where(AGE > 45, np.inf, -np.inf).reshape(-1, 1)
    assert model.fit(X, AGE > 45).score(X, AGE > 45) == 1.0
    assert np.isfinite(model.predict_log_proba(X)).all()


# Columns that tell nothing


@every
@pytest.mark.parametrize(
    "empty",
    [np.full(N, np.nan), [None] * N, pd.array([pd.NA] * N), pd.to_datetime([None] * N)],
    ids=["nan", "None", "NA", "NaT"],
)
def test_an_empty_column_changes_nothing(model, empty):
    expected = model.fit(FRAME, Y).export()
    X = FRAME.assign(nothing=empty)
    assert model.fit(X, Y).export() == expected
    # Nor does what turns up in it later.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.predict(X.assign(nothing="something"))
    np.testing.assert_array_equal(found, model.fit(FRAME, Y).predict(FRAME))


@every
def test_nothing_but_missing_values_gives_the_frequent_class(model):
    for X in (np.full((N, 2), np.nan), pl.DataFrame({"a": [None] * N})):
        assert model.fit(X, Y).rules_ == ()
        assert set(model.predict(X)) == {"no"}


@every
def test_one_class_gives_no_rules(model):
    model.fit(FRAME, ["same"] * N)
    assert model.export() == "'same' always\n"
    assert model.predict_proba(FRAME[:2]).tolist() == [[1.0], [1.0]]
    assert "'same', because no rule applies" in str(model.explain(FRAME[:1])[0])
    assert "0 rules" in model.rule_set_._repr_html_()


@every
def test_one_row_gives_no_rules(model):
    assert model.fit(FRAME[:1], Y[:1]).export() == f"{str(Y[0])!r} always\n"


# Identifiers


@every
@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas, np.asarray])
def test_identifiers_warn(model, container):
    texts = container(FRAME.assign(key=[f"c{k:03}" for k in range(N)]))
    name = "x2" if isinstance(texts, np.ndarray) else "key"
    match = f"Column '{name}' has a category of its own for more than half of the rows"
    with pytest.warns(UserWarning, match=match):
        model.fit(texts, Y)
    numbers = container(FRAME.assign(key=RNG.permutation(N) + 1000))
    match = f"Column '{name}' has another integer in each row, and .* Drop it, unless"
    with pytest.warns(UserWarning, match=match):
        model.fit(numbers, Y)
    # Part of the rows of a larger table.
    with pytest.warns(UserWarning, match=match):
        model.fit(numbers[::2], Y[::2])


@every
@pytest.mark.parametrize(
    "values",
    [
        np.arange(N) * 1000,  # all different, and far apart
        np.arange(N) + 0.5,
        np.arange(N) // 2,
        np.where(np.arange(N) == 7, np.nan, np.arange(N)),
        pd.date_range("2024-01-01", periods=N),
    ],
)
def test_measurements_are_no_identifiers(model, values):
    model.fit(FRAME.assign(value=values), Y)


def test_few_rows_are_too_few_to_tell_identifiers():
    FOLDSEClassifier().fit(FRAME.assign(key=range(N))[:20], Y[:20])


# Weights and classes


@every
@pytest.mark.parametrize(
    ("weight", "match"),
    [
        (np.where(np.arange(N) == 3, -1.0, 1.0), "Negative values in data passed to"),
        (np.where(np.arange(N) == 3, np.nan, 1.0), "sample_weight contains NaN"),
        (np.where(np.arange(N) == 3, np.inf, 1.0), "contains infinity"),
        (np.zeros(N), "must contain at least one non-zero"),
        (np.ones(N - 1), r"sample_weight.shape == \(59,\), expected \(60,\)"),
        (np.ones((N, 2)), "must be 1D array"),
        (np.full(N, 1e308), r"rows, up to 1e\+308, sum to inf; scale sample_weight or"),
    ],
)
def test_weights_that_are_none_are_refused(model, weight, match):
    with pytest.raises(ValueError, match=match):
        model.fit(FRAME, Y, sample_weight=weight)
    model.fit(FRAME, Y)
    with pytest.raises(ValueError, match=match):
        model.rescore(FRAME, Y, sample_weight=weight)


@every
def test_classes_of_negative_weight_are_refused(model):
    model.set_params(class_weight={"no": -1.0, "yes": 1.0})
    match = "class_weight makes the weight of a row -1; weights of classes must not be"
    with pytest.raises(ValueError, match=match):
        model.fit(FRAME, Y)
    with pytest.raises(ValueError, match="not in class_weight"):
        model.set_params(class_weight={"maybe": 1.0}).fit(FRAME, Y)
    model.set_params(class_weight=None)


@every
@pytest.mark.parametrize(
    ("y", "match"),
    [
        (Y[:-1], r"inconsistent numbers of samples: \[60, 59\]"),
        (np.column_stack([Y, Y]), r"1d array, got an array of shape \(60, 2\)"),
        (RNG.normal(size=N), "Unknown label type: continuous"),
        (None, "y should be a 1d array"),
        ([None, "a"] * 30, "y holds missing values; leave those rows out, or give"),
        (pd.Series([pd.NA, True] * 30, dtype="boolean"), "y contains NaN"),
        (np.where(AGE > 45, np.nan, 1.0), "Input y contains NaN"),
    ],
)
def test_targets_that_are_no_classes_are_refused(model, y, match):
    with pytest.raises(ValueError, match=match):
        model.fit(FRAME, y)


# Another table than that of the fit


@every
@pytest.mark.parametrize("method", ["predict", "predict_proba", "apply", "explain"])
def test_another_table_is_refused(model, method):
    ask = getattr(model.fit(FRAME, Y), method)
    with pytest.raises(ValueError, match="must be in the same order"):
        ask(FRAME[["city", "age"]])
    with pytest.raises(ValueError, match="yet now missing:\n- city"):
        ask(FRAME[["age"]])
    with pytest.raises(ValueError, match="unseen at fit time:\n- more"):
        ask(FRAME.assign(more=1))
    with pytest.raises(ValueError, match="unseen at fit time:\n- town"):
        ask(FRAME.rename(columns={"city": "town"}))
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        ask(FRAME[:0])
    ask = getattr(model.fit(FRAME.to_numpy(), Y), method)
    with pytest.raises(ValueError, match="X has 1 features, but"):
        ask(FRAME.to_numpy()[:, :1])


def test_rules_alone_take_columns_by_name_and_ask_for_those_that_lack():
    rules = FOLDSEClassifier().fit(FRAME, Y).rule_set_
    expected = rules.predict(FRAME)
    other = FRAME.assign(more=1)[["more", "city", "age"]]
    np.testing.assert_array_equal(rules.predict(other), expected)
    with pytest.raises(ValueError, match="X has no column 'city', or several; the rul"):
        rules.predict(FRAME[["age"]])
    for X, shape in ((FRAME["age"], r"\(60,\)"), ([1, 2], r"\(2,\)"), (None, r"\(\)")):
        with pytest.raises(ValueError, match=f"X has shape {shape}, but the rules are"):
            rules.predict(X)


@every
@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.astype({"age": "float32"}),
        lambda X: X.astype({"age": "Int64"}),
        lambda X: X.astype({"age": object, "city": object}),
        lambda X: X.astype({"city": "category"}),
        lambda X: X.astype(
            {"city": pd.CategoricalDtype(["Rome", "Oslo", "Bonn", "?"])}
        ),
        lambda X: X.convert_dtypes(dtype_backend="pyarrow"),
        pl.from_pandas,
        lambda X: pl.from_pandas(X).cast({"city": pl.Categorical}),
    ],
)
def test_another_dtype_of_the_same_values_changes_nothing(model, change):
    expected = model.fit(FRAME, Y).export()
    np.testing.assert_array_equal(model.predict(change(FRAME)), model.predict(FRAME))
    assert model.fit(change(FRAME), Y).export() == expected


@every
@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            {"age": FRAME["age"].astype(str)},
            "'age' holds categories and held none when",
        ),
        ({"age": FRAME["age"] > 30}, "'age' holds categories and held none when"),
        (
            {"age": pd.date_range("2024", periods=N)},
            "'age' holds datetimes and held num",
        ),
        ({"city": 7}, "'city' holds numbers and held none when the rules were learned"),
    ],
)
def test_values_of_another_kind_warn(model, change, match):
    y = np.where(AGE > 45, np.where(CITY == "Rome", "a", "b"), "c")
    model.fit(FRAME, y)
    used = {c.feature for rule in model.rules_ for c in rule.conditions}
    assert used == {0, 1}
    with pytest.warns(UserWarning, match=match):
        model.predict(FRAME.assign(**change))


@every
@pytest.mark.parametrize(
    "form", [sparse.csr_array, sparse.csc_matrix, sparse.coo_matrix, sparse.dok_matrix]
)
def test_sparse_tables_are_tables(model, form):
    X = np.where(RNG.random((N, 3)) < 0.7, 0.0, AGE[:, None])
    y = X[:, 1] > 40
    expected = model.fit(X, y).export()
    assert model.fit(form(X), y).export() == expected
    np.testing.assert_array_equal(model.predict(form(X)), model.predict(X))
    with pytest.raises(ValueError, match="X has 2 features, but"):
        model.predict(form(X[:, :2]))


def test_rules_read_from_a_dict_check_their_table_too():
    model = FOLDSEClassifier.from_dict(FOLDSEClassifier().fit(FRAME, Y).to_dict())
    with pytest.raises(ValueError, match="yet now missing:\n- city"):
        model.predict(FRAME[["age"]])
    assert isinstance(model.rule_set_, RuleSet)


# Numbers among text


@every
@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas, np.asarray])
def test_numbers_that_a_mark_made_text_warn(model, container):
    key = [f"{k % 25}.5" for k in range(N)]
    marked = container(FRAME.assign(key=["?", *key[1:]]))
    name = "x2" if isinstance(marked, np.ndarray) else "key"
    match = rf"Column '{name}' is text that reads as numbers but for '\?', so rules"
    with pytest.warns(UserWarning, match=match):
        model.fit(marked, Y)
    # Nor is it taken for an identifier.
    with pytest.warns(UserWarning, match=match) as caught:
        model.fit(marked[:40], Y[:40])
    assert [warning.category for warning in caught].count(UserWarning) == 1


@every
def test_codes_and_names_do_not_warn(model):
    codes = np.array([f"{k % 25:03}" for k in range(N)], dtype=object)
    marked = codes.copy()
    marked[:2] = "?"
    names = np.array([f"{k % 25}th" for k in range(N)], dtype=object)
    gaps = codes.copy()
    gaps[:2] = None
    few = np.array([*"12345?"] * (N // 6 + 1), dtype=object)[:N]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for column in (codes, names, gaps, few):
            model.fit(FRAME.assign(key=column), Y)
        clone(model).set_params(categorical_features=["key"]).fit(
            FRAME.assign(key=marked), Y
        )
