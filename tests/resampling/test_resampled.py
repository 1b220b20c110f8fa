# SPDX-License-Identifier: BSD-3-Clause
"""ResampledClassifier: what is resampled, what follows the rows, what is calibrated."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.over_sampling import SMOTE as ImblearnSMOTE
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skx.resampling import SMOTE, ResampledClassifier, TemperatureSampler


@pytest.fixture
def data():
    return make_classification(
        n_samples=400,
        n_informative=4,
        n_clusters_per_class=1,
        weights=[0.9],
        flip_y=0.02,
        random_state=0,
    )


class Recorder(ClassifierMixin, BaseEstimator):
    """Keeps what it is fitted on."""

    def fit(self, X, y, sample_weight=None, clinics=None, note=None):
        self.X_, self.y_, self.classes_ = X, y, np.unique(y)
        self.sample_weight_, self.clinics_, self.note_ = sample_weight, clinics, note
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_fit_equals_resampling_by_hand(data):
    X, y = data
    model = ResampledClassifier(LogisticRegression(), random_state=3).fit(X, y)
    X_new, y_new = SMOTE(random_state=3).fit_resample(X, y)
    by_hand = LogisticRegression().fit(X_new, y_new)
    assert_array_equal(model.predict(X), by_hand.predict(X))
    assert_array_equal(model.predict_proba(X), by_hand.predict_proba(X))
    assert_array_equal(model.decision_function(X), by_hand.decision_function(X))
    assert_allclose(model.predict_log_proba(X), by_hand.predict_log_proba(X))
    assert model.score(X, y) == by_hand.score(X, y)


def test_prediction_is_of_the_rows_asked_for(data):
    X, y = data
    model = ResampledClassifier(LogisticRegression(), random_state=0).fit(X, y)
    assert model.predict_proba(X[:7]).shape == (7, 2)


def test_sample_weight_follows_the_rows(data):
    X, y = data
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    model = ResampledClassifier(Recorder(), random_state=0)
    model.fit(X, y, sample_weight=weight)
    _, _, expected = SMOTE(random_state=0).fit_resample(X, y, sample_weight=weight)
    assert_array_equal(model.estimator_.sample_weight_, expected)
    n_new = model.sampler_.parents_.shape[0]
    assert n_new > 0
    assert len(model.estimator_.y_) == len(y) + n_new


def test_rows_of_weight_zero_are_no_parents(data):
    X, y = data
    weight = np.ones(len(y))
    weight[np.flatnonzero(y == 1)[:20]] = 0
    model = ResampledClassifier(Recorder(), random_state=0)
    model.fit(X, y, sample_weight=weight)
    assert (weight[model.sampler_.parents_] > 0).all()


def test_other_metadata_is_copied_from_the_base(data):
    X, y = data
    clinics = [f"clinic {i % 7}" for i in range(len(y))]
    model = ResampledClassifier(Recorder(), random_state=0)
    model.fit(X, y, clinics=clinics, note="as it is")
    bases = model.sampler_.parents_[:, 0]
    assert model.estimator_.clinics_ == clinics + [clinics[i] for i in bases]
    assert model.estimator_.note_ == "as it is"


@pytest.mark.parametrize("sampler", [RandomOverSampler(), RandomUnderSampler()])
def test_samplers_of_imblearn_carry_weights_by_sample_indices(data, sampler):
    X, y = data
    weight = np.arange(1.0, len(y) + 1)
    model = ResampledClassifier(Recorder(), sampler=sampler, random_state=0)
    model.fit(X, y, sample_weight=weight)
    assert_array_equal(
        model.estimator_.sample_weight_, weight[model.sampler_.sample_indices_]
    )


def test_sampler_without_provenance_refuses_weights_but_works(data):
    X, y = data
    model = ResampledClassifier(LogisticRegression(), sampler=ImblearnSMOTE())
    with pytest.raises(ValueError, match="SMOTE does not tell where its rows come"):
        model.fit(X, y, sample_weight=np.ones(len(y)))
    assert model.fit(X, y).predict(X).shape == y.shape


def test_weight_of_wrong_length_is_named(data):
    X, y = data
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(3,\)"):
        ResampledClassifier(LogisticRegression()).fit(X, y, sample_weight=np.ones(3))


@pytest.mark.parametrize("calibrate", [None, "prior", "sigmoid", "isotonic"])
def test_works_in_pipeline_and_grid_search(data, calibrate):
    X, y = data
    model = make_pipeline(
        StandardScaler(),
        ResampledClassifier(LogisticRegression(), calibrate=calibrate, random_state=0),
    )
    grid = {"resampledclassifier__sampler": [SMOTE(k_neighbors=2), SMOTE()]}
    search = GridSearchCV(model, grid, scoring="roc_auc", cv=3)
    search.fit(X, y, resampledclassifier__sample_weight=np.ones(len(y)))
    assert search.best_score_ > 0.7
    clone(search.best_estimator_).fit(X, y)


@pytest.mark.parametrize("calibrate", [None, "prior", "sigmoid"])
def test_routing_gives_the_same_model(data, calibrate):
    X, y = data
    weight = np.random.default_rng(1).uniform(0, 1, len(y))
    plain = ResampledClassifier(
        LogisticRegression(), calibrate=calibrate, random_state=0
    ).fit(X, y, sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = ResampledClassifier(
            LogisticRegression().set_fit_request(sample_weight=True),
            sampler=SMOTE().set_fit_resample_request(sample_weight=True),
            calibrate=calibrate,
            random_state=0,
        ).fit(X, y, sample_weight=weight)
    assert_array_equal(plain.predict_proba(X), routed.predict_proba(X))


def test_routing_through_grid_search(data):
    X, y = data
    weight = np.random.default_rng(1).uniform(0.1, 1, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        model = ResampledClassifier(
            Recorder().set_fit_request(sample_weight=True, clinics=True),
            sampler=SMOTE().set_fit_resample_request(sample_weight=True),
            random_state=0,
        ).set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"sampler__k_neighbors": [3]}, cv=3)
        search.fit(X, y, sample_weight=weight, clinics=np.arange(len(y)))
    fitted = search.best_estimator_
    assert len(fitted.estimator_.sample_weight_) == len(fitted.estimator_.y_)
    assert_array_equal(
        fitted.estimator_.clinics_[len(y) :], fitted.sampler_.parents_[:, 0]
    )


def test_routing_asks_for_a_request(data):
    X, y = data
    with (
        sklearn.config_context(enable_metadata_routing=True),
        pytest.raises(UnsetMetadataPassedError, match=r"LogisticRegression\.fit"),
    ):
        ResampledClassifier(LogisticRegression()).fit(
            X, y, sample_weight=np.ones(len(y))
        )


def test_prior_is_exact_for_repeated_rows():
    # Repeating every rare row r times and dividing the odds by r is the identity for
    # a model that only counts: a tree grown to single values of a discrete column.
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (2000, 1)).astype(float)
    y = (rng.random(2000) < 0.02 + 0.05 * X[:, 0]).astype(int)
    plain = DecisionTreeClassifier().fit(X, y).predict_proba(X)
    n_common = int((y == 0).sum())
    repeated = RandomOverSampler(sampling_strategy={1: n_common})
    model = ResampledClassifier(
        DecisionTreeClassifier(), sampler=repeated, calibrate="prior", random_state=0
    ).fit(X, y)
    # The remainder of n_common / n_rare makes the repetition uneven.
    assert_allclose(model.predict_proba(X), plain, atol=0.02)
    ratio = model.prior_ratio_
    assert_allclose(ratio, [n_common / 2000 / 0.5, (2000 - n_common) / 2000 / 0.5])


def test_prior_counts_the_classes_that_are_left():
    X = np.zeros((60, 1))
    y = np.repeat([0, 1, 2], [10, 20, 30])
    sampler = TemperatureSampler(n_samples={0: 20, 1: 0, 2: 20})
    model = DecisionTreeClassifier()
    classifier = ResampledClassifier(model, sampler=sampler, calibrate="prior")
    weights = np.repeat([2.0, 5.0, 1.0], [10, 20, 30])
    weighted = {"sample_weight": weights.tolist()}
    for fit_params, share in (({}, 1 / 4), (weighted, 2 / 5)):
        classifier.fit(X, y, **fit_params)
        assert_array_equal(classifier.classes_, [0, 2])
        assert_allclose(classifier.predict_proba(X[:1]), [[share, 1 - share]])


def test_prior_keeps_the_ranking_and_mends_the_level(data):
    X, y = data
    raw = ResampledClassifier(LogisticRegression(), random_state=0).fit(X, y)
    prior = clone(raw).set_params(calibrate="prior").fit(X, y)
    p_raw, p_prior = raw.predict_proba(X)[:, 1], prior.predict_proba(X)[:, 1]
    assert_array_equal(np.argsort(p_raw), np.argsort(p_prior))
    assert abs(p_prior.mean() - y.mean()) < abs(p_raw.mean() - y.mean()) / 4
    assert_array_equal(prior.predict(X), prior.predict_proba(X).argmax(axis=1))


def test_prior_with_weights_uses_weighted_shares(data):
    X, y = data
    weight = np.where(y == 1, 3.0, 1.0)
    model = ResampledClassifier(
        LogisticRegression(), calibrate="prior", random_state=0
    ).fit(X, y, sample_weight=weight)
    share = 3 * (y == 1).sum() / weight.sum()
    assert_allclose(model.prior_ratio_[1], share / 0.75)


def test_prior_is_unweighted_where_the_estimator_gets_no_weights(data):
    X, y = data
    with sklearn.config_context(enable_metadata_routing=True):
        model = ResampledClassifier(
            LogisticRegression().set_fit_request(sample_weight=False),
            sampler=SMOTE().set_fit_resample_request(sample_weight=True),
            calibrate="prior",
            random_state=0,
        ).fit(X, y, sample_weight=np.where(y == 1, 3.0, 1.0))
    assert_allclose(model.prior_ratio_[1], y.mean() / 0.5)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_equals_calibrated_classifier_by_hand(data, method):
    X, y = data
    model = ResampledClassifier(
        LogisticRegression(), calibrate=method, random_state=0
    ).fit(X, y)
    by_hand = CalibratedClassifierCV(
        ResampledClassifier(LogisticRegression(), random_state=0),
        method=method,
        ensemble=False,
    ).fit(X, y)
    assert_array_equal(model.predict_proba(X), by_hand.predict_proba(X))
    assert model.sampler_.parents_.shape[0] == (y == 0).sum() - (y == 1).sum()


def test_calibration_lowers_log_loss_on_untouched_rows(data):
    X, y = data
    losses = {
        calibrate: log_loss(
            y,
            cross_val_predict(
                ResampledClassifier(
                    LogisticRegression(), calibrate=calibrate, random_state=0
                ),
                X,
                y,
                method="predict_proba",
            ),
        )
        for calibrate in (None, "prior", "sigmoid")
    }
    assert losses["prior"] < losses[None]
    assert losses["sigmoid"] < losses[None]


def test_calibrated_margin_classifier_gains_probabilities(data):
    X, y = data
    plain = ResampledClassifier(LinearSVC(), random_state=0).fit(X, y)
    assert not hasattr(plain, "predict_proba")
    assert hasattr(plain, "decision_function")
    model = ResampledClassifier(LinearSVC(), calibrate="sigmoid", random_state=0)
    assert roc_auc_score(y, model.fit(X, y).predict_proba(X)[:, 1]) > 0.8
    with pytest.raises(AttributeError, match="decision_function"):
        model.decision_function(X)
    with pytest.raises(AttributeError, match="predict_proba"):
        ResampledClassifier(LinearSVC(), calibrate="prior").predict_proba(X)


def test_no_leak_on_pure_noise():
    rng = np.random.default_rng(0)
    scores = []
    for seed in range(6):
        X, y = rng.normal(size=(300, 5)), np.repeat([0, 1], [270, 30])
        model = ResampledClassifier(
            DecisionTreeClassifier(random_state=0), random_state=seed
        )
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        scores += list(cross_val_score(model, X, y, cv=folds, scoring="roc_auc"))
    error = np.std(scores) / np.sqrt(len(scores))
    assert abs(np.mean(scores) - 0.5) < 3 * error


def test_random_state_overrides_the_sampler(data):
    X, y = data
    model = ResampledClassifier(
        Recorder(), sampler=SMOTE(random_state=1), random_state=2
    ).fit(X, y)
    expected, _ = SMOTE(random_state=2).fit_resample(X, y)
    assert_array_equal(model.estimator_.X_, expected)
    kept = ResampledClassifier(Recorder(), sampler=SMOTE(random_state=1)).fit(X, y)
    expected, _ = SMOTE(random_state=1).fit_resample(X, y)
    assert_array_equal(kept.estimator_.X_, expected)
    generator = np.random.RandomState(0)
    first = ResampledClassifier(Recorder(), random_state=generator).fit(X, y)
    second = ResampledClassifier(Recorder(), random_state=generator).fit(X, y)
    assert not np.array_equal(first.estimator_.X_, second.estimator_.X_)


def test_parts_are_cloned_and_the_model_pickles(data):
    X, y = data
    estimator, sampler = LogisticRegression(), SMOTE()
    model = ResampledClassifier(estimator, sampler=sampler, random_state=0).fit(X, y)
    assert not hasattr(estimator, "coef_")
    assert not hasattr(sampler, "parents_")
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_frames_and_string_labels(data):
    X, y = data
    frame = pd.DataFrame(X).add_prefix("x")
    labels = pd.Series(np.where(y == 1, "rare", "common"), name="kind")
    model = ResampledClassifier(LogisticRegression(), calibrate="prior", random_state=0)
    model.fit(frame, labels)
    assert list(model.feature_names_in_) == list(frame.columns)
    assert list(model.classes_) == ["common", "rare"]
    assert set(model.predict(frame)) == {"common", "rare"}
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame.rename(columns={"x0": "other"}))


def test_unfitted_model_says_so(data):
    model = ResampledClassifier(LogisticRegression(), calibrate="prior")
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        model.predict(data[0])
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        model.predict_proba(data[0])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(3, dtype=int)[np.arange(30) % 3], "Multilabel and multioutput"),
        (np.linspace(0, 1, 30), "Unknown label type"),
        (np.zeros(30), "one class only"),
        (["a", "b", None] * 10, "y holds missing values; leave those rows out"),
    ],
)
def test_bad_targets(y, message):
    X = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(ValueError, match=message):
        ResampledClassifier(LogisticRegression()).fit(X, y)


@pytest.mark.parametrize(
    "params", [{"calibrate": "platt"}, {"sampler": "smote"}, {"estimator": None}]
)
def test_bad_parameters(data, params):
    model = ResampledClassifier(LogisticRegression()).set_params(**params)
    with pytest.raises(ValueError, match=f"'{next(iter(params))}' parameter"):
        model.fit(*data)


def test_regressors_are_refused(data):
    with pytest.raises(TypeError, match=r"a regressor, Ridge, .* ResampledRegressor"):
        ResampledClassifier(Ridge()).fit(*data)
    model = make_pipeline(StandardScaler(), Ridge())
    with pytest.raises(TypeError, match=r"a regressor, Pipeline, "):
        ResampledClassifier(model, calibrate="sigmoid").fit(*data)


def test_prior_needs_probabilities(data):
    model = ResampledClassifier(LinearSVC(), calibrate="prior")
    with pytest.raises(TypeError, match=r"LinearSVC has no predict_proba. Use calib"):
        model.fit(*data)
    scores = model.set_params(calibrate="sigmoid").fit(*data).predict_proba(data[0])
    assert_allclose(scores.sum(axis=1), 1)
