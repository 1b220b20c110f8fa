# SPDX-License-Identifier: BSD-3-Clause
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import chisquare

from skx.active import (
    anchor_subpool,
    badge_greedy,
    bald,
    batch_bald,
    d_optimal_greedy,
    greedy_distance,
    k_center_greedy,
    leverage,
    prob_cover_greedy,
    ranked_batch,
    stochastic_top_k,
    typicality,
)
from skx.active._greedy._centers import pick_largest_clusters
from skx.active._greedy._cover import ball_graph, pure_radius

VECTORS = Path(__file__).parents[1] / "vectors" / "active_greedy.npz"


@pytest.fixture(scope="module")
def vectors():
    with np.load(VECTORS) as stored:
        return dict(stored)


def distances(X, Y):
    gaps = np.asarray(X, float)[:, None] - np.asarray(Y, float)[None]
    return np.sqrt((gaps**2).sum(axis=2))


def by_brute_force(X, n_samples, initial):
    """Pick the farthest rows, with all distances at hand."""
    D, picks, centres = distances(X, X), [], list(initial)
    for _ in range(n_samples):
        nearest = D[:, centres].min(axis=1)
        nearest[centres] = -1
        picks.append(int(np.argmax(nearest)))
        centres.append(picks[-1])
    return picks


# k-center


def test_k_center_of_reference(vectors) -> None:
    X, initial = vectors["k_center_X"], vectors["k_center_initial"]
    picks = k_center_greedy(X, 40, initial=initial)
    assert picks.dtype == np.int64
    np.testing.assert_array_equal(picks, vectors["k_center_indices"])
    for b in (0, 20, 39):
        centres = np.concatenate([initial, picks[:b]])
        radius = distances(X, X[centres]).min(axis=1).max()
        assert radius == pytest.approx(vectors["k_center_radius"][b], rel=1e-4)


@pytest.mark.parametrize("n", [30, 2500])  # one chunk, and several
def test_k_center_is_brute_force_with_many_ties(n, float_dtype) -> None:
    X = np.random.default_rng(n).integers(0, 4, size=(n, 3)).astype(float_dtype)
    n_picks = 25
    if n > 1000:
        X[::7] *= 3
    D_picks = by_brute_force(X, n_picks, [3, 1])
    assert k_center_greedy(X, n_picks, initial=[3, 1]).tolist() == D_picks


@pytest.mark.parametrize("d", [1, 8, 19])
@pytest.mark.parametrize("shift", [0, 1000])
def test_k_center_is_brute_force_with_many_centres(d, shift, float_dtype) -> None:
    # Rows try centres of the nearest group first.
    X = np.random.default_rng(d).integers(0, 5, size=(700, d)) + shift
    X[::9] *= 2
    initial = np.arange(0, 700, 5)
    expected = by_brute_force(X, 30, initial)
    assert k_center_greedy(X.astype(float_dtype), 30, initial=initial).tolist() == (
        expected
    )


def test_k_center_begins_nearest_to_the_mean_and_returns_each_row_once() -> None:
    X = np.array([[0.0], [0.0], [1.0], [1.4], [3.0]])
    picks = k_center_greedy(X, 5)
    assert picks.tolist() == [2, 4, 0, 3, 1]


def test_k_center_radius_is_at_most_twice_the_best() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        X = rng.normal(size=(12, 2))
        D = distances(X, X)
        best = min(D[:, list(c)].min(axis=1).max() for c in combinations(range(12), 3))
        assert D[:, k_center_greedy(X, 3)].min(axis=1).max() <= 2 * best


def test_k_center_tells_near_copies_far_from_the_origin() -> None:
    X = np.array([[0, 0], [0, 0], [0.01, 0], [0.03, 0], [0, 0.02]]) + 1e4
    assert k_center_greedy(X, 4, initial=[0]).tolist() == [3, 4, 2, 1]


def test_k_center_by_cosine_looks_at_directions() -> None:
    X = np.array([[1.0, 0.0], [9.0, 0.1], [0.5, 0.5]])
    assert k_center_greedy(X, 1, initial=[0]).tolist() == [1]
    assert k_center_greedy(X, 1, initial=[0], metric="cosine").tolist() == [2]


def test_k_center_follows_rows_that_change_places(vectors) -> None:
    X = vectors["k_center_X"]
    order = np.random.default_rng(0).permutation(len(X))
    place = np.argsort(order)
    initial = place[vectors["k_center_initial"]]
    picks = k_center_greedy(X[order], 10, initial=initial)
    np.testing.assert_array_equal(order[picks], vectors["k_center_indices"][:10])


def test_picks_do_not_depend_on_layout_or_container(vectors, layout) -> None:
    X, initial = vectors["k_center_X"][:200], np.arange(5)
    mask = np.arange(200) < 5
    expected = k_center_greedy(X, 5, initial=initial)
    for rows in (layout(X), pd.DataFrame(X)):
        np.testing.assert_array_equal(k_center_greedy(rows, 5, initial=mask), expected)
    P = np.full((200, 2), 0.5)
    expected = badge_greedy(P, X, 5, random_state=0)
    np.testing.assert_array_equal(
        badge_greedy(layout(P), layout(X), 5, random_state=0), expected
    )


def test_largest_clusters_are_those_of_brute_force() -> None:
    X = np.random.default_rng(0).normal(size=(300, 3))
    centres, picks, farthest = [5, 9], [], []
    for _ in range(20):
        D = distances(X, X[centres]) ** 2
        owner, d2 = D.argmin(axis=1), D.min(axis=1)
        weights = np.bincount(owner, d2, minlength=len(centres))
        inside = np.flatnonzero(owner == weights.argmax())
        picks.append(int(inside[d2[inside].argmax()]))
        centres.append(picks[-1])
        farthest.append(np.sqrt(d2[inside].max()))
    found, apart = pick_largest_clusters(X, 20, np.array([5, 9]))
    assert found.tolist() == picks
    assert apart == pytest.approx(farthest)
    assert len(set(pick_largest_clusters(X[:6], 6, np.empty(0, np.int64))[0])) == 6


# Regression


@pytest.mark.parametrize("method", ["gsx", "gsy", "igs"])
def test_greedy_distance_of_reference(vectors, method) -> None:
    from sklearn.linear_model import LinearRegression

    X, y = vectors["greedy_regression_X"], vectors["greedy_regression_y"]
    n_labeled = int(vectors["greedy_regression_n_labeled"])
    labeled = np.arange(n_labeled)
    y_pred = LinearRegression().fit(X[labeled], y[labeled]).predict(X)
    known = np.where(np.arange(len(y)) < n_labeled, y, np.nan)
    picks = greedy_distance(
        X, 15, initial=labeled, y_pred=y_pred, y=known, method=method
    )
    np.testing.assert_array_equal(picks, vectors[f"greedy_regression_{method}"])


def test_leverage_and_d_optimal_of_reference(vectors) -> None:
    X, alpha = vectors["d_optimal_X"], float(vectors["d_optimal_alpha"])
    labeled = np.arange(int(vectors["d_optimal_n_labeled"]))
    np.testing.assert_allclose(
        leverage(X, X[labeled], alpha=alpha), vectors["d_optimal_leverage"], rtol=1e-8
    )
    indices, gains = d_optimal_greedy(X, 10, initial=labeled, alpha=alpha)
    np.testing.assert_array_equal(indices, vectors["d_optimal_indices"])
    np.testing.assert_allclose(gains, vectors["d_optimal_gain"], rtol=1e-8)


def test_d_optimal_gains_are_those_of_determinants() -> None:
    X = np.random.default_rng(0).normal(size=(40, 3))
    X[20:] = X[:20]  # equal rows go by position
    indices, gains = d_optimal_greedy(X, 12, alpha=0.1)
    M = 0.1 * np.eye(3)
    taken = np.zeros(40, bool)
    for row, gain in zip(indices, gains, strict=True):
        dets = [np.linalg.slogdet(M + np.outer(x, x))[1] for x in X]
        rises = np.where(taken, -np.inf, dets - np.linalg.slogdet(M)[1])
        assert gain == pytest.approx(rises.max())
        assert row == np.flatnonzero(rises >= rises.max() - 1e-9)[0]
        taken[row] = True
        M += np.outer(X[row], X[row])
    assert (np.diff(gains) <= 1e-12).all()


# BADGE


def test_badge_draws_by_the_law_of_reference(vectors) -> None:
    P, X = vectors["badge_proba"], vectors["badge_X"]
    law, counts = vectors["badge_second_prob"], np.zeros(30)
    n_draws = 1000
    for seed in range(n_draws):
        first, second = badge_greedy(P, X, 2, random_state=seed)
        assert first == vectors["badge_first"]
        counts[second] += 1
    likely = law > 0
    assert counts[~likely].sum() == 0
    expected = n_draws * law[likely] / law[likely].sum()
    assert chisquare(counts[likely], expected).pvalue > 1e-4


def test_badge_draws_the_fourth_by_the_law_of_gradients(vectors) -> None:
    # Proposals by old distances must not show.
    P, X = vectors["badge_proba"][:8], vectors["badge_X"][:8]
    errors = P - np.eye(3)[P.argmax(axis=1)]
    H = np.column_stack([X, np.ones(8)])
    G = (errors[:, :, None] * H[:, None]).reshape(8, -1)
    D = distances(G, G) ** 2
    law = np.zeros(8)
    first = int(np.argmax((G**2).sum(axis=1)))

    def follow(picks, chance):
        nearest = D[:, picks].min(axis=1)
        shares = chance * nearest / nearest.sum()
        if len(picks) == 3:
            law[:] += shares
            return
        for row in np.flatnonzero(shares):
            follow([*picks, row], shares[row])

    follow([first], 1.0)
    counts = np.zeros(8)
    for seed in range(1000):
        counts[badge_greedy(P, X, 4, intercept=True, random_state=seed)[3]] += 1
    likely = law > 1e-12
    assert counts[~likely].sum() == 0
    assert chisquare(counts[likely], 1000 * law[likely]).pvalue > 1e-4


def test_badge_takes_no_copy_before_all_else_and_then_the_first_left() -> None:
    X = np.repeat(np.random.default_rng(0).normal(size=(4, 3)), 3, axis=0)
    P = np.repeat([[0.5, 0.5], [0.6, 0.4], [0.3, 0.7], [0.8, 0.2]], 3, axis=0)
    for seed in range(5):
        picks = badge_greedy(P, X, 9, random_state=seed)
        assert sorted(picks[:4] // 3) == [0, 1, 2, 3]
        left = sorted(set(range(12)) - set(picks[:4].tolist()))
        assert picks[4:].tolist() == left[:5]


def test_badge_repeats_itself_over_chunks() -> None:
    rng = np.random.default_rng(0)
    X, p = rng.normal(size=(3000, 4)).astype(np.float32), rng.random(3000)
    P = np.column_stack([p, 1 - p])
    one, two = (badge_greedy(P, X, 30, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert len(set(one.tolist())) == 30
    assert (one != badge_greedy(P, X, 30, random_state=4)).any()


# Covering and density


def test_prob_cover_of_reference(vectors) -> None:
    X, delta = vectors["prob_cover_X"], float(vectors["prob_cover_delta"])
    initial = vectors["prob_cover_initial"]
    picks = prob_cover_greedy(X, 12, delta, initial=initial)
    np.testing.assert_array_equal(picks, vectors["prob_cover_indices"])
    near = distances(X, X) <= delta
    covered = near[initial].any(axis=0)
    for row, gain in zip(picks, vectors["prob_cover_gain"], strict=True):
        assert (near[row] & ~covered).sum() == gain
        covered |= near[row]


def test_ball_graph_is_that_of_all_distances_over_blocks() -> None:
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(1300, 3)), 1) + 1e3  # ties at the edge of balls
    delta = 0.5
    near = ((X[:, None] - X[None]) ** 2).sum(axis=2) <= delta * delta
    np.fill_diagonal(near, False)
    indptr, indices = ball_graph(X, delta, 10**8)
    np.testing.assert_array_equal(np.diff(indptr), near.sum(axis=1))
    for i in range(0, 1300, 97):
        found = np.sort(indices[indptr[i] : indptr[i + 1]])
        np.testing.assert_array_equal(found, np.flatnonzero(near[i]))


def test_prob_cover_says_when_balls_hold_too_much() -> None:
    with pytest.raises(ValueError, match="delta=9 puts more than max_edges=5 pairs"):
        prob_cover_greedy([[0.0], [1.0], [2.0]], 1, 9.0, max_edges=5)


def test_prob_cover_does_not_begin_in_vain(monkeypatch) -> None:
    X = np.arange(3000.0)[:, None]
    assert prob_cover_greedy(X, 3, 1.0, max_edges=6000).tolist() == [1, 4, 7]
    monkeypatch.setattr("skx.active._greedy._cover.map_pieces", None)
    with pytest.raises(ValueError, match="delta=50 puts more than max_edges=6000"):
        prob_cover_greedy(X, 3, 50.0, max_edges=6000)


def test_typicality_of_reference(vectors) -> None:
    ours = typicality(vectors["typicality_X"], int(vectors["typicality_k"]))
    np.testing.assert_allclose(ours, vectors["typicality_typicality"], rtol=1e-4)
    with pytest.raises(ValueError, match="X has 1 row; typicality needs neighbours"):
        typicality([[1.0]])


# Ranked batches


def test_ranked_batch_of_reference(vectors) -> None:
    X, pool = vectors["ranked_batch_X"], vectors["ranked_batch_pool"]
    picks = ranked_batch(
        X[pool],
        vectors["ranked_batch_uncertainty"],
        10,
        X[vectors["ranked_batch_labeled"]],
    )
    np.testing.assert_array_equal(pool[picks], vectors["ranked_batch_order"])


def test_ranked_batch_is_brute_force() -> None:
    rng = np.random.default_rng(0)
    X, labeled, u = rng.normal(size=(60, 2)), rng.normal(size=(25, 2)), rng.random(60)
    known, free, expected = list(labeled), list(range(60)), []
    for _ in range(20):
        share = len(free) / (len(free) + len(known))
        d = distances(X[free], known).min(axis=1)
        score = share * (1 - 1 / (1 + d)) + (1 - share) * u[free]
        expected.append(free.pop(int(np.argmax(score))))
        known.append(X[expected[-1]])
    assert ranked_batch(X, u, 20, labeled).tolist() == expected


def test_ranked_batch_tells_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"uncertainty\[1\] is 2; expected scores"):
        ranked_batch([[0.0], [1.0]], [0.0, 2.0], 1, [[0.0]])
    with pytest.raises(ValueError, match="X_labeled has 2 columns but X has 1"):
        ranked_batch([[0.0]], [0.0], 1, [[0.0, 1.0]])


# Stochastic batches


@pytest.mark.parametrize("method", ["softmax", "power", "softrank"])
def test_rows_are_drawn_with_the_chances_of_reference(vectors, method) -> None:
    scores, beta = vectors["stochastic_score"], float(vectors["stochastic_beta"])
    n, chance = int(vectors["stochastic_n"]), vectors[f"stochastic_{method}"]
    counts, n_draws = np.zeros(8), 3000
    for seed in range(n_draws):
        picks = stochastic_top_k(scores, n, method=method, beta=beta, random_state=seed)
        counts[picks] += 1
    deviation = np.sqrt(n_draws * chance * (1 - chance)).clip(1e-9)
    assert (np.abs(counts - n_draws * chance) / deviation).max() < 4.5


def test_infinite_beta_takes_the_best_and_zero_scores_come_last() -> None:
    scores = np.array([0.0, 2.0, 0.0, 5.0, 2.0, 0.0])
    for method in ("softmax", "power", "softrank"):
        picks = stochastic_top_k(scores, 4, method=method, beta=np.inf)
        assert picks.tolist() == [3, 1, 4, 0]
    drawn = [stochastic_top_k(scores, 4, random_state=seed) for seed in range(20)]
    assert all(sorted(picks[:3]) == [1, 3, 4] for picks in drawn)
    assert len({picks[3] for picks in drawn}) == 3
    firsts = {
        stochastic_top_k(scores, 1, beta=0.0, random_state=s)[0] for s in range(60)
    }
    assert firsts == set(range(6))


def test_power_of_negative_scores_is_refused() -> None:
    with pytest.raises(ValueError, match=r"scores\[1\] is -1; method='power' needs"):
        stochastic_top_k([0.0, -1.0], 1)
    with pytest.raises(ValueError, match=r"scores has the shape \(1, 2\)"):
        stochastic_top_k([[0.0, 1.0]], 1)


# Anchors


def test_anchor_subpool_of_reference(vectors) -> None:
    indices, scores = anchor_subpool(
        vectors["anchor_E"],
        vectors["anchor_anchors"],
        vectors["anchor_pool"],
        n_neighbors=int(vectors["anchor_n_neighbors"]),
        size=int(vectors["anchor_size"]),
    )
    assert set(indices) == set(vectors["anchor_subpool"])
    np.testing.assert_allclose(scores, vectors["anchor_score"], atol=1e-5)


def test_anchor_subpool_is_brute_force_over_blocks(monkeypatch) -> None:
    monkeypatch.setattr("skx.active._greedy._anchors.BLOCK_ROWS", 37)
    E = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    E[200:] = E[:200]  # ties
    anchors = np.array([3, 8, 250])
    U = E / np.linalg.norm(E.astype(float), axis=1, keepdims=True)
    pool = np.setdiff1d(np.arange(400), anchors)
    hits: dict[int, list[float]] = {}
    for a in anchors:
        similar = np.round(U[pool] @ U[a], 12)
        for at in np.lexsort((pool, -similar))[:7]:
            hits.setdefault(int(pool[at]), []).append(similar[at])
    expected = {row: np.mean(values) for row, values in hits.items()}
    indices, scores = anchor_subpool(E, anchors, n_neighbors=7)
    assert set(indices.tolist()) == set(expected)
    np.testing.assert_allclose(scores, [expected[i] for i in indices.tolist()])
    assert (np.diff(scores) <= 0).all()
    np.testing.assert_array_equal(
        anchor_subpool(E, anchors, n_neighbors=7, size=4)[0], indices[:4]
    )
    with pytest.raises(ValueError, match="anchors is empty; give at least one row"):
        anchor_subpool(E, [])


# BatchBALD


def joint_information(P, rows):
    """Entropy of the labels of rows less the mean of the members', by enumeration."""
    total = 0.0
    for labels in product(range(P.shape[2]), repeat=len(rows)):
        q = np.prod([P[i, :, c] for i, c in zip(rows, labels, strict=True)], axis=0)
        if q.mean() > 0:
            total -= q.mean() * np.log(q.mean())
    logs = np.log(P[rows], where=P[rows] > 0, out=np.zeros_like(P[rows]))
    return total + (P[rows] * logs).sum(axis=2).mean(axis=1).sum()


def test_batch_bald_of_reference(vectors) -> None:
    P = vectors["batch_bald_proba"]
    indices, scores = batch_bald(P, 4)
    np.testing.assert_array_equal(indices, vectors["batch_bald_indices"])
    np.testing.assert_allclose(scores, vectors["batch_bald_scores"], atol=1e-10)
    assert scores[-1] == pytest.approx(joint_information(P, indices))
    assert (np.diff(scores) >= 0).all()
    assert scores[-1] <= bald(P)[indices].sum() + 1e-12


def test_batch_bald_estimates_what_it_does_not_enumerate(vectors) -> None:
    P = vectors["batch_bald_proba"]
    P = P[batch_bald(P, 8)[0]]
    _, exact = batch_bald(P, 8)
    _, rough = batch_bald(P, 8, max_configurations=2000, random_state=0)
    np.testing.assert_allclose(rough[:7], exact[:7], atol=1e-12)  # 3^6 are enumerated
    assert 0 < abs(rough[7] - exact[7]) < 0.03


def test_batch_bald_skips_a_copy_that_bald_would_take() -> None:
    P = np.array([[[1, 0], [0, 1.0]], [[1, 0], [0, 1]], [[0.9, 0.1], [0.4, 0.6]]])
    assert batch_bald(P, 2, max_candidates=None)[0].tolist() == [0, 1]
    assert batch_bald(P[1:], 1, max_candidates=1)[0].tolist() == [0]


# What all of them refuse


def test_fewer_rows_than_wanted_are_all_returned_with_a_warning() -> None:
    X, P = [[0.0], [2.0], [5.0]], [[0.5, 0.5]] * 3
    committee = np.full((3, 2, 2), 0.5)
    calls = [
        lambda: k_center_greedy(X, 4),
        lambda: greedy_distance(X, 4),
        lambda: badge_greedy(P, X, 4),
        lambda: prob_cover_greedy(X, 4, 1.0),
        lambda: d_optimal_greedy(X, 4)[0],
        lambda: ranked_batch(X, [0, 0, 0], 4, [[0.0]]),
        lambda: stochastic_top_k([1, 2, 3], 4),
        lambda: batch_bald(committee, 4)[0],
    ]
    for call in calls:
        with pytest.warns(UserWarning, match="n_samples=4 but only 3 rows can"):
            assert sorted(call()) == [0, 1, 2]


def test_positions_that_are_wrong_are_told() -> None:
    X = [[0.0], [1.0], [2.0]]
    for initial, message in [
        ([3], "initial holds 3 but X has 3 rows"),
        ([-1], "initial holds -1 but X has 3 rows"),
        ([1, 1], "initial holds 1 more than once"),
        ([0.5], "initial has the shape .* expected whole numbers"),
        ([True, False], r"initial is a mask of shape \(2,\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            k_center_greedy(X, 1, initial=initial)


def test_values_that_are_wrong_are_told() -> None:
    X = [[0.0], [1.0]]
    with pytest.raises(ValueError, match="contains NaN"):
        k_center_greedy([[np.nan], [1.0]], 1)
    with pytest.raises(ValueError, match="proba has 1 rows but X has 2"):
        badge_greedy([[0.5, 0.5]], X, 1)
    with pytest.raises(ValueError, match="method='igs' compares predictions"):
        greedy_distance(X, 1, initial=[0], method="igs")
    with pytest.raises(ValueError, match=r"y\[0\] is nan but row 0 is in initial"):
        greedy_distance(X, 1, initial=[0], y_pred=[0, 1], y=[np.nan, 1], method="gsy")
    with pytest.raises(ValueError, match=r"y has the shape \(1,\) but X has 2 rows"):
        greedy_distance(X, 1, initial=[0], y_pred=[0, 1], y=[1], method="gsy")
    with pytest.raises(ValueError, match=r"y_pred has the shape \(3,\)"):
        greedy_distance(X, 1, initial=[0], y_pred=[0, 1, 2], y=[1, 1], method="gsy")
    with pytest.raises(ValueError, match="alpha=0 the labelled rows do not determine"):
        leverage([[1.0, 0.0]], [[1.0, 0.0]], alpha=0)
    with pytest.raises(ValueError, match="X_labeled has 1 columns but X has 2"):
        leverage([[1.0, 0.0]], [[1.0]])
    with pytest.raises(ValueError, match="n_samples"):
        k_center_greedy(X, 0)


# Sparse rows


@pytest.fixture
def counts() -> np.ndarray:
    """Return rows of a few counts each, with copies, empty rows and near copies."""
    rng = np.random.default_rng(0)
    X = np.where(rng.random((300, 40)) < 0.1, rng.gamma(1.0, size=(300, 40)), 0.0)
    X[50:60] = X[:10]
    X[70:73] = 0.0
    X[80:90] = X[:10] * (1.0 + 1e-9)
    return X


def sparse_kinds(X):
    whole = sparse.csr_array(X)
    shuffled = whole.copy()
    for a, b in zip(whole.indptr, whole.indptr[1:], strict=False):
        shuffled.indices[a:b] = whole.indices[a:b][::-1]
        shuffled.data[a:b] = whole.data[a:b][::-1]
    shuffled.has_sorted_indices = False
    shuffled.has_canonical_format = False
    return whole, shuffled, sparse.csc_matrix(X)


@pytest.mark.parametrize("initial", [None, [3, 1, 8, 200]])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_k_center_of_sparse_rows_is_that_of_dense_ones(counts, metric, initial) -> None:
    counts[:, 0] += 0.5  # or else many rows are at a right angle
    options = {"initial": initial, "metric": metric}
    expected = k_center_greedy(counts, 150, **options)
    for X in sparse_kinds(counts):
        before = X.copy()
        assert (k_center_greedy(X, 150, **options) == expected).all()
        assert (X.toarray() == before.toarray()).all()


def test_k_center_of_sparse_rows_tells_copies_from_near_ones(counts) -> None:
    far = np.concatenate([np.full((300, 1), 1e4), counts], axis=1)
    every = k_center_greedy(sparse.csr_array(far), 299, initial=[0])
    expected = k_center_greedy(far, 299, initial=[0])
    n_copies = 300 - len(np.unique(far, axis=0))
    assert n_copies > 10
    assert (every[-n_copies:] == expected[-n_copies:]).all()
    single = sparse.csr_array(counts.astype(np.float32))
    picks = k_center_greedy(single, 60, initial=[0])
    assert (picks == k_center_greedy(single.astype(float), 60, initial=[0])).all()


@pytest.mark.parametrize("intercept", [False, True])
def test_badge_of_sparse_rows_is_that_of_dense_ones(
    counts, intercept, float_dtype
) -> None:
    proba = np.random.default_rng(1).dirichlet(np.ones(4), size=300)
    rows = counts.astype(float_dtype)
    for seed in range(3):
        options = {"intercept": intercept, "random_state": seed}
        expected = badge_greedy(proba, rows, 100, **options)
        for X in sparse_kinds(rows):
            assert (badge_greedy(proba, X, 100, **options) == expected).all()


def test_cover_of_sparse_rows_is_that_of_dense_ones(counts) -> None:
    for X in (counts, np.ceil(counts)):  # of whole numbers, many are just at the edge
        for delta in (1.0, 2.0, 3.0):
            expected = prob_cover_greedy(X, 40, delta, initial=[3, 1])
            for rows in sparse_kinds(X):
                found = prob_cover_greedy(rows, 40, delta, initial=[3, 1])
                assert (found == expected).all()
    with pytest.raises(ValueError, match="max_edges=50 pairs"):
        prob_cover_greedy(sparse.csr_array(counts), 1, 3.0, max_edges=50)
    clusters = (counts[:, 0] > 0).astype(int) + (counts[:, 1] > 0)
    for purity in (0.5, 0.95):
        expected = pure_radius(counts, clusters, purity, seed=0)
        found = pure_radius(sparse.csr_array(counts), clusters, purity, seed=0)
        assert found == pytest.approx(expected, rel=1e-9)


def test_typicality_of_sparse_rows_is_that_of_dense_ones(counts, monkeypatch) -> None:
    expected = typicality(counts, n_neighbors=7)
    for blocks in (2**22, 900):
        monkeypatch.setattr("skx.active._greedy._sparse.BLOCK_CELLS", blocks)
        for X in sparse_kinds(counts):
            assert typicality(X, n_neighbors=7) == pytest.approx(expected, rel=1e-5)


def test_other_functions_of_rows_refuse_sparse_ones(counts) -> None:
    with pytest.raises(ValueError, match="of greedy_distance must be an array-like"):
        greedy_distance(sparse.csr_array(counts), 3)


# Coverage


def inner_by_brute_force(X, n_samples, initial, n_passed):
    """Pick the farthest row but some, with all distances at hand."""
    D, picks, centres = distances(X, X), [], list(initial)
    for _ in range(n_samples):
        nearest = D[:, centres].min(axis=1)
        free = [i for i in range(len(X)) if i not in centres]
        falling = sorted(free, key=lambda i: (-nearest[i], i))
        picks.append(falling[min(n_passed, len(free) - 1)])
        centres.append(picks[-1])
    return picks


@given(
    st.lists(st.tuples(*[st.integers(0, 6)] * 2), min_size=4, max_size=40),
    st.floats(0.5, 1.0),
    st.integers(1, 3),
    st.booleans(),
)
def test_covering_centers_are_those_of_brute_force(
    points, coverage, n_labeled, thin
) -> None:
    X = np.array(points, float)
    n_free = len(X) - n_labeled
    rows = sparse.csr_array(X) if thin else X
    initial = np.arange(n_labeled)
    picks = k_center_greedy(rows, n_free, initial=initial, coverage=coverage)
    n_passed = int((1 - coverage) * n_free + 1e-9)
    expected = inner_by_brute_force(X, n_free, initial, n_passed)
    assert picks.tolist() == expected


def test_outliers_are_no_centers_with_coverage(float_dtype) -> None:
    X = np.random.default_rng(0).normal(size=(400, 3)).astype(float_dtype)
    X[::50] *= 100  # eight rows, 2 % of them
    plain = k_center_greedy(X, 8)
    assert set(plain[1:]) <= set(range(0, 400, 50))
    for rows in (X, sparse.csr_array(X)):
        picks = k_center_greedy(rows, 40, coverage=0.98)
        assert not set(picks) & set(range(0, 400, 50))
        every = k_center_greedy(rows, 400, coverage=0.98)
        assert set(every) == set(range(400))
    assert (k_center_greedy(X, 50, coverage=1.0) == k_center_greedy(X, 50)).all()
    rest = np.delete(X, np.arange(0, 400, 50), axis=0)

    def radius(centres) -> float:
        return distances(rest, X[centres]).min(axis=1).max()

    assert radius(k_center_greedy(X, 20, coverage=0.98)) < radius(
        k_center_greedy(X, 20)
    )
    with pytest.raises(ValueError, match="coverage"):
        k_center_greedy(X, 3, coverage=0.0)


def test_pools_too_large_to_cover_are_refused() -> None:
    X = np.arange(30.0)[:, None]
    with pytest.raises(ValueError, match=r"30 rows, more than max_rows=20, .* Subset"):
        prob_cover_greedy(X, 2, 1.0, max_rows=20)
    assert len(prob_cover_greedy(X, 2, 1.0, max_rows=30)) == 2
