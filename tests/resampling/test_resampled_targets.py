# SPDX-License-Identifier: BSD-3-Clause
"""ResampledRegressor, and ResampledClassifier with several labels for a row."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skx.resampling import (
    MLSMOTE,
    SMOTE,
    SMOTER,
    ResampledClassifier,
    ResampledRegressor,
)


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    return X, np.exp(X[:, 0] + 0.3 * rng.normal(size=300))


@pytest.fixture
def labelled() -> tuple[np.ndarray, np.ndarray]:
    X, y = make_multilabel_classification(300, 6, n_classes=5, random_state=2)
    return X / 10, y


class Recorder(RegressorMixin, BaseEstimator):
    """Keeps what it is fitted on."""

    def fit(self, X, y, sample_weight=None, shops=None, note=None):
        self.X_, self.y_ = X, y
        self.sample_weight_, self.shops_, self.note_ = sample_weight, shops, note
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_fit_equals_resampling_by_hand(data) -> None:
    X, y = data
    model = ResampledRegressor(Ridge(), random_state=3).fit(X, y)
    by_hand = Ridge().fit(*SMOTER(random_state=3).fit_resample(X, y))
    assert_array_equal(model.predict(X), by_hand.predict(X))
    assert model.score(X, y) == by_hand.score(X, y)
    assert model.n_features_in_ == 3
    assert model.predict(X[:7]).shape == (7,)


def test_weights_and_metadata_follow_the_rows(data) -> None:
    X, y = data
    weight = np.random.default_rng(0).uniform(0.5, 2, 300)
    shops = [f"shop {i % 7}" for i in range(300)]
    model = ResampledRegressor(Recorder(), random_state=0)
    model.fit(X, y, sample_weight=weight, shops=shops, note="as it is")
    sampler, fitted = model.sampler_, model.estimator_
    X_new, y_new, expected = SMOTER(random_state=0).fit_resample(
        X, y, sample_weight=weight
    )
    assert_array_equal(fitted.X_, X_new)
    assert_array_equal(fitted.y_, y_new)
    assert_array_equal(fitted.sample_weight_, expected)
    assert 0 < len(sampler.kept_indices_) < 300
    rows = [*sampler.kept_indices_, *sampler.parents_[:, 0]]
    assert fitted.shops_ == [shops[i] for i in rows]
    assert fitted.note_ == "as it is"


def test_works_in_pipeline_and_grid_search(data) -> None:
    X, y = data
    model = make_pipeline(StandardScaler(), ResampledRegressor(Ridge(), random_state=0))
    grid = {
        "resampledregressor__sampler": [SMOTER(kind="high"), SMOTER(noise="gaussian")],
        "resampledregressor__estimator__alpha": [0.1, 10],
    }
    search = GridSearchCV(model, grid, cv=3)
    search.fit(X, y, resampledregressor__sample_weight=np.ones(300))
    assert search.best_score_ > 0
    assert search.best_estimator_[-1].sampler_.parents_.shape[0] > 0


def test_routing_gives_the_same_model(data) -> None:
    X, y = data
    weight = np.random.default_rng(1).uniform(0, 1, 300)
    expected = ResampledRegressor(Ridge(), random_state=0).fit(
        X, y, sample_weight=weight
    )
    with config_context(enable_metadata_routing=True):
        model = ResampledRegressor(
            Ridge().set_fit_request(sample_weight=True),
            sampler=SMOTER().set_fit_resample_request(sample_weight=True),
            random_state=0,
        ).set_score_request(sample_weight=False)
        found = cross_val_score(
            model, X, y, cv=KFold(3), params={"sample_weight": weight}
        )
        assert np.isfinite(found).all()
        model.fit(X, y, sample_weight=weight)
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            ResampledRegressor(Ridge()).fit(X, y, sample_weight=weight)
    assert_array_equal(model.predict(X), expected.predict(X))


def test_no_leak_on_pure_noise() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 3)), rng.lognormal(size=1000)
    neighbors, cv = KNeighborsRegressor(), KFold(5, shuffle=True, random_state=0)
    sampler = SMOTER(random_state=0, sampling_strategy="oversample")
    leaked = cross_val_score(neighbors, *sampler.fit_resample(X, y), cv=cv)
    honest = cross_val_score(
        ResampledRegressor(neighbors, sampler=sampler), X, y, cv=cv
    )
    assert leaked.mean() > 0.2
    assert honest.mean() < 0


def test_random_state_replaces_that_of_the_sampler(data) -> None:
    X, y = data
    models = [
        ResampledRegressor(Ridge(), sampler=SMOTER(random_state=9), random_state=seed)
        for seed in (None, 9, 1)
    ]
    none, nine, one = (model.fit(X, y).estimator_.coef_ for model in models)
    assert_array_equal(none, nine)
    assert not np.array_equal(none, one)
    assert models[0].sampler.random_state == 9


def test_clones_pickles_and_frames(data) -> None:
    X, y = data
    frame = pd.DataFrame(X, columns=list("abc"))
    model = ResampledRegressor(Ridge(), random_state=0).fit(frame, pd.Series(y))
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    expected = model.predict(frame)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(frame), expected)
    assert_array_equal(clone(model).fit(frame, y).predict(frame), expected)


def test_errors_of_the_regressor(data) -> None:
    X, y = data
    with pytest.raises(NotFittedError, match="not fitted yet"):
        ResampledRegressor(Ridge()).predict(X)
    with pytest.raises(ValueError, match="'sampler' parameter of ResampledRegressor"):
        ResampledRegressor(Ridge(), sampler=Ridge()).fit(X, y)
    with pytest.raises(ValueError, match="y begins with 'a'"):
        ResampledRegressor(Ridge()).fit(X, ["a"] * 300)


# Several labels for a row


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, pd.DataFrame])
def test_classifier_takes_indicators_with_mlsmote(labelled, kind) -> None:
    X, y = labelled
    inner = OneVsRestClassifier(LogisticRegression())
    model = ResampledClassifier(inner, sampler=MLSMOTE(), random_state=0)
    model.fit(X, kind(y))
    assert model.sampler_.parents_.shape[0] > 0
    by_hand = clone(inner).fit(*MLSMOTE(random_state=0).fit_resample(X, y))
    for method in ("predict", "predict_proba", "decision_function"):
        found, expected = getattr(model, method)(X), getattr(by_hand, method)(X)
        found = found.toarray() if sparse.issparse(found) else found
        assert_allclose(found, expected)
    logs = model.predict_log_proba(X)
    assert_allclose(np.exp(logs), by_hand.predict_proba(X), atol=1e-12)
    assert_array_equal(model.classes_, by_hand.classes_)


def test_probabilities_of_each_label_are_a_list_where_the_estimator_gives_one(
    labelled,
) -> None:
    X, y = labelled
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    model = ResampledClassifier(tree, sampler=MLSMOTE(), random_state=0).fit(X, y)
    logs = model.predict_log_proba(X)
    assert len(logs) == len(model.classes_) == 5
    for log, probability in zip(logs, model.predict_proba(X), strict=True):
        assert_allclose(np.exp(log), probability)


def test_weights_follow_the_rows_of_multilabel_data(labelled) -> None:
    X, y = labelled
    weight = np.random.default_rng(0).uniform(0.5, 2, 300)
    model = ResampledClassifier(RecordingTree(), sampler=MLSMOTE(), random_state=0)
    model.fit(X, sparse.csr_array(y).toarray(), sample_weight=weight)
    _, _, expected = MLSMOTE(random_state=0).fit_resample(X, y, sample_weight=weight)
    assert_array_equal(model.estimator_.sample_weight_, expected)


class RecordingTree(DecisionTreeClassifier):
    def fit(self, X, y, sample_weight=None):
        self.sample_weight_ = sample_weight
        return super().fit(X, y, sample_weight=sample_weight)


def test_search_over_multilabel_data(labelled) -> None:
    X, y = labelled
    model = ResampledClassifier(
        DecisionTreeClassifier(random_state=0),
        sampler=MLSMOTE(small_class="shrink"),
        random_state=0,
    )
    search = GridSearchCV(
        model, {"sampler__labelset": ["ranking", "union"]}, scoring="f1_macro", cv=3
    )
    assert search.fit(X, y).best_score_ > 0


def test_indicators_without_mlsmote_or_with_calibration(labelled) -> None:
    X, y = labelled
    tree = DecisionTreeClassifier()
    message = (
        r"y has shape \(300, 5\)\. For several labels per row, use sampler=MLSMOTE"
    )
    with pytest.raises(ValueError, match=message):
        ResampledClassifier(tree, sampler=SMOTE()).fit(X, y)
    for calibrate in ("prior", "sigmoid"):
        model = ResampledClassifier(tree, sampler=MLSMOTE(), calibrate=calibrate)
        with pytest.raises(ValueError, match=f"calibrate='{calibrate}' is for one"):
            model.fit(X, y)


def test_classifiers_are_refused() -> None:
    with pytest.raises(TypeError, match=r"a classifier, LogisticRegression, but"):
        ResampledRegressor(LogisticRegression()).fit([[0.0], [1.0]], [0.0, 1.0])
