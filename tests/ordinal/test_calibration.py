# SPDX-License-Identifier: BSD-3-Clause
"""Calibration of boundaries, against scikit-learn's parts put together by hand."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skx.datasets import load_wine_quality_red
from skx.ordinal import OrdinalCalibrator, OrdinalMetaClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
LATENT = X[:, 0] + np.abs(X[:, 1]) + RNG.logistic(size=400) / 2
Y = np.digitize(LATENT, [-0.3, 0.8, 2.0])  # 4 classes
X_NEW = RNG.normal(size=(150, 3))
FOLDS = StratifiedKFold(3)
METHODS = ("sigmoid", "beta", "isotonic")


def above_of(estimator: Any, rows: np.ndarray) -> np.ndarray:
    proba = estimator.predict_proba(rows)
    return np.column_stack([proba[:, k + 1 :].sum(axis=1) for k in range(3)])


def classes_of(above: np.ndarray) -> np.ndarray:
    falling = IsotonicRegression(increasing=False)
    rows = [falling.fit_transform(np.arange(3), row) for row in above]
    ends = np.ones((len(above), 1)), np.zeros((len(above), 1))
    return -np.diff(np.hstack([ends[0], rows, ends[1]]), axis=1)


@pytest.mark.parametrize("weights", [None, RNG.integers(1, 4, size=400)])
def test_isotonic_ensemble_by_hand(weights: Any) -> None:
    model = OrdinalCalibrator(GaussianNB(), method="isotonic", cv=FOLDS)
    proba = model.fit(X, Y, weights).predict_proba(X_NEW)
    w = np.ones(400) if weights is None else weights
    members = []
    for train, test in FOLDS.split(X, Y):
        fitted = GaussianNB().fit(X[train], Y[train], w[train])
        held_out, new = above_of(fitted, X[test]), above_of(fitted, X_NEW)
        columns = [
            IsotonicRegression(out_of_bounds="clip")
            .fit(held_out[:, k], Y[test] > k, w[test])
            .predict(new[:, k])
            for k in range(3)
        ]
        members.append(classes_of(np.column_stack(columns)))
    np.testing.assert_allclose(proba, np.mean(members, axis=0), atol=1e-12)
    assert len(model.estimators_) == len(model.calibrators_) == 3


def test_isotonic_of_pooled_folds_by_hand() -> None:
    model = OrdinalCalibrator(
        GaussianNB(), method="isotonic", cv=FOLDS, ensemble=False
    ).fit(X, Y)
    held_out = np.empty((400, 3))
    for train, test in FOLDS.split(X, Y):
        held_out[test] = above_of(GaussianNB().fit(X[train], Y[train]), X[test])
    new = above_of(GaussianNB().fit(X, Y), X_NEW)
    columns = [
        IsotonicRegression(out_of_bounds="clip")
        .fit(held_out[:, k], k < Y)
        .predict(new[:, k])
        for k in range(3)
    ]
    expected = classes_of(np.column_stack(columns))
    np.testing.assert_allclose(model.predict_proba(X_NEW), expected, atol=1e-12)
    assert len(model.estimators_) == 1


@pytest.mark.parametrize("ensemble", [True, False])
def test_two_classes_are_those_of_scikit_learn(ensemble: bool) -> None:
    labels = np.where(Y > 1, "yes", "no")
    for estimator, method, tolerance in (
        (GaussianNB(), "isotonic", 1e-12),
        (KNeighborsClassifier(20), "isotonic", 1e-12),
        # No probability is so near to 0 or 1 that it is cut.
        (LogisticRegression(C=0.01), "sigmoid", 1e-5),
    ):
        ours, theirs = (
            cls(estimator, method=method, cv=FOLDS, ensemble=ensemble)
            .fit(X, labels)
            .predict_proba(X_NEW)
            for cls in (OrdinalCalibrator, CalibratedClassifierCV)
        )
        np.testing.assert_allclose(ours, theirs, atol=tolerance)


def maximum(method: str, p: np.ndarray, target: np.ndarray, w: np.ndarray) -> Any:
    """Maximum likelihood on raw features by a constrained solver of another kind."""
    n1, n0 = w[target].sum(), w[~target].sum()
    smoothed = np.where(target, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    p = p.clip(1 / (n0 + n1 + 2), 1 - 1 / (n0 + n1 + 2))
    logs = np.log(p), -np.log(1 - p)
    together = method == "sigmoid"

    def negative_loglik(z: np.ndarray) -> float:
        q = expit(z[0] * logs[0] + z[0 if together else 1] * logs[1] + z[2])
        return -(w * (smoothed * np.log(q) + (1 - smoothed) * np.log(1 - q))).mean()

    return minimize(
        negative_loglik,
        [1.0, 1.0, 0.0],
        method="SLSQP",
        bounds=[(0, None), (0, None), (None, None)],
        options={"ftol": 1e-14, "maxiter": 1000},
    )


@pytest.mark.parametrize("method", ["sigmoid", "beta"])
@pytest.mark.parametrize("inverted", [False, True])
def test_maps_of_log_odds_have_maximum_likelihood(method: str, inverted: bool) -> None:
    # An inverted classifier would need negative slopes, which are not allowed.
    bayes = GaussianNB().fit(X, Y)
    if inverted:
        bayes.theta_ = bayes.theta_[::-1]
    weights = RNG.integers(1, 4, size=400)
    model = OrdinalCalibrator(FrozenEstimator(bayes), method=method)
    model.fit(X, Y, weights)
    above = above_of(bayes, X)
    for k, found in enumerate(model.calibrators_[0]):
        best = maximum(method, above[:, k], k < Y, weights)
        if method == "beta":
            np.testing.assert_allclose([found.a, found.b], best.x[:2], atol=2e-3)
        else:
            assert found.a == found.b
            assert found.a == pytest.approx(best.x[0], abs=2e-3)
        assert found.c == pytest.approx(best.x[2], abs=2e-3)
        assert min(found.a, found.b) >= 0.0
        if inverted:
            assert min(found.a, found.b) == 0.0


def test_beta_without_bounds_in_play_is_a_logistic_regression() -> None:
    bayes = GaussianNB().fit(X[:200], Y[:200])
    rows, labels = X[200:], Y[200:]
    model = OrdinalCalibrator(FrozenEstimator(bayes), method="beta").fit(rows, labels)
    p = above_of(bayes, rows)[:, 1].clip(1 / 202, 201 / 202)
    above = labels > 1
    logs = np.column_stack([np.log(p), -np.log(1 - p)])
    share = np.where(above, (above.sum() + 1) / (above.sum() + 2), 0)
    share[~above] = 1 / ((~above).sum() + 2)
    # A smoothed target is both classes, with weights.
    logistic = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.vstack([logs, logs]),
        np.repeat([1, 0], 200),
        np.concatenate([share, 1 - share]),
    )
    found = model.calibrators_[0][1]
    assert min(logistic.coef_[0]) > 0
    np.testing.assert_allclose([found.a, found.b], logistic.coef_[0], rtol=1e-4)
    assert found.c == pytest.approx(logistic.intercept_[0], abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ensemble", [True, False])
def test_probabilities_are_probabilities(method: str, ensemble: bool) -> None:
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    model = OrdinalCalibrator(tree, method=method, ensemble=ensemble).fit(X, Y)
    proba = model.predict_proba(X_NEW)
    assert proba.min() >= 0.0
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-12)
    assert len(model.estimators_) == (5 if ensemble else 1)
    for maps in model.calibrators_:
        for map_ in maps:
            assert (np.diff(map_.predict(np.linspace(0, 1, 101))) >= 0).all()


@pytest.mark.parametrize("method", ["sigmoid", "beta"])
def test_boundaries_without_errors_have_a_finite_map(method: str) -> None:
    rows = np.arange(60.0)[:, None]
    labels = np.repeat([0, 1, 2], 20)
    tree = DecisionTreeClassifier(random_state=0).fit(rows, labels)
    model = OrdinalCalibrator(FrozenEstimator(tree), method=method).fit(rows, labels)
    proba = model.predict_proba(rows)
    right = proba[np.arange(60), labels]
    # Platt's targets: 1 / 22 or 21 / 22 beside the 20 rows of a boundary, 1 / 42 or
    # 41 / 42 beside the 40.
    expected = np.repeat([21 / 22, 40 / 42, 21 / 22], 20)
    np.testing.assert_allclose(right, expected, atol=1e-6)


def test_frozen_estimators_are_not_fitted_again() -> None:
    bayes = GaussianNB().fit(X[:200], Y[:200])
    model = OrdinalCalibrator(FrozenEstimator(bayes)).fit(X[200:], Y[200:])
    (frozen,) = model.estimators_
    assert frozen.estimator is bayes
    ensemble = OrdinalCalibrator(FrozenEstimator(bayes), ensemble=True, cv=3)
    assert len(ensemble.fit(X[200:], Y[200:]).calibrators_) == 3
    with pytest.raises(ValueError, match=r"fitted on classes \[0, 1, 2, 3\] but y"):
        model.fit(X[Y > 0], Y[Y > 0])


def test_columns_follow_the_order_of_the_classes() -> None:
    names = np.array(["low", "mid", "high", "top"])
    expected = OrdinalCalibrator(GaussianNB(), cv=FOLDS).fit(X, Y)
    given = OrdinalCalibrator(GaussianNB(), cv=FOLDS, categories=names)
    labels = pd.Series(pd.Categorical(names[Y], categories=names, ordered=True))
    for model in (
        given.fit(X, names[Y]),
        OrdinalCalibrator(GaussianNB(), cv=FOLDS).fit(X, labels),
    ):
        assert model.classes_.tolist() == names.tolist()
        np.testing.assert_allclose(
            model.predict_proba(X_NEW), expected.predict_proba(X_NEW), atol=1e-12
        )
    # An estimator that knows the order gets the labels with it.
    meta = OrdinalMetaClassifier(GaussianNB())
    inner = OrdinalCalibrator(meta, cv=FOLDS).fit(X, labels)
    assert inner.estimators_[0].classes_.tolist() == names.tolist()
    with pytest.warns(UserWarning, match="alphabetical order") as caught:
        OrdinalCalibrator(GaussianNB()).fit(X, names[Y])
    assert caught[0].filename == __file__


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_repetitions(method: str) -> None:
    weights = RNG.integers(0, 4, size=400)
    folds = np.arange(400) % 3
    rows = np.repeat(np.arange(400), weights)
    weighted, repeated = (
        OrdinalCalibrator(GaussianNB(), method=method, cv=PredefinedSplit(folds[part]))
        .fit(X[part], Y[part], w)
        .predict_proba(X_NEW)
        for part, w in ((np.arange(400), weights), (rows, None))
    )
    np.testing.assert_allclose(weighted, repeated, atol=1e-5)


def test_n_jobs_does_not_change_results() -> None:
    serial, parallel = (
        OrdinalCalibrator(GaussianNB(), n_jobs=n_jobs).fit(X, Y).predict_proba(X_NEW)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(serial, parallel)


def test_splitters_of_any_kind() -> None:
    groups = np.arange(400) % 7
    grouped = OrdinalCalibrator(GaussianNB(), cv=GroupKFold(3))
    expected = list(GroupKFold(3).split(X, Y, groups))
    np.testing.assert_array_equal(
        grouped.fit(X, Y, groups=groups).predict_proba(X_NEW),
        OrdinalCalibrator(GaussianNB(), cv=expected).fit(X, Y).predict_proba(X_NEW),
    )
    repeated = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    model = OrdinalCalibrator(GaussianNB(), cv=repeated, ensemble=False).fit(X, Y)
    assert np.isfinite(model.predict_log_proba(X_NEW)).all()


def test_metadata_are_routed() -> None:
    weights = RNG.uniform(1, 2, size=400)
    groups = np.arange(400) % 7
    expected = OrdinalCalibrator(GaussianNB(), cv=GroupKFold(3))
    expected.fit(X, Y, weights, groups=groups)
    with config_context(enable_metadata_routing=True):
        model = OrdinalCalibrator(
            GaussianNB().set_fit_request(sample_weight=True), cv=GroupKFold(3)
        ).set_fit_request(sample_weight=True)
        model.fit(X, Y, sample_weight=weights, groups=groups)
        np.testing.assert_array_equal(
            model.predict_proba(X_NEW), expected.predict_proba(X_NEW)
        )
        with pytest.raises(ValueError, match="not explicitly set as requested or not"):
            OrdinalCalibrator(GaussianNB()).fit(X, Y, sample_weight=weights)


def test_weights_that_the_estimator_does_not_take_are_told() -> None:
    weights = RNG.uniform(1, 2, size=400)
    with pytest.warns(UserWarning, match="KNeighborsClassifier does not name"):
        OrdinalCalibrator(KNeighborsClassifier()).fit(X, Y, weights)


def test_steps_get_their_own_arguments_with_the_rows_of_the_fold() -> None:
    weights = RNG.uniform(1, 2, size=400)
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    model = OrdinalCalibrator(make_pipeline(StandardScaler(), tree), cv=FOLDS)
    model.fit(X, Y, decisiontreeclassifier__sample_weight=weights)
    for fitted, (train, _) in zip(model.estimators_, FOLDS.split(X, Y), strict=True):
        total = fitted[-1].tree_.weighted_n_node_samples[0]
        assert total == pytest.approx(weights[train].sum())


def test_pickle_clone_and_search() -> None:
    search = GridSearchCV(
        OrdinalCalibrator(OrdinalMetaClassifier(GaussianNB()), cv=2),
        {"method": METHODS},
        cv=2,
        scoring="neg_log_loss",
    ).fit(X, Y)
    model = search.best_estimator_
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        again.predict_proba(X_NEW), model.predict_proba(X_NEW)
    )
    assert clone(model).method == model.method


def test_names_and_tags_are_those_of_the_estimator() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = OrdinalCalibrator(GaussianNB()).fit(frame, Y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert model.estimators_[0].feature_names_in_.tolist() == ["a", "b", "c"]
    assert not model.__sklearn_tags__().input_tags.sparse
    logistic = OrdinalCalibrator(LogisticRegression())
    assert logistic.__sklearn_tags__().input_tags.sparse


@pytest.mark.parametrize(
    ("params", "y", "text"),
    [
        ({"method": "temperature"}, Y, "'method' parameter"),
        ({"cv": KFold(2)}, np.sort(Y), "Fold 0 of cv trains without class 0, which"),
        (
            {"cv": [(np.arange(400), np.flatnonzero(Y < 3))]},
            Y,
            "Fold 0 of cv holds out no row of class 3, which",
        ),
        (
            {"cv": [(np.arange(400), np.flatnonzero(Y > 0))], "ensemble": False},
            Y,
            "No fold of cv holds out a row of class 0, which",
        ),
        ({"decision": "cost"}, Y, "decision='cost' needs cost_matrix"),
        ({}, np.zeros(400), "y holds one class"),
    ],
)
def test_errors_say_what_is_wrong(params: dict, y: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        OrdinalCalibrator(GaussianNB()).set_params(**params).fit(X, y)


def test_shrinking_a_class_by_weights_is_seen_in_its_folds() -> None:
    weights = np.ones(400)
    weights[np.flatnonzero(Y == 3)[1:]] = 0.0
    with pytest.raises(ValueError, match="trains without class 3, which has 1 rows"):
        OrdinalCalibrator(GaussianNB(), cv=3).fit(X, Y, weights)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_pays_on_wine(method: str) -> None:
    X, y = load_wine_quality_red(return_X_y=True, as_frame=False)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)
    bayes = GaussianNB().fit(X, y)
    model = OrdinalCalibrator(bayes, method=method).fit(X, y)
    plain = log_loss(y_test, bayes.predict_proba(X_test))
    assert log_loss(y_test, model.predict_proba(X_test)) < 0.8 * plain


def test_linear_discriminants_gain_nothing() -> None:
    # The sigmoid contains the identity, so a calibrated model stays as it is.
    model = LinearDiscriminantAnalysis().fit(X, Y > 1)
    calibrated = OrdinalCalibrator(FrozenEstimator(model)).fit(X, Y > 1)
    (maps,) = calibrated.calibrators_
    assert maps[0].a == pytest.approx(1.0, abs=0.1)
    assert maps[0].c == pytest.approx(0.0, abs=0.1)
