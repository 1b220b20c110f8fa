# SPDX-License-Identifier: BSD-3-Clause
"""What fits refuse and what they warn of; labels in all their forms; decisions and
mended predictions."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_validate
from sklearn.utils._param_validation import InvalidParameterError

from skx.ordinal import PRESTO, OrdinalRegression

ESTIMATORS = [OrdinalRegression, PRESTO]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.digitize(X[:, 0] + RNG.logistic(size=60), [-1.0, 0.0, 1.0])
LEVELS = ["low", "mid", "high", "top"]
TEXT = np.array(LEVELS)[Y]
both = pytest.mark.parametrize("make", ESTIMATORS)


def told(model: Any, *data: Any) -> list[warnings.WarningMessage]:
    """Fit, and return the warnings but those of boundaries that touch."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "The boundaries of .* rows touch")
        model.fit(*data)
    return found


# --- labels --------------------------------------------------------------------------


@both
def test_one_class_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="y holds one class, 1; a fit needs"):
        make().fit(X, np.ones(60, dtype=int))
    with pytest.raises(ValueError, match="y holds one class, 'low'"):
        make(categories=["low"]).fit(X, np.repeat("low", 60))


@both
def test_class_that_only_weightless_rows_have(make: Any) -> None:
    with pytest.raises(ValueError, match="y holds one class, 0"):
        make().fit(X, Y, (Y == 0).astype(float))
    with pytest.raises(ValueError, match="No row with positive weight has level 'top'"):
        make(categories=LEVELS).fit(X, TEXT, (Y < 3).astype(float))
    model = make().fit(X, Y, (Y < 3).astype(float))
    assert_array_equal(model.classes_, [0, 1, 2])


@both
def test_level_without_rows_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"has level 'none'; its boundaries cannot"):
        make(categories=["none", *LEVELS]).fit(X, TEXT)
    column = pd.Series(pd.Categorical(TEXT, [*LEVELS, "never"], ordered=True))
    with pytest.raises(ValueError, match="has level 'never'"):
        make().fit(X, column)
    assert len(make().fit(X, column.cat.remove_unused_categories()).classes_) == 4


@both
def test_categories_that_do_not_fit(make: Any) -> None:
    with pytest.raises(ValueError, match="y holds top, which the order of the levels"):
        make(categories=LEVELS[:3]).fit(X, TEXT)
    with pytest.raises(ValueError, match="categories holds a level twice"):
        make(categories=["low", *LEVELS]).fit(X, TEXT)
    with pytest.raises(ValueError, match="y holds 0, 1, 2, 3, which the order"):
        make(categories=LEVELS).fit(X, Y)


@both
def test_text_without_an_order_warns(make: Any) -> None:
    with pytest.warns(UserWarning, match="alphabetical order.*'high', 'low'") as found:
        model = make().fit(X, TEXT)
    assert found[0].filename == __file__
    assert_array_equal(model.classes_, ["high", "low", "mid", "top"])
    # Two classes have an order up to a sign.
    assert not told(make(), X, np.where(Y > 1, "b", "a"))


def test_warnings_reach_code_without_a_module_name() -> None:
    # As where a string of code is executed in a fresh namespace.
    program = "OrdinalRegression(alpha=1).fit([[0], [1], [2], [3]], list('abca'))"
    with pytest.warns(UserWarning, match="alphabetical order"):
        exec(program, {"OrdinalRegression": OrdinalRegression})


@both
def test_ordered_columns_bring_their_order(make: Any) -> None:
    expected = make().fit(X, Y)
    for labels in (
        pd.Series(pd.Categorical(TEXT, LEVELS, ordered=True)),
        pd.Categorical(TEXT, LEVELS, ordered=True),
        pl.Series(TEXT, dtype=pl.Enum(LEVELS)),
    ):
        model = make()
        assert not told(model, X, labels)
        assert_array_equal(model.classes_, LEVELS)
        assert_allclose(model.coef_, expected.coef_)
        assert_array_equal(model.predict(X), np.array(LEVELS)[expected.predict(X)])
    reversed_ = make(categories=LEVELS[::-1]).fit(X, labels)  # goes before the column's
    assert_array_equal(reversed_.classes_, LEVELS[::-1])
    unordered = pd.Series(pd.Categorical(TEXT, LEVELS))
    with pytest.warns(UserWarning, match="alphabetical"):
        make().fit(X, unordered)
    numbers = pd.Series(pd.Categorical(Y, [3, 2, 1, 0], ordered=True))
    assert_array_equal(make().fit(X, numbers).classes_, [3, 2, 1, 0])


@both
def test_labels_of_many_types(make: Any) -> None:
    expected = make().fit(X, Y)
    for labels in (
        Y.astype(float),
        Y.astype(np.uint8),
        Y.astype(object),
        Y.tolist(),
        pd.Series(Y, dtype="Int64"),
    ):
        model = make().fit(X, labels)
        assert_allclose(model.coef_, expected.coef_)
        assert (model.predict(X) == expected.predict(X)).all()
    yes = make().fit(X, Y > 1)
    assert_array_equal(yes.classes_, [False, True])
    assert yes.predict(X).dtype == bool
    with pytest.warns(UserWarning, match="A column-vector y was passed"):
        make().fit(X, Y[:, None])


@both
def test_labels_that_are_none(make: Any) -> None:
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        make().fit(X, Y + 0.5)
    with pytest.raises(ValueError, match="y should be a 1d array"):
        make().fit(X, np.column_stack([Y, Y]))
    missing = Y.astype(float)
    missing[3] = np.nan
    with pytest.raises(ValueError, match="NaN"), np.errstate(invalid="ignore"):
        make().fit(X, missing)
    labels = TEXT.astype(object)
    labels[3] = np.nan
    column = pd.Series(pd.Categorical(labels, LEVELS, ordered=True))
    holes = np.where(np.arange(60) == 3, None, TEXT)
    for model, y in (
        (make(categories=LEVELS), labels),
        (make(), labels),
        (make(), labels.tolist()),
        (make(), column),
        (make(), holes),
        (make(), pd.Series(Y, dtype="Int64").mask(np.arange(60) == 3)),
    ):
        with pytest.raises(ValueError, match="NaN or None in 1 rows, first in row 3"):
            model.fit(X, y)
    weights = np.arange(60) != 3
    assert make(categories=LEVELS).fit(X, labels, weights).classes_.tolist() == LEVELS
    with pytest.raises(ValueError, match="numbers in place of text"):
        make(categories=LEVELS).fit(X, Y)
    with pytest.raises(ValueError, match="requires y to be passed"):
        make().fit(X, None)


@both
def test_lengths_that_differ(make: Any) -> None:
    with pytest.raises(ValueError, match="y has 59 entries but X has 60 rows"):
        make().fit(X, Y[:-1])
    with pytest.raises(ValueError, match="sample_weight"):
        make().fit(X, Y, np.ones(59))


def test_levels_in_cross_validation() -> None:
    # A fold that lacks a declared level says which; without declaration it has fewer.
    y = np.sort(Y)
    model = OrdinalRegression(categories=[0, 1, 2, 3])
    result = cross_validate(
        model, X, y, cv=StratifiedKFold(3), error_score="raise", scoring="neg_log_loss"
    )
    assert np.isfinite(result["test_score"]).all()
    with pytest.raises(ValueError, match=r"with positive weight has level [0-3]"):
        cross_validate(model, X, y, cv=KFold(3), error_score="raise")


def test_search_over_alpha_with_text_and_weights() -> None:
    weights = np.linspace(0.5, 2.0, 60)
    search = GridSearchCV(
        PRESTO(categories=LEVELS), {"alpha": [0.01, 0.1]}, cv=3, scoring="neg_log_loss"
    ).fit(X, TEXT, sample_weight=weights)
    assert_array_equal(search.classes_, LEVELS)


# --- columns and weights -------------------------------------------------------------


@both
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_missing_and_infinite_entries(make: Any, bad: float) -> None:
    Z = X.copy()
    Z[2, 1] = bad
    for columns in (Z, sparse.csr_array(Z)):
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            make().fit(columns, Y)
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            make().fit(X, Y).predict_proba(columns)


@both
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array, pd.DataFrame])
def test_entries_whose_squares_overflow(make: Any, convert: Any) -> None:
    Z = X.copy()
    Z[:, 1] *= 1e300
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"column 1.* of X holds values whose"):
            make().fit(convert(Z), Y)


@both
def test_large_and_small_units(make: Any) -> None:
    base = make(standardize=True).fit(X, Y)
    c = np.array([1e90, 1e-90, 1.0])
    assert_allclose(make(standardize=True).fit(X * c, Y).coef_ * c, base.coef_, 1e-6)


@both
def test_text_columns_are_refused(make: Any) -> None:
    frame = pd.DataFrame({"a": X[:, 0], "b": TEXT})
    with pytest.raises(ValueError, match="could not convert string to float"):
        make().fit(frame, Y)
    numbers = X.astype(object)
    assert_allclose(make().fit(numbers, Y).coef_, make().fit(X, Y).coef_)


@both
def test_weights_that_are_none(make: Any) -> None:
    for bad, text in (
        (-np.ones(60), "[Nn]egative"),
        (np.full(60, np.nan), "NaN"),
        (np.full(60, np.inf), "infinity"),
        (np.zeros(60), "at least one non-zero"),
    ):
        with pytest.raises(ValueError, match=text):
            make().fit(X, Y, bad)


@both
def test_names_that_differ_when_predicting(make: Any) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = make().fit(frame, Y)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame.rename(columns={"a": "z"}))
    with pytest.raises(ValueError, match="X has 2 features, but"):
        model.predict_proba(X[:, :2])
    with pytest.raises(NotFittedError):
        make().predict(X)
    with pytest.raises(NotFittedError):
        make().linear_predictor(X)


# --- parameters ----------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", -0.1),
        ("alpha", np.nan),
        ("l1_ratio", 1.1),
        ("l1_ratio", -0.1),
        ("tol", 0.0),
        ("max_iter", 0),
        ("link", "logistic"),
        ("family", "po"),
        ("decision", "best"),
        ("crossing", "ignore"),
        ("feasibility", "all"),
    ],
)
def test_parameters_out_of_range(make: Any, name: str, value: Any) -> None:
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of"):
        make(**{name: value}).fit(X, Y)


@both
def test_penalty_per_feature(make: Any) -> None:
    with pytest.raises(ValueError, match=r"penalty_factor has shape \(2,\) but X"):
        make(penalty_factor=[1.0, 2.0]).fit(X, Y)
    for bad in ([1.0, -1.0, 1.0], [1.0, np.nan, 1.0], [1.0, np.inf, 1.0]):
        with pytest.raises(ValueError, match="penalty_factor must be finite and at"):
            make(penalty_factor=bad).fit(X, Y)
    with pytest.raises(ValueError, match=r"positive has shape \(4,\)"):
        make(positive=[True] * 4).fit(X, Y)


def test_columns_of_nonparallel_slopes() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"names 'd' but X has \['a', 'b', 'c'\]"):
        OrdinalRegression(nonparallel=["d"]).fit(frame, Y)
    with pytest.raises(ValueError, match="names 'a' but X has no column names"):
        OrdinalRegression(nonparallel=["a"]).fit(X, Y)
    with pytest.raises(ValueError, match="nonparallel holds 3 but X has 3 features"):
        OrdinalRegression(nonparallel=[3]).fit(X, Y)
    with pytest.raises(ValueError, match=r"nonparallel holds 0\.5"):
        OrdinalRegression(nonparallel=[0.5]).fit(X, Y)
    with pytest.raises(ValueError, match=r"a mask of shape \(2,\) but X has 3"):
        OrdinalRegression(nonparallel=[True, False]).fit(X, Y)


@both
def test_cost_matrices(make: Any) -> None:
    with pytest.raises(ValueError, match="decision='cost' needs cost_matrix"):
        make(decision="cost").fit(X, Y)
    with pytest.raises(ValueError, match=r"shape \(2, 2\) but y has 4 classes"):
        make(decision="cost", cost_matrix=np.eye(2)).fit(X, Y)
    with pytest.raises(ValueError, match="cost_matrix holds NaN or infinity"):
        make(decision="cost", cost_matrix=np.full((4, 4), np.nan)).fit(X, Y)


# --- fits that cannot be trusted -----------------------------------------------------


@pytest.mark.parametrize("family", ["cumulative", "sratio", "cratio", "acat"])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_columns_that_others_determine(convert: Any, solver: str, family: str) -> None:
    Z = np.column_stack([X, X[:, 0] - 2 * X[:, 2], np.full(60, 5.0)])
    base = OrdinalRegression(family=family, solver=solver).fit(X, Y)
    model = OrdinalRegression(family=family, solver=solver)
    (found,) = told(model, convert(Z), Y)
    assert "column 3 is a linear combination of others" in str(found.message)
    assert "column 4 is constant" in str(found.message)
    assert found.filename == __file__
    assert_allclose(model.coef_[:, :3], base.coef_, atol=1e-5)
    assert_array_equal(model.coef_[:, 3:], 0.0)
    assert model.n_parameters_ == base.n_parameters_
    model.set_params(nonparallel="all", feasibility="none")
    (found,) = told(model, convert(Z), Y)
    assert "column 3 is a linear combination of others" in str(found.message)
    assert not told(model.set_params(alpha=0.1), convert(Z), Y)
    assert_allclose(model.coef_[:, 4], 0.0, atol=1e-9)


def test_columns_that_others_determine_are_told_by_name() -> None:
    frame = pd.DataFrame({f"x{j}": X[:, 0] * j for j in range(9)})
    (found,) = told(OrdinalRegression(), frame, Y)
    assert "column 'x0' is constant; column 'x2' is a linear" in str(found.message)
    assert "and 3 more" in str(found.message)


@pytest.mark.parametrize("gap", [1e-3, 1e-5])
def test_columns_that_are_nearly_the_same_are_kept(gap: float) -> None:
    Z = np.column_stack([X, X[:, 0] + gap * RNG.normal(size=60)])
    model = OrdinalRegression(tol=1e-12)
    assert not told(model, Z, Y)
    assert np.count_nonzero(model.coef_[0]) == 4


def is_separated(Z: np.ndarray, y: np.ndarray) -> bool:
    """Whether the likelihood of proportional odds has a direction of recession."""
    q, p = y.max(), Z.shape[1]
    rows = []
    for x, c in zip(Z, y, strict=True):
        for k, sign in ((c, 1.0), (c - 1, -1.0)):
            if 0 <= k < q:
                row = np.zeros(q + p)
                row[k], row[q:] = sign, -sign * x
                rows.append(row)
    A = np.array(rows)
    found = optimize.linprog(
        -A.sum(axis=0), A_ub=-A, b_ub=np.zeros(len(A)), bounds=[(-1, 1)] * (q + p)
    )
    return -found.fun > 1e-6


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_separation_is_told_where_there_is_one(link: str, solver: str) -> None:
    answers = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n, p = rng.integers(12, 40), rng.integers(1, 4)
        Z = rng.normal(size=(n, p))
        if seed % 2:
            Z[:, 0] = Z[:, 0] > rng.choice([0.5, 1.0, 1.5])
        latent = Z @ rng.normal(size=p) * rng.choice([1, 3]) + rng.logistic(size=n)
        y = np.digitize(latent, [-1.0, 1.0])
        if len(np.unique(y)) < 3 or np.linalg.matrix_rank(Z - Z.mean(axis=0)) < p:
            continue
        found = told(OrdinalRegression(link=link, solver=solver), Z, y)
        assert all("has no maximum" in str(w.message) for w in found), seed
        assert bool(found) == is_separated(Z, y), seed
        answers.append(bool(found))
    assert 5 < sum(answers) < len(answers) - 5


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
@pytest.mark.parametrize("n_rows", [1, 2, 20])
def test_dummy_of_few_rows_that_separates(n_rows: int, solver: str) -> None:
    rng = np.random.default_rng(1)
    n = 21_000
    Z = rng.normal(size=(n, 3))
    y = np.digitize(Z[:, 0] + rng.logistic(size=n), [-1.0, 1.0, 2.0])
    dummy = np.zeros(n)
    dummy[np.flatnonzero(y == 3)[:n_rows]] = 1.0
    frame = pd.DataFrame(Z, columns=["a", "b", "c"]).assign(dummy=dummy)
    (found,) = told(OrdinalRegression(solver=solver), frame, y)
    assert found.category is ConvergenceWarning
    assert found.filename == __file__
    assert "classes are separated by column 'dummy'" in str(found.message)
    assert "'a'" not in str(found.message)
    assert not told(OrdinalRegression(solver=solver, alpha=1e-4), frame, y)
    # In a class of the middle the dummy has a finite coefficient.
    dummy[:] = 0.0
    dummy[np.flatnonzero(y == 1)[:n_rows]] = 1.0
    assert not told(OrdinalRegression(solver=solver), frame.assign(dummy=dummy), y)


def test_single_row_of_each_class() -> None:
    Z = np.array([[0.0], [1.0], [2.0], [3.0]])
    with pytest.warns(ConvergenceWarning, match="has no maximum"):
        model = OrdinalRegression().fit(Z, [0, 1, 2, 3])
    assert_array_equal(model.predict(Z), [0, 1, 2, 3])
    model = PRESTO(0.01).fit(Z, [0, 1, 2, 3])
    assert np.isfinite(model.coef_).all()


def test_more_columns_than_rows_without_penalty() -> None:
    rng = np.random.default_rng(0)
    found = told(OrdinalRegression(), rng.normal(size=(10, 30)), np.arange(10) % 3)
    assert any("are not determined" in str(w.message) for w in found)
    assert any("has no maximum" in str(w.message) for w in found)
    assert not told(OrdinalRegression(alpha=0.1), X[:20].repeat(30, axis=1), Y[:20])


@both
def test_too_few_steps_are_told(make: Any) -> None:
    with pytest.warns(ConvergenceWarning, match="stopped after 1 steps.*max_iter=1"):
        make(alpha=0.05, family="acat", max_iter=1).fit(X, Y)


# --- predictions ---------------------------------------------------------------------


def crossing_model(**options: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    """A model, rows far out, and at which of them boundaries cross."""
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(300, 2))
    latent = Z[:, 0] + np.exp(0.7 * Z[:, 1]) * rng.logistic(size=300)
    y = np.digitize(latent, [-1.0, 0.0, 1.0])
    model = PRESTO(0.01, feasibility="none", **options).fit(Z, y)
    rows = rng.normal(size=(200, 2)) * 4.0
    eta = model.thresholds_ - rows @ model.coef_.T
    return model, rows, (np.diff(eta, axis=1) < 0).any(axis=1)


@pytest.mark.parametrize("crossing", ["isotonic", "clip"])
def test_rows_that_cross_are_mended(crossing: str) -> None:
    model, rows, crosses = crossing_model(crossing=crossing)
    assert 10 < crosses.sum() < 150
    assert model.crossing_rate(rows) == crosses.mean()
    text = f"boundaries cross for {crosses.sum()} of 200 rows.*crossing='{crossing}'"
    for method in (model.predict_proba, model.predict_log_proba, model.predict):
        with pytest.warns(UserWarning, match=text):
            method(rows)
    with pytest.warns(UserWarning, match=text) as found:
        proba = model.predict_proba(rows)
    assert found[0].filename == __file__
    assert (proba >= 0).all()
    assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-12)
    # Rows in order are not touched, to the last bit.
    assert_array_equal(proba[~crosses], model.predict_proba(rows[~crosses]))
    F = 1 / (1 + np.exp(-model.linear_predictor(rows[crosses])))
    if crossing == "isotonic":
        F = np.array([optimize.isotonic_regression(row).x for row in F])
    P = np.diff(np.column_stack([np.zeros(len(F)), F, np.ones(len(F))]), axis=1)
    P = np.maximum(P, 0.0)
    assert_allclose(proba[crosses], P / P.sum(axis=1, keepdims=True), atol=1e-12)


def test_rows_that_cross_are_refused() -> None:
    model, rows, crosses = crossing_model(crossing="raise")
    with pytest.raises(ValueError, match=f"cross for {crosses.sum()} of 200 rows"):
        model.predict_proba(rows)
    assert model.predict_proba(rows[~crosses]).shape == ((~crosses).sum(), 4)


def test_crossing_rate_of_models_that_cannot_cross() -> None:
    assert OrdinalRegression().fit(X, Y).crossing_rate(X * 100) == 0.0
    for family in ("sratio", "cratio", "acat"):
        assert PRESTO(0.001, family=family).fit(X, Y).crossing_rate(X * 100) == 0.0


def test_decisions() -> None:
    costs = np.array([[0, 1, 4, 9], [5, 0, 1, 2], [9, 3, 0, 1], [20, 9, 5, 0.0]])
    models = {
        decision: PRESTO(0.02, decision=decision, cost_matrix=costs).fit(X, TEXT_CODES)
        for decision in ("mode", "median", "mean", "cost")
    }
    for row, proba in zip(X, models["mode"].predict_proba(X), strict=True):
        got = {name: model.predict([row])[0] for name, model in models.items()}
        assert got["mode"] == 10 * max(range(4), key=lambda k: proba[k])
        far = [sum(p * abs(k - c) for c, p in enumerate(proba)) for k in range(4)]
        assert got["median"] == 10 * far.index(min(far))
        assert got["mean"] == 10 * round(float(proba @ np.arange(4)))
        dear = [sum(p * costs[c, k] for c, p in enumerate(proba)) for k in range(4)]
        assert got["cost"] == 10 * dear.index(min(dear))
    assert len({tuple(model.predict(X)) for model in models.values()}) == 4


TEXT_CODES = 10 * Y


def test_exceedance_is_the_sum_of_the_classes_above() -> None:
    model = PRESTO(0.02, categories=LEVELS).fit(X, TEXT)
    proba = model.predict_proba(X)
    for k, level in enumerate(LEVELS):
        expected = proba[:, k + 1 :].sum(axis=1)
        assert_allclose(model.predict_exceedance(X, level), expected, atol=1e-15)
        cumproba = model.predict_cumproba(X)
        assert_allclose(1 - expected, cumproba[:, k], atol=1e-12)
    assert_array_equal(model.predict_exceedance(X, "top"), 0.0)
    for bad in ("worst", 3, None):
        with pytest.raises(ValueError, match=r"level is .*, which is none of the"):
            model.predict_exceedance(X, bad)


def test_samples_have_the_predicted_probabilities() -> None:
    model = PRESTO(0.02, categories=LEVELS).fit(X, TEXT)
    rows = np.repeat(X[:2], 20_000, axis=0)
    drawn = model.sample(rows, random_state=0)
    assert_array_equal(drawn, model.sample(rows, random_state=0))
    assert (drawn != model.sample(rows, random_state=1)).any()
    for row, part in zip(X[:2], np.split(drawn, 2), strict=True):
        shares = [(part == level).mean() for level in LEVELS]
        # Four standard errors of a share.
        assert_allclose(shares, model.predict_proba([row])[0], atol=4 * 0.5 / 141)


def test_linear_predictor_is_thresholds_less_the_columns() -> None:
    model = OrdinalRegression().fit(X, Y)
    expected = model.thresholds_ - (X @ model.coef_[0])[:, None]
    assert_allclose(model.linear_predictor(X), expected)
    assert_allclose(model.linear_predictor(sparse.csr_array(X)), expected)
    # A positive coefficient pushes towards higher classes.
    assert model.coef_[0, 0] > 0
    up = X + np.array([1.0, 0.0, 0.0])
    more = model.predict_exceedance(up, 1) - model.predict_exceedance(X, 1)
    assert (more > 0).all()


def test_rows_far_away_have_a_certain_class() -> None:
    for family in ("cumulative", "sratio", "cratio", "acat"):
        for link in ("logit", "probit", "cloglog", "loglog"):
            model = OrdinalRegression(family=family, link=link).fit(X, Y)
            far = np.array([[1e6, 0.0, 0.0], [-1e6, 0.0, 0.0], [1e300, 0, 0]])
            proba = model.predict_proba(far)
            assert_allclose(proba, [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 1]])


def test_no_rows_to_predict() -> None:
    model = OrdinalRegression().fit(X, Y)
    with pytest.raises(ValueError, match="0 sample"):
        model.predict(X[:0])
