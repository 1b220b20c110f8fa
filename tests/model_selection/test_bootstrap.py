# SPDX-License-Identifier: BSD-3-Clause
"""The .632+ bootstrap."""

from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skx.model_selection import bootstrap_632plus, combine_632plus
from skx.model_selection._bootstrap import (
    LOSSES,
    _draw,
    _predict,
    _rows_of,
    _without_information,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "model_selection_tests.npz"


class NearestMean(ClassifierMixin, BaseEstimator):
    """Predicts the class whose mean is nearest; takes weights, fast."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        weights = np.ones(len(y)) if sample_weight is None else sample_weight
        self.means_ = np.array(
            [
                np.average(X[y == label], axis=0, weights=weights[y == label])
                for label in self.classes_
            ]
        )
        return self

    def predict(self, X):
        gaps = X[:, np.newaxis] - self.means_
        return self.classes_[(gaps**2).sum(axis=2).argmin(axis=1)]


@pytest.fixture(scope="module")
def data():
    return make_classification(60, n_informative=4, flip_y=0.2, random_state=1)


def test_combination_by_hand():
    # No overfitting: the plain .632 estimate.
    found = combine_632plus(0.2, 0.2, 0.5)
    assert (found.overfitting_rate, found.weight) == (0, 0.632)
    assert found.error == pytest.approx(0.2)
    # Nothing was learned: all that counts is out of bag.
    found = combine_632plus(0.0, 0.5, 0.5)
    assert found.weight == pytest.approx(1)
    assert found.error == pytest.approx(0.5)
    # Between: weights of the two errors.
    found = combine_632plus(0.1, 0.3, 0.5)
    assert found.overfitting_rate == pytest.approx(0.5)
    weight = 0.632 / (1 - 0.368 * 0.5)
    assert found.error == pytest.approx((1 - weight) * 0.1 + weight * 0.3)


def test_worse_than_no_information_is_limited():
    found = combine_632plus(0.1, 0.7, 0.5)
    assert found.overfitting_rate == 1
    assert found.error == pytest.approx(0.632 * 0.7 + 0.368 * 0.5)
    found = combine_632plus(0.4, 0.5, 0.3)  # training rows worse than by chance
    assert found.overfitting_rate == 0
    assert found.error == pytest.approx(0.368 * 0.4 + 0.632 * 0.5)


def test_parts_are_those_of_mlxtend():
    with np.load(VECTORS) as stored:
        v = dict(stored)
    X, y = v["X"], v["y"]
    everywhere, plain = np.arange(len(X)), 0
    for b, train in enumerate(v["oob_train"]):
        test = np.setdiff1d(everywhere, train)
        model = KNeighborsClassifier(5)
        rows = X, y, train
        outside = (_predict(model, *rows, test, {}, {}) != y[test]).mean()
        assert 1 - outside == pytest.approx(v["oob_scores"][b], rel=1e-10)
        # As there: the error of the sample's fit on all rows.
        prediction = _predict(model, *rows, everywhere, {}, {})
        inside = (prediction != y).mean()
        chance = _without_information(
            LOSSES["zero_one"], y, prediction, np.ones(len(y))
        )
        found = combine_632plus(inside, outside, chance)
        if inside < outside < chance:  # rates are not limited there
            expected = v["plus_scores"][b]
            assert 1 - found.error == pytest.approx(expected, rel=1e-10)
            plain += 1
        expected = 1 - 0.632 * outside - 0.368 * inside
        assert v["plain_scores"][b] == pytest.approx(expected, rel=1e-10)
    assert plain >= 15


@pytest.mark.parametrize("loss", LOSSES)
def test_no_information_is_the_mean_of_all_pairs(loss, monkeypatch):
    rng = np.random.default_rng(0)
    truth, prediction = rng.integers(0, 3, size=(2, 40))
    weights = rng.uniform(0, 2, 40)
    pairs = LOSSES[loss](truth[:, np.newaxis], prediction[np.newaxis])
    expected = (np.outer(weights, weights) * pairs).sum() / weights.sum() ** 2
    found = _without_information(LOSSES[loss], truth, prediction, weights)
    assert found == pytest.approx(expected)
    # A callable knows no shortcut; blocks make no difference.
    monkeypatch.setattr("skx.model_selection._bootstrap.BLOCK", 100)

    def own(truth, prediction):
        return LOSSES[loss](truth, prediction)

    found = _without_information(own, truth, prediction, weights)
    assert found == pytest.approx(expected)


def test_error_is_put_together_from_its_parts(data):
    X, y = data
    found = bootstrap_632plus(NearestMean(), X, y, n_bootstraps=30, random_state=0)
    model = NearestMean().fit(X, y)
    assert found.apparent_error == pytest.approx(1 - model.score(X, y))
    outside = [[] for _ in y]
    seeds = np.random.RandomState(0).randint(2**31 - 1, size=30)
    for b, seed in enumerate(seeds):
        train, test = _rows_of(_draw(int(seed), np.arange(60), y), np.arange(60))
        assert len(train) == 60
        wrong = NearestMean().fit(X[train], y[train]).predict(X[test]) != y[test]
        assert found.errors[b] == pytest.approx(wrong.mean())
        for i, one in zip(test, wrong, strict=True):
            outside[i].append(one)
    by_row = np.mean([np.mean(losses) for losses in outside])
    assert found.out_of_bag_error == pytest.approx(by_row)
    estimate = combine_632plus(
        found.apparent_error, found.out_of_bag_error, found.no_information_error
    )
    assert found.error == estimate.error
    assert found.weight == estimate.weight
    assert "BootstrapError of 30 samples: 0." in repr(found)
    assert "standard error" in repr(found)


def test_random_labels_are_recognised():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 5)), np.arange(100) % 2
    found = bootstrap_632plus(
        DecisionTreeClassifier(random_state=0), X, y, random_state=0
    )
    assert found.apparent_error == 0
    assert found.error_632 < 0.4
    assert 0.4 < found.error < 0.6


@pytest.mark.slow  # starts processes
def test_same_for_any_number_of_processes(data):
    one, two = (
        bootstrap_632plus(
            GaussianNB(), *data, n_bootstraps=10, random_state=5, n_jobs=n
        )
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one.errors, two.errors)
    assert one.error == two.error


def test_losses_of_numbers():
    X, y = make_regression(80, 3, noise=10, random_state=0)
    options = {"n_bootstraps": 40, "random_state": 0}
    squared = bootstrap_632plus(Ridge(), X, y, **options)
    named = bootstrap_632plus(Ridge(), X, y, loss="squared_error", **options)
    own = bootstrap_632plus(Ridge(), X, y, loss=lambda t, p: (t - p) ** 2, **options)
    assert squared.error == named.error == pytest.approx(own.error)
    assert 80 < squared.error < 140
    absolute = bootstrap_632plus(Ridge(), X, y, loss="absolute_error", **options)
    assert absolute.error < 12


def test_groups_are_drawn_whole(data):
    X, y = data
    groups = np.arange(60) // 3
    seen = np.column_stack([X, groups])

    class Watched(NearestMean):
        def fit(self, X, y):
            self.groups_ = set(X[:, -1])
            return super().fit(X, y)

        def predict(self, X):
            if len(X) < 60:
                assert not self.groups_ & set(X[:, -1])
            return super().predict(X)

    found = bootstrap_632plus(
        Watched(), seen, y, groups=groups, n_bootstraps=10, random_state=0
    )
    assert found.standard_error is None
    assert 0 < found.error < 1


def test_groups_show_how_copies_flatter():
    X, y = make_classification(40, flip_y=0.3, random_state=0)
    X, y, groups = np.repeat(X, 4, axis=0), np.repeat(y, 4), np.repeat(np.arange(40), 4)
    options = {"n_bootstraps": 50, "random_state": 0}
    tree = DecisionTreeClassifier(random_state=0)
    flattered = bootstrap_632plus(tree, X, y, **options)
    honest = bootstrap_632plus(tree, X, y, groups=groups, **options)
    assert flattered.error < 0.1
    assert honest.error > 0.2


def test_weights_count_rows(data):
    X, y = data
    weights = np.where(np.arange(60) < 40, 1.0, 0.0)
    options = {"n_bootstraps": 20, "random_state": 0}
    found = bootstrap_632plus(NearestMean(), X, y, sample_weight=weights, **options)
    wrong = NearestMean().fit(X, y).predict(X) != y
    assert found.apparent_error == pytest.approx(wrong[:40].mean())
    assert found.standard_error is None
    both = bootstrap_632plus(
        NearestMean(), X, y, params={"sample_weight": weights + 0.01}, **options
    )
    assert both.apparent_error != pytest.approx(wrong.mean())
    with config_context(enable_metadata_routing=True):
        routed = bootstrap_632plus(
            NearestMean().set_fit_request(sample_weight=True),
            X,
            y,
            params={"sample_weight": weights + 0.01},
            **options,
        )
    assert routed.error == both.error


def test_rare_classes_are_in_each_sample():
    X = np.random.default_rng(0).normal(size=(20, 2))
    y = np.zeros(20)
    y[:2] = 1
    found = bootstrap_632plus(
        LogisticRegression(), X, y, n_bootstraps=20, random_state=0
    )
    assert found.error < 0.5
    y[:2] = 0
    with pytest.raises(ValueError, match="y holds one class"):
        bootstrap_632plus(LogisticRegression(), X, y)


@pytest.mark.slow
def test_standard_error_is_the_spread_over_data_sets():
    rng = np.random.default_rng(0)
    errors, claimed = [], []
    for seed in range(60):
        y = np.arange(50) % 2
        X = rng.normal(size=(50, 2)) + y[:, np.newaxis] * 0.8
        found = bootstrap_632plus(
            NearestMean(), X, y, n_bootstraps=100, random_state=seed
        )
        errors.append(found.out_of_bag_error)
        claimed.append(found.standard_error)
    assert 0.8 < np.mean(claimed) / np.std(errors) < 1.35


def test_bad_input_is_refused(data):
    X, y = data
    few = {"n_bootstraps": 5}
    with pytest.raises(ValueError, match="'loss' parameter"):
        bootstrap_632plus(GaussianNB(), X, y, loss="log_loss")
    with pytest.raises(ValueError, match="n_bootstraps"):
        bootstrap_632plus(GaussianNB(), X, y, n_bootstraps=1)
    with pytest.raises(ValueError, match="one loss for each row, not their mean"):
        bootstrap_632plus(GaussianNB(), X, y, loss=lambda t, p: 0.5, **few)
    with pytest.raises(ValueError, match="not finite"):
        bootstrap_632plus(
            GaussianNB(), X, y, loss=lambda t, p: np.where(t == p, np.inf, 0.0), **few
        )
    with pytest.raises(ValueError, match="groups holds one group"):
        bootstrap_632plus(GaussianNB(), X, y, groups=np.zeros(60), **few)
    with pytest.raises(ValueError, match="held a single class"):
        _draw(0, np.arange(60), np.zeros(60))
    with pytest.raises(ValueError, match="1d array"):
        bootstrap_632plus(DecisionTreeRegressor(), X, X, **few)
    bags = np.zeros(60, dtype=[("bag", int), ("value", float), ("size", int)])
    with pytest.raises(ValueError, match="y carries bags"):
        bootstrap_632plus(GaussianNB(), X, bags)
    with pytest.raises(ValueError, match="out_of_bag_error is nan"):
        combine_632plus(0.1, np.nan, 0.5)
