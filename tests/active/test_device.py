# SPDX-License-Identifier: BSD-3-Clause
"""Scores, greedy picks and samplers of arrays on a device."""

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags

from skx import _backend, active
from skx._backend import is_device_array, namespace_of
from skx.active._device import draw_row
from skx.active._greedy import _device as greedy_device
from skx.active._greedy._badge._device import Gradients


@pytest.fixture
def _no_warning() -> Iterator[None]:
    """Refuse warnings, those of copies to the host among them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Random numbers where kernels are not compiled.
        warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
        yield


def make_proba(n: int, n_classes: int, *members: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(n_classes, 0.5), (n, *members))


def make_rows(n: int = 300, d: int = 5, seed: int = 0) -> np.ndarray:
    """Return clustered rows, some of which are copies."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 4.0 * rng.integers(0, 3, (n, 1))
    if n > 10:
        X[5:10] = X[:5]
    return X


TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}

POINT = {
    "least_confidence": {},
    "margin": {},
    "entropy": {},
    "entropy in shares": {"normalize": True},
    "expected_cost": {"cost": 1.0 - np.eye(4)},
    "cost_margin": {"cost": np.arange(16.0).reshape(4, 4) % 5 * (1.0 - np.eye(4))},
}
COMMITTEE = {
    "consensus_entropy": {},
    "kl_disagreement": {},
    "kl_disagreement of one": {"reduce": "max"},
    "bald": {},
}


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("name", [*POINT, *COMMITTEE])
@pytest.mark.parametrize("block_bytes", [1000, 2**28])
def test_scores_are_those_of_the_host(
    device: Any,
    float_dtype: Any,
    name: str,
    block_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_backend, "BLOCK_BYTES", block_bytes)
    score, params = getattr(active, name.split()[0]), {**POINT, **COMMITTEE}[name]
    proba = make_proba(200, 4, *([3] if name in COMMITTEE else []))
    proba[:4] = np.eye(4) if proba.ndim == 2 else np.eye(4)[:, None]
    proba[4] = 0.25
    proba = proba.astype(float_dtype)
    found = device.get(score(device.put(proba), **params))
    assert found.dtype == np.float64
    expected = score(proba, **params)
    rtol = TOLERANCE[float_dtype]
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=0.1 * rtol)


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("score", [active.margin, active.entropy, active.cost_margin])
def test_one_class_has_nothing_to_tell(device: Any, score: Any) -> None:
    costs = [[[0.0]]] if score is active.cost_margin else []
    found = device.get(score(device.put(np.ones((3, 1))), *costs))
    np.testing.assert_array_equal(found, np.zeros(3))


def test_costs_may_be_on_the_device(device: Any) -> None:
    proba, cost = make_proba(5, 3), 1.0 - np.eye(3)
    expected = active.expected_cost(proba, cost)
    found = device.get(active.expected_cost(device.put(proba), device.put(cost)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    found = active.expected_cost(proba, device.put(cost))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([0.5, np.nan, 0.5], r"proba\[7\] holds NaN or infinity"),
        ([1.5, -0.5, 0.0], r"proba\[7\] holds -0.5"),
        ([0.5, 0.2, 0.2], r"proba\[7\] sums to 0.9"),
    ],
)
def test_rows_that_are_no_distribution_are_named(
    device: Any, row: list[float], message: str
) -> None:
    proba = make_proba(20, 3)
    proba[7] = row
    proba[9] = 3.0
    with pytest.raises(ValueError, match=message):
        active.margin(device.put(proba))
    with pytest.raises(ValueError, match=message):
        active.badge_greedy(device.put(proba), device.put(make_rows(20)), 2)
    members = make_proba(20, 3, 2)
    members[7, 1] = row
    message = message.replace("7", "7, 1")
    with pytest.raises(ValueError, match=message):
        active.bald(device.put(members))


def test_arrays_of_no_use_are_refused(device: Any) -> None:
    with pytest.raises(ValueError, match="proba has the shape"):
        active.margin(device.put(np.zeros(3)))
    with pytest.raises(ValueError, match="proba has the shape"):
        active.bald(device.put(np.zeros((3, 2))))
    with pytest.raises(ValueError, match="proba is empty"):
        active.margin(device.put(np.zeros((0, 2))))
    with pytest.raises(ValueError, match="Complex data not supported: proba is"):
        active.margin(device.put(np.zeros((3, 2), complex)))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        active.k_center_greedy(device.put(np.full((3, 2), np.nan)), 1)
    with pytest.raises(ValueError, match="proba has 4 rows but X has 3"):
        active.badge_greedy(make_proba(4, 2), device.put(np.zeros((3, 2))), 1)


def test_whole_numbers_are_read_as_floats(device: Any) -> None:
    found = device.get(active.margin(device.put(np.eye(3, dtype=int))))
    np.testing.assert_array_equal(found, np.zeros(3))
    X = np.array([[0], [1], [2], [10], [11]])
    picks = active.k_center_greedy(device.put(X), 2, initial=[0])
    np.testing.assert_array_equal(picks, [4, 2])


def check_picks(found: Any, expected: np.ndarray) -> None:
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("coverage", [1.0, 0.9])
@pytest.mark.parametrize("initial", [None, [3, 17, 100]])
def test_centres_are_those_of_the_host(
    device: Any,
    float_dtype: Any,
    metric: str,
    coverage: float,
    initial: list[int] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_backend, "BLOCK_BYTES", 5000)
    X = make_rows().astype(float_dtype)
    params = {"initial": initial, "metric": metric, "coverage": coverage}
    found = active.k_center_greedy(device.put(X), 20, **params)
    check_picks(found, active.k_center_greedy(X, 20, **params))


@pytest.mark.usefixtures("_no_warning")
def test_all_rows_are_picked_where_they_are_few_or_copies(device: Any) -> None:
    X = np.repeat(make_rows(4), 3, axis=0)
    for coverage in (1.0, 0.5):
        found = active.k_center_greedy(
            device.put(X), 11, initial=device.put(np.arange(12) == 4), coverage=coverage
        )
        expected = active.k_center_greedy(X, 11, initial=[4], coverage=coverage)
        check_picks(found, expected)


def test_distances_do_not_cancel_far_from_the_origin(device: Any) -> None:
    X = (1e4 + make_rows(100)).astype(np.float32)
    found = active.k_center_greedy(device.put(X), 30)
    check_picks(found, active.k_center_greedy(X, 30))


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("n_neighbors", [3, 60, 1000])
@pytest.mark.parametrize("block_bytes", [3000, 2**28])
def test_neighbours_of_anchors_are_those_of_the_host(
    device: Any,
    float_dtype: Any,
    n_neighbors: int,
    block_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_backend, "BLOCK_BYTES", block_bytes)
    X = make_rows(400)[10:].astype(float_dtype)
    X[20] = 0.0
    for candidates in (None, np.arange(390) % 3 == 1):
        params = {"n_neighbors": n_neighbors, "size": 150}
        expected = active.anchor_subpool(X, [0, 9, 51], candidates, **params)
        found = active.anchor_subpool(
            device.put(X), device.put(np.array([0, 9, 51])), candidates, **params
        )
        check_picks(found[0], expected[0])
        np.testing.assert_allclose(device.get(found[1]), expected[1], rtol=1e-12)


def test_a_pool_without_candidates_has_no_neighbours(device: Any) -> None:
    rows, scores = active.anchor_subpool(device.put(make_rows(10)), [0], [])
    assert rows.shape == device.get(scores).shape == (0,)


# BADGE


@pytest.mark.parametrize("intercept", [False, True])
def test_distances_of_gradients_are_those_of_the_host(
    device: Any, float_dtype: Any, intercept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_backend, "BLOCK_BYTES", 5000)
    X, proba = make_rows(60).astype(float_dtype), make_proba(60, 3).astype(float_dtype)
    proba[5:10] = proba[:5]
    proba[20] = [0.0, 1.0, 0.0]
    errors = proba - np.eye(3)[proba.argmax(axis=1)]
    wide = np.column_stack([X, np.ones(60)]) if intercept else X
    gradients = (errors[:, :, None] * wide[:, None].astype(np.float64)).reshape(60, -1)
    there = Gradients(device.put(proba), device.put(X), float(intercept))
    np.testing.assert_allclose(
        device.get(there.norms), np.square(gradients).sum(axis=1), rtol=1e-12
    )
    for row in (0, 20, 59):
        squares = device.get(there.squares_to(row))
        expected = np.square(gradients - gradients[row]).sum(axis=1)
        np.testing.assert_allclose(squares, expected, rtol=1e-9, atol=1e-11)
    assert device.get(there.squares_to(7))[[2, 7]].tolist() == [0.0, 0.0]


def test_a_row_is_drawn_as_often_as_its_weight_says(device: Any) -> None:
    weights = np.array([0.0, 3.0, 0.0, 1.0, 4.0, 0.0])
    there = device.put(weights)
    drawn = [draw_row(there, (k + 0.5) / 80) for k in range(80)]
    np.testing.assert_array_equal(np.bincount(drawn, minlength=6), 10.0 * weights)
    assert draw_row(there, 0.0) == 1
    assert draw_row(there, 1.0 - 2.0**-53) == 4
    assert draw_row(device.put(np.zeros(3)), 0.3) == -1


@pytest.mark.usefixtures("_no_warning")
def test_draws_spread_over_gradients(device: Any) -> None:
    X, proba = make_rows(), make_proba(300, 3)
    X[200:], proba[200:] = X[0], proba[0]
    there = device.put(proba), device.put(X)
    picks = active.badge_greedy(*there, 30, random_state=0)
    check_picks(picks, active.badge_greedy(*there, 30, random_state=0))
    assert picks[0] == active.badge_greedy(proba, X, 1)[0]
    assert np.unique(picks).shape == (30,)
    assert np.isin(picks, [0, *range(200, 300)]).sum() <= 1  # copies of each other
    others = active.badge_greedy(*there, 30, random_state=1)
    assert (picks != others).any()


@pytest.mark.usefixtures("_no_warning")
def test_copies_are_picked_by_position_once_all_else_is(device: Any) -> None:
    X, proba = (np.repeat(a, 4, axis=0) for a in (make_rows(3), make_proba(3, 2)))
    picks = active.badge_greedy(device.put(proba), device.put(X), 12, random_state=0)
    assert np.sort(picks).tolist() == list(range(12))
    assert np.unique(picks[:3] // 4).tolist() == [0, 1, 2]
    assert (np.diff(picks[3:]) > 0).all()


def test_probabilities_follow_the_rows(device: Any) -> None:
    X, proba = make_rows(), make_proba(300, 3)
    expected = active.badge_greedy(device.put(proba), device.put(X), 9, random_state=0)
    found = active.badge_greedy(proba, device.put(X), 9, random_state=0)
    check_picks(found, expected)
    with pytest.warns(UserWarning, match="badge_greedy computes on the host"):
        found = active.badge_greedy(device.put(proba), X, 9, random_state=0)
    check_picks(found, active.badge_greedy(proba, X, 9, random_state=0))


# Samplers


class Linear(ClassifierMixin, BaseEstimator):
    """A classifier of given coefficients that computes where X lives."""

    def __init__(self, n_classes: int = 3) -> None:
        self.n_classes = n_classes

    def fit(self, X: Any, y: Any) -> "Linear":
        assert type(y) is np.ndarray
        self.was_on_device_ = is_device_array(X)
        self.classes_ = np.unique(y)
        rng = np.random.default_rng(0)
        self.coef_ = rng.normal(size=(X.shape[1], self.n_classes))
        return self

    def decision_function(self, X: Any) -> Any:
        values = X @ self._like(X)
        return values if self.n_classes > 1 else values[:, 0]

    def predict_proba(self, X: Any) -> Any:
        xp = namespace_of(X)
        weights = xp.exp(0.2 * self.decision_function(X))
        return weights / xp.sum(weights, axis=1)[:, None]

    def predict(self, X: Any) -> Any:
        xp = namespace_of(X)
        return xp.argmax(self.decision_function(X), axis=1)

    def _like(self, X: Any) -> Any:
        xp = namespace_of(X)
        return xp.asarray(
            self.coef_.astype(str(X.dtype).split(".")[-1]), device=X.device
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        return tags


class Scores(Linear):
    """Without probabilities."""

    predict_proba = None

    def __getattribute__(self, name: str) -> Any:
        if name == "predict_proba":
            raise AttributeError(name)
        return super().__getattribute__(name)


def make_labels(n: int = 300) -> np.ndarray:
    y = np.arange(n) % 3
    y[np.arange(n) % 10 > 0] = -1
    return y


SAMPLERS = {
    "margin": active.UncertaintySampler(Linear()),
    "entropy": active.UncertaintySampler(Linear(), measure="entropy"),
    "cost": active.UncertaintySampler(
        Linear(), measure="expected_cost", cost=1.0 - np.eye(3)
    ),
    "scores": active.UncertaintySampler(Scores()),
    "two scores": active.UncertaintySampler(Scores(1), classes=[0, 1, 2]),
    "unseen": active.UncertaintySampler(Linear(), classes=[0, 1, 2, 5]),
    "centres": active.KCenterSampler(Linear()),
    "directions": active.KCenterSampler(metric="cosine"),
    "most": active.KCenterSampler(coverage=0.9),
    "clusters": active.LCMDSampler(Linear()),
    "no model": active.LCMDSampler(),
    "random": active.RandomSampler(random_state=0),
    "badge": active.BadgeSampler(Linear(), intercept=True, random_state=0),
    "anchors": active.AnchorSampler(
        active.UncertaintySampler(Linear()), n_anchors=3, random_state=0
    ),
    "all anchors": active.AnchorSampler(
        active.KCenterSampler(), anchor_strategy="all", subpool_size=20
    ),
}


def check_query(device: Any, name: str, found: Any, expected: Any) -> None:
    n = 1 if name == "badge" else None  # the others are drawn
    check_picks(found[0][:n], expected[0][:n])
    np.testing.assert_allclose(device.get(found[1])[:n], expected[1][:n], rtol=1e-5)


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_pick_what_they_pick_on_the_host(
    device: Any, float_dtype: Any, name: str
) -> None:
    X, y = make_rows().astype(float_dtype), make_labels()
    pool = make_rows(200, seed=1).astype(float_dtype)
    there = clone(SAMPLERS[name]).fit(device.put(X), device.put(y))
    here = clone(SAMPLERS[name]).fit(X, y)
    calls = [
        {},
        {"exclude": np.arange(20), "candidates": np.arange(300) % 2 == 1},
        {"X": pool},
        {"X": pool, "candidates": np.arange(150)},
    ]
    for call in calls:
        moved = dict(call)
        for key, value in call.items():
            moved[key] = device.put(value)
        found = there.query(n_samples=9, return_scores=True, **moved)
        expected = here.query(n_samples=9, return_scores=True, **call)
        check_query(device, name, found, expected)
        picks = there.query(n_samples=9, **moved)
        check_picks(picks, found[0])


@pytest.mark.parametrize("name", ["margin", "anchors", "badge", "centres", "clusters"])
def test_samplers_go_on_without_a_device(device: Any, name: str) -> None:
    X, y = make_rows(), make_labels()
    here = clone(SAMPLERS[name]).fit(X, y)
    there = clone(SAMPLERS[name]).fit(device.put(X), y)
    assert there.estimator_.was_on_device_ if hasattr(there, "estimator_") else True
    data = pickle.dumps(there)
    assert b"cupy" not in data
    assert b"array_api_strict" not in data
    loaded = pickle.loads(data)
    found = loaded.query(n_samples=9, return_scores=True)
    expected = here.query(n_samples=9, return_scores=True)
    np.testing.assert_array_equal(found[0], expected[0], strict=True)
    np.testing.assert_array_equal(found[1], expected[1], strict=True)
    np.testing.assert_array_equal(loaded.predict_proba(X), here.predict_proba(X))
    apart = there.query(X[::2], n_samples=9)  # rows of the host
    np.testing.assert_array_equal(apart, here.query(X[::2], n_samples=9))


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("name", ["margin", "unseen", "two scores", "anchors"])
def test_predictions_and_scores_live_where_rows_do(device: Any, name: str) -> None:
    X, y = make_rows(), make_labels()
    methods = ["decision_function", "score_samples"]
    if name == "two scores":
        y[y == 2] = 1
    else:
        methods += ["predict", "predict_proba"]
    sampler = clone(SAMPLERS[name]).fit(device.put(X), y)
    for method in methods:
        found = getattr(sampler, method)(device.put(X))
        expected = getattr(sampler, method)(X)
        np.testing.assert_allclose(device.get(found), expected, rtol=1e-12)


@pytest.mark.usefixtures("_no_warning")
def test_blocks_may_be_on_the_device(device: Any) -> None:
    X, y = make_rows(), make_labels()
    sampler = active.UncertaintySampler(Linear()).fit(X, y)
    parts = [X[:100], X[100:230], X[230:]]
    found = sampler.query_blocks(map(device.put, parts), n_samples=9)
    check_picks(found, sampler.query_blocks(parts, n_samples=9))


def test_blocks_are_copied_for_samplers_of_the_host(device: Any) -> None:
    X, y = make_rows(), make_labels()
    sampler = active.CommitteeSampler(LogisticRegression(), random_state=0).fit(X, y)
    with pytest.warns(UserWarning, match="CommitteeSampler computes on the host"):
        found = sampler.query_blocks([device.put(X)], n_samples=9)
    check_picks(found, sampler.query_blocks([X], n_samples=9))


def test_estimators_of_numpy_get_copies(device: Any) -> None:
    X, y = make_rows(100), make_labels(100)
    message = "LogisticRegression computes on the host: 0.0 MiB are copied"
    for make in (
        lambda model: active.UncertaintySampler(model),
        lambda model: active.BadgeSampler(model, random_state=0),
        lambda model: active.KCenterSampler(model),
    ):
        here = make(LogisticRegression()).fit(X, y)
        with pytest.warns(UserWarning, match=message):
            there = make(LogisticRegression()).fit(device.put(X), y)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            rows, scores = there.query(n_samples=9, return_scores=True)
        assert len(told) == (type(there) is not active.KCenterSampler)
        expected = here.query(n_samples=9, return_scores=True)
        n = 1 if type(there) is active.BadgeSampler else 9
        check_picks(rows[:n], expected[0][:n])
        np.testing.assert_allclose(device.get(scores)[:n], expected[1][:n], rtol=1e-9)
        message_of_all = f"{type(there).__name__} computes on the host"
        with pytest.warns(UserWarning, match=message_of_all):
            found = there.predict(device.put(X))
        np.testing.assert_array_equal(device.get(found), here.predict(X))


def test_steps_of_pipelines_get_copies_and_distances_stay(device: Any) -> None:
    X, y = make_rows(), make_labels()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    here = active.KCenterSampler(model).fit(X, y)
    with pytest.warns(UserWarning, match="Pipeline computes on the host"):
        there = active.KCenterSampler(model).fit(device.put(X), y)
    with pytest.warns(UserWarning, match="Pipeline computes on the host"):
        rows, scores = there.query(n_samples=9, return_scores=True)
    expected = here.query(n_samples=9, return_scores=True)
    check_picks(rows, expected[0])
    np.testing.assert_allclose(device.get(scores), expected[1], rtol=1e-9)


def make_blobs(n_blobs: int = 6, size: int = 20) -> np.ndarray:
    """Return clusters far apart, one below the other."""
    rng = np.random.default_rng(0)
    centres = np.repeat(100.0 * np.eye(n_blobs), size, axis=0)
    return centres + rng.normal(size=centres.shape)


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("block_bytes", [1000, 2**28])
def test_clusters_end_where_no_row_and_no_centre_moves(
    device: Any, float_dtype: Any, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_backend, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(greedy_device, "TOLERANCE", 0.0)
    X = make_rows(200).astype(float_dtype)
    weights = np.random.default_rng(1).uniform(0.1, 1.0, 200)
    clusters, squares = greedy_device.cluster_rows(device.put(X), 8, 3, weights)
    own = weights[:, None] * (clusters[:, None] == np.arange(8))
    centres = own.T @ X.astype(float) / own.sum(axis=0)[:, None]
    gaps = ((X[:, None, :] - centres) ** 2).sum(axis=2)
    np.testing.assert_array_equal(gaps.argmin(axis=1), clusters)
    np.testing.assert_allclose(squares, gaps.min(axis=1), rtol=1e-9, atol=1e-12)
    losses = [
        weights @ greedy_device.cluster_rows(device.put(X), 8, seed, weights)[1]
        for seed in range(5)
    ]
    peers = [
        KMeans(8, random_state=seed, n_init=1).fit(X, sample_weight=weights).inertia_
        for seed in range(5)
    ]
    assert min(losses) < 1.05 * min(peers)


@pytest.mark.usefixtures("_no_warning")
def test_first_centres_are_drawn_by_weight_and_distance(device: Any) -> None:
    X = device.put([[0.0], [1.0], [3.0]])

    def draw(weights: list[float], n_draws: int) -> list[tuple[float, ...]]:
        there = device.put(weights)
        first = greedy_device._first_centres
        drawn = [first(X, 2, np.uint64(seed), there) for seed in range(n_draws)]
        return [tuple(device.get(centres)[:, 0].tolist()) for centres in drawn]

    pairs = draw([0.2, 0.0, 0.6], 400)
    assert set(pairs) == {(0.0, 3.0), (3.0, 0.0)}
    assert abs(pairs.count((3.0, 0.0)) - 300) < 40
    pairs = draw([1.0, 1.0, 1.0], 600)
    assert abs(pairs.count((0.0, 3.0)) - 180) < 45  # a third, and nine tenths of it


@pytest.mark.usefixtures("_no_warning")
def test_centres_of_clusters_are_picked_on_the_device(device: Any) -> None:
    X, y = make_blobs(), np.full(120, -1)
    sampler = active.KMeansSampler(random_state=0)
    here = sampler.fit(X, y).query(n_samples=6)
    there = sampler.fit(device.put(X), y).query(n_samples=6)
    check_picks(np.sort(there), np.sort(here))


@pytest.mark.usefixtures("_no_warning")
def test_clusters_are_of_the_rows_that_score_best(device: Any) -> None:
    X, model = make_blobs(), Linear(6)
    y = np.where(np.arange(120) % 20 == 0, np.arange(120) // 20, -1)
    sampler = active.KMeansSampler(model, prefilter=5, random_state=0)
    sampler.fit(device.put(X), y)
    rows, scores = sampler.query(n_samples=3, return_scores=True)
    assert len(set(rows.tolist())) == 3
    every = active.margin(model.fit(X, y).predict_proba(X))
    np.testing.assert_allclose(device.get(scores), every[rows], rtol=1e-9)
    assert (every[rows] >= np.sort(every[y < 0])[-15]).all()  # five for each


@pytest.mark.usefixtures("_no_warning")
def test_copies_make_fewer_clusters_than_rows_asked_for(device: Any) -> None:
    X = device.put(np.repeat([[0.0], [1.0]], 10, axis=0))
    sampler = active.KMeansSampler(random_state=0).fit(X, [None] * 20)
    rows = sampler.query(n_samples=5)
    assert len(set(rows.tolist())) == 5
    assert set(rows[:2] // 10) == {0, 1}


@pytest.mark.usefixtures("_no_warning")
@pytest.mark.parametrize("sampler", [active.KCenterSampler(), active.LCMDSampler()])
def test_embeddings_may_be_on_the_device_alone(device: Any, sampler: Any) -> None:
    E, y = make_rows(), make_labels()
    X = np.arange(300)[:, None]
    expected = sampler.fit(X, y, embeddings=E).query(n_samples=9)
    check_picks(
        sampler.fit(X, y, embeddings=device.put(E)).query(n_samples=9), expected
    )


def test_models_that_take_arrays_of_a_device(device: Any) -> None:
    from skx.active._samplers._pool import takes_device_arrays

    class Alien(BaseEstimator):
        __module__ = "cuml.linear_model"

    yes = [Linear(), FrozenEstimator(Linear()), active.RandomSampler(), Alien()]
    yes.append(make_pipeline("passthrough", Linear()))
    no = [LogisticRegression(), FrozenEstimator(LogisticRegression()), None]
    no.append(make_pipeline(StandardScaler(), Linear()))
    assert all(map(takes_device_arrays, yes))
    assert not any(map(takes_device_arrays, no))


def test_copies_are_found_on_the_host(device: Any) -> None:
    X, y = np.repeat(make_rows(20), 2, axis=0), np.full(40, -1)
    y[0] = 5
    sampler = active.KCenterSampler().fit(device.put(X), y)
    with pytest.warns(UserWarning, match="deduplicate computes on the host"):
        found = sampler.query(n_samples=9, deduplicate=True)
    expected = active.KCenterSampler().fit(X, y).query(n_samples=9, deduplicate=True)
    check_picks(found, expected)


def test_an_index_lives_on_the_host(device: Any) -> None:
    X, y = make_rows(), make_labels()
    with pytest.warns(UserWarning, match="PoolIndex computes on the host"):
        index = active.PoolIndex(device.put(X))
    with pytest.warns(UserWarning, match=r"PoolIndex.query computes on the host"):
        rows, cosines = index.query(device.put(X[:3]), 4)
    for found, expected in zip((rows, cosines), index.query(X[:3], 4), strict=True):
        np.testing.assert_array_equal(found, expected, strict=True)
    inner = active.UncertaintySampler(Linear())
    sampler = active.AnchorSampler(inner, index=index, random_state=0)
    with pytest.warns(UserWarning, match="AnchorSampler computes on the host"):
        sampler.fit(device.put(X), y)
    expected = active.AnchorSampler(inner, random_state=0).fit(X, y).query(n_samples=9)
    check_picks(sampler.query(n_samples=9), expected)
    # Kept on the device by one setting, and looked at on the host by another.
    sampler = active.AnchorSampler(inner, random_state=0).fit(device.put(X), y)
    with pytest.warns(UserWarning, match="AnchorSampler computes on the host"):
        found = sampler.set_params(index=index).query(n_samples=9)
    check_picks(found, expected)


ON_HOST = {
    "vote_entropy": (np.arange(20).reshape(10, 2) % 3, 3),
    "variation_ratio": (np.arange(20).reshape(10, 2) % 3, 3),
    "batch_bald": (make_proba(10, 3, 4), 2),
    "stochastic_top_k": (np.arange(1.0, 9.0), 3, np.inf),
    "greedy_distance": (make_rows(20), 3),
    "prob_cover_greedy": (make_rows(20), 3, 1.0),
    "typicality": (make_rows(20), 5),
    "ranked_batch": (make_rows(20), np.linspace(0.0, 1.0, 20), 3, make_rows(4)),
    "leverage": (make_rows(20), make_rows(9)),
    "d_optimal_greedy": (make_rows(20), 3),
}
NAMES = {"stochastic_top_k": "beta", "typicality": "n_neighbors"}


@pytest.mark.parametrize("name", ON_HOST)
def test_functions_of_the_host_say_so(device: Any, name: str) -> None:
    function, args = getattr(active, name), list(ON_HOST[name])
    params = {NAMES[name]: args.pop()} if name in NAMES else {}
    moved = [device.put(a) if isinstance(a, np.ndarray) else a for a in args]
    with pytest.warns(UserWarning, match=f"{name} computes on the host"):
        found = function(*moved, **params)
    expected = function(*args, **params)
    if not isinstance(expected, tuple):
        found, expected = (found,), (expected,)
    for part, value in zip(found, expected, strict=True):
        if value.dtype.kind == "i":
            check_picks(part, value)
        else:
            np.testing.assert_array_equal(device.get(part), value)


def test_samplers_of_the_host_return_positions_of_numpy(device: Any) -> None:
    X, y = make_rows(), make_labels()
    sampler = active.DensitySampler(LogisticRegression()).fit(X, y)
    expected = sampler.query(X, n_samples=5, return_scores=True)
    with pytest.warns(UserWarning, match="DensitySampler computes on the host"):
        rows, scores = sampler.query(device.put(X), n_samples=5, return_scores=True)
    check_picks(rows, expected[0])
    np.testing.assert_array_equal(device.get(scores), expected[1])


def test_campaigns_run_on_the_host(device: Any, tmp_path: Any) -> None:
    X, y, X_test = make_rows(60), np.arange(60) % 2, make_rows(60, seed=1)
    sampler = active.KCenterSampler(Linear())
    settings = {"initial": 4, "n_rounds": 2, "n_samples": 3, "random_state": 0}
    curve = active.simulate(sampler, X, y, X_test=X_test, y_test=y, **settings)
    with pytest.warns(UserWarning, match="simulate computes on the host"):
        found = active.simulate(
            sampler, device.put(X), y, X_test=device.put(X_test), y_test=y, **settings
        )
    np.testing.assert_array_equal(found.scores, curve.scores)
    path = tmp_path / "labels.sqlite"
    with (
        pytest.warns(UserWarning, match="LabelCampaign computes on the host"),
        active.LabelCampaign(active.KCenterSampler(), device.put(X), path) as campaign,
    ):
        rows = campaign.ask(3)
    with (
        pytest.warns(UserWarning, match=r"LabelCampaign.open computes on the host"),
        active.LabelCampaign.open(
            path, X=device.put(X), sampler=active.KCenterSampler()
        ) as campaign,
    ):
        check_picks(campaign.ask(3), rows)
