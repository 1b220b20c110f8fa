# SPDX-License-Identifier: BSD-3-Clause
"""Ordered classes by binary classifiers, against the definition written out."""

import pickle
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skx.ordinal import OrdinalMetaClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
LATENT = X[:, 0] + np.abs(X[:, 1]) + RNG.logistic(size=300) / 2
Y = np.digitize(LATENT, [-0.5, 0.7, 1.4, 2.3])  # 5 classes
X_NEW = RNG.normal(size=(200, 3))
TREE = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)


def nearest_falling(row: np.ndarray) -> np.ndarray:
    """Best of all partitions into runs, each replaced by its mean."""
    n, best, error = len(row), row, np.inf
    for cuts in product([False, True], repeat=n - 1):
        edges = [0, *(np.flatnonzero(cuts) + 1), n]
        means = [row[a:b].mean() for a, b in pairwise(edges)]
        fitted = np.repeat(means, np.diff(edges))
        found = ((fitted - row) ** 2).sum()
        if (np.diff(means) <= 0).all() and found < error:
            best, error = fitted, found
    return best


def above_by_hand(family: str, rows: np.ndarray) -> np.ndarray:
    columns, reached = [], np.ones(len(rows))
    for k in range(4):
        kept = np.full(300, True) if family == "cumulative" else k <= Y
        proba = clone(TREE).fit(X[kept], Y[kept] > k).predict_proba(rows)[:, 1]
        reached = reached * proba if family == "sratio" else proba
        columns.append(reached)
    return np.column_stack(columns)


@pytest.mark.parametrize("family", ["cumulative", "sratio"])
def test_probabilities_are_those_of_the_definition(family: str) -> None:
    model = OrdinalMetaClassifier(TREE, family=family).fit(X, Y)
    proba = model.predict_proba(X_NEW)
    above = above_by_hand(family, X_NEW)
    repaired = np.array([nearest_falling(row) for row in above])
    ends = np.ones((200, 1)), np.zeros((200, 1))
    expected = -np.diff(np.hstack([ends[0], repaired, ends[1]]), axis=1)
    np.testing.assert_allclose(proba, expected, atol=1e-12)
    assert proba.min() >= 0.0
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-12)
    # Rows in order are the estimates as they come.
    in_order = (np.diff(above, axis=1) <= 0).all(axis=1)
    np.testing.assert_array_equal(proba[in_order, 0], 1 - above[in_order, 0])
    np.testing.assert_array_equal(proba[in_order, -1], above[in_order, -1])
    assert model.crossing_rate(X_NEW) == (~in_order).mean()
    assert (model.crossing_rate(X_NEW) > 0.1) == (family == "cumulative")


@pytest.mark.parametrize("family", ["cumulative", "sratio"])
@pytest.mark.parametrize("estimator", [TREE, LogisticRegression(), GaussianNB()])
def test_two_classes_are_the_estimator_itself(estimator: Any, family: str) -> None:
    labels = np.where(Y > 1, "yes", "no")
    model = OrdinalMetaClassifier(estimator, family=family).fit(X, labels)
    plain = clone(estimator).fit(X, labels)
    assert model.classes_.tolist() == plain.classes_.tolist()
    proba = model.predict_proba(X_NEW)
    np.testing.assert_array_equal(proba[:, 1], plain.predict_proba(X_NEW)[:, 1])
    np.testing.assert_array_equal(model.predict(X_NEW), plain.predict(X_NEW))


def test_small_probabilities_of_the_last_class_are_exact() -> None:
    class Tail(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> "Tail":
            self.classes_, counts = np.unique(y, return_counts=True)
            self.share_ = counts[1] * 1e-30
            return self

        def predict_proba(self, X: Any) -> np.ndarray:
            return np.tile([1 - self.share_, self.share_], (len(X), 1))

    model = OrdinalMetaClassifier(Tail()).fit(X, Y)
    proba = model.predict_proba(X[:1])[0]
    counts = np.bincount(Y)
    np.testing.assert_allclose(proba[1:], counts[1:] * 1e-30, rtol=1e-12)


def test_decisions_follow_the_probabilities() -> None:
    costs = np.abs(np.subtract.outer(range(5), range(5))) ** 2
    models = {
        decision: OrdinalMetaClassifier(TREE, decision=decision, cost_matrix=costs)
        for decision in ("mode", "median", "mean", "cost")
    }
    found = {name: model.fit(X, Y).predict(X_NEW) for name, model in models.items()}
    proba = models["mode"].predict_proba(X_NEW)
    np.testing.assert_array_equal(found["mode"], proba.argmax(axis=1))
    below = models["mode"].predict_cumproba(X_NEW)
    np.testing.assert_array_equal(found["median"], (below >= 0.5).argmax(axis=1))
    mean = proba @ np.arange(5)
    np.testing.assert_array_equal(found["mean"], np.floor(mean + 0.5))
    np.testing.assert_array_equal(found["cost"], (proba @ costs).argmin(axis=1))
    assert len({tuple(labels) for labels in found.values()}) == 4


def test_order_comes_from_the_labels_or_from_categories() -> None:
    names = np.array(["none", "mild", "some", "much", "all"])
    expected = OrdinalMetaClassifier(TREE).fit(X, Y).predict_proba(X_NEW)
    given = OrdinalMetaClassifier(TREE, categories=names).fit(X, names[Y])
    ordered = pd.Categorical(names[Y], categories=names, ordered=True)
    declared = OrdinalMetaClassifier(TREE).fit(X, pd.Series(ordered))
    for model in (given, declared):
        np.testing.assert_array_equal(model.predict_proba(X_NEW), expected)
        assert model.classes_.tolist() == names.tolist()
        assert set(model.predict(X_NEW)) <= set(names)
    with pytest.warns(UserWarning, match="alphabetical order") as caught:
        OrdinalMetaClassifier(TREE).fit(X, names[Y])
    assert caught[0].filename == __file__


def test_n_jobs_does_not_change_results() -> None:
    tree = DecisionTreeClassifier(splitter="random", max_features=1, random_state=0)
    serial, parallel = (
        OrdinalMetaClassifier(tree, n_jobs=n_jobs).fit(X, Y).predict_proba(X_NEW)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(serial, parallel)


@pytest.mark.parametrize("family", ["cumulative", "sratio"])
def test_weights_are_repetitions(family: str) -> None:
    weights = RNG.integers(0, 4, size=300)
    model = LogisticRegression(C=10.0, tol=1e-10, max_iter=1000)
    weighted = OrdinalMetaClassifier(model, family=family).fit(X, Y, weights)
    rows = np.repeat(np.arange(300), weights)
    repeated = OrdinalMetaClassifier(model, family=family).fit(X[rows], Y[rows])
    np.testing.assert_allclose(
        weighted.predict_proba(X_NEW), repeated.predict_proba(X_NEW), atol=1e-7
    )


def test_class_without_weight_does_not_exist() -> None:
    model = OrdinalMetaClassifier(TREE).fit(X, Y, (Y < 4).astype(float))
    assert model.classes_.tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="No row with positive weight has level 4"):
        model.set_params(categories=range(5)).fit(X, Y, (Y < 4).astype(float))


@pytest.mark.parametrize("family", ["cumulative", "sratio"])
def test_weights_are_routed(family: str) -> None:
    weights = RNG.integers(0, 4, size=300).astype(float)
    expected = OrdinalMetaClassifier(TREE, family=family).fit(X, Y, weights)
    with config_context(enable_metadata_routing=True):
        asked = OrdinalMetaClassifier(
            clone(TREE).set_fit_request(sample_weight=True), family=family
        ).set_score_request(sample_weight=True)
        found = asked.fit(X, Y, sample_weight=weights).predict_proba(X_NEW)
        np.testing.assert_array_equal(found, expected.predict_proba(X_NEW))
        renamed = clone(TREE).set_fit_request(sample_weight="importance")
        found = OrdinalMetaClassifier(renamed, family=family).fit(
            X, Y, importance=weights
        )
        assert found.estimators_[0].tree_.weighted_n_node_samples[0] == weights.sum()
        search = GridSearchCV(asked, {"estimator__max_depth": [2, 4]}, cv=2)
        search.fit(X, Y, sample_weight=weights)
        with pytest.raises(ValueError, match="not explicitly set as requested or not"):
            OrdinalMetaClassifier(TREE).fit(X, Y, sample_weight=weights)


def test_parameters_of_a_step_reach_it_with_the_rows_of_its_boundary() -> None:
    weights = RNG.uniform(1, 2, size=300)
    model = OrdinalMetaClassifier(make_pipeline(TREE), family="sratio")
    model.fit(X, Y, decisiontreeclassifier__sample_weight=weights)
    for k, estimator in enumerate(model.estimators_):
        total = estimator[-1].tree_.weighted_n_node_samples[0]
        assert total == pytest.approx(weights[k <= Y].sum())


def test_rows_of_any_kind_pass_through() -> None:
    holes = np.where(RNG.uniform(size=X.shape) < 0.2, np.nan, X)
    frame = pd.DataFrame(holes, columns=["a", "b", "c"])
    model = OrdinalMetaClassifier(TREE, family="sratio").fit(frame, Y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert model.estimators_[0].feature_names_in_.tolist() == ["a", "b", "c"]
    plain = OrdinalMetaClassifier(TREE, family="sratio").fit(holes, Y)
    np.testing.assert_array_equal(
        model.predict_proba(frame), plain.predict_proba(holes)
    )
    assert OrdinalMetaClassifier(TREE).__sklearn_tags__().input_tags.allow_nan
    assert not OrdinalMetaClassifier(GaussianNB()).__sklearn_tags__().input_tags.sparse

    words = np.array(["bad", "poor", "fair", "good", "best"])
    texts = [f"{words[k]} {words[min(k + 1, 4)]}" for k in Y]
    counter = CountVectorizer(vocabulary=words)
    reader = make_pipeline(counter, MultinomialNB(alpha=0.1))
    on_texts = OrdinalMetaClassifier(reader, family="sratio").fit(texts, Y)
    assert not hasattr(on_texts, "n_features_in_")
    assert on_texts.score(texts, Y) > 0.95

    counts = sparse.coo_array(counter.transform(texts))
    bayes = OrdinalMetaClassifier(MultinomialNB(alpha=0.1), family="sratio")
    np.testing.assert_array_equal(
        bayes.fit(counts, Y).predict_proba(counts), on_texts.predict_proba(texts)
    )


def test_pickle_clone_and_search() -> None:
    search = GridSearchCV(
        OrdinalMetaClassifier(TREE),
        {"estimator__min_samples_leaf": [5, 30], "family": ["cumulative", "sratio"]},
        cv=3,
        scoring="neg_log_loss",
    ).fit(X, Y)
    model = search.best_estimator_
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        again.predict_proba(X_NEW), model.predict_proba(X_NEW)
    )
    assert clone(model).get_params()["estimator"].min_samples_leaf == (
        model.estimator.min_samples_leaf
    )


def test_zero_probabilities_have_infinite_logarithms() -> None:
    model = OrdinalMetaClassifier(TREE).fit(X, Y)
    proba = model.predict_proba(X_NEW)
    assert (proba == 0).any()
    np.testing.assert_array_equal(
        np.isneginf(model.predict_log_proba(X_NEW)), proba == 0
    )


@pytest.mark.parametrize(
    ("params", "y", "text"),
    [
        ({"estimator": LinearSVC()}, Y, "must be an object implementing 'fit' and"),
        ({"family": "acat"}, Y, "'family' parameter"),
        ({"decision": "cost"}, Y, "decision='cost' needs cost_matrix"),
        ({}, np.zeros(300), "y holds one class"),
        ({}, Y[:-1], "y has 299 entries but X has 300 rows"),
        ({"categories": [0, 1, 2, 3]}, Y, "y holds 4, which the order of the levels"),
    ],
)
def test_errors_say_what_is_wrong(params: dict, y: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        OrdinalMetaClassifier(TREE).set_params(**params).fit(X, y)


def test_estimator_that_takes_no_weights_says_so() -> None:
    with pytest.raises(TypeError, match="sample_weight"):
        OrdinalMetaClassifier(KNeighborsClassifier()).fit(X, Y, np.ones(300))
