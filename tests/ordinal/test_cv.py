# SPDX-License-Identifier: BSD-3-Clause
"""Choosing the strength of the penalty."""

import json
import warnings
from math import comb, log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
)

from skx.ordinal import (
    PRESTO,
    PRESTOCV,
    OrdinalRegression,
    OrdinalRegressionCV,
    PathDisplay,
)
from skx.ordinal._search import LOSSES, choose
from skx.ordinal.metrics import get_scorer

VECTORS = Path(__file__).parents[1] / "vectors"
DATA = np.loadtxt(VECTORS / "ordinal_presto.csv", delimiter=",", skiprows=1)
X, Y = DATA[:, 1:], DATA[:, 0].astype(int)
CASES = json.loads((VECTORS / "ordinal_presto.json").read_text())
MODULO = [
    (
        np.flatnonzero(np.arange(len(Y)) % 5 != i),
        np.flatnonzero(np.arange(len(Y)) % 5 == i),
    )
    for i in range(5)
]
ALPHAS = [0.05, 0.02, 0.01, 0.003]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["C_cv_lasso", "C_cv_ridge"])
def test_scores_are_those_of_the_reference(name: str) -> None:
    case = CASES[name]
    model = PRESTOCV(
        alphas=case["lambda"], l1_ratio=case["alpha"], cv=MODULO, scoring="brier"
    ).fit(X, Y)
    np.testing.assert_allclose(-model.scores_path_, case["brier"], atol=1e-6)
    mean = np.mean(case["brier"], axis=1)
    assert model.alpha_ == pytest.approx(case["lambda"][mean.argmin()])
    counts = [len(test) for _, test in MODULO]
    model.set_params(scoring="neg_log_loss").fit(X, Y)
    np.testing.assert_allclose(
        model.scores_path_ * counts, case["loglik"], rtol=0, atol=2e-4
    )
    model.set_params(scoring="accuracy").fit(X, Y)
    np.testing.assert_allclose(1 - model.scores_path_, case["misclass"], atol=1e-12)


@pytest.mark.parametrize("scoring", [*LOSSES, "mae", "qwk", "accuracy"])
def test_scores_are_those_of_a_grid_search(scoring: str) -> None:
    own = scoring != "accuracy"
    folds = StratifiedKFold(3)
    model = PRESTOCV(alphas=ALPHAS, cv=folds, scoring=scoring).fit(X, Y)
    search = GridSearchCV(
        PRESTO(),
        {"alpha": ALPHAS},
        scoring=get_scorer(scoring) if own else scoring,
        cv=folds,
    )
    search.fit(X, Y)
    expected = [search.cv_results_[f"split{i}_test_score"] for i in range(3)]
    np.testing.assert_allclose(model.scores_path_.T, expected, rtol=1e-6)
    # Equal means go to the largest alpha, which a grid search takes if it comes first.
    assert model.alpha_ == search.best_params_["alpha"]
    np.testing.assert_allclose(model.coef_, search.best_estimator_.coef_, atol=1e-6)


def test_log_loss_is_that_of_scikit_learn() -> None:
    model = OrdinalRegressionCV(alphas=ALPHAS, cv=3).fit(X, Y)
    search = GridSearchCV(
        OrdinalRegression(standardize=True),
        {"alpha": ALPHAS},
        scoring="neg_log_loss",
        cv=3,
    ).fit(X, Y)
    np.testing.assert_allclose(
        model.scores_path_.mean(axis=1), search.cv_results_["mean_test_score"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("scoring", [*LOSSES, "mae", "qwk"])
def test_weights_count_in_fits_and_scores(scoring: str) -> None:
    # Whole rows of folds repeated, and the same as weights.
    weights = np.resize([1, 2, 1, 3], len(Y))
    at = np.repeat(np.arange(len(Y)), weights)
    part = np.arange(len(Y)) % 3
    pairs = [(np.flatnonzero(part != i), np.flatnonzero(part == i)) for i in range(3)]
    long_pairs = [
        (np.flatnonzero(part[at] != i), np.flatnonzero(part[at] == i)) for i in range(3)
    ]
    weighted = PRESTOCV(n_alphas=4, cv=pairs, scoring=scoring).fit(X, Y, weights)
    repeated = PRESTOCV(n_alphas=4, cv=long_pairs, scoring=scoring).fit(X[at], Y[at])
    np.testing.assert_allclose(weighted.alphas_, repeated.alphas_)
    np.testing.assert_allclose(
        weighted.scores_path_, repeated.scores_path_, rtol=1e-7, atol=1e-9
    )
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    unweighted = PRESTOCV(n_alphas=4, cv=pairs, scoring=scoring).fit(X, Y)
    assert not np.allclose(unweighted.scores_path_, weighted.scores_path_, rtol=1e-4)


@pytest.mark.parametrize("cv", [3, StratifiedKFold(3), "pairs"])
def test_rows_of_weight_0_are_as_if_they_were_not_there(cv: Any) -> None:
    weights = np.resize([1.0, 0.5, 0.0, 2.0], len(Y))
    kept = weights > 0
    if cv == "pairs":
        mine, theirs = (
            MODULO,
            [
                tuple(np.cumsum(kept)[rows[kept[rows]]] - 1 for rows in pair)
                for pair in MODULO
            ],
        )
    else:
        mine = theirs = cv
    one = PRESTOCV(n_alphas=3, cv=mine).fit(X, Y, weights)
    other = PRESTOCV(n_alphas=3, cv=theirs).fit(X[kept], Y[kept], weights[kept])
    np.testing.assert_array_equal(one.scores_path_, other.scores_path_)
    np.testing.assert_array_equal(one.coef_, other.coef_)


def brute_force(scores: np.ndarray, selection: str) -> tuple[int, int]:
    """Choose by going through all candidates."""
    best, ratio, at = -np.inf, 0, 0
    for r in range(scores.shape[0]):
        for a in range(scores.shape[1]):
            if scores[r, a].mean() > best:
                best, ratio, at = scores[r, a].mean(), r, a
    if selection == "min":
        return ratio, at
    n = scores.shape[2]
    bar = best - np.sqrt(((scores[ratio, at] - best) ** 2).sum() / (n - 1) / n)
    return ratio, next(a for a in range(at + 1) if scores[ratio, a].mean() >= bar)


@pytest.mark.parametrize("selection", ["min", "1se"])
@pytest.mark.parametrize("seed", range(20))
def test_rules_are_those_of_brute_force(selection: str, seed: int) -> None:
    # Quarters have exact means; many of them are equal.
    scores = np.random.default_rng(seed).integers(0, 4, size=(2, 6, 4)) / 4.0
    assert choose(scores, selection) == brute_force(scores, selection)


def test_ties_that_differ_by_rounding_go_to_the_largest_alpha() -> None:
    scores = np.array([[[0.3, 0.0], [0.1 + 0.2, 0.0], [0.2, 0.0]]])
    assert choose(scores, "min") == (0, 0)


def test_alphas_without_a_score_are_not_chosen() -> None:
    scores = np.array([[[np.nan, 1.0], [0.0, 0.0], [0.5, 0.5]]])
    assert choose(scores, "min") == (0, 2)
    with pytest.raises(ValueError, match="not a finite number for any alpha"):
        choose(np.full((1, 3, 2), np.nan), "min")


@pytest.mark.slow
def test_one_standard_error_gives_a_simpler_model() -> None:
    least = PRESTOCV(n_alphas=8, eps=0.05, cv=MODULO).fit(X, Y)
    simple = clone(least).set_params(selection="1se").fit(X, Y)
    assert simple.alpha_ > least.alpha_
    scores = least.scores_path_
    best = scores.mean(axis=1).argmax()
    bar = scores[best].mean() - scores[best].std(ddof=1) / np.sqrt(5)
    expected = min(a for a in range(8) if scores[a].mean() >= bar)
    assert simple.alpha_ == simple.alphas_[expected]
    assert simple.n_parameters_ < least.n_parameters_


@pytest.mark.slow
@pytest.mark.parametrize("criterion", ["aic", "bic", "ebic"])
def test_criteria_of_the_lasso_are_those_by_hand(criterion: str) -> None:
    case = CASES["C_cumulative_logit_lasso"]
    model = PRESTOCV(alphas=case["lambda"], criterion=criterion).fit(X, Y)
    counts = np.array(case["n_nonzero"])
    factor = 2.0 if criterion == "aic" else log(len(Y))
    expected = -2 * np.array(case["loglik"]) + factor * counts
    if criterion == "ebic":
        expected += [2 * log(comb(15, count - 3)) for count in counts]
    # At the first alpha a coefficient is about to leave 0.
    np.testing.assert_allclose(model.criterion_path_[1:], expected[1:], atol=1e-4)
    assert model.alpha_ == model.alphas_[model.criterion_path_.argmin()]
    assert not hasattr(model, "scores_path_")
    model.set_params(criterion=None, cv=MODULO).fit(X, Y)
    assert not hasattr(model, "criterion_path_")


def logistic_degrees(slopes: np.ndarray, thresholds: np.ndarray, alpha: float) -> float:
    """Trace of H (H + P)^-1 of two classes, by the Hessian of logistic regression."""
    Z = np.column_stack([np.ones(len(X)), -(X - X.mean(axis=0)) / X.std(axis=0)])
    eta = thresholds[0] - X @ slopes[0]
    density = np.exp(eta) / (1 + np.exp(eta)) ** 2
    H = Z.T @ (Z * density[:, None]) / len(X)
    P = alpha * np.diag([0.0] + [1.0] * X.shape[1])
    return float(np.trace(H @ np.linalg.inv(H + P)))


def test_criterion_of_the_ridge_is_that_by_hand() -> None:
    y = (Y > 2).astype(int)
    model = OrdinalRegressionCV(criterion="aic", n_alphas=5).fit(X, y)
    for row, alpha in enumerate(model.alphas_):
        single = OrdinalRegression(alpha=alpha, standardize=True).fit(X, y)
        df = logistic_degrees(single.coef_, single.thresholds_, alpha)
        expected = -2 * single.loglik_ + 2 * df
        assert model.criterion_path_[row] == pytest.approx(expected, abs=1e-6)
    least = OrdinalRegressionCV(criterion="bic", alphas=[1e-9]).fit(X, y)
    assert least.criterion_path_[0] == pytest.approx(least.bic_, abs=1e-5)


def test_model_is_the_one_on_the_path_of_all_rows() -> None:
    model = PRESTOCV(n_alphas=6, cv=3).fit(X, Y)
    at = int(np.flatnonzero(model.alphas_ == model.alpha_)[0])
    assert model.scores_path_.shape == (6, 3)
    assert model.coefs_path_.shape == (6, 3, 5)
    np.testing.assert_array_equal(model.coef_, model.coefs_path_[at])
    np.testing.assert_array_equal(model.thresholds_, model.thresholds_path_[at])
    single = PRESTO(model.alpha_).fit(X, Y)
    np.testing.assert_allclose(model.coef_, single.coef_, atol=1e-6)
    np.testing.assert_allclose(model.deviations_, single.deviations_, atol=1e-6)
    np.testing.assert_allclose(
        model.predict_proba(X), single.predict_proba(X), atol=1e-6
    )
    assert model.loglik_ == pytest.approx(single.loglik_, abs=1e-6)
    assert model.kkt_violation_ < 1e-6


@pytest.mark.slow
def test_several_l1_ratios_have_grids_of_their_own() -> None:
    ratios = [1.0, 0.5, 0.0]
    model = PRESTOCV(l1_ratio=ratios, n_alphas=4, cv=3).fit(X, Y)
    assert model.alphas_.shape == (3, 4)
    assert model.scores_path_.shape == (3, 4, 3)
    assert model.coefs_path_.shape == (3, 4, 3, 5)
    assert model.thresholds_path_.shape == (3, 4, 3)
    singles = [PRESTOCV(l1_ratio=r, n_alphas=4, cv=3).fit(X, Y) for r in ratios]
    for r, single in enumerate(singles):
        np.testing.assert_array_equal(model.alphas_[r], single.alphas_)
        np.testing.assert_array_equal(model.scores_path_[r], single.scores_path_)
        np.testing.assert_array_equal(model.coefs_path_[r], single.coefs_path_)
    best = int(np.argmax([s.scores_path_.mean(axis=1).max() for s in singles]))
    assert model.l1_ratio_ == ratios[best]
    assert model.alpha_ == singles[best].alpha_
    np.testing.assert_array_equal(model.coef_, singles[best].coef_)


@pytest.mark.slow
def test_threads_do_not_change_the_result() -> None:
    alone = PRESTOCV(l1_ratio=[1.0, 0.5], n_alphas=4, cv=3).fit(X, Y)
    threads = PRESTOCV(l1_ratio=[1.0, 0.5], n_alphas=4, cv=3, n_jobs=2).fit(X, Y)
    np.testing.assert_array_equal(alone.scores_path_, threads.scores_path_)
    np.testing.assert_array_equal(alone.coefs_path_, threads.coefs_path_)


@pytest.mark.slow
def test_random_state_shuffles_integer_folds_alone() -> None:
    def scores(cv: Any, random_state: Any) -> np.ndarray:
        model = PRESTOCV(alphas=[0.03, 0.02], cv=cv, random_state=random_state)
        return model.fit(X, Y).scores_path_

    np.testing.assert_array_equal(scores(3, 0), scores(3, 0))
    assert not np.allclose(scores(3, 0), scores(3, 1))
    shuffled = StratifiedKFold(3, shuffle=True, random_state=0)
    np.testing.assert_array_equal(scores(3, 0), scores(shuffled, None))
    np.testing.assert_array_equal(scores(3, None), scores(StratifiedKFold(3), 7))
    np.testing.assert_array_equal(scores(None, None), scores(5, None))


def test_masks_and_repeated_folds_are_taken() -> None:
    masks = [(part != 0, part == 0) for part in [np.arange(len(Y)) % 4]]
    assert PRESTOCV(n_alphas=3, cv=masks).fit(X, Y).scores_path_.shape == (3, 1)
    folds = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    assert PRESTOCV(n_alphas=3, cv=folds).fit(X, Y).scores_path_.shape == (3, 4)


@pytest.mark.slow
def test_groups_go_to_the_splitter() -> None:
    groups = np.resize([0, 0, 1, 2, 2, 3], len(Y))
    pairs = list(GroupKFold(3).split(X, Y, groups))
    expected = PRESTOCV(n_alphas=3, cv=pairs).fit(X, Y).scores_path_
    model = PRESTOCV(n_alphas=3, cv=GroupKFold(3)).fit(X, Y, groups=groups)
    np.testing.assert_array_equal(model.scores_path_, expected)
    with pytest.raises(TypeError, match="does not take color"):
        model.fit(X, Y, color=groups)
    # Groups of rows without weight go with them.
    weights = np.resize([1.0, 0.0, 1.0], len(Y))
    kept = weights > 0
    model.fit(X, Y, weights, groups=groups)
    other = clone(model).fit(X[kept], Y[kept], groups=groups[kept])
    np.testing.assert_array_equal(model.scores_path_, other.scores_path_)


@pytest.mark.slow
def test_metadata_are_routed() -> None:
    groups = np.resize([0, 0, 1, 2, 2, 3], len(Y))
    weights = np.resize([1.0, 2.0, 1.0], len(Y))
    folds = GroupKFold(3)
    plain = PRESTOCV(n_alphas=3, cv=folds).fit(X, Y, weights, groups=groups)
    with config_context(enable_metadata_routing=True):
        model = PRESTOCV(n_alphas=3, cv=folds)
        model.fit(X, Y, sample_weight=weights, groups=groups)
        np.testing.assert_array_equal(model.scores_path_, plain.scores_path_)
        # In a search: the request of the model itself, and through it.
        inner = PRESTOCV(n_alphas=3, cv=folds).set_fit_request(sample_weight=True)
        inner.set_score_request(sample_weight=True)
        search = GridSearchCV(inner, {"l1_ratio": [1.0, 0.5]}, cv=KFold(2))
        search.fit(X, Y, sample_weight=weights, groups=groups)
        half = len(Y) // 2
        own = clone(inner).set_params(l1_ratio=1.0)
        own.fit(X[half:], Y[half:], sample_weight=weights[half:], groups=groups[half:])
        score = own.score(X[:half], Y[:half], sample_weight=weights[:half])
        assert search.cv_results_["split0_test_score"][0] == pytest.approx(score)


@pytest.mark.slow
def test_scorer_of_scikit_learn_is_given_weights() -> None:
    weights = np.resize([1.0, 3.0, 0.5], len(Y))
    model = PRESTOCV(alphas=ALPHAS, cv=MODULO, scoring="neg_brier_score")
    own = PRESTOCV(alphas=ALPHAS, cv=MODULO, scoring="brier").fit(X, Y, weights)
    model.fit(X, Y, weights)
    ratio = own.scores_path_ / model.scores_path_
    np.testing.assert_allclose(ratio, ratio[0, 0])
    assert model.score(X, Y, weights) < 0


def test_callable_sees_fitted_models_and_the_rows_as_they_came() -> None:
    frame = pd.DataFrame(X, columns=list("abcde"))
    levels = np.array(["low", "middle", "high", "top"])
    y = pd.Series(pd.Categorical(levels[Y - 1], categories=levels, ordered=True))
    seen: list[Any] = []

    def scoring(estimator: Any, X: Any, y: Any) -> float:
        seen.append((estimator.alpha, type(estimator), list(X.columns), y.dtype))
        estimator.predict_proba(X)
        return float((estimator.predict(X) == y).mean())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = PRESTOCV(alphas=ALPHAS, cv=2, scoring=scoring).fit(frame, y)
    assert [alpha for alpha, *_ in seen] == ALPHAS * 2
    assert {(kind, *columns) for _, kind, columns, _ in seen} == {(PRESTO, *"abcde")}
    assert all(dtype == y.dtype for *_, dtype in seen)
    accuracy = PRESTOCV(alphas=ALPHAS, cv=2, scoring="accuracy").fit(frame, y)
    np.testing.assert_allclose(model.scores_path_, accuracy.scores_path_)


def test_rare_class_may_be_any() -> None:
    model = PRESTOCV(alphas=ALPHAS, cv=2, scoring="rare_brier", rare_class=2)
    model.fit(X, Y)
    search = GridSearchCV(
        PRESTO(),
        {"alpha": ALPHAS},
        scoring=get_scorer("rare_brier", rare_class=2),
        cv=2,
    ).fit(X, Y)
    np.testing.assert_allclose(
        model.scores_path_.mean(axis=1), search.cv_results_["mean_test_score"]
    )
    expected = get_scorer("rare_brier", rare_class=2)(model, X, Y)
    assert model.score(X, Y) == expected
    with pytest.raises(ValueError, match="rare_class is 7, which is none of"):
        model.set_params(rare_class=7).fit(X, Y)


def test_costs_choose_by_expected_cost() -> None:
    costs = (np.arange(4)[:, None] - np.arange(4)) ** 2
    model = PRESTOCV(
        alphas=ALPHAS, cv=2, scoring="expected_cost", decision="cost", cost_matrix=costs
    ).fit(X, Y)
    search = GridSearchCV(
        PRESTO(decision="cost", cost_matrix=costs),
        {"alpha": ALPHAS},
        scoring=get_scorer("expected_cost", cost_matrix=costs),
        cv=2,
    ).fit(X, Y)
    np.testing.assert_allclose(
        model.scores_path_.mean(axis=1), search.cv_results_["mean_test_score"]
    )


def test_every_training_part_needs_every_class() -> None:
    y = Y.copy()
    y[3] = 9
    with (
        pytest.warns(UserWarning, match="least populated class"),
        pytest.raises(
            ValueError, match=r"fold \d has no row of class 9, which has 1 in"
        ),
    ):
        PRESTOCV(cv=3).fit(X, y)
    order = np.argsort(Y, kind="stable")
    with pytest.raises(ValueError, match="fold 0 has no row of class 1"):
        PRESTOCV(cv=KFold(2)).fit(X[order], Y[order])


def test_a_class_of_two_rows_is_enough_for_stratified_folds() -> None:
    y = Y.copy()
    y[[3, 200]] = 9
    with pytest.warns(UserWarning, match="least populated class"):
        model = PRESTOCV(n_alphas=3).fit(X, y)
    assert np.isfinite(model.scores_path_).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"selection": "1se", "cv": MODULO[:1]}, "spread of the score over at least 2"),
        ({"selection": "1se", "criterion": "aic"}, "or cv with more folds and crit"),
        ({"l1_ratio": []}, "l1_ratio is"),
        ({"l1_ratio": [0.5, 2.0]}, "l1_ratio is"),
        ({"alphas": [-1.0]}, "alphas must be finite"),
        ({"penalty_factor": np.zeros(5)}, "No coefficient has a penalty"),
        ({"cv": [(np.arange(500), np.arange(0))]}, "Fold 0 has no row of positive"),
        ({"scoring": "best"}, "scoring"),
        ({"cv": "five"}, "cv"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PRESTOCV(**arguments).fit(X, Y)


def test_warnings_are_given_for_the_chosen_fit_alone() -> None:
    # Columns that separate the classes: without penalty there is no maximum.
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(90, 2))
    y = np.digitize(rows[:, 0], [-0.5, 0.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = PRESTOCV(alphas=[0.1, 0.0], scoring=fewest_parameters, cv=2)
        model.fit(rows, y)
    assert model.alpha_ == 0.1
    model.set_params(alphas=[0.0])
    with pytest.warns(ConvergenceWarning, match="has no maximum") as caught:
        model.fit(rows, y)
    assert len(caught) == 1


def fewest_parameters(estimator: Any, X: Any, y: Any) -> float:
    return -float(np.abs(estimator.coef_).sum())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The boundaries of 1 rows touch")
def test_crossing_in_folds_is_mended_in_silence() -> None:
    data = np.loadtxt(
        VECTORS / "ordinal_presto_boundary.csv", delimiter=",", skiprows=1
    )
    rows, y = data[:, 1:], data[:, 0]
    wide = np.vstack([rows, 4 * rows])
    pairs = [(np.arange(len(rows)), np.arange(len(rows), 2 * len(rows)))]
    labels = np.concatenate([y, y])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = PRESTOCV(alphas=[1.0, 1e-3], cv=pairs, scoring="accuracy")
        model.fit(wide, labels)
        brier = PRESTOCV(alphas=[1.0, 1e-3], cv=pairs, scoring="brier")
        brier.fit(wide, labels)
    single = PRESTO(1e-3).fit(rows, y)
    assert single.crossing_rate(4 * rows) > 0
    with pytest.warns(UserWarning, match="boundaries cross"):
        expected = get_scorer("brier")(single, 4 * rows, y)
    assert brier.scores_path_[1, 0] == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueError, match="boundaries cross"):
        brier.set_params(crossing="raise").fit(wide, labels)


def test_sparse_columns_give_what_dense_ones_do() -> None:
    rows = np.where(np.abs(X) > 1, X, 0.0)
    dense = PRESTOCV(n_alphas=4, cv=3).fit(rows, Y)
    thin = PRESTOCV(n_alphas=4, cv=3).fit(sparse.csr_matrix(rows), Y)
    np.testing.assert_allclose(thin.scores_path_, dense.scores_path_, rtol=1e-8)
    np.testing.assert_allclose(thin.coef_, dense.coef_, atol=1e-7)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The boundaries of 1 rows touch")
def test_lasso_of_parallel_slopes_leaves_columns_out() -> None:
    rows, y = make_classification(
        n_samples=300,
        n_features=10,
        n_informative=2,
        n_redundant=0,
        n_classes=3,
        n_clusters_per_class=1,
        random_state=0,
        shuffle=False,
    )
    model = OrdinalRegressionCV(l1_ratio=1.0, selection="1se", cv=4).fit(rows, y)
    assert 1 <= np.count_nonzero(model.coef_[0]) < 10
    np.testing.assert_array_equal(model.coef_[0], model.coef_[1])
    free = OrdinalRegressionCV(nonparallel=[0], n_alphas=3, cv=2).fit(rows, y)
    assert (free.coef_[0] != free.coef_[1])[0]


def test_verbose_prints_a_line_for_every_path(capsys: pytest.CaptureFixture) -> None:
    PRESTOCV(n_alphas=3, cv=2, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("[PRESTOCV] all rows, l1_ratio=1: 3 fits in ")
    assert lines[2].startswith("[PRESTOCV] fold 1, l1_ratio=1: 3 fits in ")


def test_display_shows_path_and_scores() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    model = PRESTOCV(l1_ratio=[1.0, 0.5], n_alphas=4, cv=3, scoring="rps").fit(X, Y)
    display = PathDisplay.from_estimator(model)
    left, right = display.axes_
    assert len(left.get_lines()) == 3 * 5 + 1
    at = [1.0, 0.5].index(model.l1_ratio_)
    np.testing.assert_array_equal(
        left.get_lines()[1].get_ydata(), model.coefs_path_[at, :, 1, 0]
    )
    curve, chosen = right.get_lines()
    np.testing.assert_allclose(curve.get_ydata(), model.scores_path_[at].mean(axis=1))
    assert set(chosen.get_xdata()) == {model.alpha_}
    assert right.get_ylabel() == "rps"
    assert len(right.collections) == 1
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = OrdinalRegressionCV(criterion="bic", n_alphas=3).fit(frame, Y)
    again = PathDisplay.from_estimator(model, axes=display.axes_)
    assert again.figure_ is display.figure_
    assert again.feature_names == list("abcde")
    assert right.get_ylabel() == "bic"
    plt.close(display.figure_)
    with pytest.raises(ValueError, match="give two axes"):
        again.plot(axes=[left])


def test_a_chosen_penalty_has_no_standard_errors() -> None:
    model = OrdinalRegressionCV(n_alphas=3, cv=2).fit(X, Y)
    assert model.fit_statistics()["loglik"] == model.loglik_
    with pytest.raises(ValueError, match="its penalty pulls coefficients towards 0"):
        model.summary()
