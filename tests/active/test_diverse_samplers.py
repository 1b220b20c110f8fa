# SPDX-License-Identifier: BSD-3-Clause
"""Samplers that look at a batch as a whole, against brute force and references."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skx.active import (
    BadgeSampler,
    DensitySampler,
    DropQuerySampler,
    KCenterSampler,
    KMeansSampler,
    LCMDSampler,
    ProbCoverSampler,
    RankedBatchSampler,
    SubsetSampler,
    TypiClustSampler,
    UncertaintySampler,
    entropy,
    margin,
)
from skx.active._greedy import _clusters
from skx.active._greedy._clusters import pick_typical
from skx.active._greedy._cover import pure_radius
from skx.active._samplers import _typiclust

VECTORS = Path(__file__).parents[1] / "vectors" / "active_greedy.npz"
MODEL = LogisticRegression()


@pytest.fixture(scope="module")
def vectors() -> dict[str, np.ndarray]:
    with np.load(VECTORS) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Return 120 rows, every fourth of which has one of three labels."""
    X, y = make_classification(
        120, 5, n_informative=4, n_redundant=1, n_classes=3, random_state=0
    )
    labels = y.astype(float)
    labels[np.arange(120) % 4 > 0] = np.nan
    return X, labels


def distances(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.asarray(X, float)[:, None] - np.asarray(Y, float), axis=2)


def blobs(*sizes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of groups far apart, in a random order, and their groups."""
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centres = 100.0 * np.eye(len(sizes))
    return centres[groups] + rng.normal(size=(len(groups), len(sizes))), groups


# k-means


def test_one_row_is_nearest_to_the_mean_of_each_cluster() -> None:
    X, groups = blobs(10, 40, 20)
    sampler = KMeansSampler(random_state=0).fit(X, [None] * 70)
    rows, scores = sampler.query(n_samples=3, return_scores=True)
    assert groups[rows].tolist() == [1, 2, 0]  # the largest first
    assert np.isnan(scores).all()
    for row in rows:
        inside = np.flatnonzero(groups == groups[row])
        gaps = np.linalg.norm(X[inside] - X[inside].mean(axis=0), axis=1)
        assert row == inside[gaps.argmin()]


@pytest.mark.parametrize(
    ("measure", "score"), [("margin", margin), ("entropy", entropy)]
)
@pytest.mark.parametrize("prefilter", [1, 30, None])
def test_one_row_is_nearest_to_the_weighted_mean(
    measure: str, score: Any, prefilter: int | None, data: tuple
) -> None:
    X, y = data
    free = np.flatnonzero(np.isnan(y))
    sampler = KMeansSampler(MODEL, measure=score.__name__, prefilter=prefilter).fit(
        X, y
    )
    weights = score(sampler.predict_proba(X))
    kept = free[np.argsort(-weights[free], kind="stable")][:prefilter]
    mean = np.average(X[kept], axis=0, weights=weights[kept])
    nearest = kept[np.linalg.norm(X[kept] - mean, axis=1).argmin()]
    row, found = sampler.query(return_scores=True)
    assert row.tolist() == [nearest]
    assert found == pytest.approx(weights[row])


def test_nothing_is_clustered_without_more_rows_than_wanted(data: tuple) -> None:
    sampler = KMeansSampler(MODEL, prefilter=1).fit(*data)
    best = UncertaintySampler(MODEL).fit(*data).query(n_samples=12)
    assert sampler.query(n_samples=12).tolist() == best.tolist()


def test_copies_are_asked_about_last() -> None:
    X = np.repeat([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]], 10, axis=0)
    rows = KMeansSampler(random_state=0).fit(X, [None] * 30).query(n_samples=6)
    assert len({tuple(row) for row in X[rows[:3]]}) == 3
    assert sorted(rows[:3]) == [0, 10, 20]
    assert rows[3:].tolist() == [1, 2, 3]


def test_sure_models_weigh_all_rows_alike(data: tuple) -> None:
    X, y = data
    tree = DecisionTreeClassifier(random_state=0)
    sampler = KMeansSampler(tree, prefilter=None).fit(X, y)
    row, score = sampler.query(return_scores=True)
    free = np.flatnonzero(np.isnan(y))
    gaps = np.linalg.norm(X[free] - X[free].mean(axis=0), axis=1)
    assert row == free[gaps.argmin()]
    assert score == 0.0


def test_many_rows_are_clustered_in_mini_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, groups = blobs(10, 40, 20)
    monkeypatch.setattr(_clusters, "MINI_BATCH_ROWS", 60)
    monkeypatch.setattr(_clusters, "KMeans", None)
    sampler = KMeansSampler(random_state=0).fit(X, [None] * 70)
    assert sorted(groups[sampler.query(n_samples=3)]) == [0, 1, 2]


def test_frozen_models_score_without_labels(data: tuple) -> None:
    X, _ = data
    fitted = LogisticRegression().fit(X, X[:, 0] > 0)
    sampler = KMeansSampler(FrozenEstimator(fitted)).fit(X, [None] * 120)
    row, score = sampler.query(return_scores=True)
    # One row alone may be added up in another order than among others.
    assert score == pytest.approx(margin(fitted.predict_proba(X[row])), rel=1e-12)


# TypiClust


def by_brute_force(
    X: np.ndarray, n_labeled: int, clusters: np.ndarray
) -> tuple[list[int], list[float]]:
    """Return all rows without a label in the order of picks, and their typicality."""
    ranked: dict[int, list[tuple[float, int]]] = {}
    keys = {}
    for c in set(clusters.tolist()):
        inside = np.flatnonzero(clusters == c)
        free = inside[inside >= n_labeled]
        D = np.sort(distances(X[free], X[free]), axis=1)[:, 1:]
        k = min(20, len(free) // 2)
        typical = 1 / (D[:, :k].mean(axis=1) + 1e-5) if k else np.zeros(len(free))
        ranked[c] = sorted((-t, i) for t, i in zip(typical, free, strict=True))
        keys[c] = (len(inside) - len(free), -len(inside), c)
    order = sorted(ranked, key=keys.__getitem__)
    picks: list[tuple[float, int]] = []
    for small in (False, True):
        ours = [c for c in order if (-keys[c][1] <= 5) == small]
        while any(ranked[c] for c in ours):
            picks += [ranked[c].pop(0) for c in ours if ranked[c]]
    return [i for _, i in picks], [-t for t, _ in picks]


def test_typical_rows_are_those_of_brute_force(float_dtype: type) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 3)).astype(float_dtype)
    p = [0.5, 0.2, 0.15, 0.06, 0.04, 0.03, 0.02]
    clusters = rng.choice(7, size=150, p=p)
    clusters[149] = 7  # alone
    clusters[:4] = 8  # labelled ones alone
    picks, scores = by_brute_force(X, 15, clusters)
    for n in (1, 6, 30, 135):
        found, typical = pick_typical(X, n, 15, clusters, 20, seed=0)
        assert found.tolist() == picks[:n]
        assert typical == pytest.approx(scores[:n], rel=1e-5)


def test_clusters_without_a_label_come_first() -> None:
    X, groups = blobs(40, 20, 30)
    y = np.full(90, np.nan)
    y[np.flatnonzero(groups == 0)[:1]] = 0.0
    sampler = TypiClustSampler(random_state=0).fit(X, y)
    rows, scores = sampler.query(n_samples=2, return_scores=True)
    assert groups[rows].tolist() == [2, 1]
    for row, score in zip(rows, scores, strict=True):
        inside = X[groups == groups[row]]
        D = np.sort(distances(inside, inside), axis=1)[:, 1:]
        k = min(20, len(inside) // 2)
        assert score == pytest.approx((1 / (D[:, :k].mean(axis=1) + 1e-5)).max())
    few = TypiClustSampler(max_clusters=1, n_neighbors=3).fit(X, y)
    free = np.isnan(y)
    D = np.sort(distances(X[free], X[free]), axis=1)[:, 1:4]
    assert few.query() == np.flatnonzero(free)[D.mean(axis=1).argmin()]


def test_large_clusters_are_stood_for_by_some_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X = np.random.default_rng(0).normal(size=(100, 2))
    monkeypatch.setattr(_clusters, "MOST_NEIGHBORS", 30)
    clusters = np.zeros(100, int)
    every = {pick_typical(X, 1, 10, clusters, 20, seed)[0][0] for seed in range(9)}
    assert len(every) > 1
    assert min(every) >= 10
    picks, _ = pick_typical(X, 60, 10, clusters, 20, seed=0)
    assert len(set(picks)) == 60


def test_many_clusters_come_from_mini_batches(
    monkeypatch: pytest.MonkeyPatch, data: tuple
) -> None:
    sampler = TypiClustSampler(random_state=0).fit(*data)
    monkeypatch.setattr(_clusters, "KMeans", None)
    assert sampler.query(n_samples=21).shape == (21,)
    with pytest.raises(TypeError, match="not callable"):
        sampler.query(n_samples=20)


@pytest.mark.parametrize("n_samples", [4, 60])
def test_rounds_start_from_the_centres_of_the_last(
    monkeypatch: pytest.MonkeyPatch, n_samples: int
) -> None:
    X = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    y = np.full(300, np.nan)
    starts, ends = [], []
    cluster_rows = _clusters.cluster_rows

    def watch(X: Any, n_clusters: int, seed: int, **options: Any) -> Any:
        found = cluster_rows(X, n_clusters, seed, **options)
        starts.append(options["start"])
        ends.append(found[1])
        return found

    monkeypatch.setattr(_typiclust, "cluster_rows", watch)
    cold = TypiClustSampler(random_state=0).fit(X, y)
    warm = TypiClustSampler(random_state=0, warm_start=True).fit(X, y)
    rows = warm.query(n_samples=n_samples)
    assert (rows == cold.query(n_samples=n_samples)).all()
    assert (rows == warm.query(n_samples=n_samples)).all()
    y[rows] = X[rows, 0] > 0
    warm.fit(X, y)
    second = warm.query(n_samples=n_samples)
    assert (second == warm.query(n_samples=n_samples)).all()
    assert starts[:3] == [None, None, None]
    assert sorted(starts[3].tolist()) == sorted(ends[0].tolist())
    assert (starts[4] == starts[3]).all()
    assert len(ends[3]) == 2 * n_samples
    warm.fit(X, y).query(n_samples=1)  # fewer clusters than before
    assert len(starts[5]) > len(ends[5])
    warm.fit(X[:, :1], y).query(n_samples=2)
    assert starts[6] is None
    warm.set_params(warm_start=False).fit(X, y)
    assert (warm.query(n_samples=4) == cold.fit(X, y).query(n_samples=4)).all()


def test_a_start_at_the_end_stays_there() -> None:
    X, _ = blobs(40, 20, 30)
    for rows in (X, sparse.csr_array(X)):
        labels, centres = _clusters.cluster_rows(rows, 3, 0)
        again = _clusters.cluster_rows(rows, 3, 1, start=centres)
        assert (again[0] == labels).all()
        more, _ = _clusters.cluster_rows(rows, 5, 1, start=centres)
        assert len(np.unique(more)) == 5


def test_columns_of_other_scales_are_told(data: tuple) -> None:
    X, y = data
    wide = np.column_stack([X * [1, 1, 1e5, 1, 1], np.full(120, 7.0)])
    with pytest.warns(UserWarning, match=r"Column 2 has the standard deviation"):
        TypiClustSampler().fit(wide, y).query()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TypiClustSampler(make_pipeline(StandardScaler(), MODEL)).fit(wide, y).query()
        TypiClustSampler().fit(np.zeros((9, 2)), [None] * 9).query()


# ProbCover


@pytest.mark.parametrize("apart", [False, True])
def test_covering_rows_are_those_of_reference(vectors: dict, apart: bool) -> None:
    X, initial = vectors["prob_cover_X"], vectors["prob_cover_initial"]
    picks, gains = vectors["prob_cover_indices"], vectors["prob_cover_gain"]
    y = np.full(len(X), np.nan)
    y[initial] = 0.0
    sampler = ProbCoverSampler(delta=float(vectors["prob_cover_delta"]))
    if apart:
        free = np.flatnonzero(np.isnan(y))
        sampler.fit(X[initial], y[initial])
        rows, scores = sampler.query(X[free], n_samples=len(picks), return_scores=True)
        rows = free[rows]
    else:
        sampler.fit(X, y)
        rows, scores = sampler.query(n_samples=len(picks), return_scores=True)
    assert rows.tolist() == picks.tolist()
    assert scores.tolist() == gains.tolist()


@pytest.mark.parametrize("purity", [0.3, 0.8, 0.95, 1.0])
def test_radius_is_the_largest_with_pure_balls(
    purity: float, float_dtype: type
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2)).astype(float_dtype)
    clusters = (X[:, 0] > 0).astype(int) + (X[:, 1] > 1)
    D = distances(X, X)
    differ = clusters[:, None] != clusters

    def share(radius: float) -> float:
        return 1.0 - np.mean([(differ[i] & (D[i] <= radius)).any() for i in range(80)])

    radius = pure_radius(X, clusters, purity, seed=0)
    assert share(radius) >= purity - 1e-12
    assert share(radius * (1 + 1e-6)) < purity
    assert pure_radius(X, np.zeros(80, int), purity, seed=0) > 0.0


def test_radius_comes_from_the_number_of_classes() -> None:
    X, groups = blobs(40, 20, 30)
    y = [None] * 90
    sampler = ProbCoverSampler(n_classes=3, purity=1.0, random_state=0).fit(X, y)
    rows, scores = sampler.query(n_samples=4, return_scores=True)
    assert groups[rows[:3]].tolist() == [0, 2, 1]
    assert scores.tolist() == [40, 30, 20, 0]
    named = np.array([None] * 90, dtype=object)
    for group, name in enumerate(["a", "b", "c"]):
        named[np.flatnonzero(groups == group)[0]] = name
    for model in (None, MODEL):
        known = ProbCoverSampler(model, random_state=0).fit(X, named)
        given = ProbCoverSampler(model, n_classes=3, random_state=0).fit(X, named)
        found = known.query(n_samples=3, return_scores=True)
        assert np.array_equal(found, given.query(n_samples=3, return_scores=True))
    with pytest.raises(ValueError, match=r"have 0 classes; expected two.*n_classes="):
        ProbCoverSampler().fit(X, y).query()
    numbers = np.where(np.arange(90) < 9, X[:, 0], np.nan)
    for model in (None, Ridge()):
        with pytest.raises(ValueError, match="the labels have 0 classes"):
            ProbCoverSampler(model).fit(X, numbers).query()


def test_pools_too_large_to_cover_are_told(data: tuple) -> None:
    sampler = ProbCoverSampler(delta=9.0, max_edges=50).fit(*data)
    with pytest.raises(ValueError, match=r"max_edges=50 pairs.*SubsetSampler does"):
        sampler.query()


def test_pools_that_take_too_long_to_cover_are_told(data: tuple) -> None:
    X, y = data
    sampler = ProbCoverSampler(delta=1.0, max_rows=100).fit(X, y)
    with pytest.raises(ValueError, match=r"120 rows, more than max_rows=100, .*Subset"):
        sampler.query()
    assert sampler.query(candidates=[1, 2, 3]) in (1, 2, 3)  # with 30 labelled ones
    part = SubsetSampler(sampler, subset_size=50, random_state=0).fit(X, y)
    assert part.query(n_samples=9).shape == (9,)


def test_centers_of_a_share_of_the_rows_are_no_outliers() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    outliers = np.arange(20, 200, 40)
    X[outliers] *= 100.0
    y = np.full(200, np.nan)
    y[:2] = 0.0
    assert set(KCenterSampler().fit(X, y).query(n_samples=4)) <= set(outliers)
    sampler = KCenterSampler(coverage=0.97).fit(X, y)
    rows, scores = sampler.query(n_samples=30, return_scores=True)
    assert not set(rows) & set(outliers)
    assert scores[0] == pytest.approx(distances(X[rows[:1]], X[:2]).min())


def test_rows_that_cover_nothing_more_are_told() -> None:
    X, y = np.arange(6.0)[:, None], np.array([0.0] + [np.nan] * 5)
    for delta, shown in ((0.5, "0.5"), (9.0, "9")):
        with pytest.warns(UserWarning, match=f"another one within delta={shown} "):
            rows = ProbCoverSampler(delta=delta).fit(X, y).query(n_samples=2)
        assert rows.tolist() == [1, 2]


# LCMD


def test_largest_clusters_are_asked_about(data: tuple) -> None:
    X, y = data
    centres, free = list(np.flatnonzero(~np.isnan(y))), np.isnan(y)
    expected, apart = [], []
    for _ in range(12):
        D = distances(X, X[centres])
        owner, nearest = D.argmin(axis=1), D.min(axis=1)
        weights = np.bincount(owner, nearest**2, minlength=len(centres))
        inside = (owner == weights.argmax()) & free
        row = int(np.argmax(np.where(inside, nearest, -1)))
        expected.append(row)
        apart.append(nearest[row])
        free[row] = False
        centres.append(row)
    found, scores = LCMDSampler().fit(X, y).query(n_samples=12, return_scores=True)
    assert found.tolist() == expected
    assert scores == pytest.approx(apart)


def test_many_far_rows_come_before_a_farther_one() -> None:
    # The cluster of row 0 weighs about 67, that of row 50 only 9.
    X = np.r_[np.linspace(0, 2, 50), 10.0, 13.0][:, None]
    y = np.full(52, np.nan)
    y[[0, 50]] = 0.0
    assert KCenterSampler().fit(X, y).query().tolist() == [51]
    assert LCMDSampler().fit(X, y).query().tolist() == [49]


# Density


@pytest.mark.parametrize("beta", [0.0, 1.0, 2.5])
def test_density_is_the_mean_over_all_pairs(beta: float, data: tuple) -> None:
    X, y = data
    X = X + 2.0
    X[5] = 0.0
    free = np.flatnonzero(np.isnan(y))
    sampler = DensitySampler(MODEL, beta=beta, measure="entropy").fit(X, y)
    similarity = np.maximum(cosine_similarity(X[free]).mean(axis=1), 0.0)
    expected = entropy(sampler.predict_proba(X[free])) * similarity**beta
    order = np.argsort(-expected, kind="stable")[:30]
    rows, scores = sampler.query(n_samples=30, return_scores=True)
    assert rows.tolist() == free[order].tolist()
    assert scores == pytest.approx(expected[order])
    some = free[::2]
    pairs = np.maximum(cosine_similarity(X[some]).mean(axis=1), 0.0)
    best = np.argmax(entropy(sampler.predict_proba(X[some])) * pairs**beta)
    assert sampler.query(candidates=some) == some[best]


def test_rows_unlike_the_pool_score_nothing(data: tuple) -> None:
    X, y = data
    X = np.abs(X)
    X[7] *= -1
    _, scores = DensitySampler(MODEL).fit(X, y).query(n_samples=90, return_scores=True)
    rows = DensitySampler(MODEL).fit(X, y).query(n_samples=90)
    assert scores[rows == 7] == 0.0
    assert (scores[rows != 7] > 0.0).all()


# Ranked batches


def test_ranked_rows_are_those_of_reference(vectors: dict) -> None:
    X, pool = vectors["ranked_batch_X"], vectors["ranked_batch_pool"]
    labeled = vectors["ranked_batch_labeled"]
    uncertainty = vectors["ranked_batch_uncertainty"]
    y = np.full(len(X), np.nan)
    y[labeled] = vectors["ranked_batch_y"][labeled]
    model = LogisticRegression(max_iter=1000, tol=1e-8)
    sampler = RankedBatchSampler(model).fit(X, y)
    found = 1 - sampler.predict_proba(X[pool]).max(axis=1)
    assert found == pytest.approx(uncertainty, abs=1e-5)
    rows, scores = sampler.query(n_samples=10, return_scores=True)
    assert rows.tolist() == vectors["ranked_batch_order"].tolist()
    share = len(pool) / len(X)
    d = distances(X[rows[:1]], X[labeled]).min()
    unsure = uncertainty[pool == rows[0]]
    expected = share * (1 - 1 / (1 + d)) + (1 - share) * unsure
    assert scores[0] == pytest.approx(expected, abs=1e-5)


def test_ranked_rows_need_a_label(data: tuple) -> None:
    X, _ = data
    fitted = LogisticRegression().fit(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match=r"no label in 120 rows. Begin with KCenter"):
        RankedBatchSampler(FrozenEstimator(fitted)).fit(X, [None] * 120)


# DropQuery


def linear(*coef: float, intercept: float) -> FrozenEstimator:
    """Return a model that predicts whether the sum of products is above 0."""
    model = LogisticRegression().fit([[0.0] * len(coef), [1.0] * len(coef)], [0, 1])
    model.coef_, model.intercept_ = np.array([coef]), np.array([intercept])
    return FrozenEstimator(model)


@pytest.mark.parametrize(
    ("row", "intercept", "dropout", "chance"),
    [
        # Predicted otherwise where only the first value is left.
        ([1.0, -3.0], 0.0, 0.75, 0.25 * 0.75),
        ([1.0, -3.0], 0.0, 0.4, 0.6 * 0.4),
        # A value that is left counts four times.
        ([1.0, 0.0], -2.0, 0.75, 0.25),
        ([1.0, 0.0], -5.0, 0.75, 0.0),
    ],
)
def test_values_are_dropped_by_chance(
    row: list, intercept: float, dropout: float, chance: float
) -> None:
    X = np.tile(row, (4000, 1))
    model = linear(1.0, 1.0, intercept=intercept)
    sampler = DropQuerySampler(model, dropout=dropout, random_state=0)
    sampler.fit(X, [None] * 4000)
    _, shares = sampler.query(n_samples=4000, return_scores=True)
    assert set(np.round(3 * shares)) <= {0, 1, 2, 3}
    deviation = np.sqrt(chance * (1 - chance) / 12_000)
    assert abs(shares.mean() - chance) <= 5 * deviation


def test_rows_that_mostly_change_are_clustered(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 8))
    y = np.where(np.arange(300) < 30, np.where(X[:, 0] > 0, "up", "down"), None)
    sampler = DropQuerySampler(MODEL, random_state=0).fit(X, y)
    rows, shares = sampler.query(n_samples=270, return_scores=True)
    shares = shares[np.argsort(rows)]
    n_changed = int((shares > 0.5).sum())
    assert 20 < n_changed < 200
    few, scores = sampler.query(n_samples=10, return_scores=True)
    assert (scores == shares[few - 30]).all()
    assert (scores > 0.5).all()
    assert np.unique(scores).tolist() == np.unique(shares[shares > 0.5]).tolist()
    _, scores = sampler.query(n_samples=n_changed + 5, return_scores=True)
    assert scores.min() == shares[shares < 0.5].max()
    monkeypatch.setattr("skx.active._samplers._drop_query.CHUNK_ROWS", 7)
    assert sampler.query(n_samples=10).tolist() == few.tolist()


def test_values_of_the_last_step_are_dropped(data: tuple) -> None:
    X, y = data
    Z = StandardScaler().fit(X[~np.isnan(y)]).transform(X)
    model = make_pipeline(StandardScaler(), MODEL)
    expected = DropQuerySampler(MODEL, random_state=0).fit(Z, y).query(n_samples=9)
    sampler = DropQuerySampler(model, random_state=0).fit(X, y)
    assert (sampler.query(n_samples=9) == expected).all()
    other = sampler.fit(X, y, embeddings=X[:, :1]).query(n_samples=9)
    assert (other != expected).any()
    frame = pd.DataFrame(X, columns=list("abcde"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named = DropQuerySampler(MODEL, random_state=0).fit(frame, y)
        named.query(n_samples=9)


# All of them


@pytest.mark.parametrize(
    "sampler",
    [
        KMeansSampler(MODEL),
        TypiClustSampler(MODEL),
        ProbCoverSampler(MODEL, n_classes=3),
        LCMDSampler(MODEL),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_no_label_is_needed(sampler: Any, data: tuple) -> None:
    X, _ = data
    sampler.fit(X.astype(np.float32), np.full(120, np.nan))
    assert len(set(sampler.query(n_samples=9))) == 9
    assert len(set(sampler.query(X[:20], n_samples=20))) == 20
    with pytest.raises(NotFittedError, match="was fitted without labels"):
        sampler.predict(X)


@pytest.mark.parametrize("cls", [KMeansSampler, DensitySampler, RankedBatchSampler])
def test_probabilities_are_needed(cls: type, data: tuple) -> None:
    match = f"{cls.__name__} needs probabilities and LinearSVC has no predict_proba"
    with pytest.raises(ValueError, match=match):
        cls(LinearSVC()).fit(*data)
    with pytest.raises(ValueError, match=r"Ridge has no.*use LCMDSampler"):
        cls(Ridge()).fit(*data)


def test_classes_are_needed_to_tell_changes(data: tuple) -> None:
    with pytest.raises(ValueError, match=r"Ridge predicts none.*use LCMDSampler"):
        DropQuerySampler(Ridge()).fit(*data)


# Sparse rows


@pytest.mark.parametrize(
    "sampler",
    [
        BadgeSampler(MODEL, random_state=0),
        KCenterSampler(MODEL, metric="cosine"),
        KCenterSampler(),
        ProbCoverSampler(MODEL, delta=1.0),
        TypiClustSampler(MODEL, max_clusters=1),
    ],
)
def test_sparse_rows_are_asked_about_as_dense_ones(sampler: Any, data: tuple) -> None:
    X, y = data
    X = np.where(np.abs(X) > 1.0, X, 0.0)
    rows, scores = clone(sampler).fit(X, y).query(n_samples=9, return_scores=True)
    some = np.arange(0, 120, 2)[::-1]
    few = clone(sampler).fit(X, y).query(n_samples=9, candidates=some)
    thin = clone(sampler).fit(sparse.csr_array(X), y)
    found = thin.query(n_samples=9, return_scores=True)
    assert (found[0] == rows).all()
    assert found[1] == pytest.approx(scores, rel=1e-5)
    assert (thin.query(n_samples=9, candidates=some) == few).all()
    texts = make_pipeline(TfidfVectorizer(), LogisticRegression())
    words = np.array(["one two", "two three", "one four", "four five", "six one"])
    sampler = clone(sampler).set_params(estimator=texts)
    sampler.fit(words, ["a", "b", None, None, None])
    assert sampler.query(n_samples=3).shape == (3,)


def test_clusters_of_sparse_rows_are_typical(data: tuple) -> None:
    X, groups = blobs(10, 40, 20)
    X[np.abs(X) < 1.0] = 0.0
    sampler = TypiClustSampler(random_state=0).fit(sparse.csr_array(X), [None] * 70)
    assert groups[sampler.query(n_samples=3)].tolist() == [1, 2, 0]
    cover = ProbCoverSampler(n_classes=3, purity=1.0, random_state=0)
    dense = cover.fit(X, [None] * 70).query(n_samples=3)
    thin = cover.fit(sparse.csr_array(X), [None] * 70).query(n_samples=3)
    assert groups[thin].tolist() == groups[dense].tolist() == [1, 2, 0]
