# SPDX-License-Identifier: BSD-3-Clause
"""Classifiers fitted to labels that counts tell."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from skx.proportions import (
    ProportionEMClassifier,
    ProportionLogisticRegression,
    bag_log_loss,
    bag_target,
    count_posterior,
    make_bags,
)


def data(n: int = 400, bag_size: int = 4, seed: int = 0, n_classes: int = 2):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    labels = (X[:, 0] + 0.5 * rng.normal(size=n) > 0.4).astype(int)
    if n_classes == 3:
        labels[X[:, 1] > 0.7] = 2
    bags = make_bags(X, bag_size=bag_size, random_state=seed)
    return X, labels, bags


class Recorder(ClassifierMixin, BaseEstimator):
    """Naive Bayes that keeps what every fit was given."""

    log: list[Any] = []  # noqa: RUF012

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Recorder":
        self.log.append((X, y, sample_weight))
        self.model_ = GaussianNB().fit(X, y, sample_weight)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.model_.predict_proba(X)


def test_reaches_the_maximum_of_the_count_likelihood() -> None:
    # EM with a linear model, without folds: its fixed point is the maximum that
    # gradients find, here by other code.
    X, labels, bags = data()
    y = bag_target(bags, y=labels)
    em = ProportionEMClassifier(
        ProportionLogisticRegression(alpha=1e-2, tol=1e-8),
        cv=None,
        max_iter=300,
        tol=1e-7,
        init="share",
    ).fit(X, y)
    direct = ProportionLogisticRegression(alpha=1e-2, loss="count", tol=1e-8)
    np.testing.assert_allclose(em.estimator_.coef_, direct.fit(X, y).coef_, atol=1e-3)


def test_rough_rounds_of_the_default_end_where_exact_ones_do() -> None:
    X, labels, bags = data()
    y = bag_target(bags, y=labels)
    rough, exact = (
        ProportionEMClassifier(model, max_iter=30, random_state=0).fit(X, y)
        for model in (None, ProportionLogisticRegression())
    )
    assert len(rough.validation_scores_) > 1
    np.testing.assert_allclose(
        rough.predict_proba(X), exact.predict_proba(X), atol=0.01
    )


def test_rounds_by_hand() -> None:
    X, labels, bags = data()
    y = bag_target(bags, y=labels)
    counts = np.bincount(bags, labels)
    model = ProportionEMClassifier(
        GaussianNB(), cv=None, max_iter=3, tol=0.0, init="share"
    )
    with pytest.warns(ConvergenceWarning, match="after max_iter=3 rounds"):
        model.fit(X, y)
    assert model.n_iter_ == 3
    assert len(model.validation_scores_) == 0
    share = y["value"]
    q = count_posterior(np.log(share.clip(1e-6) / (1 - share).clip(1e-6)), bags, counts)
    for _ in range(3):
        last = q
        weights = np.concatenate([1 - q, q])
        kept = weights > 1e-6
        guess = GaussianNB().fit(
            np.tile(X, (2, 1))[kept], np.repeat([0, 1], len(X))[kept], weights[kept]
        )
        p = guess.predict_proba(X)[:, 1].clip(1e-6, 1 - 1e-6)
        q = count_posterior(np.log(p / (1 - p)), bags, counts)
    np.testing.assert_allclose(model.label_probabilities_[:, 1], last, atol=1e-9)
    np.testing.assert_allclose(model.predict_proba(X), guess.predict_proba(X))
    np.testing.assert_allclose(
        np.bincount(bags, model.label_probabilities_[:, 1]), counts, atol=1e-9
    )


def test_bags_are_predicted_by_fits_without_them_and_the_best_round_is_kept() -> None:
    X, labels, bags = data(200)
    X = np.column_stack([np.arange(200.0), X])
    y = bag_target(bags, y=labels)
    Recorder.log.clear()
    model = ProportionEMClassifier(Recorder(), cv=5, random_state=0, init="share")
    model.fit(X, y)
    n_rounds = len(model.validation_scores_)
    assert len(Recorder.log) == 5 * n_rounds + 1
    for rows, _, _ in Recorder.log[:-1]:
        seen = np.unique(rows[:, 0]).astype(int)
        inside = np.isin(bags, bags[seen])
        assert inside.sum() == len(seen) == 160
    assert model.validation_scores_.argmax() + 1 == model.n_iter_
    # The last fit is to the labels of the kept round, of all rows.
    rows, given, weights = Recorder.log[-1]
    total = np.zeros(200)
    np.add.at(total, rows[:, 0].astype(int), weights * (given == 1))
    np.testing.assert_allclose(total, model.label_probabilities_[:, 1], atol=1e-5)


@pytest.mark.slow
def test_overconfident_classifier_profits_from_folds() -> None:
    X, labels, bags = data(2400, 8)
    y = bag_target(bags, y=labels)
    forest = RandomForestClassifier(20, min_samples_leaf=5, random_state=0)
    inside = ProportionEMClassifier(forest, cv=None, max_iter=3, init="share")
    with pytest.warns(ConvergenceWarning):
        inside.fit(X, y)
    outside = ProportionEMClassifier(forest, max_iter=3, init="share", random_state=0)
    outside.fit(X, y)
    test, truth, _ = data(2000, 8, seed=1)
    auc = [
        roc_auc_score(truth, model.predict_proba(test)[:, 1])
        for model in (inside, outside)
    ]
    assert auc[1] > auc[0] + 0.02
    assert auc[1] > 0.8


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "model",
    [
        None,
        GaussianNB(),
        LinearSVC(),
        RidgeClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), ProportionLogisticRegression()),
    ],
    ids=lambda m: type(m).__name__,
)
def test_any_classifier(model: Any, n_classes: int) -> None:
    X, labels, bags = data(n_classes=n_classes)
    names = np.array(["no", "yes", "perhaps"])
    y = bag_target(bags, y=names[labels])
    fitted = ProportionEMClassifier(model, max_iter=2, cv=3, random_state=0).fit(X, y)
    assert (fitted.predict(X) == names[labels]).mean() > 0.7
    prob = fitted.predict_proba(X)
    assert prob.shape == (len(X), n_classes)
    np.testing.assert_allclose(prob.sum(axis=1), 1.0)
    order = [0, 1] if n_classes == 2 else [0, 2, 1]
    mean = prob.mean(axis=0)
    share = np.bincount(labels)[order] / len(X)
    np.testing.assert_allclose(mean, share, atol=0.1)
    assert (fitted.calibrator_ is not None) == isinstance(
        model, LinearSVC | RidgeClassifier
    )


def test_without_weights_labels_are_the_most_probable_with_the_right_count() -> None:
    X, labels, bags = data()
    y = bag_target(bags, y=labels)
    model = ProportionEMClassifier(KNeighborsClassifier(20), max_iter=2, random_state=0)
    with pytest.warns(UserWarning, match="KNeighborsClassifier takes no sample_weight"):
        model.fit(X, y)
    hard = model.label_probabilities_[:, 1]
    assert set(hard) == {0.0, 1.0}
    np.testing.assert_array_equal(np.bincount(bags, hard), np.bincount(bags, labels))
    quiet = ProportionEMClassifier(
        KNeighborsClassifier(20), max_iter=2, random_state=0, soft_labels=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quiet.fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), quiet.predict_proba(X))
    assert (model.predict(X) == labels).mean() > 0.8
    # Equal weights are none, others cannot be heeded.
    quiet.fit(X, y, np.full(len(X), 2.0))
    np.testing.assert_array_equal(model.predict_proba(X), quiet.predict_proba(X))
    with pytest.raises(ValueError, match="KNeighborsClassifier takes no sample_weight"):
        quiet.fit(X, y, 1.0 + (bags % 2))


def test_frames_with_categories_and_an_init_that_takes_them() -> None:
    X, labels, bags = data()
    frame = pd.DataFrame(X, columns=list("abc"))
    frame["d"] = np.where(X[:, 0] > 0, "high", "low")
    columns = make_column_transformer(
        (OneHotEncoder(), ["d"]), remainder=StandardScaler()
    )
    y = bag_target(bags, y=labels)
    init = make_pipeline(columns, ProportionLogisticRegression())
    tree = make_pipeline(columns, GaussianNB())
    model = ProportionEMClassifier(tree, init=init, max_iter=2, random_state=0)
    model.fit(frame, y)
    assert list(model.feature_names_in_) == list("abcd")
    assert model.score(frame, labels) > 0.8
    with pytest.raises(ValueError, match=r"could not convert .* Give init='share'"):
        ProportionEMClassifier(tree).fit(frame, y)


def test_sparse_columns_and_the_order_of_rows() -> None:
    X, labels, bags = data(160)
    shares = bag_target(bags, y=labels)["value"]
    model = ProportionEMClassifier(
        LogisticRegression(tol=1e-8), max_iter=2, random_state=0
    )
    prob = model.fit(X, shares, bags=bags).predict_proba(X)
    other = model.fit(sparse.coo_array(X), shares, bags=bags)
    np.testing.assert_allclose(other.predict_proba(sparse.csr_array(X)), prob, 1e-4)
    with parallel_config("threading"):
        jobs = model.set_params(n_jobs=2).fit(X, shares, bags=bags)
    np.testing.assert_allclose(jobs.predict_proba(X), prob)


def test_weights_are_those_of_bags() -> None:
    X, labels, bags = data(200)
    shares = bag_target(bags, y=labels)["value"]
    weights = (1.0 + bags % 3)[:, None].ravel()
    model = ProportionEMClassifier(
        LogisticRegression(tol=1e-10, max_iter=1000),
        cv=None,
        init="share",
        max_iter=4,
        tol=0.0,
    )
    rows = np.repeat(np.arange(200), weights.astype(int))
    copy = np.concatenate([np.arange(w) for w in weights.astype(int)])
    with pytest.warns(ConvergenceWarning):
        one = model.fit(X, shares, weights, bags=bags).predict_proba(X)
    with pytest.warns(ConvergenceWarning):
        model.fit(X[rows], shares[rows], bags=bags[rows] + 1000 * copy)
    np.testing.assert_allclose(one, model.predict_proba(X), atol=1e-6)
    # Bags of weight 0 are not there.
    weights = (bags % 2).astype(float)
    with pytest.warns(ConvergenceWarning):
        none = model.fit(X, shares, weights, bags=bags)
    assert np.isnan(none.label_probabilities_[weights == 0]).all()
    weights[:3] = 0.5
    with pytest.raises(ValueError, match="knows weights of whole bags"):
        model.fit(X, shares, weights, bags=bags)


def test_noisy_counts() -> None:
    X, labels, bags = data()
    shares = bag_target(bags, y=labels)["value"]
    noise = np.random.default_rng(0).laplace(size=bags.max() + 1) / 4
    model = ProportionEMClassifier(
        GaussianNB(), max_iter=2, random_state=0, count_noise=("laplace", 1.0)
    )
    with pytest.raises(ValueError, match=r"shares lie in \[0, 1\]"):
        ProportionEMClassifier().fit(X, shares + noise[bags], bags=bags)
    for soft in (True, False):
        model.set_params(soft_labels=soft).fit(X, shares + noise[bags], bags=bags)
        assert roc_auc_score(labels, model.predict_proba(X)[:, 1]) > 0.8
    table = np.column_stack([1 - shares, shares, 0 * shares])
    with pytest.raises(ValueError, match="is for two classes; for several use"):
        model.fit(X, table, bags=bags)
    model.set_params(count_noise=("gaussian", 1.0)).fit(X, table, bags=bags)


def test_folds() -> None:
    X, labels, bags = data()
    y = bag_target(bags, y=labels)
    model = ProportionEMClassifier(GaussianNB(), max_iter=2, cv=GroupKFold(4))
    prob = model.fit(X, y).predict_proba(X)
    splits = list(GroupKFold(4).split(X, groups=bags))
    assert model.set_params(cv=splits).fit(X, y).predict_proba(X).shape == prob.shape
    with pytest.raises(ValueError, match=r"not all rows of bag .* in one test fold"):
        model.set_params(cv=list(KFold(3).split(X))).fit(X, y)
    with pytest.raises(ValueError, match=r"not all rows of bag .* in one test fold"):
        model.set_params(cv=splits[:2]).fit(X, y)
    with pytest.raises(ValueError, match="There are 2 bags but cv=5 folds"):
        ProportionEMClassifier().fit(X, (bags > 50) / 2, bags=bags > 50)


@pytest.mark.parametrize("routing", [False, True])
def test_search_and_both_forms(routing: bool) -> None:
    X, labels, bags = data(200)
    y = bag_target(bags, y=labels)
    model = ProportionEMClassifier(
        make_pipeline(StandardScaler(), GaussianNB()), max_iter=1, cv=2, random_state=0
    )
    splits = list(GroupKFold(3).split(X, groups=bags))
    grid = {"estimator__gaussiannb__var_smoothing": [1e-9, 1.0]}
    with config_context(enable_metadata_routing=routing):
        one = GridSearchCV(model, grid, cv=splits).fit(X, y)
        assert one.best_score_ < 0  # minus a log loss: no label was needed
        if routing:
            two = GridSearchCV(model, grid, cv=splits).fit(X, y["value"], bags=bags)
            np.testing.assert_allclose(
                one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
            )
    loss = bag_log_loss(y, one.predict_proba(X))
    assert one.best_estimator_.score(X, y) == pytest.approx(-loss)


def test_verbose_tells_of_each_round(capsys: pytest.CaptureFixture) -> None:
    X, labels, bags = data()
    y = bag_target(bags, y=labels)
    quiet = ProportionEMClassifier(GaussianNB(), random_state=0).fit(X, y)
    assert capsys.readouterr().out == ""
    told = ProportionEMClassifier(GaussianNB(), random_state=0, verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(told.validation_scores_) > 0
    assert lines[0].startswith("[ProportionEMClassifier] round 1: labels change by 0.")
    assert lines[0].endswith(f"bags {-told.validation_scores_[0]:.6g}")
    np.testing.assert_array_equal(quiet.predict_proba(X), told.predict_proba(X))
