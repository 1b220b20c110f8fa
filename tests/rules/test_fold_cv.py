# SPDX-License-Identifier: BSD-3-Clause
"""FOLDSEClassifierCV against GridSearchCV, its choice, and its figure."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    ShuffleSplit,
    cross_validate,
)

from skx.rules import FOLDSEClassifier, FOLDSEClassifierCV, RulePathDisplay
from skx.rules._fold_cv import choose, front
from tests.rules.test_fold import noisy_table

RATIOS = [0.1, 0.5, 0.9]
TAILS = [0.0, 0.01, 0.05]
GRID = {"ratio": RATIOS, "tail": TAILS}


def classes(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = noisy_table(150)
    if n_classes == 3:
        y = y + (np.asarray(X[:, 2], dtype=int) == 1)
    return X, np.array(["no", "yes", "maybe"])[y]


def assert_equal_to_grid(model: Any, grid: Any, n_folds: int) -> None:
    """Compare scores to the last bit, and the rules of the setting that was chosen."""
    ours, theirs = model.cv_results_, grid.cv_results_
    assert ours["params"] == theirs["params"]
    for name in ("param_ratio", "param_tail"):
        assert_array_equal(ours[name], theirs[name].astype(float))
    for k in range(n_folds):
        name = f"split{k}_test_score"
        assert_array_equal(ours[name], theirs[name])
    for name in ("mean_test_score", "std_test_score"):
        assert_allclose(ours[name], theirs[name], rtol=1e-14)
    assert_array_equal(ours["rank_test_score"], theirs["rank_test_score"])
    assert ours["rank_test_score"].dtype == theirs["rank_test_score"].dtype
    assert ours["rank_test_score"][model.best_index_] == 1
    assert model.best_score_ == pytest.approx(grid.best_score_, rel=1e-14)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"scoring": "neg_log_loss"},
        {"scoring": "balanced_accuracy", "class_weight": "balanced"},
        {"max_bins": 5, "comparison": "typed", "criterion": "entropy"},
        {"min_coverage": "auto", "multi_class": "decision_list", "max_depth": 1},
        {"max_rules": 2, "max_conditions": 2, "stall": "stop"},
    ],
    ids=str,
)
def test_it_is_a_grid_search(n_classes: int, params: dict[str, Any]) -> None:
    X, y = classes(n_classes)
    model = FOLDSEClassifierCV(ratios=RATIOS, tails=TAILS, cv=3, **params).fit(X, y)
    scoring = params.pop("scoring", None)
    plain = FOLDSEClassifier(**params)
    grid = GridSearchCV(plain, GRID, cv=3, scoring=scoring, refit=False).fit(X, y)
    assert_equal_to_grid(model, grid, 3)
    chosen = clone(plain).set_params(**model.best_params_).fit(X, y)
    assert model.rules_ == chosen.rules_
    assert_array_equal(model.predict_proba(X), chosen.predict_proba(X))
    assert_array_equal(model.feature_importances_, chosen.feature_importances_)
    assert model.explain(X[:3], style="dict") == chosen.explain(X[:3], style="dict")
    assert model.export("python") == chosen.export("python")
    name = "accuracy" if scoring is None else scoring
    assert model.score(X, y) == get_scorer(name)(chosen, X, y)


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_default_grid_is_a_grid_search(n_classes: int) -> None:
    X, y = noisy_table(300)
    y = y + (n_classes == 3) * (np.asarray(X[:, 2], dtype=int) == 1)
    model = FOLDSEClassifierCV().fit(X, y)
    grid = {name: model.cv_results_[f"param_{name}"].data for name in GRID}
    grid = {name: np.unique(values) for name, values in grid.items()}
    assert [len(values) for values in grid.values()] == [10, 10]
    plain = FOLDSEClassifier()
    assert all(plain.get_params()[name] in values for name, values in grid.items())
    search = GridSearchCV(plain, grid, cv=5).fit(X, y)
    assert_equal_to_grid(model, search, 5)


def test_sizes_are_those_of_the_fits() -> None:
    X, y = classes(3)
    model = FOLDSEClassifierCV(ratios=RATIOS, tails=TAILS, cv=3).fit(X, y)
    for k, params in enumerate(model.cv_results_["params"]):
        plain = FOLDSEClassifier(**params)
        fits = cross_validate(plain, X, y, cv=3, return_estimator=True)["estimator"]
        for name in ("n_rules", "n_conditions"):
            sizes = [getattr(fit, f"{name}_") for fit in fits]
            assert model.cv_results_[f"mean_{name}"][k] == pytest.approx(np.mean(sizes))


def polars_frame(X: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({name: X[:, j].tolist() for j, name in enumerate("abc")})


@pytest.mark.parametrize(
    "container",
    [
        lambda X: pd.DataFrame(X, columns=["a", "b", "c"]),
        polars_frame,
        lambda X: X.tolist(),
        lambda X: np.asfortranarray(X),
    ],
)
@pytest.mark.parametrize("max_bins", [None, 5])
def test_containers(container: Any, max_bins: int | None) -> None:
    X, y = classes(2)
    model = FOLDSEClassifierCV(
        ratios=RATIOS, tails=TAILS, cv=3, scoring="f1_macro", max_bins=max_bins
    )
    expected = model.fit(X, y).cv_results_["mean_test_score"]
    found = clone(model).fit(container(X), y)
    assert_array_equal(found.cv_results_["mean_test_score"], expected)
    assert_array_equal(found.predict(container(X)), model.predict(X))


def test_sparse_input() -> None:
    X = sparse.random(120, 4, density=0.4, random_state=0, format="csr")
    y = (X.toarray()[:, 0] > 0.2).astype(int)
    for max_bins in (None, 8):
        model = FOLDSEClassifierCV(cv=3, ratios=[0.5], tails=TAILS, max_bins=max_bins)
        dense = clone(model).fit(X.toarray(), y)
        assert model.fit(X, y).rules_ == dense.rules_
        assert_array_equal(
            model.cv_results_["mean_test_score"], dense.cv_results_["mean_test_score"]
        )


@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_weights_count_in_fits_and_scores(scoring: str | None) -> None:
    X, y = classes(2)
    weights = np.random.default_rng(0).integers(0, 3, len(y))
    fold = np.arange(len(y)) % 3
    model = FOLDSEClassifierCV(ratios=RATIOS, tails=TAILS, scoring=scoring)

    def pairs(fold: np.ndarray) -> list[Any]:
        each = [fold == k for k in range(3)]
        return [(np.flatnonzero(~test), np.flatnonzero(test)) for test in each]

    weighted = clone(model).set_params(cv=pairs(fold)).fit(X, y, weights)
    rows = np.repeat(np.arange(len(y)), weights)
    repeated = clone(model).set_params(cv=pairs(fold[rows])).fit(X[rows], y[rows])
    assert weighted.rules_ == repeated.rules_
    assert_allclose(
        weighted.cv_results_["mean_test_score"], repeated.cv_results_["mean_test_score"]
    )
    # A splitter sees the rows of positive weight alone.
    zero = clone(model).set_params(cv=3).fit(X, y, np.where(weights > 0, 1.0, 0.0))
    without = clone(model).set_params(cv=3).fit(X[weights > 0], y[weights > 0])
    assert_array_equal(
        zero.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"]
    )


def test_a_fold_without_a_class_is_scored() -> None:
    X, y = classes(3)
    half = np.arange(len(y)) % 2 == 0
    train = half & (y != "maybe")
    pairs = [
        tuple(map(np.flatnonzero, each)) for each in ((train, ~half), (~half, half))
    ]
    model = FOLDSEClassifierCV(ratios=RATIOS, tails=TAILS, cv=pairs).fit(X, y)
    grid = GridSearchCV(FOLDSEClassifier(), GRID, cv=pairs).fit(X, y)
    assert_equal_to_grid(model, grid, 2)


def test_threads_change_nothing() -> None:
    X, y = classes(3)
    model = FOLDSEClassifierCV(ratios=RATIOS, tails=TAILS, cv=3)
    one, two = clone(model).fit(X, y), clone(model).set_params(n_jobs=2).fit(X, y)
    assert one.rules_ == two.rules_
    for name, values in one.cv_results_.items():
        assert_array_equal(values, two.cv_results_[name])


def test_groups_go_to_the_splitter() -> None:
    X, y = classes(2)
    groups = np.arange(len(y)) % 7
    model = FOLDSEClassifierCV(ratios=[0.5], tails=TAILS, cv=GroupKFold(3))
    model.fit(X, y, groups=groups)
    grid = GridSearchCV(
        FOLDSEClassifier(), {"ratio": [0.5], "tail": TAILS}, cv=GroupKFold(3)
    )
    assert_equal_to_grid(model, grid.fit(X, y, groups=groups), 3)
    with pytest.raises(TypeError, match="does not take colour"):
        model.fit(X, y, colour=groups)


def test_metadata_are_routed() -> None:
    X, y = classes(2)
    groups = np.arange(len(y)) % 7
    weights = np.random.default_rng(0).integers(1, 4, len(y))
    grid = {"ratios": [0.5], "tails": TAILS}
    expected = FOLDSEClassifierCV(**grid, cv=GroupKFold(3), scoring="f1_macro")
    expected.fit(X, y, sample_weight=weights, groups=groups)
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("f1_macro").set_score_request(sample_weight=True)
        model = FOLDSEClassifierCV(**grid, cv=GroupKFold(3), scoring=scorer)
        model.fit(X, y, sample_weight=weights, groups=groups)
        score = model.score(X, y, sample_weight=weights)
    for name in ("mean_test_score", "rank_test_score"):
        assert_array_equal(model.cv_results_[name], expected.cv_results_[name])
    assert score == expected.score(X, y, sample_weight=weights)
    assert score != expected.score(X, y)


def test_choice() -> None:
    scores = np.array([[0.8, 0.8], [0.9, 0.9], [0.91, 0.89], [0.92, 0.86], [0.5, 0.6]])
    sizes = np.array([1.0, 9.0, 6.0, 3.0, 8.0])
    # Of equal means the smaller one.
    assert choose(scores, sizes, "best") == 2
    # 0.89 is within one standard error, 0.01, of 0.9.
    assert choose(scores, sizes, "1se") == 3
    assert_array_equal(front(scores.mean(axis=1), sizes), [0, 3, 2])
    scores[2] = np.nan
    assert choose(scores, sizes, "best") == 1
    with pytest.raises(ValueError, match="is not a finite number for any setting"):
        choose(np.full((2, 2), np.nan), np.ones(2), "best")


def test_one_standard_error_takes_no_more_conditions() -> None:
    X, y = noisy_table(150, seed=1)
    best = FOLDSEClassifierCV().fit(X, y)
    short = FOLDSEClassifierCV(selection="1se").fit(X, y)
    sizes = best.cv_results_["mean_n_conditions"]
    assert sizes[short.best_index_] < sizes[best.best_index_]
    assert short.best_score_ <= best.best_score_
    assert {short.best_index_, best.best_index_} <= set(best.path_)
    assert (np.diff(sizes[best.path_]) > 0).all()
    assert (np.diff(best.cv_results_["mean_test_score"][best.path_]) > 0).all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"ratios": [-0.1]}, r"ratios is \[-0.1\]; give a list of values of ratio"),
        ({"ratios": []}, "give a list of values of ratio"),
        ({"tails": [0.1, 1.0]}, r"values of tail, in \[0, 1\)"),
        ({"tails": [[0.1]]}, r"values of tail, in \[0, 1\)"),
        ({"tails": [np.nan]}, r"values of tail, in \[0, 1\)"),
        (
            {"selection": "1se", "cv": ShuffleSplit(1, random_state=0)},
            "spread of the score over at least 2 folds",
        ),
        ({"cv": [([0, 1], [2]), ([3], [])]}, "Fold 1 has 1 rows .* and 0 to score"),
    ],
)
def test_bad_parameters(params: dict[str, Any], message: str) -> None:
    X, y = classes(2)
    with pytest.raises(ValueError, match=message):
        FOLDSEClassifierCV(**params).fit(X, y)


def test_display() -> None:
    mpl = pytest.importorskip("matplotlib")
    mpl.use("agg")
    X, y = classes(2)
    model = FOLDSEClassifierCV(ratios=RATIOS, tails=TAILS, cv=3).fit(X, y)
    display = RulePathDisplay.from_estimator(model)
    results = model.cv_results_
    points = np.column_stack([results["mean_n_conditions"], results["mean_test_score"]])
    assert_allclose(display.points_.get_offsets(), points)
    assert_allclose(display.line_[0].get_xydata(), points[model.path_])
    low, high = np.array(display.line_[2][0].get_segments())[:, :, 1].T
    scores = np.array([results[f"split{k}_test_score"] for k in range(3)])
    error = scores[:, model.path_].std(axis=0, ddof=1) / np.sqrt(3)
    assert_allclose((high - low) / 2, error, atol=1e-12)
    assert display.ax_.get_ylabel() == "accuracy"
    assert display.plot(ax=display.ax_).figure_ is display.ax_.figure
    mpl.pyplot.close(display.figure_)


def test_display_names_the_score() -> None:
    mpl = pytest.importorskip("matplotlib")
    mpl.use("agg")
    X, y = classes(2)
    model = FOLDSEClassifierCV(ratios=[0.5], tails=TAILS, cv=ShuffleSplit(1))
    for scoring, name in [("f1_macro", "f1_macro"), (get_scorer("accuracy"), "score")]:
        display = RulePathDisplay.from_estimator(
            clone(model).set_params(scoring=scoring).fit(X, y)
        )
        assert display.ax_.get_ylabel() == name
        mpl.pyplot.close(display.figure_)
