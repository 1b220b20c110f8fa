# SPDX-License-Identifier: BSD-3-Clause
"""Trees on coarse bins: those that `grow` finds, which scikit-learn's prove."""

from typing import Any

import numpy as np
import pytest

from skx.multitask import MTGBRegressor, _task_trees
from skx.multitask._trees import Columns, Growth, _kernels, bin_columns
from skx.multitask._trees._coarse._kernels import grow_coarse, has_extremes
from tests.multitask.growing import FREE


def both_trees(
    X: np.ndarray, sums: np.ndarray, is_unit: bool, **changes: Any
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return nodes, values and the order of rows as `grow` and `grow_coarse` find."""
    n, d = X.shape
    limits = FREE._replace(**changes)
    codes, bins = bin_columns(X, np.ones(n), np.zeros(d, dtype=np.int64), 40)
    columns = Columns(*bins, np.zeros(d, dtype=np.int64), np.zeros((0, d), dtype=bool))
    n_leaves = limits.max_leaf_nodes
    found = []
    for is_coarse in (False, True):
        growth = Growth.of(columns, limits, 1)
        splits, values = growth.nodes, growth.values
        rows = np.arange(n, dtype=np.int32)
        shared = (codes, columns, sums, is_unit, rows)
        if is_coarse:
            room = np.full((n_leaves + 1, 3, (int(codes.max()) + 1) * d), np.nan)
            m, _ = grow_coarse(*shared, limits, splits, values, room)
        else:
            growth.room[:] = np.nan
            with np.errstate(over="ignore"):
                _kernels.grow(*shared, True, limits, np.uint64(0), 0, growth)
            m = growth.counts[_kernels.N_NODES]
        nodes = np.empty(m, dtype=_task_trees.NODE)
        _kernels.store(splits, m, np.ones(n), rows, nodes)
        found.append((nodes, values[:m], rows))
    return found


@pytest.mark.parametrize("is_unit", [True, False])
@pytest.mark.parametrize(
    "limits",
    [
        {"min_samples_leaf": 5},
        {"max_leaf_nodes": 2, "l2": 3.0},
        {"max_leaf_nodes": 31, "max_depth": 3},
        {"max_leaf_nodes": 31, "min_child_weight": 4.5, "l2": 0.1},
        {"max_leaf_nodes": 31, "min_split_gain": 2.0},
    ],
)
def test_trees_are_those_of_the_other_grower(limits: dict, is_unit: bool) -> None:
    sizes = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        n, d = int(rng.integers(1, 130)), int(rng.integers(1, 12))
        # Columns of a few values and of many; some are constant.
        X = np.floor(rng.random((n, d)) * rng.integers(1, 60, d))
        h = np.ones(n) if is_unit else rng.uniform(0.01, 2.0, n)
        g = h * (rng.normal(size=n) + 2.0 * (X[:, 0] > X[:, 0].mean()))
        (nodes, values, rows), other = both_trees(
            X, np.column_stack([g, h]), is_unit, **limits
        )
        for name in ("feature", "left", "threshold", "missing_left", "weight"):
            inner = nodes["left"] >= 0
            kept = slice(None) if name in ("feature", "left", "weight") else inner
            np.testing.assert_array_equal(nodes[name][kept], other[0][name][kept])
        np.testing.assert_allclose(nodes["gain"], other[0]["gain"], rtol=1e-9)
        np.testing.assert_array_equal(rows, other[2])
        np.testing.assert_array_equal(values, other[1])
        sizes.append(len(nodes))
    assert max(sizes) > 2


def test_of_equal_gains_the_first_column_and_the_lowest_threshold_win() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.permutation(np.repeat(np.arange(12.0), 5))
        sums = np.column_stack([rng.normal(size=60), np.ones(60)])
        sums[:, 0] -= sums[:, 0].mean()
        # The mirrored column sums in another order, and so to other last digits.
        _, (nodes, _, _) = both_trees(np.column_stack([x, -x]), sums, True)
        assert nodes["feature"][0] == 0
    sums = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    _, (nodes, _, _) = both_trees(np.arange(4.0)[:, None], sums, True, max_leaf_nodes=2)
    assert nodes["threshold"][0] == 0.5


def test_rows_without_weight_make_no_split() -> None:
    # All that tells rows apart is the column of those that weigh nothing.
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    sums = np.array([[1.0, 1.0], [-1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    for nodes, values, _ in both_trees(X, sums, False):
        assert len(nodes) == 1
        assert values[0, 0] == 0.0


@pytest.mark.parametrize("factor", [1e-120, 1e-40, 1e40, 1e120])
def test_targets_of_any_size_are_fitted_alike(factor: float) -> None:
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(160, 3)), np.repeat([0, 1], 80)
    y = X[:, 0] + tasks * X[:, 1]
    sums = np.column_stack([factor * y, np.ones(160)])
    assert has_extremes(sums, 0.0) == (abs(np.log10(factor)) > 60)
    model = MTGBRegressor(early_stopping=False, n_iter_shared=2, n_iter_task=5)
    expected = model.fit(X, y, tasks=tasks).predict(X, tasks=tasks)
    scaled = model.fit(X, factor * y, tasks=tasks).predict(X, tasks=tasks)
    np.testing.assert_allclose(scaled, factor * expected, rtol=1e-9)


def test_tasks_of_few_rows_use_coarse_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(120, 3)), np.repeat([0, 1, 2], 40)
    y = X[:, 0] * tasks
    rooms = []
    room_of = _task_trees.TaskGrower._coarse_room

    def spy(self: Any, n_codes: int, limits: Any) -> np.ndarray:
        rooms.append(room_of(self, n_codes, limits))
        return rooms[-1]

    monkeypatch.setattr(_task_trees.TaskGrower, "_coarse_room", spy)
    model = MTGBRegressor(early_stopping=False, n_iter_shared=2, n_iter_task=5)
    fine = model.fit(X, y, tasks=tasks).predict(X, tasks=tasks)
    assert len(rooms) == 3
    assert all(len(room) for room in rooms)
    monkeypatch.setattr(_task_trees, "COARSE", 0)
    other = model.fit(X, y, tasks=tasks).predict(X, tasks=tasks)
    assert not len(rooms[-1])
    np.testing.assert_allclose(fine, other, rtol=1e-9, atol=1e-12)
    X[0, 0] = np.nan
    monkeypatch.undo()
    monkeypatch.setattr(_task_trees.TaskGrower, "_coarse_room", spy)
    model.fit(X, y, tasks=tasks)
    assert [len(room) > 0 for room in rooms[-3:]] == [False, True, True]
