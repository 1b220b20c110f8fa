# SPDX-License-Identifier: BSD-3-Clause
"""ROCConvexHullClassifier: which vertex, which rows, which probabilities."""

import pickle
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from skx.resampling import (
    SMOTE,
    ResampledClassifier,
    ROCConvexHullClassifier,
    roc_convex_hull,
)

VECTORS = np.load(Path(__file__).parents[1] / "vectors" / "resampling_roc_hull.npz")


class Column(ClassifierMixin, BaseEstimator):
    """Its score is a column of X, so that held-out scores are known."""

    def __init__(self, column: int = 0) -> None:
        self.column = column

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Column":
        self.classes_, self.n_features_in_ = np.unique(y), X.shape[1]
        self.sample_weight_ = sample_weight
        return self

    def decision_function(self, X: Any) -> Any:
        return X[:, self.column]

    def predict(self, X: Any) -> Any:
        raise AssertionError("the candidate's own decision is not asked for")


def columns(X: np.ndarray) -> list[tuple[str, Any]]:
    return [(f"column {j}", Column(j)) for j in range(X.shape[1])]


def make_scores(
    n: int = 400, share: float = 0.3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Three columns of scores: good at the top, good at the bottom, few values."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(int)
    first = rng.normal(size=n) + y * rng.choice([0, 4], n)
    second = rng.normal(size=n) - (1 - y) * rng.choice([0, 4], n)
    third = np.rint(rng.normal(size=n) + y)
    return np.column_stack([first, second, third]), y


def data() -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        n_samples=400,
        n_features=6,
        n_informative=4,
        weights=[0.8],
        flip_y=0.1,
        random_state=0,
    )


CANDIDATES = [
    ("logistic", LogisticRegression(solver="newton-cholesky")),
    ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
]


def expected_cost(
    fpr: Any, tpr: Any, cost_fp: float, cost_fn: float, rate: float
) -> Any:
    return rate * cost_fn * (1 - tpr) + (1 - rate) * cost_fp * fpr


# The hull


@pytest.mark.parametrize("case", ["rocch0", "rocch1"])
def test_operating_points_of_vectors(case: str) -> None:
    y, X = VECTORS[f"{case}_y"], VECTORS[f"{case}_score"].reshape(-1, 1)
    model = ROCConvexHullClassifier([("score", Column())], cv=3).fit(X, y)
    calibrated = model.predict_proba(X)[:, 1]
    assert_allclose(calibrated, VECTORS[f"{case}_iso"], rtol=0, atol=1e-12)
    hull = np.column_stack([model.hull_.fpr, model.hull_.tpr])
    assert_allclose(hull, VECTORS[f"{case}_hull"], rtol=0, atol=1e-12)
    for cost_fp, cost_fn, rate, fpr, tpr, cost in VECTORS[f"{case}_ops"]:
        model.set_params(cost_fp=cost_fp, cost_fn=cost_fn, positive_rate=rate)
        at = model.best_index_
        assert_allclose(hull[at], [fpr, tpr], rtol=0, atol=1e-12)
        assert_allclose(
            expected_cost(*hull[at], cost_fp, cost_fn, rate), cost, rtol=0, atol=1e-12
        )
        said = model.predict(X)
        assert_allclose([said[y == 0].mean(), said[y == 1].mean()], [fpr, tpr])


@pytest.mark.parametrize("seed", range(5))
def test_no_threshold_of_any_candidate_is_cheaper(seed: int) -> None:
    X, y = make_scores(60, seed=seed)
    model = ROCConvexHullClassifier(columns(X), cv=3).fit(X, y)
    curves = [roc_curve(y, column, drop_intermediate=False)[:2] for column in X.T]
    fpr, tpr = np.hstack(curves)
    for cost_fn, rate in product([0, 0.1, 0.5, 1, 2, 7, 100], [None, 0.01, 0.5, 0.9]):
        model.set_params(cost_fn=cost_fn, positive_rate=rate)
        share = y.mean() if rate is None else rate
        costs = expected_cost(fpr, tpr, 1, cost_fn, share)
        said = model.predict(X)
        found = said[y == 0].mean(), said[y == 1].mean()
        assert_allclose(expected_cost(*found, 1, cost_fn, share), costs.min())
        # Of equal costs, the lowest rate of false positives.
        assert found[0] <= fpr[costs <= costs.min() + 1e-12].min() + 1e-12


def test_hull_is_that_of_all_curves() -> None:
    X, y = make_scores()
    model = ROCConvexHullClassifier(columns(X)).fit(X, y)
    hull = model.hull_
    assert len(set(hull.estimator)) > 1
    assert (np.diff(hull.fpr) >= 0).all()
    assert (np.diff(hull.tpr) >= 0).all()
    for j, column in enumerate(X.T):
        fpr, tpr, thresholds = roc_convex_hull(y, column)
        assert (np.interp(fpr[1:], hull.fpr, hull.tpr) >= tpr[1:] - 1e-12).all()
        # Its vertices on the common hull are vertices of its own.
        for i in np.flatnonzero(hull.estimator[1:-1] == j) + 1:
            at = np.flatnonzero(thresholds == hull.threshold[i])[0]
            assert (fpr[at], tpr[at]) == (hull.fpr[i], hull.tpr[i])
    assert_array_equal(hull.threshold[[0, -1]], [np.inf, -np.inf])
    assert_array_equal(hull.estimator[[0, -1]], hull.estimator[[1, -2]])


def test_hull_is_a_table() -> None:
    X, y = make_scores()
    model = ROCConvexHullClassifier(columns(X)).fit(X, y)
    table = pd.DataFrame(model.hull_)
    assert list(table) == ["fpr", "tpr", "threshold", "estimator", "name"]
    assert (table["name"] == "column " + table["estimator"].astype(str)).all()


def test_first_of_equal_candidates_is_named() -> None:
    X, y = make_scores()
    twins = [("b", Column()), ("a", Column())]
    model = ROCConvexHullClassifier(twins).fit(X, y)
    assert set(model.hull_.name) == {"b"}


def test_vertices_of_several_candidates_coincide_exactly() -> None:
    # The same rows, whose weights are added up in another order.
    X, y = make_scores()
    weight = np.random.default_rng(1).exponential(size=len(y))
    alone = roc_convex_hull(y, X[:, 0], sample_weight=weight)
    steps = np.searchsorted(alone[2][::-1], X[:, 0], side="right").astype(float)
    both = np.column_stack([X[:, 0], steps])
    model = ROCConvexHullClassifier(columns(both)).fit(both, y, sample_weight=weight)
    assert_array_equal(model.hull_.fpr, alone[0])
    assert set(model.hull_.estimator) == {0}


def test_scores_are_those_of_cross_val_predict() -> None:
    X, y = data()
    folds = StratifiedKFold(4, shuffle=True, random_state=1)
    model = ROCConvexHullClassifier(CANDIDATES, cv=folds).fit(X, y)
    logistic, tree = (
        cross_val_predict(candidate, X, y, cv=folds, method=method)
        for (_, candidate), method in zip(
            CANDIDATES, ["decision_function", "predict_proba"], strict=True
        )
    )
    assert_array_equal(model.oof_scores_, np.column_stack([logistic, tree[:, 1]]))
    assert_array_equal(
        model.estimators_[0].coef_, clone(CANDIDATES[0][1]).fit(X, y).coef_
    )


def test_folds_are_the_same_for_all_candidates() -> None:
    X, y = data()
    folds = StratifiedKFold(3, shuffle=True, random_state=np.random.RandomState(0))
    twins = [("a", GaussianNB()), ("b", GaussianNB())]
    model = ROCConvexHullClassifier(twins, cv=folds).fit(X, y)
    assert_array_equal(model.oof_scores_[:, 0], model.oof_scores_[:, 1])


# Costs and probabilities


def test_costs_act_without_another_fit() -> None:
    X, y = data()
    model = ROCConvexHullClassifier(CANDIDATES).fit(X, y)
    fitted, said = list(model.estimators_), []
    for cost_fn in (0, 0.2, 1, 5, 25, 1e9):
        said.append(model.set_params(cost_fn=cost_fn).predict(X))
        again = ROCConvexHullClassifier(CANDIDATES, cost_fn=cost_fn).fit(X, y)
        assert_array_equal(said[-1], again.predict(X))
        assert model.best_estimator_ is fitted[model.hull_.estimator[model.best_index_]]
    assert all(a is b for a, b in zip(model.estimators_, fitted, strict=True))
    shares = [labels.mean() for labels in said]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 0.9


@pytest.mark.parametrize("rate", [None, 0.02, 0.5, 0.9])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_predict_is_a_threshold_of_predict_proba(
    rate: float | None, is_weighted: bool
) -> None:
    X, y = make_scores()
    weight = np.random.default_rng(1).exponential(size=len(y)) if is_weighted else None
    model = ROCConvexHullClassifier(columns(X), positive_rate=rate)
    model.fit(X, y, sample_weight=weight)
    new, _ = make_scores(seed=1)
    for cost_fp, cost_fn in [(1, 1), (0, 1), (1, 0), (1, 3), (3, 1), (1, 40), (0.3, 9)]:
        model.set_params(cost_fp=cost_fp, cost_fn=cost_fn)
        probability = model.predict_proba(new)
        assert_allclose(probability.sum(axis=1), 1)
        exceeds = probability[:, 1] > cost_fp / (cost_fp + cost_fn)
        assert_array_equal(model.predict(new), exceeds.astype(int))


def test_ties_of_cost_are_decided_for_fewer_false_positives() -> None:
    # One segment of two positives and six negatives: a share of exactly 1/4.
    X = np.repeat([3.0, 2, 1], [2, 8, 4]).reshape(-1, 1)
    y = np.array([1, 1] + [1, 0, 0, 0] * 2 + [0] * 4)
    model = ROCConvexHullClassifier([("score", Column())], cv=2, cost_fn=3).fit(X, y)
    assert model.predict(X).sum() == 2
    assert model.set_params(cost_fn=3 + 1e-9).predict(X).sum() == 10


@pytest.mark.parametrize("is_weighted", [False, True])
def test_probabilities_are_isotonic_regression(is_weighted: bool) -> None:
    X, y = make_scores()
    weight = np.random.default_rng(1).exponential(size=len(y)) if is_weighted else None
    for j in range(3):
        model = ROCConvexHullClassifier([("score", Column(j))])
        model.fit(X, y, sample_weight=weight)
        isotonic = IsotonicRegression().fit(X[:, j], y, sample_weight=weight)
        assert_allclose(model.predict_proba(X)[:, 1], isotonic.predict(X[:, j]))
        assert_allclose(model.positive_rate_, np.average(y, weights=weight))


def test_probabilities_are_adjusted_to_the_positive_rate() -> None:
    X, y = make_scores()
    model = ROCConvexHullClassifier([("score", Column())]).fit(X, y)
    at_home = model.predict_proba(X)[:, 1]
    away = model.set_params(positive_rate=0.01).predict_proba(X)[:, 1]
    ratio = (0.01 / 0.99) / (y.mean() / (1 - y.mean()))
    odds = at_home[at_home < 1] / (1 - at_home[at_home < 1]) * ratio
    assert_allclose(away[at_home < 1], odds / (1 + odds), atol=1e-15)
    assert_array_equal(away[at_home == 1], 1)
    same = model.set_params(positive_rate=model.positive_rate_).predict_proba(X)[:, 1]
    assert_allclose(same, at_home, rtol=1e-12)


def test_rows_beyond_the_training_scores() -> None:
    X, y = make_scores()
    y[X[:, 0].argmin()] = 1  # so that some costs call every row positive
    model = ROCConvexHullClassifier([("score", Column())]).fit(X, y)
    beyond = np.array([[-1e9], [-np.inf], [1e9], [np.inf]])
    assert_array_equal(model.predict(beyond), [0, 0, 1, 1])
    assert_array_equal(model.set_params(cost_fn=1e9).predict(beyond), [1, 1, 1, 1])
    assert_array_equal(model.set_params(cost_fn=0).predict(beyond), [0, 0, 0, 0])
    chance = model.predict_proba(beyond)[:, 1]
    ends = model.predict_proba(X[[X[:, 0].argmin(), X[:, 0].argmax()]])[:, 1]
    assert_array_equal(chance, ends.repeat(2))


def test_log_probabilities() -> None:
    X, y = make_scores()
    model = ROCConvexHullClassifier([("score", Column())]).fit(X, y)
    logs = model.predict_log_proba(X)
    assert np.isneginf(logs).any()
    assert_allclose(np.exp(logs), model.predict_proba(X))


def test_useless_candidates() -> None:
    _, y = make_scores()
    X = np.zeros((len(y), 1))
    model = ROCConvexHullClassifier(
        [("a", DummyClassifier(strategy="prior")), ("b", Column())]
    ).fit(X, y)
    assert_array_equal(model.hull_.fpr, [0, 1])
    assert_array_equal(model.hull_.name, ["a", "a"])
    assert_allclose(model.predict_proba(X)[:, 1], y.mean())
    assert model.predict(X).sum() == 0
    assert model.set_params(cost_fn=10).predict(X).all()


def test_positive_class_may_be_the_first() -> None:
    X, y = make_scores()
    names = np.array(["fraud", "good"])
    plain = ROCConvexHullClassifier(columns(X), cost_fp=1, cost_fn=4).fit(X, y)
    model = ROCConvexHullClassifier(
        columns(-X), cost_fp=1, cost_fn=4, pos_label="fraud"
    ).fit(-X, names[1 - y])
    assert model.pos_label_ == "fraud"
    assert plain.pos_label_ == 1
    assert_array_equal(model.oof_scores_, plain.oof_scores_)
    assert_array_equal(model.hull_.tpr, plain.hull_.tpr)
    assert_array_equal(model.predict(-X), names[1 - plain.predict(X)])
    assert_array_equal(model.predict_proba(-X)[:, ::-1], plain.predict_proba(X))
    assert model.positive_rate_ == plain.positive_rate_ == y.mean()


def test_candidates_see_the_labels_as_they_are() -> None:
    # cross_val_predict would replace them by integers.
    X, y = data()
    labels = np.where(y == 1, "rare", "common")
    n_common = int((y == 0).sum())
    sampler = SMOTE(sampling_strategy={"rare": n_common}, random_state=0)
    candidates = [
        ("weighted", DecisionTreeClassifier(class_weight={"rare": 5, "common": 1})),
        ("resampled", ResampledClassifier(GaussianNB(), sampler=sampler)),
    ]
    model = ROCConvexHullClassifier(candidates).fit(X, labels)
    assert set(model.predict(X)) == {"rare", "common"}


# A target for the false positive rate


def test_target_is_met_between_vertices() -> None:
    X, y = make_scores(100_000, share=0.2)
    candidates = [("coarse", Column(2))]
    model = ROCConvexHullClassifier(candidates, random_state=0).fit(X, y)
    hull = model.hull_
    for target in (0.03, 0.2, 0.55):
        said = model.set_params(target_fpr=target).predict(X)
        at = model.best_index_
        assert hull.fpr[at] < target < hull.fpr[at + 1]
        n = (y == 0).sum()
        error = 5 * np.sqrt(target * (1 - target) / n)
        assert abs(said[y == 0].mean() - target) < error
        on_hull = np.interp(target, hull.fpr, hull.tpr)
        assert abs(said[y == 1].mean() - on_hull) < 5 * np.sqrt(0.25 / y.sum())


def test_target_mixes_two_candidates() -> None:
    X, y = make_scores(20_000)
    model = ROCConvexHullClassifier(columns(X), random_state=0).fit(X, y)
    hull = model.hull_
    at = int(np.flatnonzero(np.diff(hull.estimator))[0])
    target = hull.fpr[at : at + 2].mean()
    said = model.set_params(target_fpr=target).predict(X)
    rules = [X[:, hull.estimator[i]] >= hull.threshold[i] for i in (at, at + 1)]
    assert model.best_index_ == at
    assert_array_equal(said[rules[0] == rules[1]], rules[0][rules[0] == rules[1]])
    differ = rules[0] != rules[1]
    share = (said[differ] == rules[1][differ]).mean()
    assert abs(share - 0.5) < 5 * 0.5 / np.sqrt(differ.sum())


def test_target_at_a_vertex_takes_no_chance() -> None:
    X, y = make_scores()
    model = ROCConvexHullClassifier(columns(X)).fit(X, y)
    hull = model.hull_
    finds_all = np.flatnonzero(hull.tpr == 1)[0]
    for i in range(1, finds_all + 1):
        model.set_params(target_fpr=hull.fpr[i])
        said = model.predict(X)
        assert_array_equal(said, model.predict(X))
        assert said[y == 0].mean() == hull.fpr[i]
        assert said[y == 1].mean() == hull.tpr[hull.fpr == hull.fpr[i]].max()


def test_target_is_not_spent_where_it_finds_nothing() -> None:
    X = np.arange(8.0).reshape(-1, 1)
    y = np.array([0, 0, 0, 0, 1, 0, 1, 1])
    model = ROCConvexHullClassifier([("score", Column())], cv=2, target_fpr=0.9)
    said = model.fit(X, y).predict(X)
    assert_array_equal(said, [0, 0, 0, 0, 1, 1, 1, 1])
    assert_array_equal(model.set_params(target_fpr=1.0).predict(X), said)
    assert_array_equal(model.set_params(target_fpr=0.0).predict(X), X[:, 0] >= 6)


def test_chance_of_the_target() -> None:
    X, y = make_scores(2000)
    model = ROCConvexHullClassifier([("coarse", Column(2))], target_fpr=0.05)
    model.fit(X, y)
    assert (model.predict(X) != model.predict(X)).any()
    model.set_params(random_state=3)
    said = model.predict(X)
    assert_array_equal(said, model.predict(X))
    assert_array_equal(said, pickle.loads(pickle.dumps(model)).predict(X))
    assert (said != model.set_params(random_state=4).predict(X)).any()
    model.set_params(random_state=np.random.RandomState(3))
    assert_array_equal(said, model.predict(X))
    assert (said != model.predict(X)).any()
    # One row at a time, each call takes its chance anew.
    one = X[(X[:, 2] == model.hull_.threshold[model.best_index_ + 1])][:1]
    assert {int(model.predict(one)[0]) for _ in range(100)} == {0, 1}


def test_costs_take_no_chance() -> None:
    X, y = make_scores()
    generator = np.random.RandomState(0)
    model = ROCConvexHullClassifier(columns(X), random_state=generator).fit(X, y)
    model.predict(X)
    assert generator.randint(2**31) == np.random.RandomState(0).randint(2**31)


def test_target_is_told_by_the_tags() -> None:
    model = ROCConvexHullClassifier(CANDIDATES)
    assert not get_tags(model).non_deterministic
    assert get_tags(model.set_params(target_fpr=0.1)).non_deterministic


# Weights and other metadata


def test_weights_reach_candidates_and_hull() -> None:
    X, y = make_scores()
    weight = np.random.default_rng(1).exponential(size=len(y))
    model = ROCConvexHullClassifier([("score", Column())]).fit(
        X, y, sample_weight=weight
    )
    assert_array_equal(model.estimators_[0].sample_weight_, weight)
    fpr, tpr, thresholds = roc_convex_hull(y, X[:, 0], sample_weight=weight)
    assert_array_equal(model.hull_.fpr, fpr)
    assert_array_equal(model.hull_.tpr, tpr)
    assert_array_equal(model.hull_.threshold[1:-1], thresholds[1:-1])


def test_held_out_candidates_get_the_weights_of_their_rows() -> None:
    X, y = data()
    weight = np.random.default_rng(1).exponential(size=len(y))
    folds = list(KFold(3).split(X))
    model = ROCConvexHullClassifier(CANDIDATES[:1], cv=folds)
    model.fit(X, y, sample_weight=weight)
    for train, test in folds:
        by_hand = clone(CANDIDATES[0][1]).fit(X[train], y[train], weight[train])
        assert_array_equal(
            model.oof_scores_[test, 0], by_hand.decision_function(X[test])
        )


@pytest.mark.parametrize("rate", [None, 0.1])
def test_routing_gives_the_same_model(rate: float | None) -> None:
    X, y = data()
    weight = np.random.default_rng(1).exponential(size=len(y))
    groups = np.arange(len(y)) % 7
    plain = ROCConvexHullClassifier(CANDIDATES, cv=GroupKFold(3), positive_rate=rate)
    plain.fit(X, y, sample_weight=weight, groups=groups)
    with sklearn.config_context(enable_metadata_routing=True):
        candidates = [
            (name, clone(candidate).set_fit_request(sample_weight=True))
            for name, candidate in CANDIDATES
        ]
        routed = clone(plain).set_params(estimators=candidates)
        routed.fit(X, y, sample_weight=weight, groups=groups)
    assert_array_equal(routed.predict_proba(X), plain.predict_proba(X))
    assert_array_equal(routed.hull_.fpr, plain.hull_.fpr)


def test_routing_weights_the_hull_where_a_candidate_takes_none() -> None:
    X, y = make_scores()
    weight = np.random.default_rng(1).exponential(size=len(y))
    candidates = [("near", KNeighborsClassifier())]
    with pytest.raises(TypeError, match="unexpected keyword argument 'sample_weight'"):
        ROCConvexHullClassifier(candidates).fit(X, y, sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        model = ROCConvexHullClassifier(candidates).fit(X, y, sample_weight=weight)
    fpr, *_ = roc_convex_hull(y, model.oof_scores_[:, 0], sample_weight=weight)
    assert_array_equal(model.hull_.fpr, fpr)


def test_routing_asks_for_requests() -> None:
    X, y = data()
    with (
        sklearn.config_context(enable_metadata_routing=True),
        pytest.raises(UnsetMetadataPassedError, match=r"LogisticRegression\.fit"),
    ):
        ROCConvexHullClassifier(CANDIDATES).fit(X, y, sample_weight=np.ones(len(y)))


def test_routing_through_grid_search() -> None:
    X, y = data()
    weight = np.random.default_rng(1).exponential(size=len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        candidate = GaussianNB().set_fit_request(sample_weight=True)
        model = ROCConvexHullClassifier([("bayes", candidate)], cv=3)
        model.set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"cost_fn": [1, 5]}, cv=3)
        search.fit(X, y, sample_weight=weight)
    refitted = search.best_estimator_
    fpr, *_ = roc_convex_hull(y, refitted.oof_scores_[:, 0], sample_weight=weight)
    assert_array_equal(refitted.hull_.fpr, fpr)


# As a scikit-learn estimator


def test_pipeline_and_search() -> None:
    X, y = data()
    model = ROCConvexHullClassifier(
        [
            ("plain", GaussianNB()),
            ("smote", ResampledClassifier(GaussianNB(), random_state=0)),
        ],
        cv=3,
    )
    pipeline = make_pipeline(StandardScaler(), model)
    grid = {
        "rocconvexhullclassifier__smote__sampler": [SMOTE(), SMOTE(k_neighbors=3)],
        "rocconvexhullclassifier__plain": [LinearSVC(), GaussianNB()],
    }
    search = GridSearchCV(pipeline, grid, scoring="roc_auc", cv=3).fit(X, y)
    assert search.best_score_ > 0.6
    assert cross_val_score(pipeline, X, y, scoring="neg_log_loss", cv=3).shape == (3,)


def test_parts_are_parameters() -> None:
    model = ROCConvexHullClassifier(list(CANDIDATES))
    model.set_params(logistic__C=3.0, tree="later", cost_fp=2.0)
    assert model.get_params()["logistic__C"] == 3.0
    assert model.get_params()["tree"] == "later"
    assert "logistic" not in model.get_params(deep=False)
    CANDIDATES[0][1].set_params(C=1.0)
    again = clone(model.set_params(tree=DecisionTreeClassifier()))
    assert again.cost_fp == 2.0
    assert again.estimators[0][1] is not model.estimators[0][1]


def test_candidates_set_after_fit_wait_for_the_next() -> None:
    X, y = data()
    model = ROCConvexHullClassifier(CANDIDATES).fit(X, y)
    before = model.predict_proba(X)
    model.set_params(estimators=[])
    assert_array_equal(model.predict_proba(X), before)


def test_candidates_are_cloned() -> None:
    X, y = data()
    ROCConvexHullClassifier(CANDIDATES).fit(X, y)
    assert not any(hasattr(candidate, "classes_") for _, candidate in CANDIDATES)


def test_pickle() -> None:
    X, y = data()
    model = ROCConvexHullClassifier(CANDIDATES).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert_array_equal(
        again.set_params(cost_fn=9).predict(X), model.set_params(cost_fn=9).predict(X)
    )


@pytest.mark.slow
def test_number_of_jobs_changes_nothing() -> None:
    X, y = data()
    weight = np.random.default_rng(1).exponential(size=len(y))
    generator = np.random.RandomState(0)
    candidates = [
        *CANDIDATES,
        ("random", DecisionTreeClassifier(splitter="random", random_state=generator)),
    ]
    one, two = (
        ROCConvexHullClassifier(candidates, n_jobs=n_jobs).fit(X, y, weight)
        for n_jobs in (1, 2)
    )
    assert_array_equal(one.oof_scores_, two.oof_scores_)
    assert_array_equal(one.predict_proba(X), two.predict_proba(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames(frame: Any) -> None:
    X, y = data()
    names = [f"x{j}" for j in range(X.shape[1])]
    table = frame({name: X[:, j] for j, name in enumerate(names)})
    model = ROCConvexHullClassifier(CANDIDATES).fit(table, pd.Series(y))
    assert list(model.feature_names_in_) == names
    assert model.n_features_in_ == len(names)
    plain = ROCConvexHullClassifier(CANDIDATES).fit(X, y)
    assert_array_equal(model.predict_proba(table), plain.predict_proba(X))
    assert not hasattr(plain, "feature_names_in_")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[names[::-1]])


def test_layouts(layout: Any, float_dtype: type) -> None:
    X, y = data()
    X = X.astype(float_dtype)
    expected = ROCConvexHullClassifier(CANDIDATES, cv=3).fit(X.copy(), y)
    model = ROCConvexHullClassifier(CANDIDATES, cv=3).fit(layout(X), y)
    assert_allclose(
        model.predict_proba(layout(X)), expected.predict_proba(X), rtol=1e-5
    )


def test_sparse_rows() -> None:
    X, y = data()
    X = np.maximum(X, 0)
    candidates = [("svm", LinearSVC(random_state=0)), ("bayes", BernoulliNB())]
    model = ROCConvexHullClassifier(candidates)
    assert get_tags(model).input_tags.sparse
    found = model.fit(sparse.coo_array(X), y).predict_proba(sparse.csr_array(X))
    assert_allclose(found, clone(model).fit(X, y).predict_proba(X), rtol=1e-6)


def test_text() -> None:
    texts = ["buy now", "cheap offer now", "meeting at noon", "lunch at noon"] * 5
    y = [1, 1, 0, 0] * 5
    pipeline = make_pipeline(CountVectorizer(), BernoulliNB())
    model = ROCConvexHullClassifier([("bayes", pipeline)]).fit(texts, y)
    assert_array_equal(model.predict(["offer now", "lunch meeting"]), [1, 0])


def test_tags_come_from_the_candidates() -> None:
    tree, svm = ("tree", DecisionTreeClassifier()), ("svm", LinearSVC())
    both = get_tags(ROCConvexHullClassifier([tree, svm]))
    assert both.estimator_type == "classifier"
    assert not both.classifier_tags.multi_class
    assert not both.input_tags.allow_nan
    assert get_tags(ROCConvexHullClassifier([tree])).input_tags.allow_nan
    assert not get_tags(
        ROCConvexHullClassifier([("b", GaussianNB())])
    ).input_tags.sparse


def test_missing_values_where_all_candidates_take_them() -> None:
    X, y = data()
    X[::7, 2] = np.nan
    model = ROCConvexHullClassifier(CANDIDATES[1:]).fit(X, y)
    assert model.predict_proba(X).shape == (len(y), 2)


def test_diagram_shows_the_candidates() -> None:
    html = ROCConvexHullClassifier(CANDIDATES)._repr_html_()
    assert all(f"<label>{name}</label>" in html for name, _ in CANDIDATES)


def test_unfitted_model_says_so() -> None:
    X, _ = data()
    model = ROCConvexHullClassifier(CANDIDATES)
    for use in (model.predict, model.predict_proba, model.predict_log_proba):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            use(X)
    for name in ("best_index_", "best_estimator_"):
        assert not hasattr(model, name)
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(model, name)


# Errors


@pytest.mark.parametrize(
    ("estimators", "message"),
    [
        ([], r"estimators is empty; give a list of \(name, classifier\) pairs"),
        ([LogisticRegression()], r"estimators\[0\] is LogisticRegression\(\); give"),
        ([("a", LogisticRegression(), 3)], r"estimators\[0\] is \('a', "),
        ([(1, LogisticRegression())], r"estimators\[0\] is \(1, Log"),
        ([("a", StandardScaler())], r"estimators\[0\], 'a', is .*no classifier object"),
        ([("a", LogisticRegression)], r"'a', is <class .*, which is no classifier"),
        ([("a", "drop")], r"'a', is 'drop', which is no classifier"),
        ([("a", GaussianNB()), ("a", GaussianNB())], "not unique"),
        ([("cv", GaussianNB())], "conflict with constructor arguments"),
        ([("a__b", GaussianNB())], "must not contain __"),
    ],
)
def test_bad_candidates(estimators: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ROCConvexHullClassifier(estimators).fit(*data())


class OnlyLabels(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> "OnlyLabels":
        return self


def test_candidate_without_scores() -> None:
    model = ROCConvexHullClassifier([("labels", OnlyLabels())])
    with pytest.raises(ValueError, match="'labels', has neither decision_function nor"):
        model.fit(*data())


def test_candidate_with_missing_scores() -> None:
    X, y = make_scores()
    X[17, 1] = np.nan
    model = ROCConvexHullClassifier(columns(X), cv=KFold(2))
    with pytest.raises(
        ValueError, match="Scores of candidate 'column 1': 1 of 200 are"
    ):
        model.fit(X, y)
    model = ROCConvexHullClassifier(columns(X)[:1]).fit(X, y)
    X[3, 0] = np.nan
    with pytest.raises(ValueError, match=r"'column 0': 1 of 400 .* at position 3"):
        model.predict(X)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.arange(30) % 3, "Only binary classification is supported. .* multiclass"),
        (np.linspace(0, 1, 30), "Only binary classification .* continuous"),
        (np.eye(2, dtype=int)[np.arange(30) % 2], "Multilabel and multioutput"),
        (np.ones(30), r"y holds one class only, 1.0; .* needs rows of two"),
        (["yes", "no", None] * 10, "y holds missing values; leave those rows out"),
        (np.arange(20) % 2, r"inconsistent numbers of samples: \[30, 20\]"),
    ],
)
def test_bad_targets(y: Any, message: str) -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(ValueError, match=message):
        ROCConvexHullClassifier(CANDIDATES).fit(X, y)


def test_unknown_positive_class() -> None:
    with pytest.raises(
        ValueError, match=r"pos_label='x' is not present in y; .*\[0, 1"
    ):
        ROCConvexHullClassifier(CANDIDATES, pos_label="x").fit(*data())


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), r"sample_weight.shape == \(3,\), expected \(400,\)"),
        (-np.ones(400), "Negative values in data"),
    ],
)
def test_bad_weights(weight: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ROCConvexHullClassifier(CANDIDATES).fit(*data(), sample_weight=weight)


def test_class_without_weight() -> None:
    X, y = data()
    with pytest.raises(ValueError, match="no row of the positive class"):
        ROCConvexHullClassifier(CANDIDATES).fit(X, y, sample_weight=1 - y)


def test_splitter_must_score_each_row_once() -> None:
    X, y = data()
    model = ROCConvexHullClassifier(CANDIDATES, cv=ShuffleSplit(3, random_state=0))
    with pytest.raises(ValueError, match="cv tests 120 rows, 108 of them"):
        model.fit(X, y)


def test_fold_without_a_class() -> None:
    X, y = data()
    order = np.argsort(y)
    y[order[-1:]], y[order[:-1]] = 1, 0
    model = ROCConvexHullClassifier(CANDIDATES, cv=KFold(2))
    fold = 0 if order[-1] < 200 else 1
    with pytest.raises(ValueError, match=f"Fold {fold} of cv leaves only one class"):
        model.fit(X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cost_fn": -1}, "'cost_fn' parameter"),
        ({"cost_fp": np.inf}, "'cost_fp' parameter"),
        ({"positive_rate": 0.0}, "'positive_rate' parameter"),
        ({"positive_rate": 1.0}, "'positive_rate' parameter"),
        ({"target_fpr": 1.5}, "'target_fpr' parameter"),
        ({"cost_fp": 0, "cost_fn": 0}, "cost_fp=0 and cost_fn=0 have the sum 0.0"),
        ({"cost_fp": 1e308, "cost_fn": 1e308}, "sum inf; it must be positive and fin"),
    ],
)
def test_bad_costs_are_refused_before_and_after_fit(params: dict, message: str) -> None:
    X, y = make_scores()
    model = ROCConvexHullClassifier(columns(X)).fit(X, y).set_params(**params)
    for use in (model.predict, model.predict_proba, lambda X: model.fit(X, y)):
        with pytest.raises(ValueError, match=message):
            use(X)
