# SPDX-License-Identifier: BSD-3-Clause
"""What all samplers do alike, and labels, pools and messages."""

import pickle
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from skx._base.sklearn import take_rows
from skx.active import (
    AnchorSampler,
    BadgeSampler,
    BaitSampler,
    BalancedSampler,
    BatchBALDSampler,
    ColdStartSampler,
    CommitteeSampler,
    CostAwareSampler,
    DensitySampler,
    DropQuerySampler,
    ExpectedErrorSampler,
    GreedyDistanceSampler,
    KCenterSampler,
    KMeansSampler,
    LCMDSampler,
    MixedSampler,
    OptimalDesignSampler,
    OutlierFilterSampler,
    ProbCoverSampler,
    RandomSampler,
    RankedBatchSampler,
    SpreadSampler,
    StochasticBatchSampler,
    SubsetSampler,
    TypiClustSampler,
    UncertaintySampler,
    badge_greedy,
    consensus_entropy,
    cost_margin,
    entropy,
    expected_cost,
    k_center_greedy,
    kl_disagreement,
    least_confidence,
    margin,
    variation_ratio,
    vote_entropy,
)

MODEL = LogisticRegression()
COST = [[0.0, 1.0, 2.0], [5.0, 0.0, 1.0], [1.0, 3.0, 0.0]]


class RidgeOfNumbers(Ridge):
    """Leaves columns of a frame that are no numbers."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(numbers_of(X), y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        return super().predict(numbers_of(X))


def numbers_of(X: Any) -> Any:
    return X.select_dtypes("number") if isinstance(X, pd.DataFrame) else X


def price(X: Any) -> np.ndarray:
    """Return costs that follow the first column, of rows of any kind."""
    return 1.0 + np.abs(np.asarray(X)[:, 0].astype(float))


# Every sampler, and whether it draws.
SAMPLERS: dict[str, tuple[Any, bool]] = {
    "random": (RandomSampler(MODEL, random_state=0), True),
    "margin": (UncertaintySampler(MODEL), False),
    "entropy": (UncertaintySampler(MODEL, measure="entropy"), False),
    "cost": (UncertaintySampler(MODEL, measure="expected_cost", cost=COST), False),
    "copies": (CommitteeSampler(MODEL, random_state=0), True),
    "batch-bald": (
        BatchBALDSampler(MODEL, n_members=3, max_configurations=50, random_state=0),
        True,
    ),
    "look-ahead": (ExpectedErrorSampler(MODEL, max_candidates=40), False),
    "k-center": (KCenterSampler(MODEL), False),
    "gsx": (GreedyDistanceSampler(MODEL, method="gsx"), False),
    "d-optimal": (OptimalDesignSampler(MODEL), False),
    "v-optimal": (OptimalDesignSampler(MODEL, criterion="V"), False),
    "bait": (BaitSampler(MODEL), False),
    "width": (
        SpreadSampler(MODEL, lower=RidgeOfNumbers(1e6), upper=RidgeOfNumbers()),
        False,
    ),
    "badge": (BadgeSampler(MODEL, random_state=0), True),
    "k-means": (KMeansSampler(MODEL, random_state=0), True),
    "typical": (TypiClustSampler(MODEL, random_state=0), True),
    "cover": (ProbCoverSampler(MODEL, random_state=0), True),  # draws clusters
    "far in clusters": (LCMDSampler(MODEL), False),
    "density": (DensitySampler(MODEL), False),
    "ranked": (RankedBatchSampler(MODEL), False),
    "dropped": (DropQuerySampler(MODEL, random_state=0), True),
    "draws": (
        StochasticBatchSampler(UncertaintySampler(MODEL), random_state=0),
        True,
    ),
    "wrapped": (
        StochasticBatchSampler(UncertaintySampler(MODEL), beta=np.inf),
        False,
    ),
    "cold": (ColdStartSampler(UncertaintySampler(MODEL)), False),
    "subset": (
        SubsetSampler(UncertaintySampler(MODEL), subset_size=40, random_state=0),
        True,
    ),
    "anchors": (
        AnchorSampler(
            UncertaintySampler(MODEL), n_anchors=3, n_neighbors=4, random_state=0
        ),
        True,
    ),
    "all anchors": (
        AnchorSampler(UncertaintySampler(MODEL), n_neighbors=2, anchor_strategy="all"),
        False,
    ),
    "mixed": (MixedSampler(UncertaintySampler(MODEL), random_state=0), True),
    "ordinary": (OutlierFilterSampler(UncertaintySampler(MODEL), quantile=0.7), False),
    "balanced": (BalancedSampler(UncertaintySampler(MODEL)), False),
    "cheap": (CostAwareSampler(UncertaintySampler(MODEL), cost=price), False),
}
every_sampler = pytest.mark.parametrize("name", SAMPLERS)


def make(name: str) -> Any:
    return clone(SAMPLERS[name][0])


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Return 120 rows, every fourth of which has one of three labels."""
    X, y = make_classification(
        120, 5, n_informative=4, n_redundant=1, n_classes=3, random_state=0
    )
    labels = y.astype(float)
    labels[np.arange(120) % 4 > 0] = np.nan
    return X, labels


@every_sampler
def test_query_returns_unlabelled_rows_once(name: str, data: tuple) -> None:
    X, y = data
    rows, scores = make(name).fit(X, y).query(n_samples=20, return_scores=True)
    assert rows.dtype == np.int64
    assert rows.shape == scores.shape == (20,)
    assert scores.dtype == np.float64
    assert len(set(rows)) == 20
    assert np.isnan(y[rows]).all()


@every_sampler
def test_query_is_deterministic_and_changes_nothing(name: str, data: tuple) -> None:
    X, y = data
    sampler = make(name).fit(X, y)
    before = pickle.dumps(sampler)
    first = sampler.query(n_samples=9)
    sampler.query(X[:30], n_samples=3)
    assert pickle.dumps(sampler) == before
    assert (sampler.query(n_samples=9) == first).all()
    assert (pickle.loads(before).query(n_samples=9) == first).all()
    assert (make(name).fit(X, y).query(n_samples=9) == first).all()


@every_sampler
def test_query_does_not_depend_on_threads(name: str, data: tuple) -> None:
    X, y = (np.tile(part, 10) for part in (data[0].T, data[1]))
    X = np.ascontiguousarray(X.T)
    found = []
    for n_jobs in (1, 2):
        with joblib.parallel_config("threading", n_jobs=n_jobs):
            found.append(make(name).fit(X, y).query(n_samples=9))
    assert (found[0] == found[1]).all()


@every_sampler
def test_query_does_not_depend_on_layout(name: str, data: tuple) -> None:
    X, y = data
    expected = make(name).fit(X, y).query(n_samples=9)
    wide = np.zeros((120, 10))
    wide[:, ::2] = X
    locked = X.copy()
    locked.flags.writeable = False
    columns = list("abcde")
    for other in (
        np.asfortranarray(X),
        wide[:, ::2],
        locked,
        X.tolist(),
        pd.DataFrame(X, columns=columns),
        pl.DataFrame(X, schema=columns),
    ):
        assert (make(name).fit(other, y).query(n_samples=9) == expected).all()


@every_sampler
def test_candidates_and_excluded_rows_are_respected(name: str, data: tuple) -> None:
    X, y = data
    sampler = make(name).fit(X, y)
    chosen = np.array([77, 3, 5, 9, 30, 31, 61])
    rows = sampler.query(n_samples=5, candidates=chosen)
    assert set(rows) <= set(chosen)
    mask = np.isin(np.arange(120), chosen)
    assert (sampler.query(n_samples=5, candidates=mask) == rows).all()
    left = sampler.query(n_samples=4, candidates=chosen, exclude=[77, 5, 0])
    assert set(left) <= {3, 9, 30, 31, 61}
    pool = X[np.isnan(y)]
    apart = sampler.query(pool, n_samples=5, candidates=[8, 4, 2, 6, 11, 3])
    assert set(apart) <= {8, 4, 2, 6, 11, 3}


@every_sampler
def test_labelled_candidates_are_dropped_with_a_warning(name: str, data: tuple) -> None:
    sampler = make(name).fit(*data)
    with pytest.warns(UserWarning, match="candidates holds 2 rows that have a label"):
        rows = sampler.query(n_samples=2, candidates=[4, 1, 8, 2])
    assert set(rows) == {1, 2}


@pytest.mark.parametrize("name", [n for n in SAMPLERS if not SAMPLERS[n][1]])
def test_order_of_rows_does_not_matter(name: str, data: tuple) -> None:
    X, y = data
    order = np.random.default_rng(0).permutation(120)
    sampler = make(name).fit(X, y)
    expected = sampler.query(n_samples=9)
    found = make(name).fit(X[order], y[order]).query(n_samples=9)
    assert (order[found] == expected).all()


@every_sampler
def test_too_many_rows_are_all_with_a_warning(name: str, data: tuple) -> None:
    X, y = data
    sampler = make(name).fit(X, y)
    with pytest.warns(UserWarning, match="n_samples=500 but only 90 rows"):
        rows = sampler.query(n_samples=500)
    assert sorted(rows) == np.flatnonzero(np.isnan(y)).tolist()
    with pytest.warns(UserWarning, match="only 0 rows can be picked"):
        none = sampler.query(candidates=[])
    assert none.dtype == np.int64
    assert none.shape == (0,)


@every_sampler
def test_no_two_copies_are_asked_about_if_told(name: str, data: tuple) -> None:
    X, y = (np.concatenate([part, part[::-1]]) for part in data)
    y[120:] = np.nan  # the rows that have a label among the first have copies
    sampler = make(name).fit(X, y)
    every = np.flatnonzero(np.isnan(y[:120]))
    rows = sampler.query(n_samples=20, deduplicate=True)
    assert set(rows) <= set(every)
    assert len(set(rows)) == 20
    assert (rows == sampler.query(n_samples=20, candidates=every)).all()
    with pytest.warns(UserWarning, match="n_samples=500 but only 90 rows"):
        assert sorted(sampler.query(n_samples=500, deduplicate=True)) == every.tolist()
    # Copies of row 0, which has a label, of 3, which can be picked, and of 1.
    some = sampler.query(n_samples=2, candidates=[239, 3, 236, 238], deduplicate=True)
    assert sorted(some) == [3, 238]
    apart = sampler.query(X, n_samples=20, deduplicate=True)
    assert set(apart) <= set(every)


@pytest.mark.parametrize(
    "container",
    [
        pd.DataFrame({"a": [1, 1, 1, 1, 2], "b": ["x", "y", None, "x", "x"]}),
        pl.DataFrame({"a": [1, 1, 1, 1, 2], "b": ["x", "y", None, "x", "x"]}),
        sparse.csr_array([[0, 1], [0, -1], [1, 0], [0, 1], [0, 2]]),
        np.array([[2**60], [2**60 + 1], [7], [2**60], [-(2**60)]]),
        np.array([[-1], [-2], [""], [-1], [0]], dtype=object),
        [[0.5, np.nan], [0.5, 0.0], [np.nan, 0.5], [0.5, np.nan], [1.0, 2.0]],
        ["some", "text", "", "some", "more"],
    ],
)
def test_copies_are_known_in_any_container(container: Any) -> None:
    sampler = RandomSampler(random_state=0).fit(container, [None] * 5)
    with pytest.warns(UserWarning, match="only 4 rows"):
        rows = sampler.query(n_samples=5, deduplicate=True)
    assert sorted(rows) == [0, 1, 2, 4]


@every_sampler
def test_pool_apart_is_asked_as_the_same_rows_within(name: str, data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    within = make(name).fit(X, y).query(n_samples=9)
    apart = make(name).fit(X[labeled], y[labeled])
    rows = apart.query(X[~labeled], n_samples=9)
    assert (np.flatnonzero(~labeled)[rows] == within).all()


@every_sampler
def test_sampler_predicts_as_the_estimator(name: str, data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    plain = LogisticRegression().fit(X[labeled], y[labeled])
    sampler = make(name).fit(X, y)
    assert (sampler.predict(X) == plain.predict(X)).all()
    assert (sampler.predict_proba(X) == plain.predict_proba(X)).all()
    assert (sampler.predict_log_proba(X) == plain.predict_log_proba(X)).all()
    assert (sampler.decision_function(X) == plain.decision_function(X)).all()
    expected = plain.score(X[labeled], y[labeled])
    assert sampler.score(X, y) == sampler.score(X[labeled], y[labeled]) == expected
    assert sampler.classes_.tolist() == [0, 1, 2]
    assert sampler.n_labeled_ == 30


@every_sampler
def test_sampler_works_in_searches(name: str, data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    sampler = make(name)
    assert is_classifier(sampler)
    expected = cross_val_score(MODEL, X[labeled], y[labeled], cv=3)
    assert (cross_val_score(sampler, X[labeled], y[labeled], cv=3) == expected).all()
    path = next(key for key in sampler.get_params() if key.endswith("estimator__C"))
    marked = np.where(labeled, y, -1).astype(int)
    search = GridSearchCV(sampler, {path: [0.1, 10.0]}, cv=3).fit(X, marked)
    assert search.best_estimator_.n_labeled_ == 30


@every_sampler
def test_pipeline_sees_the_frame(name: str, data: tuple) -> None:
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame["kind"] = pd.Categorical(np.where(X[:, 0] > 0, "up", "down"))
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(sparse_output=False), ["kind"]),
            (StandardScaler(), list("abcde")),
        ),
        LogisticRegression(),
    )
    sampler = make(name)
    path = next(key for key in sampler.get_params() if key.endswith("estimator"))
    sampler.set_params(**{path: model})
    rows = sampler.fit(frame, y).query(n_samples=5)
    assert np.isnan(y[rows]).all()
    assert sampler.feature_names_in_.tolist() == frame.columns.tolist()
    other = frame[np.isnan(y)]
    assert (other.index[sampler.query(other, n_samples=5)] == rows).all()


@every_sampler
def test_fitted_sampler_is_needed(name: str, data: tuple) -> None:
    with pytest.raises(NotFittedError):
        make(name).query(data[0])


def test_frozen_estimator_is_not_fitted_again(data: tuple) -> None:
    X, y = data
    fitted = LogisticRegression().fit(X, X[:, 0] > 0)
    sampler = UncertaintySampler(FrozenEstimator(fitted)).fit(X, y)
    assert (sampler.predict_proba(X) == fitted.predict_proba(X)).all()
    unlabelled = UncertaintySampler(FrozenEstimator(fitted)).fit(X, [None] * 120)
    best = np.argmax(margin(fitted.predict_proba(X)))
    assert unlabelled.query().tolist() == [best]


@pytest.mark.parametrize(
    ("measure", "score"),
    [
        ("margin", margin),
        ("least_confidence", least_confidence),
        ("entropy", entropy),
        ("expected_cost", lambda p: expected_cost(p, COST)),
        ("cost_margin", lambda p: cost_margin(p, COST)),
    ],
)
def test_uncertain_rows_come_first(
    measure: str, score: Callable, data: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = data
    cost = COST if "cost" in measure else None
    sampler = UncertaintySampler(MODEL, measure=measure, cost=cost).fit(X, y)
    expected = score(sampler.predict_proba(X))
    assert (sampler.score_samples(X) == expected).all()
    order = np.argsort(-np.where(np.isnan(y), expected, -np.inf), kind="stable")
    rows, scores = sampler.query(n_samples=20, return_scores=True)
    assert (rows == order[:20]).all()
    assert (scores == expected[rows]).all()
    monkeypatch.setattr("skx.active._samplers._pool.Pool.chunks.__defaults__", (7,))
    assert (sampler.query(n_samples=20) == rows).all()


def test_there_is_no_score_without_labels(data: tuple) -> None:
    X, y = data
    sampler = UncertaintySampler(MODEL).fit(X, y)
    with pytest.raises(ValueError, match=r"no label in 3 rows.*shuffle the rows"):
        sampler.score(X[:3], [-1, -1, -1])


def test_equal_scores_by_position(data: tuple) -> None:
    X, y = data
    same = np.zeros((50, 5))
    sampler = UncertaintySampler(MODEL).fit(X, y)
    with pytest.warns(UserWarning, match=r"50 of 50 rows .* should be calibrated"):
        assert sampler.query(same, n_samples=4).tolist() == [0, 1, 2, 3]
    with pytest.warns(UserWarning, match="3 of 3 rows"):
        picks = sampler.query(same, n_samples=2, candidates=[9, 4, 30])
    assert picks.tolist() == [4, 9]
    same[:25] = X[:25]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sampler.query(same, n_samples=3).shape == (3,)
        assert sampler.query(same[25:], n_samples=25).shape == (25,)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_function_has_a_margin(n_classes: int, data: tuple) -> None:
    X, y = data
    y = np.where(y >= n_classes, 0.0, y)
    sampler = UncertaintySampler(LinearSVC()).fit(X, y)
    values = sampler.decision_function(X)
    gaps = values[:, None] if n_classes == 2 else np.diff(np.sort(values, axis=1))
    gap = np.abs(gaps[:, -1])
    assert (sampler.score_samples(X) == -gap).all()
    assert not hasattr(sampler, "predict_proba")


def test_draws_change_with_the_number_of_labels(data: tuple) -> None:
    X, y = data
    more = y.copy()
    more[1] = 0
    first = RandomSampler(random_state=0).fit(X, y)
    rows = first.query(n_samples=9, exclude=[1])
    again = RandomSampler(random_state=0).fit(X, more).query(n_samples=9)
    assert (rows != again).any()
    assert (first.query(n_samples=3, exclude=[1]) == rows[:3]).all()
    other = RandomSampler(random_state=1).fit(X, y)
    assert (other.query(n_samples=9, exclude=[1]) != rows).any()


def test_random_rows_are_drawn_alike() -> None:
    X, y = np.zeros((10, 1)), [None] * 10
    counts = np.zeros(10)
    for seed in range(2000):
        counts[RandomSampler(random_state=seed).fit(X, y).query(n_samples=3)] += 1
    # Standard deviation of a count is sqrt(2000 * 0.3 * 0.7) = 20.5.
    assert np.abs(counts - 600).max() < 5 * 20.5


def test_no_model_is_needed_for_random_rows(data: tuple) -> None:
    X, y = data
    unlabelled = [None] * 120
    sampler = RandomSampler(MODEL, random_state=0).fit(X, y).fit(X, unlabelled)
    assert len(set(sampler.query(n_samples=120))) == 120
    with pytest.raises(NotFittedError, match="was fitted without labels"):
        sampler.predict(X)
    assert not hasattr(RandomSampler().fit(X, y), "predict")
    assert RandomSampler().fit(X, y).n_features_in_ == 5


LABELS = [0, 1, None, 1, None, 0]


@pytest.mark.parametrize(
    "y",
    [
        np.array([0, 1, np.nan, 1, np.nan, 0]),
        np.array(LABELS, dtype=object),
        np.array([0, 1, -1, 1, -1, 0]),
        [0, 1, -1, 1, -1, 0],
        LABELS,
        pd.Series(LABELS, dtype="Int64"),
        pd.Series(LABELS, dtype="Float64"),
        pd.Series(LABELS, dtype="boolean"),
        pd.Series(LABELS).astype("category"),
        pl.Series(LABELS),
        [["a", "b"][v] if v is not None else None for v in LABELS],
        pd.Series([["a", "b"][v] if v is not None else None for v in LABELS]),
        pd.Series([["a", "b"][v] if v is not None else pd.NA for v in LABELS]),
        pl.Series([["a", "b"][v] if v is not None else None for v in LABELS]),
    ],
    ids=lambda y: f"{type(y).__name__}-{getattr(y, 'dtype', '')}",
)
def test_labels_are_missing_in_many_ways(y: Any) -> None:
    X = np.array([[0.0], [1.0], [0.5], [1.0], [0.4], [0.1]])
    sampler = UncertaintySampler(MODEL).fit(X, y)
    assert sorted(sampler.query(n_samples=2)) == [2, 4]
    assert len(sampler.classes_) == 2
    assert sampler.n_labeled_ == 4
    assert sampler.score(X, y) == 1.0


def test_minus_one_is_a_class_where_missing_is_marked_otherwise() -> None:
    X = np.array([[0.0], [1.0], [0.5], [1.0]])
    for y in ([-1.0, 1.0, np.nan, 1.0], pd.Series([-1, 1, None, 1], dtype="Int64")):
        sampler = UncertaintySampler(MODEL).fit(X, y)
        assert sampler.classes_.tolist() == [-1, 1]
        assert sampler.query().tolist() == [2]
        expected = sampler.estimator_.score(X[[0, 1, 3]], [-1, 1, 1])
        assert sampler.score(X, y) == expected
    full = pd.Series([-1, 1, 1, 1], dtype="Int64")
    assert UncertaintySampler(MODEL).fit(X, full).n_labeled_ == 4


def test_minus_one_and_one_alone_are_ambiguous() -> None:
    X, y = np.array([[0.0], [1.0], [0.5], [1.0]]), [-1, 1, -1, 1]
    sampler = UncertaintySampler(MODEL)
    with pytest.raises(ValueError, match="Pass labeled=, a mask of rows with a label"):
        sampler.fit(X, y)
    assert sampler.fit(X, y, labeled=np.ones(4, bool)).n_labeled_ == 4
    assert sampler.classes_.tolist() == [-1, 1]
    assert sampler.score(X, [-1, 1, 1, 1]) == 0.75
    assert sampler.fit(X, y, labeled=[True, True, False, False]).n_labeled_ == 2
    assert (
        RandomSampler(MODEL).fit(X, [1, 1, 1, 1], labeled=[False] * 4).n_labeled_ == 0
    )


def test_numbers_to_be_predicted_may_be_minus_one(data: tuple) -> None:
    X, _ = data
    y = np.full(120, -1)
    sampler = RandomSampler(Ridge(), random_state=0).fit(X, y)
    assert is_regressor(sampler)
    assert sampler.n_labeled_ == 120
    assert not hasattr(sampler, "classes_")
    assert RandomSampler(Ridge()).fit(X, [1.0, None] * 60).n_labeled_ == 60


def test_weights_follow_the_rows(data: tuple) -> None:
    X, y = data
    weights = np.arange(120.0) % 7
    labeled = ~np.isnan(y)
    plain = LogisticRegression().fit(X[labeled], y[labeled], weights[labeled])
    sampler = UncertaintySampler(MODEL).fit(X, y, sample_weight=weights)
    assert (sampler.predict_proba(X) == plain.predict_proba(X)).all()
    assert (weights[sampler.query(n_samples=70)] > 0).all()
    expected = plain.score(X[labeled], y[labeled], weights[labeled])
    assert sampler.score(X, y, sample_weight=weights) == expected
    piped = UncertaintySampler(make_pipeline(LogisticRegression()))
    piped.fit(X, y, logisticregression__sample_weight=weights)
    assert (piped.predict_proba(X) == plain.predict_proba(X)).all()


@every_sampler
def test_metadata_is_routed(name: str, data: tuple) -> None:
    X, y = data
    weights = np.arange(120.0) % 7
    labeled = ~np.isnan(y)
    plain = LogisticRegression().fit(X[labeled], y[labeled], weights[labeled])
    with config_context(enable_metadata_routing=True):
        sampler = make(name)
        path = next(key for key in sampler.get_params() if key.endswith("estimator"))
        model = LogisticRegression().set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        sampler.set_params(**{path: model})
        sampler.fit(X, y, sample_weight=weights)
        found = sampler.predict_proba(X)
        score = sampler.score(X, y, sample_weight=weights)
        scores = cross_val_score(
            sampler,
            X,
            np.nan_to_num(y),
            params={"sample_weight": weights, "labeled": labeled},
            cv=2,
        )
    assert (found == plain.predict_proba(X)).all()
    assert score == plain.score(X[labeled], y[labeled], weights[labeled])
    assert scores.shape == (2,)


def test_sparse_rows_are_the_estimators_matter(data: tuple) -> None:
    X, y = data
    dense = UncertaintySampler(MODEL).fit(X, y)
    sampler = UncertaintySampler(MODEL).fit(sparse.csr_array(X), y)
    assert get_tags(sampler).input_tags.sparse
    assert (sampler.query(n_samples=9) == dense.query(n_samples=9)).all()
    coo = sparse.coo_array(X)
    assert (sampler.query(coo, n_samples=9) == dense.query(X, n_samples=9)).all()


@pytest.mark.parametrize("kind", [list, tuple, pd.Series])
def test_text_with_nan_is_text_with_rows_without_a_label(kind: Any) -> None:
    X = np.arange(8.0)[:, None]
    y = ["a", np.nan, "b", np.nan, "a", float("nan"), "b", np.nan]
    sampler = UncertaintySampler(LogisticRegression()).fit(X, kind(y))
    assert sampler.classes_.tolist() == ["a", "b"]
    assert sorted(sampler.query(n_samples=4)) == [1, 3, 5, 7]
    with pytest.raises(ValueError, match=r"holds 'nan', which NumPy makes of NaN"):
        sampler.fit(X, np.array(y))
    assert "nan" in sampler.fit(X, np.array(y), labeled=np.ones(8, bool)).classes_


def test_slips_in_a_loop_are_told(data: tuple) -> None:
    X, y = data
    sampler = UncertaintySampler(LogisticRegression()).fit(X, y)
    with pytest.raises(TypeError, match=r"X is 5, .* say query\(n_samples=5\)"):
        sampler.query(5)
    with pytest.raises(
        ValueError, match=r"y has 30 entries but X has 120 rows; .* NaN"
    ):
        sampler.fit(X, y[~np.isnan(y)])
    sampler.fit(X, np.where(np.isnan(y), 2, y))
    with pytest.warns(UserWarning, match="All rows of fit have a label"):
        assert len(sampler.query()) == 0


def test_wrong_labels_are_told(data: tuple) -> None:
    X, y = data
    sampler = UncertaintySampler(MODEL)
    with pytest.raises(ValueError, match="the target y is None"):
        sampler.fit(X, None)
    with pytest.raises(ValueError, match=r"no label in 120 rows.*KCenterSampler"):
        sampler.fit(X, np.full(120, np.nan))
    with pytest.raises(ValueError, match="KCenterSampler or RandomSampler"):
        sampler.fit(X, np.full(120, -1))
    with pytest.raises(ValueError, match=r"labeled is True for 1 rows.*row 1; set"):
        sampler.fit(X, y, labeled=np.arange(120) < 2)
    with pytest.raises(ValueError, match=r"labeled has the shape \(3,\)"):
        sampler.fit(X, y, labeled=[True, False, True])
    with pytest.raises(ValueError, match="dtype int64"):
        sampler.fit(X, y, labeled=np.arange(120))
    with pytest.raises(ValueError, match="y has 9 entries but X has 120 rows"):
        sampler.fit(X, y[:9])
    with pytest.raises(ValueError, match="X has 0 rows"):
        RandomSampler().fit(X[:0], y[:0])


def test_wrong_queries_are_told(data: tuple) -> None:
    X, y = data
    sampler = UncertaintySampler(MODEL).fit(X, y)
    with pytest.raises(ValueError, match="n_samples == 0, must be >= 1"):
        sampler.query(n_samples=0)
    with pytest.raises(TypeError, match="n_samples must be an instance of"):
        sampler.query(n_samples=2.5)
    with pytest.raises(ValueError, match="candidates holds 120 but X has 120 rows"):
        sampler.query(candidates=[3, 120])
    with pytest.raises(ValueError, match=r"candidates is a mask of shape \(2,\)"):
        sampler.query(candidates=[True, False])
    with pytest.raises(ValueError, match="exclude holds -1 but X has 4 rows"):
        sampler.query(X[:4], exclude=[-1])
    with pytest.raises(ValueError, match="embeddings are given without X"):
        sampler.query(embeddings=X)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        sampler.query(X, embeddings=X[:4])


def test_wrong_measures_are_told(data: tuple) -> None:
    X, y = data
    with pytest.raises(ValueError, match="measure='margin' takes no cost"):
        UncertaintySampler(MODEL, cost=COST).fit(X, y)
    with pytest.raises(ValueError, match="measure='cost_margin' needs cost"):
        UncertaintySampler(MODEL, measure="cost_margin").fit(X, y)
    with pytest.raises(ValueError, match=r"cost has the shape \(1, 1\)"):
        UncertaintySampler(MODEL, measure="cost_margin", cost=[[0]]).fit(X, y)
    with pytest.raises(ValueError, match="LinearSVC has no predict_proba"):
        UncertaintySampler(LinearSVC(), measure="entropy").fit(X, y)
    with pytest.raises(ValueError, match="Ridge has no predict_proba"):
        UncertaintySampler(Ridge()).fit(X, y)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_far_rows_are_those_of_the_function(metric: str, data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    expected = k_center_greedy(X, 20, initial=labeled, metric=metric)
    sampler = KCenterSampler(metric=metric).fit(X, y)
    rows, scores = sampler.query(n_samples=20, return_scores=True)
    assert (rows == expected).all()
    # Distance to the nearest labelled row or earlier pick, by definition.
    Z = X / np.linalg.norm(X, axis=1, keepdims=True) if metric == "cosine" else X
    for k in (0, 7, 19):
        known = np.vstack([Z[labeled], Z[rows[:k]]])
        nearest = np.linalg.norm(known - Z[rows[k]], axis=1).min()
        assert scores[k] == pytest.approx(nearest)
    some = np.flatnonzero(~labeled)[::2]
    inside = np.concatenate([X[labeled], X[some]])
    at = k_center_greedy(inside, 9, initial=np.arange(30), metric=metric) - 30
    assert (sampler.query(n_samples=9, candidates=some) == some[at]).all()


def test_far_rows_need_no_labels(data: tuple) -> None:
    X, _ = data
    none = np.full(120, np.nan)
    rows, scores = (
        KCenterSampler(MODEL).fit(X, none).query(n_samples=9, return_scores=True)
    )
    assert (rows == k_center_greedy(X, 9)).all()
    assert scores[0] == np.inf
    assert (np.diff(scores) <= 0).all()
    pool = KCenterSampler().fit(X[:1], [None]).query(X, n_samples=9)
    assert (pool == rows).all()


def test_distances_are_those_of_the_last_step(data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    wide = X * [1.0, 1000.0, 1.0, 1.0, 1.0]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    Z = StandardScaler().fit(wide[labeled]).transform(wide)
    expected = k_center_greedy(Z, 9, initial=labeled)
    sampler = KCenterSampler(model).fit(wide, y)
    assert (sampler.query(n_samples=9) == expected).all()
    frozen = KCenterSampler(FrozenEstimator(sampler.estimator_)).fit(wide, y)
    assert (frozen.query(n_samples=9) == expected).all()
    given = KCenterSampler().fit(wide, y, embeddings=Z)
    assert (given.query(n_samples=9) == expected).all()
    apart = given.query(wide[~labeled], n_samples=9, embeddings=Z[~labeled])
    assert (np.flatnonzero(~labeled)[apart] == expected).all()
    with pytest.raises(ValueError, match="fit was given embeddings but query was not"):
        given.query(wide, n_samples=9)


def test_rows_without_distances_are_told(data: tuple) -> None:
    X, y = data
    holes = X.copy()
    holes[5, 0] = np.nan
    match = r"KCenterSampler compares rows by distances.*X contains NaN"
    with pytest.raises(ValueError, match=match):
        KCenterSampler().fit(holes, y).query()
    with pytest.raises(TypeError, match=r"which X does not allow.*embeddings=") as told:
        LCMDSampler().fit(sparse.csr_array(X), y).query()
    assert "Sparse data" in str(told.value)
    assert KCenterSampler().fit(holes, y, embeddings=X).query().shape == (1,)
    holes[5, 0] = 0.0
    with pytest.raises(ValueError, match="embeddings does not allow"):
        KCenterSampler().fit(X, y, embeddings=np.full((120, 1), np.inf)).query()


@pytest.mark.parametrize("intercept", [False, True])
def test_gradients_are_those_of_the_function(intercept: bool, data: tuple) -> None:
    X, y = data
    free = np.flatnonzero(np.isnan(y))
    sampler = BadgeSampler(MODEL, intercept=intercept, random_state=3).fit(X, y)
    proba = sampler.predict_proba(X)
    rows, scores = sampler.query(n_samples=9, return_scores=True)
    H = np.column_stack([X, np.ones(120)]) if intercept else X
    errors = proba - np.eye(3)[proba.argmax(axis=1)]
    G = (errors[:, :, None] * H[:, None, :]).reshape(120, -1)
    lengths = np.linalg.norm(G, axis=1)
    assert scores == pytest.approx(lengths[rows])
    assert rows[0] == free[lengths[free].argmax()]
    expected = badge_greedy(
        proba[free], X[free], 9, intercept=intercept, random_state=sampler._draw_seed()
    )
    assert (rows == free[expected]).all()
    assert sampler.query(candidates=free[:5]) in free[:5]


def test_gradients_need_probabilities(data: tuple) -> None:
    with pytest.raises(ValueError, match="LinearSVC has no predict_proba"):
        BadgeSampler(LinearSVC()).fit(*data)


def test_drawn_rows_follow_their_scores(data: tuple) -> None:
    X, y = data
    inner = UncertaintySampler(MODEL)
    best = inner.fit(X, y).query(n_samples=9)
    greedy = StochasticBatchSampler(inner, beta=np.inf).fit(X, y)
    assert (greedy.query(n_samples=9) == best).all()
    assert (greedy.score_samples(X) == inner.score_samples(X)).all()
    frozen = UncertaintySampler(FrozenEstimator(inner.estimator_))
    weights = inner.score_samples(X[:4])
    counts = np.zeros(4)
    for seed in range(400):
        sampler = StochasticBatchSampler(frozen, random_state=seed)
        counts[sampler.fit(X[:4], [None] * 4).query()] += 1
    expected = 400 * weights / weights.sum()
    assert ((counts - expected) ** 2 / expected).sum() < 25.0  # 3 degrees of freedom


def test_draws_need_scores(data: tuple) -> None:
    with pytest.raises(ValueError, match="The 'sampler' parameter"):
        StochasticBatchSampler(KCenterSampler()).fit(*data)
    assert not hasattr(StochasticBatchSampler(KCenterSampler()), "score_samples")
    X, y = data
    inner = UncertaintySampler(LinearSVC())
    sampler = StochasticBatchSampler(inner, method="power").fit(X, y)
    with pytest.raises(ValueError, match="method='power' needs scores"):
        sampler.query(n_samples=3)


@pytest.mark.parametrize("classes", [[0, 1, 2], [1, 2, 3], ["a", "b", "c"]])
@pytest.mark.parametrize(
    ("measure", "score"),
    [
        ("kl_mean", kl_disagreement),
        ("kl_max", lambda p: kl_disagreement(p, reduce="max")),
        ("consensus_entropy", consensus_entropy),
        ("vote_entropy", lambda p: vote_entropy(p.argmax(axis=2), 3)),
        ("variation_ratio", lambda p: variation_ratio(p.argmax(axis=2), 3)),
    ],
)
def test_trees_of_a_forest_disagree(
    measure: str, score: Callable, classes: list, data: tuple
) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    named = np.array([None] * 120, dtype=object)
    named[labeled] = np.array(classes, dtype=object)[y[labeled].astype(int)]
    forest = RandomForestClassifier(7, random_state=0)
    sampler = CommitteeSampler(forest, measure=measure).fit(X, named)
    trees = sampler.estimator_.estimators_
    proba = np.stack([tree.predict_proba(X) for tree in trees], axis=1)
    assert sampler.n_members_ == 7
    assert sampler.classes_.tolist() == classes
    assert sampler.score_samples(X) == pytest.approx(score(proba), abs=1e-12)


def test_members_see_what_their_ensemble_shows_them(data: tuple) -> None:
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    bags = BaggingClassifier(MODEL, n_estimators=4, max_features=0.6, random_state=0)
    for rows in (X, frame):
        sampler = CommitteeSampler(bags).fit(rows, y)
        proba = np.stack(
            [
                model.predict_proba(X[:, columns])
                for model, columns in zip(
                    sampler.estimator_.estimators_,
                    sampler.estimator_.estimators_features_,
                    strict=True,
                )
            ],
            axis=1,
        )
        found = sampler.score_samples(rows)
        assert found == pytest.approx(kl_disagreement(proba), abs=1e-12)
    piped = CommitteeSampler(make_pipeline(StandardScaler(), bags)).fit(X, y)
    assert piped.n_members_ == 4
    Z = StandardScaler().fit(X[~np.isnan(y)]).transform(X)
    alone = CommitteeSampler(bags).fit(Z, y)
    assert piped.score_samples(X) == pytest.approx(alone.score_samples(Z), abs=1e-12)
    frozen = CommitteeSampler(FrozenEstimator(piped.estimator_)).fit(X, y)
    assert (frozen.score_samples(X) == piped.score_samples(X)).all()


def test_lists_are_committees(data: tuple) -> None:
    X, y = data
    models = [MODEL, GaussianNB(), DecisionTreeClassifier(random_state=0)]
    sampler = CommitteeSampler(models).fit(X, y)
    labeled = ~np.isnan(y)
    proba = np.stack(
        [clone(m).fit(X[labeled], y[labeled]).predict_proba(X) for m in models], axis=1
    )
    assert is_classifier(sampler)
    assert sampler.predict_proba(X) == pytest.approx(proba.mean(axis=1))
    assert sampler.score_samples(X) == pytest.approx(kl_disagreement(proba))
    vote = VotingClassifier([(str(k), m) for k, m in enumerate(models)])
    again = CommitteeSampler(vote, measure="vote_entropy").fit(X, y + 1)
    votes = proba.argmax(axis=2)
    assert again.score_samples(X) == pytest.approx(vote_entropy(votes, 3))
    hard = CommitteeSampler([MODEL, LinearSVC()], measure="variation_ratio")
    assert set(hard.fit(X, y).score_samples(X)) == {0.0, 0.5}


def test_copies_are_fitted_to_draws(data: tuple) -> None:
    X, y = data
    for model in (
        MODEL,
        GradientBoostingClassifier(n_estimators=2),
        OneVsRestClassifier(MODEL),
    ):
        sampler = CommitteeSampler(model, n_members=3, random_state=0).fit(X, y)
        assert sampler.n_members_ == 3
        assert len(np.unique([m.model.predict_proba(X) for m in sampler._members])) > 9
    few = np.full(120, np.nan)
    few[:4] = [0, 1, 2, 2]  # all members know all classes
    sampler = CommitteeSampler(MODEL, n_members=20, random_state=0).fit(X, few)
    assert all(len(m.model.classes_) == 3 for m in sampler._members)
    weights = np.arange(120.0) + 1
    weighted = CommitteeSampler(MODEL, random_state=0)
    weighted.fit(X, y, sample_weight=weights)
    plain = CommitteeSampler(MODEL, random_state=0).fit(X, y)
    assert (weighted.score_samples(X) != plain.score_samples(X)).any()


def test_regressors_disagree_by_their_variance(data: tuple) -> None:
    X, y = data
    forest = RandomForestRegressor(5, random_state=0)
    sampler = CommitteeSampler(forest, measure="variance").fit(X, y)
    predicted = [tree.predict(X) for tree in sampler.estimator_.estimators_]
    assert is_regressor(sampler)
    assert sampler.score_samples(X) == pytest.approx(np.var(predicted, axis=0))
    two = CommitteeSampler([Ridge(), Ridge(1e6)], measure="variance").fit(X, y)
    gap = two._members[0].model.predict(X) - two._members[1].model.predict(X)
    assert two.score_samples(X) == pytest.approx(gap**2 / 4)
    copies = CommitteeSampler(Ridge(), measure="variance").fit(X, y)
    assert copies.n_members_ == 5


def test_wrong_committees_are_told(data: tuple) -> None:
    X, y = data
    with pytest.raises(ValueError, match="measure='kl_mean' does not go with Ridge"):
        CommitteeSampler(Ridge()).fit(X, y)
    with pytest.raises(ValueError, match="LogisticRegression, which is a classifier"):
        CommitteeSampler(MODEL, measure="variance").fit(X, y)
    with pytest.raises(ValueError, match="LinearSVC has no predict_proba"):
        CommitteeSampler(LinearSVC()).fit(X, y)
    with pytest.raises(ValueError, match="estimator is a list of 1 models"):
        CommitteeSampler([MODEL]).fit(X, y)
    fitted = LogisticRegression().fit(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match="A frozen estimator without members"):
        CommitteeSampler(FrozenEstimator(fitted)).fit(X, y)


# Classes without a label


def test_classes_keep_their_columns_before_they_have_a_label(data: tuple) -> None:
    X, y = data
    few = np.where(y == 1, np.nan, y)
    plain = UncertaintySampler(MODEL).fit(X, few)
    for measure in ("margin", "entropy", "least_confidence"):
        known = UncertaintySampler(MODEL, measure=measure, classes=[2, 0, 1])
        known.fit(X, few)
        expected = clone(known).set_params(classes=None).fit(X, few).query(n_samples=9)
        assert (known.query(n_samples=9) == expected).all()
    assert known.classes_.tolist() == [0, 1, 2]
    assert (known.predict_proba(X)[:, [0, 2]] == plain.predict_proba(X)).all()
    assert (known.predict_proba(X)[:, 1] == 0.0).all()
    assert np.isneginf(known.predict_log_proba(X)[:, 1]).all()
    decisions = known.decision_function(X)
    assert (decisions[:, 2] == plain.decision_function(X)).all()
    assert (known.classes_[decisions.argmax(axis=1)] == plain.predict(X)).all()
    assert (known.predict(X) == plain.predict(X)).all()
    full = known.fit(X, y)
    assert (full.predict_proba(X) == full.estimator_.predict_proba(X)).all()
    assert StochasticBatchSampler(known).fit(X, few).predict_proba(X).shape == (120, 3)


def test_costs_are_of_all_classes(data: tuple) -> None:
    X, y = data
    few = np.where(y == 1, np.nan, y)
    sampler = UncertaintySampler(
        MODEL, measure="expected_cost", cost=COST, classes=range(3)
    ).fit(X, few)
    proba = sampler.predict_proba(X)
    assert sampler.score_samples(X) == pytest.approx(expected_cost(proba, COST))
    with pytest.raises(ValueError, match="cost has the shape"):
        clone(sampler).set_params(classes=None).fit(X, few)


def test_scorers_want_a_column_for_each_class(data: tuple) -> None:
    X, y = data
    truth = np.arange(120) % 3
    few = np.where(y == 1, np.nan, y)
    with pytest.raises(ValueError, match="classes"):
        get_scorer("neg_log_loss")(UncertaintySampler(MODEL).fit(X, few), X, truth)
    known = UncertaintySampler(MODEL, classes=[0, 1, 2]).fit(X, few)
    assert get_scorer("neg_log_loss")(known, X, truth) < 0.0


def test_labels_are_among_the_classes(data: tuple) -> None:
    X, y = data
    with pytest.raises(ValueError, match=r"y holds 2.0, which is not among classes="):
        UncertaintySampler(MODEL, classes=[0, 1]).fit(X, y)


# Pools in blocks


def blocks_of(X: Any, *ends: int) -> Any:
    """Yield parts of X, some of which are empty."""
    for start, stop in pairwise((0, *ends, len(X))):
        yield X[start:stop]


BY_ROW = ["margin", "entropy", "cost", "copies", "width"]


@pytest.mark.parametrize("name", [*BY_ROW, "subset"])
def test_pool_in_blocks_is_asked_as_a_whole(name: str, data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    sampler = make(name).fit(X[labeled], y[labeled])
    pool = np.round(X[~labeled], 0)  # rows that score alike are picked by position
    for n_samples in (1, 30, 90):
        expected = sampler.query(pool, n_samples=n_samples, return_scores=True)
        for ends in ((), (7, 7, 50), tuple(range(0, 90, 4))):
            found = sampler.query_blocks(
                blocks_of(pool, *ends), n_samples=n_samples, return_scores=True
            )
            assert found[0].dtype == np.int64
            assert (found[0] == expected[0]).all()
            assert found[1] == pytest.approx(expected[1], rel=1e-12, abs=1e-12)
    with pytest.warns(UserWarning, match="n_samples=91 but only 90 rows"):
        rows = sampler.query_blocks(blocks_of(pool, 40), n_samples=91)
    assert sorted(rows) == list(range(90))
    with pytest.warns(UserWarning, match="n_samples=1 but only 0 rows"):
        assert sampler.query_blocks([]).shape == (0,)


def test_blocks_may_be_of_any_kind(data: tuple) -> None:
    X, y = data
    labeled = ~np.isnan(y)
    for whole in (pd.DataFrame(X), pl.DataFrame(X), sparse.csr_array(X)):
        for name in ("margin", "subset"):
            sampler = make(name).fit(X[labeled], y[labeled])
            expected = sampler.query(X[~labeled], n_samples=9)
            pool = take_rows(whole, np.flatnonzero(~labeled))
            ends = [(0, 33), (33, 70), (70, 90)]
            parts = [take_rows(pool, np.arange(*end)) for end in ends]
            with warnings.catch_warnings():  # of names of columns
                warnings.simplefilter("ignore", UserWarning)
                found = sampler.query_blocks(parts, n_samples=9)
            assert (found == expected).all()


@pytest.mark.parametrize("name", ["k-center", "badge", "density", "draws", "anchors"])
def test_blocks_are_too_little_to_compare_all_rows(name: str, data: tuple) -> None:
    X, y = data
    sampler = make(name).fit(X, y)
    with pytest.raises(NotImplementedError, match=r"in blocks\. Put it into Subset"):
        sampler.query_blocks([X[:50], X[50:]])
    part = SubsetSampler(sampler, subset_size=30, random_state=0).fit(X, y)
    rows = part.query_blocks([X[:50], X[50:]], n_samples=5)
    assert (rows == part.query(X, n_samples=5)).all()


def test_single_block_is_told(data: tuple) -> None:
    with pytest.raises(TypeError, match="blocks is a single ndarray; give an iterable"):
        make("margin").fit(*data).query_blocks(data[0])


def test_rows_that_score_alike_are_told_with_advice_for_the_model() -> None:
    X, y = np.zeros((9, 1)), np.array([0.0, 1.0] + [np.nan] * 7)
    with pytest.warns(UserWarning, match="A classifier whose probabilities"):
        UncertaintySampler(MODEL).fit(X, y).query()
    committee = CommitteeSampler(Ridge(), measure="variance")
    committee.fit(X, np.where(y == 1, 0, y))
    with pytest.warns(UserWarning, match="have the score 0, .* StochasticBatchSampler"):
        committee.query()
