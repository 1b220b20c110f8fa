# SPDX-License-Identifier: BSD-3-Clause
"""Trees against scikit-learn's, brute force and counting by hand."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from skx.multitask._trees import SPLIT, Forest, _kernels
from tests.multitask.growing import grow, predict


def table(n: int, d: int, seed: int, *, missing: float = 0.0) -> tuple:
    """Return a table of few values, some missing, and a target that is like none."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 9, (n, d)).astype(float)
    y = X[:, 0] * (X[:, 1] > 4) + X[:, -1] + rng.normal(size=n)
    X[rng.random((n, d)) < missing] = np.nan
    return X, y


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize(
    "limits",
    [
        {"max_leaf_nodes": 2},
        {"max_leaf_nodes": 9},
        {"max_leaf_nodes": 20, "max_depth": 3},
        {"max_leaf_nodes": 12, "min_samples_leaf": 15},
    ],
)
def test_trees_are_those_of_scikit_learn(limits: dict, missing: float) -> None:
    X, y = table(240, 3, 1, missing=missing)
    grid = np.random.default_rng(0).uniform(-1, 10, (300, 3))
    # One that has no missing values in the fit sends them with the larger part.
    grid[np.random.default_rng(1).random(grid.shape) < 0.2] = np.nan
    peer = DecisionTreeRegressor(random_state=0, **limits).fit(X, y)
    tree = grow(X, -y, **limits)
    assert (tree.nodes["left"] == -1).sum() == peer.get_n_leaves()
    np.testing.assert_allclose(predict(tree, X), peer.predict(X), atol=1e-12)
    np.testing.assert_allclose(predict(tree, grid), peer.predict(grid), atol=1e-12)


def test_trees_with_weights_are_those_of_scikit_learn() -> None:
    X, y = table(240, 3, 2)
    w = np.random.default_rng(0).uniform(0.1, 3.0, len(y))
    peer = DecisionTreeRegressor(max_leaf_nodes=9, random_state=0)
    peer.fit(X, y, sample_weight=w)
    tree = grow(X, -w * y, w, max_leaf_nodes=9)
    np.testing.assert_allclose(predict(tree, X), peer.predict(X), atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_trees_of_several_outputs_are_those_of_scikit_learn(missing: float) -> None:
    X, y = table(240, 3, 3, missing=missing)
    both = np.column_stack([y, np.random.default_rng(0).normal(size=len(y)) - y])
    peer = DecisionTreeRegressor(
        max_leaf_nodes=9, min_samples_leaf=4, random_state=0
    ).fit(X, both)
    tree = grow(X, -both, max_leaf_nodes=9, min_samples_leaf=4)
    np.testing.assert_allclose(predict(tree, X), peer.predict(X), atol=1e-12)


def all_splits(X: np.ndarray) -> list[np.ndarray]:
    """Return what may go left: thresholds, with missing values on either side."""
    found = []
    for column in X.T:
        known = np.unique(column[~np.isnan(column)])
        for value in known[:-1]:
            found += [column <= value, (column <= value) | np.isnan(column)]
        found.append(~np.isnan(column))
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("l2", "min_child_weight", "min_samples_leaf"),
    [(0.0, 0.0, 1), (3.0, 0.0, 1), (0.5, 6.0, 1), (0.5, 0.0, 7)],
)
def test_the_first_split_is_the_best_of_all(
    seed: int, l2: float, min_child_weight: float, min_samples_leaf: int
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 6, (30, 2)).astype(float)
    X[rng.random(X.shape) < 0.2] = np.nan
    g, h = rng.normal(size=30), rng.uniform(0.1, 1.0, 30)

    def gain(left: np.ndarray) -> float:
        parts = [left, ~left]
        if min(part.sum() for part in parts) < min_samples_leaf:
            return -np.inf
        if min(h[part].sum() for part in parts) < min_child_weight:
            return -np.inf
        sums = [g[part].sum() ** 2 / (h[part].sum() + l2) for part in parts]
        return sum(sums) - g.sum() ** 2 / (h.sum() + l2)

    splits = all_splits(X)
    gains = [gain(left) for left in splits]
    assert max(gains) > 0.0
    best = splits[int(np.argmax(gains))]
    tree = grow(
        X,
        g,
        h,
        max_leaf_nodes=2,
        l2=l2,
        min_child_weight=min_child_weight,
        min_samples_leaf=min_samples_leaf,
    )
    values = [-g[part].sum() / (h[part].sum() + l2) for part in (best, ~best)]
    assert tree.nodes["gain"][0] == pytest.approx(max(gains), rel=1e-12)
    np.testing.assert_allclose(predict(tree, X), np.where(best, *values), rtol=1e-12)


def test_a_split_must_gain_more_than_asked() -> None:
    X, g = np.array([[0.0], [1.0]]), np.array([1.0, -1.0])  # a gain of 2
    assert len(grow(X, g, min_split_gain=1.99).nodes) == 3
    assert len(grow(X, g, min_split_gain=2.0).nodes) == 1


def test_of_equal_gains_the_first_column_and_the_lowest_threshold_win() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.permutation(np.repeat(np.arange(12.0), 5))
        g = rng.normal(size=60)
        g -= g.mean()
        # The mirrored column sums in another order, and so to other last digits.
        tree = grow(np.column_stack([x, -x]), g, max_leaf_nodes=2)
        assert tree.nodes["feature"][0] == 0
    X = np.arange(4.0)[:, None]
    node = grow(X, np.array([1.0, 0.0, 0.0, 1.0]), max_leaf_nodes=2).nodes[0]
    assert node["threshold"] == 0.5


def test_thresholds_lie_half_way_between_the_values_of_the_node() -> None:
    # Of the values 0 .. 10 of the second column, the left node has 0 and 10.
    X = np.array([[0.0, 0.0], [0.0, 10.0], *([1.0, float(v)] for v in range(1, 10))])
    g = np.array([5.0, 9.0, *np.full(9, -30.0)])
    nodes = grow(X, g, max_leaf_nodes=3).nodes
    inner = nodes[nodes["left"] >= 0]
    assert inner["feature"].tolist() == [0, 1]
    assert inner["threshold"].tolist() == [0.5, 5.0]


def test_a_threshold_is_below_the_value_on_its_right() -> None:
    low = 1.0
    high = np.nextafter(low, 2.0)
    X, g = np.array([[low], [high]]), np.array([1.0, -1.0])
    tree = grow(X, g)
    assert predict(tree, X).tolist() == [-1.0, 1.0]
    huge = np.array([[-1.7e308], [1.7e308]])
    assert predict(grow(huge, g), huge).tolist() == [-1.0, 1.0]


def test_a_node_without_weight_is_a_leaf_of_zero() -> None:
    tree = grow(np.array([[0.0], [1.0]]), np.zeros(2), np.zeros(2))
    assert tree.values.tolist() == [[0.0]]


def test_sets_of_categories_are_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        codes = np.repeat(np.arange(7.0), 6)
        codes[codes == 6] = np.nan  # missing values are one of them
        g = rng.normal(size=42) + rng.normal(size=7).repeat(6)
        best = -np.inf
        for k in range(1, 7):
            for chosen in combinations(range(7), k):
                left = np.isin(np.nan_to_num(codes, nan=6.0), chosen)
                gain = g[left].sum() ** 2 / left.sum()
                gain += g[~left].sum() ** 2 / (~left).sum() - g.sum() ** 2 / 42
                if gain > best:
                    best, winner = gain, left
        tree = grow(codes[:, None], g, categories=[6], max_leaf_nodes=2)
        assert tree.nodes["gain"][0] == pytest.approx(best, rel=1e-12)
        found = predict(tree, codes[:, None])
        expected = np.where(winner, -g[winner].mean(), -g[~winner].mean())
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_many_categories_are_split_where_their_order_by_means_is(
    n_outputs: int,
) -> None:
    rng = np.random.default_rng(0)
    X = np.repeat(np.arange(255.0), 2)[:, None]
    # Prefixes of up to 32 from either end are looked at: 20 here.
    g = rng.normal(size=510) + 9.0 * np.isin(X[:, 0], rng.permutation(255)[:20])
    both = np.column_stack([g, g])[:, :n_outputs]
    means = g.reshape(-1, 2).sum(axis=1)
    order = means.argsort()
    sums, counts = means[order].cumsum()[:-1], 2 * np.arange(1, 255)
    gains = sums**2 / counts + (g.sum() - sums) ** 2 / (510 - counts)
    tree = grow(X, both, categories=[255], max_leaf_nodes=2)
    best = n_outputs * (gains.max() - g.sum() ** 2 / 510)
    assert tree.nodes["gain"][0] == pytest.approx(best, rel=1e-12)


def test_categories_that_a_node_has_not_seen_go_with_its_larger_part() -> None:
    # Below the first split, code 0 has one row, code 1 has three and code 2 none.
    X = np.array([[0, 0], [0, 1], [0, 1], [0, 1], *[[1, 2]] * 4], dtype=float)
    for sign in (1.0, -1.0):
        g = sign * np.array([9.0, 5.0, 5.0, 5.0, -9.0, -9.0, -9.0, -9.0])
        tree = grow(X, g, categories=[0, 3], max_leaf_nodes=3, max_depth=9)
        rows = np.array([[0.0, 2.0], [0.0, np.nan]])
        assert predict(tree, rows).tolist() == [-sign * 5.0] * 2


def test_limits_hold_on_every_leaf() -> None:
    X, y = table(200, 3, 4, missing=0.1)
    h = np.random.default_rng(0).uniform(0.1, 1.0, len(y))
    tree = grow(
        X, -y, h, max_leaf_nodes=30, min_samples_leaf=6, min_child_weight=5.0, l2=1.0
    )
    found = predict(tree, X)
    for value in np.unique(found):
        here = found == value
        assert here.sum() >= 6
        assert h[here].sum() >= 5.0
        assert value == pytest.approx(y[here].sum() / (h[here].sum() + 1.0))
    assert len(np.unique(found)) > 8


def test_a_tree_of_some_rows_is_that_of_a_table_of_them() -> None:
    X, y = table(120, 2, 5)
    rows = np.random.default_rng(0).permutation(120)[:70]
    some = grow(X, -y, rows=rows, max_leaf_nodes=6)
    alone = grow(X[rows], -y[rows], max_leaf_nodes=6)
    np.testing.assert_allclose(predict(some, X), predict(alone, X), rtol=1e-12)


def test_groups_of_columns_do_not_meet_in_a_branch() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 6, (200, 4)).astype(float)
    g = X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] - X[:, 0] * X[:, 2] + rng.normal(size=200)
    groups = np.array([[1, 1, 0, 0], [0, 1, 1, 1]], dtype=bool)

    def branches(tree, node: int = 0, seen: frozenset = frozenset()) -> list:
        kept = tree.nodes[node]
        if kept["left"] < 0:
            return [seen]
        seen |= {int(kept["feature"])}
        return branches(tree, kept["left"], seen) + branches(
            tree, kept["left"] + 1, seen
        )

    free = branches(grow(X, g, max_leaf_nodes=20))
    bound = branches(grow(X, g, max_leaf_nodes=20, groups=groups))
    assert any({0, 2} <= branch for branch in free)
    assert all(branch <= {0, 1} or branch <= {1, 2, 3} for branch in bound)
    assert any(len(branch) == 2 for branch in bound)


def test_columns_are_drawn_anew_for_each_node() -> None:
    drawn = []
    for node in range(200):
        allowed = np.array([True, True, False, True, True])
        with np.errstate(over="ignore"):
            _kernels.choose_features(allowed, 2, np.uint64(7), 0, node)
        assert allowed.sum() == 2
        drawn.append(allowed)
    share = np.mean(drawn, axis=0)
    assert share[2] == 0.0
    np.testing.assert_allclose(share[[0, 1, 3, 4]], 0.5, atol=0.12)


def test_forests_add_up_and_come_apart() -> None:
    X, y = table(80, 3, 6, missing=0.1)
    trees = [grow(X, -y, rows=np.arange(k, 80, 3)) for k in range(3)]
    forest = Forest.of(trees)
    parts = [predict(tree, X) for tree in trees]

    def total(forest: Forest, **which: int) -> np.ndarray:
        out = np.zeros((80, 1))
        forest.add(X, out, **which)
        return out[:, 0]

    np.testing.assert_allclose(total(forest), sum(parts))
    np.testing.assert_allclose(total(forest, first=1, last=2), parts[1])
    np.testing.assert_allclose(total(forest.head(2)), parts[0] + parts[1])
    twice = Forest.join([forest, forest.head(0), forest.head(1)])
    assert twice.n_trees == 4
    np.testing.assert_allclose(total(twice), sum(parts) + parts[0])
    np.testing.assert_array_equal(total(twice, first=3), parts[0])


def test_leaves_out_of_order_meet_half_way() -> None:
    # The root has leaves 3 and 4 on its left, and 2 on its right.
    splits = np.zeros(5, dtype=SPLIT)
    splits["left"], splits["feature"] = [1, 3, -1, -1, -1], [0, 1, -1, -1, -1]
    splits["first"], splits["last"] = [0, 0, 2, 0, 1], [3, 2, 3, 1, 2]
    for directions, expected in (
        ([1, 0], [3.5, 3.5, 1.0]),
        ([-1, 0], [1.5, 5.0, 1.5]),
        ([0, 1], [2.0, 3.0, 3.0]),
    ):
        values = np.array([[0.0], [0.0], [2.0], [5.0], [1.0]])
        _kernels.keep_order(splits, 5, np.array(directions), values)
        assert values[2:, 0].tolist() == expected


def test_directions_hold_over_the_whole_table() -> None:
    rng = np.random.default_rng(0)
    X = np.array([[a, b] for a in range(6) for b in range(6)], dtype=float)
    g = X[:, 0] + rng.normal(size=36)
    free = predict(grow(X, -g, max_leaf_nodes=12), X).reshape(6, 6)
    assert (np.diff(free, axis=0) < 0.0).any()
    for sign in (1, -1):
        tree = grow(X, -sign * g, directions=[sign, 0], max_leaf_nodes=12)
        values = sign * predict(tree, X).reshape(6, 6)
        assert (np.diff(values, axis=0) >= 0.0).all()
        assert len(np.unique(values)) > 3
