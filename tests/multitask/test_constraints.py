# SPDX-License-Identifier: BSD-3-Clause
"""Directions and interactions of the fitted functions, on grids."""

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from skx.multitask import MTGBRegressor, RMTGBClassifier, RMTGBRegressor

LEVELS = np.arange(5.0)
GRID = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS, indexing="ij"), axis=-1)
LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson"]


def small(cls: type = RMTGBRegressor, **params: Any) -> Any:
    model = cls(n_iter_shared=6, n_iter_task=6, max_leaf_nodes=6, min_samples_leaf=2)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=6)
    model.set_params(learning_rate=0.3, l2_task_regularization=1.0)
    return model.set_params(early_stopping=False, random_state=0, **params)


def table(seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return rows of three tasks, of which none keeps to any constraint."""
    rng = np.random.default_rng(seed)
    X, tasks = rng.integers(0, 5, (240, 3)).astype(float), np.repeat([0, 1, 2], 80)
    y = X[:, 0] * X[:, 1] + np.sin(2.0 * X[:, 2]) * X[:, 0] + 2.0 * rng.normal(size=240)
    y += np.where(tasks == 2, -3.0, 1.0) * X[:, 1] * X[:, 2]
    return X, y, tasks


def surface(model: Any, task: int) -> np.ndarray:
    """Return the scores of a task over the grid (5, 5, 5)."""
    rows = GRID.reshape(-1, 3)
    tasks = np.full(len(rows), task)
    if hasattr(model, "decision_function"):
        return model.decision_function(rows, tasks).reshape(5, 5, 5)
    return model.predict(rows, tasks).reshape(5, 5, 5)


@pytest.mark.parametrize("loss", [*LOSSES, "log_loss"])
def test_directions_hold_for_every_task(loss: str) -> None:
    X, y, tasks = table()
    cls, params = RMTGBRegressor, {"loss": loss, "quantile": 0.3}
    if loss == "poisson":
        y = np.abs(y)
    if loss == "log_loss":
        cls, y, params = RMTGBClassifier, y > np.median(y), {}
    free = small(cls, **params).fit(X, y, tasks)
    bound = small(cls, monotonic_cst=[1, 0, -1], **params).fit(X, y, tasks)
    broken = 0
    for task in range(3):
        values = surface(bound, task)
        assert (np.diff(values, axis=0) >= -1e-12).all()
        assert (np.diff(values, axis=2) <= 1e-12).all()
        assert np.ptp(values, axis=0).max() > 0.0
        broken += (np.diff(surface(free, task), axis=0) < -1e-3).any()
    assert broken


def test_directions_may_be_named_and_leave_out_the_task() -> None:
    pd = pytest.importorskip("pandas")
    X, y, tasks = table()
    expected = small(monotonic_cst=[1, 0, -1]).fit(X, y, tasks)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame.insert(1, "shop", tasks)
    for given in ({"a": 1, "c": -1}, [1, 0, 0, -1]):
        model = small(monotonic_cst=given, task_feature="shop").fit(frame, y)
        np.testing.assert_array_equal(model.predict(frame), expected.predict(X, tasks))


def interaction(values: np.ndarray, j: int, k: int) -> float:
    """Return how far a function on the grid is from a sum without columns j, k."""
    j_step = np.diff(values, axis=j)
    return np.abs(np.diff(j_step, axis=k)).max()


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ([[0, 1], [2]], {(0, 1)}),
        ([[0, 2], [1, 2]], {(0, 2), (1, 2)}),
        ([[0, 1]], {(0, 1)}),
        ("no_interactions", set()),
        ("pairwise", {(0, 1), (0, 2), (1, 2)}),
    ],
    ids=str,
)
def test_columns_interact_only_where_they_may(given: Any, allowed: set) -> None:
    X, y, tasks = table()
    model = small(interaction_cst=given).fit(X, y, tasks)
    for task in range(3):
        values = surface(model, task)
        found = {
            pair
            for pair in combinations(range(3), 2)
            if interaction(values, *pair) > 1e-9
        }
        assert found == allowed
        threefold = values
        for axis in range(3):
            threefold = np.diff(threefold, axis=axis)
        assert np.abs(threefold).max() < 1e-9


def test_without_constraints_all_columns_interact() -> None:
    X, y, tasks = table()
    values = surface(small().fit(X, y, tasks), 0)
    threefold = values
    for axis in range(3):
        threefold = np.diff(threefold, axis=axis)
    assert np.abs(threefold).max() > 0.1


def test_interactions_count_columns_of_x() -> None:
    X, y, tasks = table()
    expected = small(interaction_cst=[[0, 1], [2]]).fit(X, y, tasks).predict(X, tasks)
    with_ids = np.insert(X, 1, tasks, axis=1)
    model = small(interaction_cst=[[0, 2], [3]], task_feature=1).fit(with_ids, y)
    np.testing.assert_array_equal(model.predict(with_ids), expected)


@pytest.mark.parametrize(
    ("params", "most"),
    [({"max_leaf_nodes": 5}, 5), ({"max_leaf_nodes": 32, "max_depth": 2}, 4)],
)
def test_trees_keep_to_their_size(params: dict, most: int) -> None:
    X, y, tasks = table()
    model = small(**params).fit(X, y, tasks)
    for forest in (model._blocks.shared, model._blocks.outlier, model._blocks.own):
        sizes = np.diff(forest.roots)
        assert sizes.max() == 2 * most - 1


def test_a_tiny_task_has_trees_of_its_size() -> None:
    X, y, _ = table()
    tasks = np.r_[np.zeros(233, dtype=int), np.full(5, 1), [2, 3]]
    model = small(MTGBRegressor, min_samples_leaf=2).fit(X, y, tasks)
    starts, own = model._blocks.own_starts, model._blocks.own
    sizes = [np.diff(own.roots)[a:b] for a, b in pairwise(starts)]
    assert [s.max() for s in sizes] == [11, 3, 1, 1]
    assert np.isfinite(model.predict(X, tasks)).all()
