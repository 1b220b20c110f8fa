# SPDX-License-Identifier: BSD-3-Clause
"""Self-training by the agreement of diverse heads."""

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import approx_fprime
from sklearn import config_context
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skx.active import TSimilaritySelfTraining
from skx.active._self_training import _t_similarity
from skx.active._self_training._features import GAMMA, HeadFeatures
from skx.active._self_training._heads import (
    class_similarity,
    fit_heads,
    heads_loss,
    predict_heads,
    t_similarity,
)
from skx.active._self_training._policies import below_bound, most_confident

CRITERIA = ("threshold", "curriculum", "bound")


def blobs(n: int = 120, std: float = 1.5) -> tuple[Any, Any, Any]:
    """Rows of three classes, their labels, and those of 6 rows a class only."""
    X, truth = make_blobs(n, 4, centers=3, cluster_std=std, random_state=3)
    X = StandardScaler().fit_transform(X)
    y = np.full(n, -1)
    for code in range(3):
        rows = np.flatnonzero(truth == code)[:6]
        y[rows] = code
    return X, truth, y


def model(**params: Any) -> TSimilaritySelfTraining:
    return TSimilaritySelfTraining(
        LogisticRegression(), **{"random_state": 0, "max_iter": 1, **params}
    )


def problem(seed: int = 0) -> tuple[Any, ...]:
    """Coefficients of 4 heads, and the rest of what their loss takes."""
    rng = np.random.default_rng(seed)
    weights, other_weights = rng.random(9), rng.random(14)
    return (
        rng.normal(size=(4, 3, 4)),
        rng.normal(size=(9, 3)),
        rng.integers(3, size=9),
        weights / weights.sum(),
        rng.normal(size=(14, 3)),
        other_weights / other_weights.sum(),
    )


def test_t_similarity_is_the_mean_product_of_pairs() -> None:
    proba = np.random.default_rng(0).dirichlet(np.ones(3), size=(7, 4))
    pairs = list(permutations(range(4), 2))
    brute = [np.mean([row[i] @ row[j] for i, j in pairs]) for row in proba]
    proba = proba.transpose(1, 2, 0)
    assert_allclose(t_similarity(proba), brute, rtol=1e-12)
    assert_allclose(class_similarity(proba).sum(axis=0), brute, rtol=1e-12)


def test_t_similarity_of_sure_heads_counts_the_pairs_that_agree() -> None:
    eye = np.eye(2)
    proba = np.array([eye[[0, 0, 0]], eye[[0, 0, 1]], np.full((3, 2), 0.5)])
    wanted = [1.0, 1 / 3, 0.5]
    assert_allclose(t_similarity(proba.transpose(1, 2, 0)), wanted, rtol=1e-15)


@pytest.mark.parametrize("diversity", [0.0, 1.7])
def test_loss_is_as_its_formula_says(diversity: float) -> None:
    coef, X, codes, weights, others, other_weights = args = problem()
    found, _ = heads_loss(*args, diversity, 0.3)
    wanted, probas = 0.0, []
    for m in range(4):
        scores = X @ coef[m, :, :-1].T + coef[m, :, -1]
        proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        wanted += log_loss(codes, proba, sample_weight=weights, labels=range(3)) / 4
        wanted += 0.3 / 8 * np.sum(coef[m, :, :-1] ** 2)
        scores = others @ coef[m, :, :-1].T + coef[m, :, -1]
        probas.append(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True))
    for m, k in permutations(range(4), 2):
        same = (probas[m] * probas[k]).sum(axis=1)
        wanted += diversity / 12 * (other_weights @ same)
    assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("diversity", [0.0, 1.7])
def test_gradient_equals_finite_differences(diversity: float) -> None:
    coef, *rest = problem(1)

    def loss(flat: Any) -> float:
        return heads_loss(flat.reshape(coef.shape), *rest, diversity, 0.3)[0]

    _, gradient = heads_loss(coef, *rest, diversity, 0.3)
    wanted = approx_fprime(coef.ravel(), loss, 1e-7)
    assert_allclose(gradient.ravel(), wanted, atol=1e-6)


def fitted_heads(diversity: float) -> tuple[Any, Any, Any, Any]:
    X, _, y = blobs()
    known, left = np.flatnonzero(y >= 0), np.flatnonzero(y < 0)
    heads = fit_heads(
        X[known],
        y[known],
        np.ones(len(known)),
        X[left],
        np.ones(len(left)),
        n_heads=3,
        n_classes=3,
        diversity=diversity,
        alpha=0.02,
        rng=np.random.default_rng(0),
    )
    return heads, X[known], y[known], X[left]


def test_heads_without_diversity_are_logistic_regressions() -> None:
    heads, X, y, others = fitted_heads(0.0)
    peer = LogisticRegression(C=1 / (0.02 * len(X)), tol=1e-8, max_iter=1000)
    wanted = peer.fit(X, y).predict_proba(others)
    for proba in predict_heads(heads, others).transpose(0, 2, 1):
        assert_allclose(proba, wanted, atol=2e-3)


def test_diverse_heads_agree_on_labels_and_less_elsewhere() -> None:
    alike, X, y, others = fitted_heads(0.0)
    diverse, *_ = fitted_heads(1.0)
    assert t_similarity(predict_heads(diverse, X)).mean() > 0.5
    assert (
        t_similarity(predict_heads(diverse, others)).mean()
        < t_similarity(predict_heads(alike, others)).mean() - 0.3
    )
    votes = predict_heads(diverse, X).argmax(axis=1)
    assert np.mean(votes == y) > 0.9


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [(0.5, [1]), (1.0, [1]), (1.5, [1, 3]), (2.0, [1, 3]), (4.5, [0, 1, 2, 3])],
)
def test_most_confident_rows_up_to_a_weight(wanted: float, rows: list[int]) -> None:
    chosen = most_confident(np.array([0.2, 0.9, 0.2, 0.5]), np.ones(4), wanted)
    assert np.flatnonzero(chosen).tolist() == rows


def test_rows_of_equal_confidence_come_together() -> None:
    chosen = most_confident(np.array([0.5, 0.9, 0.5]), np.array([1.0, 1.0, 5.0]), 1.5)
    assert chosen.all()


def bound_by_hand(votes: Any, wrong: Any, weights: Any, threshold: float) -> float:
    total = 0.0
    for errors in (wrong * weights[:, None]).T:
        gibbs = sum(e * v for e, v in zip(errors, votes, strict=True))
        limits = []
        for g in votes[votes >= threshold]:
            within = (votes >= threshold) & (votes < g)
            rest = gibbs - (errors * votes)[within].sum()
            limits.append(errors[within].sum() + max(rest, 0.0) / g)
        total += min(limits)
    return total / weights[votes >= threshold].sum()


@pytest.mark.parametrize("seed", range(5))
def test_bound_picks_the_threshold_that_enumeration_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet([0.5, 0.5, 0.5], size=40)
    codes = proba.argmax(axis=1)
    votes = proba.max(axis=1) * rng.uniform(0.5, 1.0, size=40)
    weights = rng.integers(1, 4, size=40).astype(float)
    chosen = below_bound(votes, proba, codes, weights)
    for code in range(3):
        rows = codes == code
        wrong = np.delete(proba[rows], code, axis=1)
        values = np.unique(votes[rows])
        bounds = [bound_by_hand(votes[rows], wrong, weights[rows], v) for v in values]
        assert votes[rows & chosen].min() == values[np.argmin(bounds)]
        # A bound: what the probabilities say of the rows above is no more.
        assert bounds[0] * (1 + 1e-12) >= np.average(
            wrong.sum(axis=1), weights=weights[rows]
        )


def test_bound_of_rows_without_a_vote_takes_them_all() -> None:
    proba = np.full((3, 2), 0.5)
    assert below_bound(np.zeros(3), proba, np.zeros(3, int), np.ones(3)).all()


@pytest.mark.parametrize("criterion", CRITERIA)
def test_labels_of_plain_clusters_are_right(criterion: str) -> None:
    X, truth, y = blobs(std=0.4)
    fitted = model(criterion=criterion, threshold=0.5, max_iter=None).fit(X, y)
    assert fitted.termination_condition_ in ("all_labeled", "no_change")
    labeled = fitted.labeled_iter_ >= 0
    assert labeled.mean() > 0.6
    assert_array_equal(fitted.transduction_[labeled], truth[labeled])
    assert_array_equal(fitted.transduction_[~labeled], -1)
    assert_array_equal(fitted.labeled_iter_ == 0, y >= 0)
    assert_array_equal(np.isnan(fitted.confidences_), y >= 0)
    assert fitted.n_iter_ >= fitted.labeled_iter_.max()
    assert_array_equal(fitted.predict(X), truth)


def test_curriculum_adds_a_step_each_round() -> None:
    X, _, y = blobs(n=118)
    fitted = model(criterion="curriculum", step=0.4, max_iter=10).fit(X, y)
    assert np.bincount(fitted.labeled_iter_).tolist() == [18, 40, 40, 20]
    assert fitted.termination_condition_ == "all_labeled"
    assert fitted.n_iter_ == 3
    first = fitted.confidences_[fitted.labeled_iter_ == 1]
    early = model(criterion="curriculum", step=0.4, max_iter=1).fit(X, y)
    assert early.termination_condition_ == "max_iter"
    assert_array_equal(early.labeled_iter_ == 1, fitted.labeled_iter_ == 1)
    assert first.min() > early.confidences_[early.labeled_iter_ == -1].max()


def test_threshold_labels_what_is_above_it() -> None:
    X, _, y = blobs()
    fitted = model(criterion="threshold", threshold=0.7, max_iter=1).fit(X, y)
    above = np.nan_to_num(fitted.confidences_) > 0.7
    assert 0 < above.sum() < 102
    assert_array_equal(fitted.labeled_iter_ == 1, above)


def test_no_label_given_means_the_estimator_alone() -> None:
    # Diversity has no part in what predicts.
    X, _, y = blobs()
    fitted = model(
        criterion="threshold", threshold=0.999999, max_iter=5, diversity=50.0
    ).fit(X, y)
    assert fitted.termination_condition_ == "no_change"
    alone = LogisticRegression().fit(X[y >= 0], y[y >= 0])
    assert_array_equal(fitted.predict_proba(X), alone.predict_proba(X))


def test_rows_that_all_have_a_label() -> None:
    X, truth, _ = blobs()
    fitted = model(max_iter=5).fit(X, truth)
    assert fitted.termination_condition_ == "all_labeled"
    assert fitted.n_iter_ == 1
    assert_array_equal(fitted.transduction_, truth)
    assert not fitted.labeled_iter_.any()


@pytest.mark.parametrize("criterion", CRITERIA)
def test_weights_are_repeated_rows_and_zero_is_none(criterion: str) -> None:
    X, _, y = blobs(n=60)
    weights = np.random.default_rng(0).integers(0, 3, size=60)
    weights[y >= 0] = np.maximum(weights[y >= 0], 1)
    weights[[0, 1]] = 0
    rows = np.repeat(np.arange(60), weights)
    params = {"criterion": criterion, "threshold": 0.6, "max_iter": 3}
    weighted = model(**params).fit(X, y, sample_weight=weights)
    repeated = model(**params).fit(X[rows], y[rows])
    assert_array_equal(weighted.labeled_iter_[rows], repeated.labeled_iter_)
    assert_array_equal(weighted.transduction_[rows], repeated.transduction_)
    assert (weighted.labeled_iter_[(weights == 0) & (y < 0)] == -1).all()
    assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-3, atol=1e-4
    )


def test_weights_reach_the_last_step_of_a_pipeline() -> None:
    X, _, y = blobs()
    weights = np.where(y == 0, 9.0, 1.0)
    inner = LogisticRegression()
    bare = TSimilaritySelfTraining(inner, max_iter=1, random_state=0)
    piped = TSimilaritySelfTraining(
        make_pipeline("passthrough", inner), max_iter=1, random_state=0
    )
    wanted = bare.fit(X, y, sample_weight=weights).predict_proba(X)
    assert_array_equal(piped.fit(X, y, sample_weight=weights).predict_proba(X), wanted)
    with config_context(enable_metadata_routing=True):
        inner.set_fit_request(sample_weight=True)
        routed = TSimilaritySelfTraining(
            make_pipeline("passthrough", inner), max_iter=1, random_state=0
        ).fit(X, y, sample_weight=weights)
    assert_array_equal(routed.predict_proba(X), wanted)


def test_estimator_without_weights() -> None:
    X, _, y = blobs()
    fitted = TSimilaritySelfTraining(KNeighborsClassifier(), random_state=0).fit(X, y)
    assert fitted.score(X, fitted.predict(X)) == 1.0
    with pytest.raises(TypeError, match="sample_weight"):
        fitted.fit(X, y, sample_weight=np.ones(len(y)))


def test_methods_are_those_of_the_estimator() -> None:
    X, _, y = blobs()
    fitted = TSimilaritySelfTraining(RidgeClassifier()).fit(X, y)
    assert fitted.decision_function(X).shape == (120, 3)
    assert not hasattr(fitted, "predict_proba")
    assert not hasattr(fitted, "predict_log_proba")
    proba = model().fit(X, y)
    assert_allclose(np.exp(proba.predict_log_proba(X)), proba.predict_proba(X))
    assert hasattr(TSimilaritySelfTraining(Perceptron()), "decision_function")


NAMES = np.array(["ant", "bee", "cat"])


@pytest.mark.parametrize(
    "write",
    [
        lambda y: y.astype(float),
        lambda y: np.where(y < 0, np.nan, y),
        lambda y: y.astype(np.int8),
        lambda y: y.tolist(),
        lambda y: [None if v < 0 else int(v) for v in y],
        lambda y: pd.Series(y).astype("Int64"),
        lambda y: pd.Series(y).astype("Int64").mask(y < 0),
        lambda y: pl.Series(y),
        lambda y: np.where(y < 0, None, NAMES[y]),
        lambda y: np.where(y < 0, -1, NAMES[y].astype(object)),
        lambda y: pd.Series(np.where(y < 0, None, NAMES[y])),
    ],
)
def test_marks_of_missing_labels(write: Any) -> None:
    X, _, y = blobs(n=60)
    wanted = model().fit(X, y)
    fitted = model().fit(X, write(y))
    assert_array_equal(fitted.labeled_iter_, wanted.labeled_iter_)
    codes = np.searchsorted(fitted.classes_, fitted.predict(X))
    assert_array_equal(codes, wanted.predict(X))


def test_mask_says_that_minus_one_is_a_class() -> None:
    X, truth, y = blobs(n=60)
    pair = truth < 2
    labeled = (y >= 0)[pair]
    signs = np.where(truth == 0, -1, 1)[pair]
    fitted = model().fit(X[pair], signs, labeled=labeled)
    other = model().fit(X[pair], np.where(labeled, truth[pair], -1))
    assert_array_equal(fitted.classes_, [-1, 1])
    assert_array_equal(fitted.labeled_iter_, other.labeled_iter_)
    assert_array_equal(fitted.predict(X) > 0, other.predict(X) == 1)


def test_layouts_containers_and_threads_change_nothing() -> None:
    X, _, y = blobs(n=60)
    params = {"criterion": "threshold", "threshold": 0.6}
    wanted = model(**params).fit(X, y)
    names = list("abcd")
    wide = np.zeros((60, 8))
    wide[:, ::2] = X
    for given in (
        np.asfortranarray(X),
        wide[:, ::2],
        pd.DataFrame(X, columns=names),
        pl.DataFrame(X, schema=names),
    ):
        before = np.array(given)
        fitted = model(**params).fit(given, y)
        assert_array_equal(fitted.confidences_, wanted.confidences_)
        assert_array_equal(fitted.predict_proba(given), wanted.predict_proba(X))
        assert_array_equal(np.array(given), before)
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            fitted = model(**params).fit(X, y)
        assert_array_equal(fitted.confidences_, wanted.confidences_)


def test_seed_decides() -> None:
    X, _, y = blobs()
    first, again = (model(random_state=4).fit(X, y).confidences_ for _ in range(2))
    assert_array_equal(first, again)
    other = model(random_state=5).fit(X, y).confidences_
    assert np.nanmax(np.abs(first - other)) > 1e-6


def test_single_precision_is_close() -> None:
    X, _, y = blobs(std=0.4)
    fitted = model().fit(X.astype(np.float32), y)
    assert_allclose(
        fitted.predict_proba(X.astype(np.float32)),
        model().fit(X, y).predict_proba(X),
        atol=1e-2,
    )


def test_many_rows_are_met_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    X, truth, y = blobs(std=0.4)
    whole = model().fit(X, y)
    monkeypatch.setattr(_t_similarity, "CHUNK_ROWS", 7)
    chunked = model().fit(X, y)
    assert_allclose(chunked.confidences_, whole.confidences_, rtol=1e-6)
    monkeypatch.setattr(_t_similarity, "DIVERSE_ROWS", 20)
    fewer = model().fit(X, y)
    assert np.nanmax(np.abs(fewer.confidences_ - whole.confidences_)) > 1e-6
    assert_array_equal(fewer.predict(X), truth)


def features(X: Any, weights: Any, n_components: int | None = 9) -> HeadFeatures:
    return HeadFeatures(X, weights, n_components, 7, np.random.default_rng(0))


def test_features_without_landmarks_are_scaled_columns() -> None:
    X = np.random.default_rng(0).normal([3.0, -1.0], [9.0, 0.1], size=(40, 2))
    weights = np.arange(40.0)
    scaler = StandardScaler().fit(X, sample_weight=weights)
    found = features(X, weights, None).transform(X)
    assert_allclose(found, scaler.transform(X), rtol=1e-12)


def test_features_at_all_rows_make_up_the_kernel() -> None:
    rng = np.random.default_rng(0)
    X, weights = rng.normal([3.0, -1.0], [9.0, 0.1], size=(30, 2)), rng.random(30)
    made = features(X, weights, 99)
    found = made.transform(X)
    assert found.shape == (30, 30)
    assert_allclose(weights @ found, 0.0, atol=1e-10)
    assert_allclose(weights @ found**2 / weights.sum(), 1.0, rtol=1e-10)
    # Before they are scaled, products of features are those of the kernel.
    last = made._steps[-1]
    raw = found * last.scale_ + last.mean_
    rows = StandardScaler().fit(X, sample_weight=weights).transform(X)
    far = ((rows[:, None] - rows) ** 2).sum(axis=2)
    middle = np.median(far[np.triu_indices(30, 1)])
    assert_allclose(raw @ raw.T, np.exp(-GAMMA * far / middle), atol=1e-6)


def test_weights_and_repeated_rows_leave_landmarks_where_they_are() -> None:
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(50, 3)), rng.integers(0, 4, size=50)
    rows = np.repeat(np.arange(50), weights)
    found = features(X, weights.astype(float)).transform(X[rows])
    wanted = features(X[rows], np.ones(len(rows))).transform(X[rows])
    assert_allclose(found, wanted, atol=1e-7)


@pytest.mark.parametrize("n_components", [1, 5])
def test_rows_that_are_all_the_same_are_no_use_and_no_error(n_components: int) -> None:
    found = features(np.ones((12, 3)), np.ones(12), n_components).transform(
        np.ones((2, 3))
    )
    assert_allclose(found, np.zeros((2, 1)), atol=1e-12)


def test_kernel_lets_heads_agree_where_no_line_parts_classes() -> None:
    rng = np.random.default_rng(0)
    angle, truth = rng.uniform(0.0, 2.0 * np.pi, 300), np.arange(300) % 2
    radius = 1.0 + 2.0 * truth + rng.normal(scale=0.1, size=300)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    y = np.where(np.arange(300) < 60, truth, -1)
    means = []
    for n_components in (None, 100):
        fitted = TSimilaritySelfTraining(
            KNeighborsClassifier(),
            max_iter=1,
            n_components=n_components,
            random_state=0,
        ).fit(X, y)
        means.append(np.nanmean(fitted.confidences_))
    assert means[0] < 0.55
    assert means[1] > 0.75


def test_confidence_is_lower_far_from_labels() -> None:
    # Labels at the left end of two stretched classes: heads part to the right.
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.uniform(0, 10, 300), rng.normal(size=300)])
    truth = (rng.random(300) < 0.5).astype(int)
    X[:, 1] += np.where(truth, 3.0, -3.0)
    y = np.where((X[:, 0] < 1.5), truth, -1)
    fitted = model(diversity=1.0, alpha=0.01).fit(X, y)
    near, far = (X[:, 0] > 1.5) & (X[:, 0] < 4), X[:, 0] > 7.5
    assert fitted.confidences_[near].mean() > fitted.confidences_[far].mean() + 0.05


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (None, "requires y to be passed"),
        ([-1, -1, -1, -1], "no label in 4 rows"),
        ([1, -1, 1, -1], "one class only, 1; expected"),
        ([0.5, 1.25, -1, 2.5], "Unknown label type"),
        ([0, 1, -1], "inconsistent numbers of samples"),
    ],
)
def test_targets_that_are_refused(y: Any, match: str) -> None:
    X = np.arange(8.0).reshape(4, 2)
    with pytest.raises(ValueError, match=match):
        model().fit(X, y)


def test_inputs_that_are_refused() -> None:
    X, _, y = blobs(n=60)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model().fit(np.where(X > 0, X, np.nan), y)
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        model().fit(X, y, sample_weight=np.full(60, -1.0))
    with pytest.raises(ValueError, match="no label in 60 rows of weight above 0"):
        model().fit(X, y, sample_weight=(y < 0).astype(float))
    with pytest.raises(ValueError, match="one truth value per row"):
        model().fit(X, y, labeled=[True])


def test_verbose_tells_of_each_round(capsys: pytest.CaptureFixture) -> None:
    X, _, y = blobs()
    quiet = model(max_iter=None).fit(X, y)
    assert capsys.readouterr().out == ""
    told = model(max_iter=None, verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == told.n_iter_ > 0
    added = np.count_nonzero(told.labeled_iter_ == 1)
    assert lines[0] == (
        f"[TSimilaritySelfTraining] round 1: {added} rows get a label, "
        f"{len(y) - 18 - added} have none"
    )
    assert_array_equal(quiet.transduction_, told.transduction_)
