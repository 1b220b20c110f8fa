# SPDX-License-Identifier: BSD-3-Clause
"""Belief propagation against stored marginals and enumeration of all labels."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score

from skx.proportions import count_posterior, neighbor_affinity, propagate_labels
from skx.proportions._propagation import _affinity, _kernels

VECTORS = Path(__file__).parents[1] / "vectors"


def graph_of(n, edges, weights):
    ends, starts = np.asarray(edges).T
    rows, columns = np.append(ends, starts), np.append(starts, ends)
    return sparse.csr_array((np.append(weights, weights), (rows, columns)), (n, n))


def random_problem(rng, n=12, n_bags=3, n_edges=14):
    """Edges between rows, bags of different sizes and possible counts."""
    pairs = np.array([(i, j) for i in range(n) for j in range(i)])
    edges = pairs[rng.choice(len(pairs), n_edges, replace=False)]
    affinity = graph_of(n, edges, rng.uniform(0.2, 1.5, n_edges))
    bags = np.append(np.arange(n_bags), rng.randint(n_bags, size=n - n_bags))
    counts = np.bincount(bags, rng.randint(2, size=n)).astype(int)
    return affinity, bags, counts, rng.normal(size=n)


def joint(affinity, bags, unary, smoothness, log_weight):
    """All labelings of two or more classes, with log-weights."""
    n, n_classes = unary.shape
    labelings = np.array(list(product(range(n_classes), repeat=n)))
    scores = np.zeros(len(labelings))
    edges = sparse.coo_array(sparse.triu(affinity))
    for i, j, w in zip(*edges.coords, edges.data, strict=True):
        scores -= smoothness * w * (labelings[:, i] != labelings[:, j])
    for i in range(n):
        scores += unary[i, labelings[:, i]]
    for b in np.unique(bags):
        members = labelings[:, bags == b]
        found = np.stack([(members == c).sum(axis=1) for c in range(n_classes)], axis=1)
        scores += log_weight(b, found)
    return labelings, scores


def marginals(labelings, scores, n_classes):
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    return np.stack([weights @ (labelings == c) for c in range(n_classes)], axis=1)


def exactly(counts):
    def log_weight(b, found):
        return np.where(found[:, 1] == counts[b], 0.0, -np.inf)

    return log_weight


@pytest.mark.parametrize("case", range(4))
@pytest.mark.parametrize("sweeps", [1, 10, pytest.param(100, marks=pytest.mark.slow)])
def test_pairs_follow_the_published_schedule(case: int, sweeps: int) -> None:
    stored = np.load(VECTORS / "proportions_bp_pairwise.npz")
    case = {k[2:]: stored[k] for k in stored.files if k.startswith(f"{case}_")}
    result = propagate_labels(
        graph_of(len(case["y"]), case["edges"], case["K"]),
        case["bags"],
        case["counts"],
        smoothness=float(case["lam_s"]),
        bag_factor="pairwise",
        count_strength=float(case["lam_b"]),
        max_iter=sweeps,
        tol=0,
    )
    assert_allclose(result.probabilities, case[f"p{sweeps}"], atol=5e-5)
    assert result.n_iter == sweeps


@pytest.mark.parametrize("case", range(7))
def test_counts_reach_the_stored_fixed_points(case: int) -> None:
    stored = np.load(VECTORS / "proportions_bp_count.npz")
    case = {k[2:]: stored[k] for k in stored.files if k.startswith(f"{case}_")}
    result = propagate_labels(
        graph_of(len(case["unary"]), case["edges"], case["weight"]),
        case["bags"],
        case["counts"],
        unary=case["unary"],
        smoothness=1.0,
        max_iter=500,
        tol=1e-11,
    )
    assert result.converged
    assert_allclose(result.probabilities, case["marg"], atol=1e-6)
    if "exact" in case:
        tree = len(case["edges"]) < len(case["counts"])
        # Cycles cost the approximation two percent; that is no fault of the program.
        tolerance = 1e-7 if tree else 0.03
        assert_allclose(result.probabilities, case["exact"], atol=tolerance)


@pytest.mark.slow
def test_pairs_reproduce_the_published_code_on_bank_marketing(extra_data: Path) -> None:
    stored = np.load(extra_data / "reference" / "proportions" / "bank.npz")
    n = 27120
    X = stored["x100"] / 100
    indptr, indices = _kernels.join_neighbors(stored["knn5"].astype(np.int64))
    data = np.empty(len(indices))
    _affinity.write_distances(X[: len(indptr) - 1], indptr, indices, data)
    affinity = sparse.csr_array((np.exp(-data), indices, indptr))[:n, :n]
    y, bags = stored["y"][:n], np.arange(n) // 8
    counts = np.bincount(bags, y)
    result = propagate_labels(
        affinity,
        bags,
        counts,
        smoothness=10,
        bag_factor="pairwise",
        count_strength=10,
        tol=0,
    )
    close = np.abs(result.probabilities[:8000] - stored["pairwise_bp_marginals"]) < 1e-3
    assert close.mean() > 0.999
    # The published figure has the ties of probabilities that single precision rounds
    # to 1.
    rounded = result.probabilities.astype(np.float32)
    assert_allclose(roc_auc_score(y, rounded), 0.8119, atol=5e-4)
    # The default needs no choice by labels: messages settle up to about there.
    ours = propagate_labels(affinity, bags, counts)
    assert ours.converged
    assert roc_auc_score(y, ours.probabilities) > 0.86
    with pytest.warns(ConvergenceWarning, match="not settled"):
        propagate_labels(affinity, bags, counts, smoothness=1.0)


@pytest.mark.parametrize("options", [{}, {"algorithm": "max"}])
def test_trees_equal_enumeration(options: dict) -> None:
    # A factor graph without cycles: edges between bags, that join them in a chain.
    rng = np.random.RandomState(0)
    bags = np.repeat(np.arange(3), 4)
    affinity = graph_of(12, [(0, 4), (5, 8)], [0.7, 1.9])
    unary = rng.normal(size=12)
    counts = [1, 2, 3]
    columns = np.column_stack([np.zeros(12), unary])
    labelings, scores = joint(affinity, bags, columns, 1.0, exactly(counts))
    result = propagate_labels(
        affinity, bags, counts, unary=unary, smoothness=1, tol=1e-11, **options
    )
    if options:
        assert_array_equal(result.probabilities, labelings[scores.argmax()])
    else:
        expected = marginals(labelings, scores, 2)[:, 1]
        assert_allclose(result.probabilities, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "weigh"),
    [
        ({"count_strength": 0.7}, lambda gap: -0.7 * gap**2),
        ({"count_noise": ("gaussian", 1.5)}, lambda gap: -(gap**2) / 4.5),
        ({"count_noise": ("laplace", 0.8)}, lambda gap: -abs(gap) / 0.8),
    ],
)
@pytest.mark.parametrize("algorithm", ["sum", "max"])
def test_noisy_counts_on_trees_equal_enumeration(options, weigh, algorithm) -> None:
    rng = np.random.RandomState(1)
    bags = np.repeat(np.arange(2), 5)
    affinity = graph_of(10, [(0, 7)], [1.1])
    unary = rng.normal(size=10)
    counts = [2.0, 4.0] if "count_strength" in options else [-0.4, 3.6]
    columns = np.column_stack([np.zeros(10), unary])
    labelings, scores = joint(
        affinity,
        bags,
        columns,
        1.0,
        lambda b, found: weigh(found[:, 1] - counts[b]),
    )
    if "count_strength" in options:
        counts = np.array(counts, int)
    result = propagate_labels(
        affinity,
        bags,
        counts,
        unary=unary,
        smoothness=1,
        algorithm=algorithm,
        tol=1e-11,
        **options,
    )
    if algorithm == "max":
        assert_array_equal(result.probabilities, labelings[scores.argmax()])
    else:
        expected = marginals(labelings, scores, 2)[:, 1]
        assert_allclose(result.probabilities, expected, atol=1e-9)


def test_several_classes_on_trees_equal_enumeration() -> None:
    rng = np.random.RandomState(0)
    bags = np.repeat(np.arange(2), 4)
    affinity = graph_of(8, [(1, 6)], [1.3])
    unary = rng.normal(size=(8, 3))
    counts = np.array([[2, 1, 1], [0, 3, 1]])
    labelings, scores = joint(
        affinity,
        bags,
        unary,
        0.8,
        lambda b, found: np.where((found == counts[b]).all(axis=1), 0.0, -np.inf),
    )
    result = propagate_labels(
        affinity, bags, counts, unary=unary, smoothness=0.8, tol=1e-11
    )
    assert_allclose(result.probabilities, marginals(labelings, scores, 3), atol=1e-9)
    assert_allclose(np.exp(result.log_odds), result.probabilities, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_two_columns_and_a_third_nobody_has_equal_one(seed: int) -> None:
    rng = np.random.RandomState(seed)
    affinity, bags, counts, unary = random_problem(rng)
    one = propagate_labels(affinity, bags, counts, unary=unary, tol=1e-9, max_iter=300)
    both = np.column_stack([np.bincount(bags) - counts, counts])
    columns = np.column_stack([np.zeros_like(unary), unary])
    two = propagate_labels(affinity, bags, both, unary=columns, tol=1e-9, max_iter=300)
    assert_allclose(two.probabilities[:, 1], one.probabilities, atol=1e-12)
    assert_allclose(two.probabilities.sum(axis=1), 1)
    three = propagate_labels(
        affinity,
        bags,
        np.column_stack([both, np.zeros_like(counts)]),
        unary=np.column_stack([columns, np.zeros_like(unary)]),
        tol=1e-9,
        max_iter=300,
    )
    assert_allclose(three.probabilities[:, 1], one.probabilities, atol=1e-7)


@pytest.mark.parametrize("empty", [True, False])
def test_without_a_graph_it_is_the_count_posterior(empty: bool) -> None:
    rng = np.random.RandomState(0)
    affinity, bags, counts, unary = random_problem(rng)
    if empty:
        affinity, smoothness = sparse.csr_array((12, 12)), 1.0
    else:
        smoothness = 0.0
    result = propagate_labels(
        affinity, bags, counts, unary=unary, smoothness=smoothness
    )
    expected = count_posterior(unary, bags, counts)
    assert_allclose(result.probabilities, expected, atol=1e-13)
    assert result.converged


def test_probabilities_add_up_to_counts_and_certain_bags_stay_certain() -> None:
    rng = np.random.RandomState(0)
    affinity, bags, counts, unary = random_problem(rng)
    counts[0], counts[1] = 0, (bags == 1).sum()
    result = propagate_labels(affinity, bags, counts, unary=unary, tol=0, max_iter=3)
    assert_allclose(np.bincount(bags, result.probabilities), counts, atol=1e-9)
    assert_array_equal(result.probabilities[bags == 0], 0)
    assert_array_equal(result.probabilities[bags == 1], 1)


@pytest.mark.parametrize("bag_factor", ["count", "pairwise"])
@pytest.mark.parametrize("algorithm", ["sum", "max"])
def test_order_of_rows_and_names_of_bags_do_not_matter(bag_factor, algorithm) -> None:
    rng = np.random.RandomState(0)
    affinity, bags, counts, unary = random_problem(rng)
    options = {
        "bag_factor": bag_factor,
        "algorithm": algorithm,
        "count_strength": 2.0,
        "max_iter": 20,
        "tol": 0,
    }
    expected = propagate_labels(affinity, bags, counts, unary=unary, **options)
    moved = rng.permutation(12)
    names = np.array(["x", "y", "z"])
    result = propagate_labels(
        affinity.toarray()[np.ix_(moved, moved)],
        names[bags[moved]],
        counts,
        unary=unary[moved],
        **options,
    )
    assert_allclose(result.log_odds, expected.log_odds[moved], atol=1e-9)


@pytest.mark.parametrize("algorithm", ["sum", "max"])
def test_flipped_labels_flip_the_result(algorithm: str) -> None:
    rng = np.random.RandomState(3)
    affinity, bags, counts, unary = random_problem(rng)
    options = {"algorithm": algorithm, "tol": 0, "max_iter": 10}
    result = propagate_labels(affinity, bags, counts, unary=unary, **options)
    flipped = propagate_labels(
        affinity, bags, np.bincount(bags) - counts, unary=-unary, **options
    )
    assert_allclose(flipped.probabilities, 1 - result.probabilities, atol=1e-9)


def test_pieces_do_not_change_results(monkeypatch) -> None:
    rng = np.random.RandomState(0)
    affinity, bags, counts, unary = random_problem(rng, n=60, n_bags=9, n_edges=150)
    before = propagate_labels(affinity, bags, counts, unary=unary, tol=0, max_iter=5)
    monkeypatch.setattr("skx.proportions._propagation._graph.PIECE_EDGES", 40)
    after = propagate_labels(affinity, bags, counts, unary=unary, tol=0, max_iter=5)
    assert_array_equal(before.log_odds, after.log_odds)
    assert_array_equal(before.residuals, after.residuals)


def test_messages_that_swing_warn_and_are_damped_more() -> None:
    rng = np.random.RandomState(0)
    affinity, bags, counts, _ = random_problem(rng, n=60, n_bags=9, n_edges=120)
    with pytest.warns(ConvergenceWarning, match="not settled after 40 sweeps"):
        result = propagate_labels(affinity, bags, counts, smoothness=3, max_iter=40)
    assert not result.converged
    assert result.damping == 0.9
    assert len(result.residuals) == result.n_iter == 40
    assert np.isfinite(result.probabilities).all()


def test_the_affinity_may_be_unsorted_and_is_left_alone() -> None:
    rng = np.random.RandomState(0)
    affinity, bags, counts, unary = random_problem(rng)
    expected = propagate_labels(affinity, bags, counts, unary=unary)
    rows, columns = affinity.tocoo().coords
    given = sparse.csr_array(
        (
            np.append(affinity.tocoo().data, 0.0),  # and an edge of weight 0
            (np.append(rows, 0), np.append(columns, 1)),
        ),
        affinity.shape,
    )
    given.indices[: given.indptr[1]] = given.indices[: given.indptr[1]][::-1]
    given.data[: given.indptr[1]] = given.data[: given.indptr[1]][::-1]
    given.has_sorted_indices = False
    before = given.data.copy()
    result = propagate_labels(given, bags, counts, unary=unary)
    assert_allclose(result.probabilities, expected.probabilities, atol=1e-14)
    assert_array_equal(given.data, before)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"affinity": np.zeros((2, 3))}, r"affinity has the shape \(2, 3\) but bags"),
        ({"affinity": np.triu(np.ones((4, 4)), 1)}, "affinity is not symmetric"),
        (
            {"affinity": np.triu(np.ones((4, 4)), 1), "bags": [1, 0, 1, 0]},
            "affinity is not symmetric",
        ),
        ({"affinity": np.eye(4)}, "affinity has entries on its diagonal"),
        ({"affinity": np.eye(4)[::-1] * -1}, "affinity has negative or infinite"),
        ({"bag_factor": "each"}, "The 'bag_factor' parameter of propagate_labels"),
        ({"bag_factor": "pairwise"}, "'pairwise' needs a finite count_strength"),
        ({"algorithm": "min"}, "The 'algorithm' parameter of"),
        ({"smoothness": -1}, "The 'smoothness' parameter of"),
        ({"damping": 1.0}, "The 'damping' parameter of"),
        ({"tol": None}, "The 'tol' parameter of"),
        ({"max_iter": 0}, "The 'max_iter' parameter of"),
        ({"count_strength": 0}, "The 'count_strength' parameter of"),
        (
            {"count_strength": 1, "count_noise": ("laplace", 1)},
            "both say how far counts may be off",
        ),
        ({"unary": np.zeros(3)}, r"unary has the shape \(3,\); expected \(4,\)"),
        ({"counts": [1, 3]}, "count of bag 1 is 3.0, but the bag has 2 rows"),
        (
            {"counts": np.ones((2, 2)), "count_noise": ("gaussian", 1)},
            "counts has two columns",
        ),
        (
            {"counts": [[1, 1, 0], [0, 1, 1]], "algorithm": "max"},
            "counts has 3 columns",
        ),
    ],
)
def test_bad_input_is_explained(change: dict, match: str) -> None:
    good = {"affinity": np.eye(4)[::-1], "bags": [0, 0, 1, 1], "counts": [1, 1]}
    with pytest.raises(ValueError, match=match):
        propagate_labels(**good | change)


def test_too_many_pairs_are_refused() -> None:
    n = 20_000
    with pytest.raises(ValueError, match="would take 4e\\+08 messages"):
        propagate_labels(
            sparse.csr_array((n, n)),
            np.zeros(n, int),
            [5],
            bag_factor="pairwise",
            count_strength=1,
        )


def by_brute_force(X, n_neighbors, metric):
    """Edges between rows either of which is among the nearest of the other."""
    if metric == "cosine":
        lengths = np.linalg.norm(X, axis=1)
        with np.errstate(invalid="ignore"):
            distances = 1 - X @ X.T / np.outer(lengths, lengths)
    else:
        distances = np.linalg.norm(X[:, None] - X[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = np.zeros(distances.shape, bool)
    for i, row in enumerate(distances):
        if not np.isnan(row).all():
            order = np.argsort(np.where(np.isnan(row), np.inf, row), kind="stable")
            chosen = order[:n_neighbors]
            near[i, chosen[np.isfinite(row[chosen])]] = True
    return near | near.T, distances


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("kernel", ["laplacian", "rbf", "constant"])
def test_affinity_equals_brute_force(metric: str, kernel: str) -> None:
    X = np.random.RandomState(0).normal(size=(60, 4))
    affinity = neighbor_affinity(
        X, n_neighbors=3, metric=metric, kernel=kernel, length_scale=0.7
    )
    near, _ = by_brute_force(X, 3, metric)
    d = np.linalg.norm(X[:, None] - X[None], axis=2) / 0.7
    values = {"laplacian": np.exp(-d), "rbf": np.exp(-(d**2) / 2)}
    expected = np.where(near, values.get(kernel, np.ones_like(d)), 0)
    assert_allclose(affinity.toarray(), expected, atol=1e-12)
    assert affinity.has_sorted_indices
    assert affinity.nnz == near.sum()


def test_distances_beyond_the_limit_and_rows_of_zeros_give_no_edges() -> None:
    X = np.random.RandomState(0).normal(size=(40, 3))
    X[[3, 17]] = 0
    affinity = neighbor_affinity(X, n_neighbors=4, kernel="constant", max_distance=0.1)
    near, distances = by_brute_force(X, 4, "cosine")
    with np.errstate(invalid="ignore"):
        expected = near & (distances <= 0.1)
    assert_array_equal(affinity.toarray() > 0, expected)
    assert affinity[[3, 17]].nnz == 0
    assert 0 < affinity.nnz < near.sum()


def test_median_scale_is_that_of_the_edges() -> None:
    X = np.random.RandomState(0).normal(size=(30, 3))
    plain = neighbor_affinity(X)
    scaled = neighbor_affinity(X, length_scale="median")
    median = np.median(-np.log(plain.data))
    assert_allclose(scaled.data, plain.data ** (1 / median))
    again = neighbor_affinity(100 * X, length_scale="median")
    assert_allclose(again.toarray(), scaled.toarray())


def test_duplicates_and_huge_numbers_stay_finite() -> None:
    X = np.repeat([[1e200, 1e200], [1e-200, 0.0]], 3, axis=0)
    affinity = neighbor_affinity(X, n_neighbors=2)
    expected = np.kron(np.eye(2), np.ones((3, 3)) - np.eye(3))
    assert_array_equal(affinity.toarray(), expected)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"n_neighbors": 5}, "n_neighbors is 5, but there are 5 rows"),
        ({"metric": "l1"}, "The 'metric' parameter of neighbor_affinity"),
        ({"kernel": "matern"}, "The 'kernel' parameter of"),
        ({"length_scale": 0}, "The 'length_scale' parameter of"),
        ({"max_distance": -1}, "The 'max_distance' parameter of"),
        ({"X": np.full((5, 2), np.nan)}, "X contains NaN"),
    ],
)
def test_bad_graphs_are_explained(change: dict, match: str) -> None:
    good = {"X": np.ones((5, 2)), "n_neighbors": 2}
    with pytest.raises(ValueError, match=match):
        neighbor_affinity(**good | change)


def test_log_softmax_is_what_priors_are() -> None:
    # Log-probabilities of a model enter as they are, up to a constant of the row.
    rng = np.random.RandomState(0)
    affinity, bags, _, _ = random_problem(rng)
    scores = rng.normal(size=(12, 3))
    labels = rng.randint(3, size=12)
    counts = np.stack([np.bincount(bags, labels == c) for c in range(3)], axis=1)
    one = propagate_labels(affinity, bags, counts, unary=scores)
    two = propagate_labels(affinity, bags, counts, unary=log_softmax(scores, axis=1))
    assert_allclose(one.probabilities, two.probabilities, atol=1e-9)


def test_verbose_tells_of_every_tenth_sweep(capsys: pytest.CaptureFixture) -> None:
    affinity, bags, counts, unary = random_problem(np.random.RandomState(0))
    settings = {"unary": unary, "tol": 0.0, "max_iter": 25}
    quiet = propagate_labels(affinity, bags, counts, **settings)
    assert capsys.readouterr().out == ""
    told = propagate_labels(affinity, bags, counts, **settings, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "[propagate_labels] sweep 10",
        "[propagate_labels] sweep 20",
    ]
    assert f"changes by {told.residuals[9]:.2g}, tol=0" in lines[0]
    assert_array_equal(quiet.log_odds, told.log_odds)
