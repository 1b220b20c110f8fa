# SPDX-License-Identifier: BSD-3-Clause
"""Shapley values against sums over all coalitions, and against the scores."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pytest

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)
from skx.multitask._shap import Explainer
from skx.multitask._trees import Forest, Tree
from tests.multitask.growing import grow, predict


def expectation(tree: Tree, x: np.ndarray, known: tuple[int, ...], k: int = 0) -> Any:
    """Value of a tree of which some features are known, by weights of its nodes."""
    node = tree.nodes[k]
    if node["left"] < 0:
        return tree.values[k]
    left, right = int(node["left"]), int(node["left"]) + 1
    if node["feature"] in known:
        value = x[node["feature"]]
        if np.isnan(value):
            goes_left = node["missing_left"]
        elif node["set"] >= 0:
            bits = tree.sets[node["set"]]
            goes_left = bool(bits[int(value + 1) // 32] >> int(value + 1) % 32 & 1)
        else:
            goes_left = value <= node["threshold"]
        return expectation(tree, x, known, left if goes_left else right)
    parts = [
        tree.nodes[child]["weight"] * expectation(tree, x, known, child)
        for child in (left, right)
    ]
    return sum(parts) / node["weight"]


def by_coalitions(tree: Tree, x: np.ndarray) -> np.ndarray:
    """Shapley values (n_features, n_outputs) by their definition."""
    d = len(x)
    out = np.zeros((d, tree.values.shape[1]))
    for j in range(d):
        others = [k for k in range(d) if k != j]
        for size in range(d):
            for known in combinations(others, size):
                gain = expectation(tree, x, (*known, j)) - expectation(tree, x, known)
                out[j] += gain / (d * comb(d - 1, size))
    return out


def table(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows of four columns, with categories in the last one and missing values."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)).round(1)
    X[:, 3] = rng.integers(0, 40, size=n)
    X[rng.random(X.shape) < 0.1] = np.nan
    known = np.nan_to_num(X)
    target = known[:, 0] * known[:, 1] + np.abs(known[:, 2]) + known[:, 3] % 3
    return X, target + np.isnan(X[:, 0])


def explain(tree: Tree, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    explainer = Explainer(Forest.of([tree], tree.values.shape[1]))
    out = np.zeros((*X.shape, tree.values.shape[1]))
    explainer.add(X, out)
    return out, explainer.expected[0]


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("max_leaf_nodes", [2, 8, 30])
def test_values_are_those_of_coalitions(max_leaf_nodes: int, n_outputs: int) -> None:
    X, target = table(80)
    gradient = np.column_stack([-target, X[:, 3] > 20])[:, :n_outputs]
    hessian = 1.0 + np.arange(80) % 3
    tree = grow(
        X,
        gradient,
        hessian,
        categories=[0, 0, 0, 40],
        max_leaf_nodes=max_leaf_nodes,
    )
    rows = table(7, seed=1)[0]
    values, expected = explain(tree, rows)
    for x, found in zip(rows, values, strict=True):
        np.testing.assert_allclose(found, by_coalitions(tree, x), atol=1e-12)
    np.testing.assert_allclose(expected, expectation(tree, rows[0], ()), atol=1e-12)
    if max_leaf_nodes == 30:
        inner = tree.nodes[tree.nodes["left"] >= 0]
        assert (inner["set"] >= 0).any()
        assert 0.0 < inner["missing_left"].mean() < 1.0


def test_features_that_are_asked_again_on_a_path_count_once() -> None:
    x = np.linspace(-1.0, 1.0, 40)
    X = np.column_stack([x, np.tile([0.0, 1.0], 20)])
    tree = grow(X, -np.sin(5.0 * x) * (1.0 + X[:, 1]), max_leaf_nodes=12)
    values, expected = explain(tree, X)
    for i in (0, 11, 39):
        np.testing.assert_allclose(values[i], by_coalitions(tree, X[i]), atol=1e-12)
    total = values.sum(axis=1)[:, 0] + expected
    np.testing.assert_allclose(total, predict(tree, X), atol=1e-12)


def test_a_tree_without_splits_has_no_values() -> None:
    X = np.arange(4.0)[:, None]
    values, expected = explain(grow(X, -np.ones(4)), X)
    assert (values == 0.0).all()
    assert expected == [1.0]


def test_many_columns_on_a_path_lose_no_digits() -> None:
    # One split on each of 40 columns, a row each: shares get as small as they can.
    n = 41
    X = np.tril(np.ones((n, n - 1)), -1)
    tree = grow(X, -(2.0 ** np.arange(n)), max_leaf_nodes=n)
    values, expected = explain(tree, X)
    total = values.sum(axis=1)[:, 0] + expected
    assert (tree.nodes["left"] < 0).sum() == n
    np.testing.assert_allclose(total, predict(tree, X), rtol=0, atol=1e-15 * 2.0**n)


SMALL: dict[str, Any] = {
    "n_iter_shared": 4,
    "n_iter_task": 3,
    "max_leaf_nodes": 5,
    "random_state": 0,
}
MODELS = [
    RMTGBRegressor(n_iter_outlier=4, **SMALL),
    RMTGBRegressor("poisson", n_iter_outlier=3, **SMALL),
    RMTGBClassifier(n_iter_outlier=3, **SMALL),
    MTGBRegressor("absolute_error", **SMALL),
    MTGBClassifier(leaf_update="gradient", **SMALL),
]


def rows_of_tasks(n: int = 150) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    X, target = table(n)
    tasks = np.array(["a", "b", "c"])[np.arange(n) % 3]
    frame = pd.DataFrame(X, columns=list("pqrs"))
    frame["s"] = frame["s"].astype("category")
    return frame, np.abs(target) * (1 + np.arange(n) % 3), tasks


def raw_scores(model: Any, X: Any, tasks: Any) -> np.ndarray:
    return sum(model.predict_blocks(X, tasks).values())


@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{type(m).__name__}")
@pytest.mark.parametrize("unseen", ["shared", "mean"])
def test_values_and_expectation_add_up_to_the_score(model: Any, unseen: str) -> None:
    X, y, tasks = rows_of_tasks()
    if hasattr(model, "class_weight"):
        y = np.digitize(y, [1.0, 4.0])
    model.set_params(unseen_task=unseen).fit(X, y, tasks)
    asked = np.append(["z"] * 4, tasks[4:30])
    with pytest.warns(UserWarning, match="not seen: 'z'") as seen:
        values, expected = model.shap_values(X[:30], asked)
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="not seen"):
        raw = raw_scores(model, X[:30], asked)
    assert values.shape == (30, 4, *raw.shape[1:])
    np.testing.assert_allclose(values.sum(axis=1) + expected, raw, atol=1e-10)


def test_blocks_add_up_to_their_terms_of_the_score() -> None:
    X, y, tasks = rows_of_tasks()
    model = RMTGBRegressor(n_iter_outlier=4, **SMALL).fit(X, y, tasks)
    values, expected = model.shap_values(X, tasks, by_block=True)
    terms = model.predict_blocks(X, tasks)
    assert set(values) == {"shared", "non_outlier", "outlier", "task"}
    assert set(expected) == set(terms)
    for name, part in values.items():
        assert np.abs(part).max() > 0.0
        total = part.sum(axis=1) + expected[name]
        np.testing.assert_allclose(total, terms[name], atol=1e-10)
    np.testing.assert_array_equal(expected["baseline"], terms["baseline"])
    whole, base = model.shap_values(X, tasks)
    np.testing.assert_allclose(whole, sum(values.values()), atol=1e-12)
    np.testing.assert_allclose(base, sum(expected.values()), atol=1e-12)


def test_expectation_is_that_of_the_task() -> None:
    X, y, tasks = rows_of_tasks()
    model = MTGBRegressor(early_stopping=False, **SMALL).fit(X, y, tasks)
    expected = model.shap_values(X, tasks)[1]
    for task in "abc":
        here = tasks == task
        assert np.ptp(expected[here]) == 0.0
    # Shared trees were grown on all rows, those of a task on its own.
    base = model.shap_values(X, tasks, by_block=True)[1]
    terms = model.predict_blocks(X, tasks)
    np.testing.assert_allclose(base["shared"], terms["shared"].mean(), atol=1e-10)
    for task in "abc":
        here = tasks == task
        mean = terms["task"][here].mean()
        np.testing.assert_allclose(base["task"][here], mean, atol=1e-10)


def test_a_column_of_tasks_has_no_part() -> None:
    X, y, tasks = rows_of_tasks()
    plain = MTGBRegressor(**SMALL).fit(X, y, tasks)
    X_ids = X.assign(id=tasks)[["p", "id", "q", "r", "s"]]
    model = MTGBRegressor(task_feature="id", **SMALL).fit(X_ids, y)
    values, expected = model.shap_values(X_ids)
    assert (values[:, 1] == 0.0).all()
    others, base = plain.shap_values(X, tasks)
    np.testing.assert_array_equal(np.delete(values, 1, axis=1), others)
    np.testing.assert_array_equal(expected, base)


def test_values_do_not_depend_on_threads_or_other_rows() -> None:
    X, y, tasks = rows_of_tasks(600)
    model = RMTGBRegressor(n_iter_outlier=2, **SMALL).fit(X, y, tasks)
    values, expected = model.shap_values(X, tasks)
    model.set_params(n_jobs=3)
    threaded, base = model.shap_values(X, tasks)
    np.testing.assert_array_equal(values, threaded)
    np.testing.assert_array_equal(expected, base)
    some = model.shap_values(X[5:9], tasks[5:9])[0]
    np.testing.assert_array_equal(some, values[5:9])
