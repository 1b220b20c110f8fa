# SPDX-License-Identifier: BSD-3-Clause
"""Model selection by bags: folds, scorers, pipelines and searches, routed or not."""

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.proportions import (
    BagKFold,
    ProportionLogisticRegression,
    bag_log_loss,
    bag_mean_absolute_error,
    bag_target,
    count_posterior,
    make_bag_scorer,
    make_bags,
)

random = np.random.RandomState(0)
X = random.normal(size=(300, 3))
LABELS = (X[:, 0] - X[:, 1] + random.logistic(size=300) > 0.4).astype(int)
BAGS = make_bags(X, bag_size=6, random_state=1)
TARGET = bag_target(BAGS, y=LABELS)
SHARES = TARGET["value"]
FOLDS = BagKFold(3)
GRID = {"proportionlogisticregression__alpha": [1e-4, 1e-2, 1.0]}


def pipeline() -> Any:
    return make_pipeline(StandardScaler(), ProportionLogisticRegression())


def fold_loss(model: Any, rows: Any, train: Any, test: Any) -> float:
    fitted = clone(model).fit(rows[train], TARGET[train])
    proba = fitted.predict_proba(rows[test])
    return -bag_log_loss(SHARES[test], proba, bags=BAGS[test])


def by_hand(model: Any) -> list[float]:
    splits = FOLDS.split(X, groups=BAGS, y=SHARES)
    return [fold_loss(model, X, train, test) for train, test in splits]


@pytest.mark.parametrize("routing", [False, True])
def test_a_target_goes_where_any_y_goes(routing: bool) -> None:
    expected = by_hand(pipeline())
    with config_context(enable_metadata_routing=routing):
        assert_allclose(cross_val_score(pipeline(), X, TARGET, cv=FOLDS), expected)
        scores = cross_validate(
            pipeline(), X, TARGET, cv=FOLDS, scoring=make_bag_scorer("log_loss")
        )
        assert_allclose(scores["test_score"], expected)
        search = GridSearchCV(pipeline(), GRID, cv=FOLDS).fit(X, TARGET)
    for alpha, score in zip(
        [1e-4, 1e-2, 1.0], search.cv_results_["mean_test_score"], strict=True
    ):
        model = pipeline().set_params(proportionlogisticregression__alpha=alpha)
        assert score == pytest.approx(np.mean(by_hand(model)))
    whole = clone(search.best_estimator_).fit(X, TARGET)
    assert_allclose(search.predict_proba(X), whole.predict_proba(X))
    assert search.score(X, TARGET) == pytest.approx(
        -bag_log_loss(TARGET, whole.predict_proba(X))
    )


def test_shares_and_bags_are_routed_without_being_told_to() -> None:
    expected = by_hand(pipeline())
    metrics = {"loss": make_bag_scorer("log_loss")}
    with config_context(enable_metadata_routing=True):
        folds = BagKFold(3).set_split_request(groups="bags")
        params = {"bags": BAGS}
        options = {"cv": folds, "params": params}
        assert_allclose(cross_val_score(pipeline(), X, SHARES, **options), expected)
        scored = cross_validate(pipeline(), X, SHARES, scoring=metrics, **options)
        assert_allclose(scored["test_loss"], expected)
        search = GridSearchCV(pipeline(), GRID, cv=folds).fit(X, SHARES, bags=BAGS)
        other = GridSearchCV(pipeline(), GRID, cv=FOLDS).fit(X, TARGET)
        fitted = pipeline().fit(X, SHARES, bags=BAGS)
        assert fitted.score(X, SHARES, bags=BAGS) == fitted.score(X, TARGET)
        assert fitted.score(X, LABELS) > 0.6
    for name in ("mean_test_score", "std_test_score", "rank_test_score"):
        assert_allclose(search.cv_results_[name], other.cv_results_[name])


def test_shares_and_bags_without_routing_are_scored_by_equal_shares() -> None:
    params = {"proportionlogisticregression__bags": BAGS}
    splits = list(FOLDS.split(X, SHARES, BAGS))
    expected = []
    for train, test in splits:
        fitted = pipeline().fit(X[train], TARGET[train])
        proba = fitted.predict_proba(X[test])
        values = np.unique(SHARES[test], return_inverse=True)[1]
        expected.append(-bag_log_loss(SHARES[test], proba, bags=values))
    warned = "was given no bags: rows of one value are scored as one bag"
    for scorer in (None, make_bag_scorer("log_loss")):
        options = {"cv": splits, "scoring": scorer, "params": params}
        with pytest.warns(UserWarning, match=warned):
            scores = cross_val_score(pipeline(), X, SHARES, **options)
        assert_allclose(scores, expected)
    search = GridSearchCV(pipeline(), GRID, cv=GroupKFold(3))
    with pytest.warns(UserWarning, match=warned):
        search.fit(X, SHARES, groups=BAGS, **params)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_the_default_folds_of_a_search_cut_bags_and_are_noticed() -> None:
    search = GridSearchCV(pipeline(), GRID, cv=3)
    with pytest.raises(ValueError, match=r"rows; splitting a\s+bag changes its prop"):
        search.fit(X, TARGET)
    fitted = pipeline().fit(X, TARGET)
    with pytest.raises(ValueError, match="splitting a bag changes its proportion"):
        fitted.score(X[:40], TARGET[:40])
    with pytest.raises(ValueError, match="splitting a bag changes its proportion"):
        next(BagKFold(2).split(X[:40], TARGET[:40]))


def test_no_label_of_a_row_is_needed_for_selection() -> None:
    # Labels that move within their bags change nothing that is chosen.
    moved = LABELS.copy()
    for bag in np.unique(BAGS):
        rows = np.flatnonzero(bag == BAGS)
        moved[rows] = np.sort(LABELS[rows])
    one = GridSearchCV(pipeline(), GRID, cv=FOLDS).fit(X, TARGET)
    two = GridSearchCV(pipeline(), GRID, cv=FOLDS).fit(X, bag_target(BAGS, y=moved))
    assert_array_equal(one.predict_proba(X), two.predict_proba(X))


@pytest.mark.parametrize("distribution", ["fixed", "poisson", "lognormal"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_hold_whole_bags_evenly(distribution: str, shuffle: bool) -> None:
    codes = make_bags(
        n_samples=3000, size_distribution=distribution, bag_size=20, random_state=0
    )
    labels = np.random.RandomState(0).randint(0, 2, 3000)
    y = bag_target(codes, y=labels)
    folds = BagKFold(4, shuffle=shuffle, random_state=0 if shuffle else None)
    tests = [test for _, test in folds.split(y, y)]
    assert_array_equal(np.sort(np.concatenate(tests)), np.arange(3000))
    assert sum(len(np.unique(codes[test])) for test in tests) == len(np.unique(codes))
    assert_allclose([len(test) for test in tests], 750, atol=20)
    assert_allclose([labels[test].mean() for test in tests], labels.mean(), atol=0.01)
    again = [test for _, test in folds.split(y, y["value"], groups=codes)]
    for one, other in zip(tests, again, strict=True):
        assert_array_equal(one, other)


def test_folds_by_size_alone_and_in_another_order() -> None:
    plain = BagKFold(3, stratify=False)
    tests = [test for _, test in plain.split(X, groups=BAGS)]
    assert {len(test) for test in tests} <= {96, 102, 108}
    orders = {
        tuple(next(BagKFold(3, shuffle=True, random_state=seed).split(X, TARGET))[1])
        for seed in range(4)
    }
    assert len(orders) == 4
    assert plain.get_n_splits() == 3


def test_folds_without_bags_are_refused() -> None:
    with pytest.raises(ValueError, match="BagKFold was given no bags; pass them as"):
        next(BagKFold().split(X, SHARES))
    with pytest.raises(ValueError, match="n_splits=5 but there are 2 bags; use fewer"):
        next(BagKFold().split(X[:4], groups=[0, 0, 1, 1]))
    with pytest.raises(ValueError, match="random_state=3 has no effect"):
        BagKFold(random_state=3)


def test_bag_log_loss_by_hand() -> None:
    weights = [1.0, 3.0, 1.0, 1.0]
    proba = np.array([0.2, 0.8, 0.9, 0.7])
    means = np.array([0.65, 0.8])
    losses = -np.array([0.5, 1.0]) * np.log(means) - [0.5 * np.log(0.35), 0.0]
    options: dict[str, Any] = {"bags": [0, 0, 1, 1], "sample_weight": weights}
    shares = [0.5, 0.5, 1.0, 1.0]
    mean, std = bag_log_loss(shares, proba, return_std=True, **options)
    assert mean == pytest.approx((4 * losses[0] + 2 * losses[1]) / 6)
    both = np.column_stack([1 - proba, proba])
    assert bag_log_loss(shares, both, **options) == pytest.approx(mean)
    two = np.array(shares)[:, None] * [-1, 1] + [1, 0]
    assert bag_log_loss(two, both, **options) == pytest.approx(mean)
    error = bag_mean_absolute_error(shares, proba, **options)
    assert error == pytest.approx((4 * 0.15 + 2 * 0.2) / 6)
    half = bag_mean_absolute_error(two, both, **options)
    assert half == pytest.approx(error)
    assert std > 0.0


def test_standard_error_is_that_of_a_mean_of_bags() -> None:
    proba = np.random.RandomState(0).uniform(size=300)
    mean, std = bag_log_loss(TARGET, proba, return_std=True)
    each = [
        bag_log_loss(SHARES[b == BAGS], proba[b == BAGS], bags=BAGS[b == BAGS])
        for b in range(50)
    ]
    assert mean == pytest.approx(np.mean(each))
    assert std == pytest.approx(np.std(each, ddof=1) / np.sqrt(50))


def test_scorers_are_the_metrics() -> None:
    model = LogisticRegression().fit(X, LABELS)
    proba = model.predict_proba(X)[:, 1]
    means = np.bincount(BAGS, proba) / 6
    shares = np.bincount(BAGS, LABELS) / 6
    _, logs = count_posterior(
        model.decision_function(X), BAGS, 6 * shares, return_log_likelihood=True
    )
    expected = {
        "log_loss": -bag_log_loss(TARGET, proba),
        "mean_absolute_error": -np.abs(means - shares).mean(),
        "brier": -((means - shares) ** 2).mean(),
        "squared_error": -((means - shares) ** 2).mean(),
        "count_log_likelihood": logs.sum() / 300,
    }
    for metric, value in expected.items():
        scorer = pickle.loads(pickle.dumps(make_bag_scorer(metric)))
        assert scorer(model, X, TARGET) == pytest.approx(value), metric
        assert scorer(model, X, SHARES, bags=BAGS) == pytest.approx(value)
        assert repr(scorer) == f"make_bag_scorer({metric!r})"


def test_scorers_of_regressors_compare_means() -> None:
    targets = X @ [1.0, 2.0, -1.0] + 0.1
    y = bag_target(BAGS, means=np.bincount(BAGS, targets) / 6)
    model = LinearRegression().fit(X, X[:, 0])
    gaps = np.bincount(BAGS, targets - model.predict(X)) / 6
    score = make_bag_scorer("squared_error")(model, X, y)
    assert score == pytest.approx(-(gaps**2).mean())
    score = make_bag_scorer("mean_absolute_error")(model, X, y)
    assert score == pytest.approx(-np.abs(gaps).mean())
    with pytest.raises(ValueError, match="scores probabilities, but LinearReg"):
        make_bag_scorer("log_loss")(model, X, y)


def test_scorers_of_noisy_shares_are_told_of_the_noise() -> None:
    y = TARGET.copy()
    y["value"] += np.random.RandomState(0).laplace(scale=0.3, size=50)[BAGS]
    model = ProportionLogisticRegression(count_noise=("laplace", 1.8)).fit(X, y)
    for metric in ("log_loss", "squared_error", "count_log_likelihood"):
        with pytest.raises(ValueError, match="for shares with noise set count_noise"):
            make_bag_scorer(metric)(model, X, y)
        scorer = make_bag_scorer(metric, count_noise=("laplace", 1.8))
        assert np.isfinite(scorer(model, X, y))
    with pytest.raises(ValueError, match="metric is 'auc'; expected one of"):
        make_bag_scorer("auc")


def test_weights_reach_a_scorer_that_asks_for_them() -> None:
    weights = np.repeat([1.0, 5.0], 150)
    model = ProportionLogisticRegression().fit(X, TARGET)
    expected = make_bag_scorer("log_loss")(model, X, TARGET, sample_weight=weights)
    assert expected == model.score(X, TARGET, weights)
    assert expected != model.score(X, TARGET)
    with config_context(enable_metadata_routing=True):
        scorer = make_bag_scorer("log_loss").set_score_request(sample_weight=True)
        asked = scorer.get_metadata_routing().score.requests
        assert asked == {"bags": True, "sample_weight": True}


def test_predictions_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"y_prob has shape \(300, 3\), which does"):
        bag_log_loss(TARGET, np.full((300, 3), 1 / 3))
    with pytest.raises(ValueError, match="bag_log_loss was given no bags"):
        bag_log_loss(SHARES, LABELS)


@pytest.mark.parametrize("metric", [bag_log_loss, bag_mean_absolute_error])
@pytest.mark.parametrize("odd", [-0.5, 1.5, np.nan])
def test_log_odds_are_not_taken_for_probabilities(metric: Any, odd: float) -> None:
    with pytest.raises(ValueError, match=f"y_prob holds {odd}; probabilities of rows"):
        metric(TARGET, np.where(np.arange(300) == 7, odd, 0.5))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_heed_the_names_of_classes(n_classes: int) -> None:
    labels = np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 1)]
    labels[labels == "c"] = "c" if n_classes == 3 else "b"
    names = np.unique(labels)
    y = bag_target(BAGS, y=labels)
    two = y["value"].ndim == 1
    shares = np.column_stack([1 - y["value"], y["value"]]) if two else y["value"]
    turned = bag_target(BAGS, proportions=shares[:, ::-1], classes=names[::-1])
    for model in (
        LogisticRegression().fit(X, labels),
        ProportionLogisticRegression().fit(X, y),
    ):
        for metric in ("log_loss", "count_log_likelihood"):
            scorer = make_bag_scorer(metric)
            assert scorer(model, X, turned) == pytest.approx(scorer(model, X, y))
    assert model.score(X, turned) == pytest.approx(model.score(X, y))


def test_folds_want_a_value_for_each_row() -> None:
    with pytest.raises(ValueError, match="y has 600 entries but X has 300 rows"):
        next(BagKFold().split(X, np.zeros(600), groups=BAGS))
